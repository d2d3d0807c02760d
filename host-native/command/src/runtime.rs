//! The runtime of the verbs that serve.

use std::io;
use std::thread::available_parallelism;

use lacre_archive::threads::startable;
use tokio::runtime::{Builder, Runtime};

/// What a proxy needs beside the threads of its runtime: two for the audit trail, one for what blocks, one for a key's service.
const BESIDE: usize = 4;

/// A runtime on every processor, on fewer where there cannot be so many threads, or on the calling thread alone. Tokio by itself
/// panics there.
///
/// # Errors
/// What the system says, of other things than threads.
pub(crate) fn runtime() -> io::Result<Runtime> {
    let all = available_parallelism().map_or(1, usize::from).saturating_add(BESIDE);
    let mut builder = match startable(all).saturating_sub(BESIDE) {
        0 => Builder::new_current_thread(),
        workers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers);
            builder
        }
    };
    builder.enable_all().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_starts() {
        assert_eq!(runtime().unwrap().block_on(async { 7 }), 7);
    }
}
