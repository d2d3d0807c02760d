//! `lacre verifier`: the auditors' page on loopback.

use core::net::{Ipv4Addr, SocketAddr};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::page;
use tokio::net::TcpListener;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::proxy::{runtime, stop_on_signal};
use crate::reading::Plain;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The page is one file that also opens from the disk by a double click. It verifies in the browser: nothing that is given to it \
leaves the machine, and this program sees none of it.

Without --page the file is looked for beside the program, in ../share/lacre, and where `cargo xtask page` puts it.

Examples:
  lacre verifier
  lacre verifier --port 0 --page ./lacre-verifier.html

Exit codes: 0 ended as asked, 2 there is no page, or the port is taken.")]
pub(crate) struct Args {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8585)]
    port: u16,

    /// The page's file.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let path = match &args.page {
        Some(path) => path.clone(),
        None => find().ok_or_else(|| missing(context))?,
    };
    let page = page::read(&path).map_err(|error| Failure::file(&path, &error))?;
    let sha256 = lacre_report::hex(&lacre_core::sha256(&page));
    runtime(0, context)?.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
        let taken = |error| Failure::new(format!("`{address}`: {error}"));
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let stop = stop_on_signal();
        say(&path, address, &sha256, context)?;
        page::serve(listener, page, stop).await;
        Ok(Exit::Holds)
    })
}

/// Where the page stands on this machine.
pub(super) fn find() -> Option<PathBuf> {
    page::find(&std::env::current_exe().ok()?)
}

fn missing(context: &Context) -> Failure {
    Failure::new(context.say("the auditors' page is not here", "a página dos auditores não está aqui")).help(
        context.say(
            "build it with `cargo xtask page`, or name its file: `--page lacre-verifier.html`",
            "construa-a com `cargo xtask page`, ou indique o arquivo: `--page lacre-verifier.html`",
        ),
    )
}

fn say(path: &Path, address: SocketAddr, sha256: &str, context: &Context) -> Result<(), Failure> {
    let mut out = context.stdout();
    writeln!(out, "http://{address}/")?;
    writeln!(out, "{}   {}", context.say("file", "arquivo"), Plain(&path.to_string_lossy()))?;
    writeln!(out, "sha256 {sha256}")?;
    writeln!(out, "{}", context.say("ctrl-c ends it", "ctrl-c encerra"))?;
    out.flush()?;
    Ok(())
}
