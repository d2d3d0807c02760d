//! A soak of a few seconds, so that the long one can be trusted. Time itself is not judged.

use std::process::Command;

#[test]
fn nothing_is_lost_or_doubled_under_load_and_memory_stays_bounded() {
    let soaked = Command::new(env!("CARGO_BIN_EXE_soak"))
        .args(["--seconds", "6", "--rate", "30", "--burst", "60", "--lacre"])
        .arg(lacre_tests::lacre())
        .output()
        .unwrap();
    let said = String::from_utf8(soaked.stdout).unwrap();
    println!("{said}");
    assert!(soaked.status.success(), "{said}{}", String::from_utf8_lossy(&soaked.stderr));
    // The load was real: BACEN accepted what it was asked for.
    let accepted = said.split("accepted by BACEN ").nth(1).unwrap().split(',').next().unwrap();
    assert!(accepted.parse::<u64>().unwrap() >= 210, "{said}");
}
