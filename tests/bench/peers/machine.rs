//! What the figures were measured on, without a name that would say where.

use std::process::Command;

/// Cores and model of the processor.
pub(crate) fn processor() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let value = |name| {
        let line = info.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let model = value("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let hashes = value("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "sha_ni"));
    let sha = if hashes { ", with SHA extensions" } else { "" };
    format!("{model}, {cores} cores{sha}")
}

/// The compiler that built this, as long as it is the one on the path.
pub(crate) fn compiler() -> String {
    let asked = Command::new("rustc").arg("--version").output();
    let words = asked.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default();
    words.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// Today, in UTC.
pub(crate) fn date() -> String {
    let now = jiff::Timestamp::from_millisecond(lacre_native::clock::unix_ms()).unwrap().to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}
