//! `lacre doctor`: every fault of a configuration at once.

use std::fs;
use std::process::Command;

use lacre_core::exchange::host_names;
use lacre_native::proxy::Setup;
use serde_json::Value;

use super::world::Place;

/// Exit code and findings.
fn doctor(place: &Place, offline: bool) -> (Option<i32>, Vec<(String, String)>) {
    let mut command = Command::new(lacre_tests::lacre());
    command.args(["doctor", "--json", "--config"]).arg(place.config());
    if offline {
        command.arg("--offline");
    }
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "lacre.doctor/1");
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    (output.status.code(), findings.iter().map(|f| (text(f, "level"), text(f, "code"))).collect())
}

fn faults(place: &Place) -> Vec<String> {
    let (exit, findings) = doctor(place, true);
    let mut faults: Vec<_> = findings
        .into_iter()
        .filter(|(level, _)| level == "fault" || level == "fatal")
        .map(|(_, code)| code)
        .collect();
    faults.sort();
    assert_eq!(exit, Some(if faults.is_empty() { 0 } else { 2 }));
    faults
}

#[test]
fn a_sound_configuration_has_no_fault() {
    assert!(faults(&Place::new(1, 1)).is_empty());
}

#[test]
fn all_faults_are_said_at_once() {
    let place = Place::new(1, 1);
    place.edit("certificate = \"pki/psp-signature.pem\"", "certificate = \"pki/psp-channel.pem\"");
    place.edit("key = \"pki/psp-channel.key\"", "key = \"pki/psp-signature.key\"");
    place.edit("\"pki/ca.pem\"", "\"pki/absent.pem\"");
    place.edit("endpoint = \"localhost:1\"\n[dict]", "endpoint = \"localhost\"\n[dict]");
    place.edit("[audit]\nfolder = \"audit\"", "[audit]\nformats = [\"csv\"]");
    place.edit("[limits]", "[policy]\noutside_validity = \"maybe\"\n[limits]");
    assert_eq!(
        faults(&place),
        [
            "config-key-mismatch",
            "config-missing",
            "config-unreadable",
            "config-value",
            "config-value",
            "tls-key-mismatch",
        ]
    );
}

#[test]
fn a_certificate_whose_key_signs_no_messages_is_a_fault() {
    let place = Place::new(1, 1);
    place.edit("certificate = \"pki/psp-signature.pem\"", "certificate = \"pki/ca.pem\"");
    place.edit("key = \"pki/psp-signature.key\"", "key = \"pki/ca.key\"");
    assert_eq!(faults(&place), ["certificate-usage"]);
}

#[test]
fn two_channels_on_one_address_are_a_fault() {
    let place = Place::new(1, 1);
    place.edit("127.0.0.1:0", "127.0.0.1:9");
    assert_eq!(faults(&place), ["config-value"]);
}

#[test]
fn names_of_our_own_are_names_and_missed_where_others_can_connect() {
    let place = Place::new(1, 1);
    place.edit("[limits]", "[policy]\nown_hosts = [\"pix.bank.example\", \"192.0.2.7\"]\n[limits]");
    assert!(faults(&place).is_empty());
    let (setup, _) = Setup::read(&place.config());
    for channel in setup.unwrap().channels {
        assert_eq!(channel.policy.own_hosts, host_names("pix.bank.example,192.0.2.7").unwrap());
    }
    let warned = |place: &Place| doctor(place, true).1.iter().any(|(_, code)| code == "config-own-hosts");
    place.edit("listen = \"127.0.0.1:0\"", "listen = \"0.0.0.0:0\"");
    assert!(!warned(&place));
    place.edit("own_hosts = [\"pix.bank.example\", \"192.0.2.7\"]", "own_hosts = []");
    assert!(warned(&place) && faults(&place).is_empty());
    place.edit("own_hosts = []", "own_hosts = [\"pix.bank.example:443\", \"*\"]");
    assert_eq!(faults(&place), ["config-value"; 2]);
}

#[test]
fn everything_that_is_missing_is_said() {
    let place = Place::new(1, 1);
    fs::write(place.config(), "[spi]\n").unwrap();
    assert_eq!(faults(&place), ["config-missing"; 9]);
    fs::write(place.config(), "").unwrap();
    assert!(faults(&place).contains(&"config-no-channel".to_owned()));
}

#[test]
fn a_parameter_that_does_not_exist_is_said_with_its_line() {
    let place = Place::new(1, 1);
    place.edit("[limits]", "[limits]\nrequest_byte = 1");
    let output = Command::new(lacre_tests::lacre())
        .args(["doctor", "--lang", "en", "--config"])
        .arg(place.config())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("request_byte") && text.contains("config-syntax"), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn certificates_outside_their_validity_are_faults() {
    let place = Place::new(1, 1);
    let keys = lacre_tests::root().join("tests/keys");
    for name in ["expired.pem", "bacen.key"] {
        fs::copy(keys.join(name), place.path(name)).unwrap();
    }
    #[cfg(unix)]
    fs::set_permissions(place.path("bacen.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    place.edit("key = \"pki/psp-signature.key\"", "key = \"bacen.key\"");
    place.edit("certificate = \"pki/psp-signature.pem\"", "certificate = \"expired.pem\"");
    place.edit("\"pki/bacen-signature.pem\"", "\"expired.pem\"");
    assert_eq!(faults(&place), ["certificate-expired", "config-none-valid"]);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_a_fault() {
    let place = Place::new(1, 1);
    fs::set_permissions(
        place.path("pki/psp-signature.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    assert_eq!(faults(&place), ["config-key-permission"]);
}

#[test]
fn an_endpoint_that_does_not_answer_is_a_fault() {
    let (exit, findings) = doctor(&Place::new(1, 1), false);
    assert_eq!(exit, Some(2));
    let unreached =
        findings.iter().filter(|(level, code)| level == "fault" && code.starts_with("transport")).count();
    assert_eq!(unreached, 2, "{findings:?}");
}

#[test]
fn numbers_out_of_their_range_are_faults() {
    let place = Place::new(1, 1);
    place.edit(
        "reload_seconds = 1",
        "reload_seconds = 0\nconnections = 0\nresponse_bytes = 9223372036854775807",
    );
    place.edit("total_seconds = 10", "total_seconds = 9223372036854775807");
    place.edit("[audit]", "[audit]\nformats = []\nship_seconds = 86401");
    assert_eq!(faults(&place), ["config-value"; 6]);
}

#[test]
fn a_lost_passphrase_hides_no_other_fault() {
    let place = Place::new(1, 1);
    fs::copy(place.path("pki/psp-signature.pem"), place.path("no.key")).unwrap();
    place.edit("key = \"pki/psp-signature.key\"", "passphrase_file = \"absent\"\nkey = \"no.key\"");
    assert_eq!(faults(&place), ["config-key-permission", "key-absent", "key-unreadable"]);
}

#[test]
fn one_wrong_parameter_of_a_channel_hides_no_other() {
    let place = Place::new(1, 1);
    place.edit("127.0.0.1:0", "127.0.0.1:9");
    place.edit(
        "endpoint = \"localhost:1\"\n[dict]",
        "endpoint = \"localhost\"\nserver_name = \"a b\"\n[dict]",
    );
    place.edit("key = \"pki/psp-signature.key\"", "key = \"absent\"");
    assert_eq!(faults(&place), ["config-value", "config-value", "key-unreadable", "tls-name"]);
}

#[test]
fn the_configuration_in_the_help_can_be_copied() {
    let place = Place::new(1, 1);
    let help = Command::new(lacre_tests::lacre()).args(["proxy", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let from = help.find("  [spi]").unwrap();
    let (example, _) = help.get(from..).unwrap().split_once("\n\n").unwrap();
    // What a manual page has room for.
    assert!(example.lines().all(|line| line.len() <= 70), "{example}");
    for example in [example.to_owned(), example.replace("\n  # ", "\n  ").replace("  either", "  # either")] {
        fs::write(place.config(), &example).unwrap();
        let (_, findings) = doctor(&place, true);
        assert!(
            findings.iter().all(|(_, code)| code != "config-syntax" && code != "config-value"),
            "{example}"
        );
    }
}

#[test]
fn a_configuration_that_allows_larger_requests_than_are_taken_is_told_so() {
    let place = Place::new(1, 1);
    let told = || {
        let (exit, findings) = doctor(&place, true);
        assert_eq!(exit, Some(0));
        findings
            .iter()
            .filter(|found| *found == &("warning".to_owned(), "config-request-bound".to_owned()))
            .count()
    };
    assert_eq!(told(), 0);
    place.edit("[limits]\n", "[limits]\nrequest_bytes = 2000000\n");
    assert_eq!(told(), 2, "for either channel");
    place.edit("[limits]\n", "[limits]\nrequest_unpacked_bytes = 2000000\n");
    assert_eq!(told(), 0);
}

#[cfg(unix)]
#[test]
fn the_audit_folder_is_closed_to_others_whatever_the_mask() {
    use std::os::unix::fs::PermissionsExt as _;
    for mask in ["000", "022", "077"] {
        let place = Place::new(1, 1);
        let made = Command::new("sh")
            .args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\"")])
            .arg(lacre_tests::lacre())
            .args(["doctor", "--offline", "--config"])
            .arg(place.config())
            .output()
            .unwrap();
        assert_eq!(made.status.code(), Some(0));
        let mode = fs::metadata(place.path("audit")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o750, "{mask}");
    }
}

#[test]
fn a_configuration_is_found_from_wherever_it_is_named() {
    let place = Place::new(1, 1);
    let config = place.config();
    let (folder, name) = (config.parent().unwrap(), config.file_name().unwrap());
    let from_above = std::path::Path::new(folder.file_name().unwrap()).join(name);
    let output = Command::new(lacre_tests::lacre())
        .current_dir(folder.parent().unwrap())
        .args(["doctor", "--offline", "--config"])
        .arg(from_above)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
