//! bergshamra with aws-lc: the key read once. The protocol is in `tests/bench/peers/peer.rs`.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use bergshamra::keys::loader::load_x509_cert_pem;
use bergshamra::{DsigContext, KeysManager, verify};
use rustix::time::{ClockId, clock_gettime};

const BATCH: Duration = Duration::from_millis(20);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, budget_ms, names @ ..] = args.as_slice() else {
        return Err("FOLDER BUDGET_MS CASE...".into());
    };
    let (folder, budget) = (Path::new(folder), Duration::from_millis(budget_ms.parse()?));
    let mut keys = KeysManager::new();
    keys.add_key(load_x509_cert_pem(&std::fs::read(folder.join("certificate.pem"))?)?);
    // Its strict mode refuses every Reference to KeyInfo, which BACEN demands.
    let context = DsigContext::new(keys).with_strict_verification(false);

    println!("version bergshamra 0.11.1 with aws-lc");
    if is_valid(&context, &std::fs::read(folder.join("changed.xml"))?) {
        return Err("accepts a message that was changed".into());
    }
    for name in names {
        if name.starts_with("spi") {
            println!("{name} cannot it has no way to give it AppHdr for an empty URI");
            continue;
        }
        let message = std::fs::read(folder.join(format!("{name}.xml")))?;
        println!("{name} ns {}", best(&context, &message, budget).as_nanos());
    }
    Ok(())
}

fn is_valid(context: &DsigContext, message: &[u8]) -> bool {
    str::from_utf8(message)
        .is_ok_and(|message| verify(context, message).is_ok_and(|verdict| verdict.is_valid()))
}

fn best(context: &DsigContext, message: &[u8], budget: Duration) -> Duration {
    let until = spent() + budget;
    let mut took = timed(context, message, 1);
    let mut least = took;
    while spent() < until {
        let times = u32::try_from(BATCH.as_nanos() / took.as_nanos().max(1)).unwrap_or(1).max(1);
        took = timed(context, message, times);
        least = least.min(took);
    }
    least
}

fn timed(context: &DsigContext, message: &[u8], times: u32) -> Duration {
    let begun = spent();
    for _ in 0..times {
        assert!(is_valid(context, message), "a message that was valid is no longer");
    }
    (spent() - begun) / times
}

/// The processor time of this process.
fn spent() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}
