//! The credentials of people: a profile names a program that gives them, or a session of IAM Identity Center.

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;

use crate::world::{World, run};

/// What a program, or a session, gives: `PROFILE` is who signs then.
const CREDENTIALS: &str = r#""secretAccessKey":"segredo-4711","sessionToken":"ficha-4712""#;

/// `csr` with the credentials of a profile instead of the environment's.
fn csr(world: &World, config: &str) -> Command {
    fs::write(world.path("config"), config).unwrap();
    let mut csr = world.csr();
    csr.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    csr.env("AWS_CONFIG_FILE", world.path("config"))
        .env("AWS_PROFILE", "person")
        .env("PATH", "/usr/bin:/bin");
    csr
}

fn assert_signed_by_the_profile(world: &World, csr: &mut Command) {
    let made = run(csr);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let asked = &world.service.calls("GetPublicKey")[0];
    assert!(asked.authorization.contains("Credential=PROFILE/"), "{}", asked.authorization);
}

#[test]
fn a_program_gives_them() {
    let world = World::new();
    let given = r#"{"Version":1,"AccessKeyId":"PROFILE","SecretAccessKey":"segredo-4711"}"#;
    fs::write(world.path("credentials.json"), given).unwrap();
    let config = "[profile person]\ncredential_process = cat credentials.json\n";
    assert_signed_by_the_profile(&world, &mut csr(&world, config));
}

#[test]
fn a_session_of_identity_center_gives_them() {
    let world = World::new();
    let cache = world.path(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    // Where `aws sso login` leaves the token: SHA-1 of the session's name.
    let token = r#"{"accessToken":"token","expiresAt":"2999-01-01T00:00:00Z"}"#;
    fs::write(cache.join("bdd240c8fe7174e6ac1cfdd5282de76eb7ad6815.json"), token).unwrap();
    let portal = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", portal.local_addr().unwrap());
    let config = "[profile person]\nsso_session = bank\nsso_account_id = 111122223333\nsso_role_name = operator\n\
        [sso-session bank]\nsso_region = sa-east-1\nsso_start_url = https://bank.example.invalid/start\n";
    let answering = std::thread::spawn(move || {
        let (mut caller, _) = portal.accept().unwrap();
        let head = BufReader::new(caller.try_clone().unwrap()).lines().map(Result::unwrap);
        let head: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
        let body = format!(
            r#"{{"roleCredentials":{{"accessKeyId":"PROFILE",{CREDENTIALS},"expiration":32472144000000}}}}"#
        );
        let length = body.len();
        write!(
            caller,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        head
    });
    assert_signed_by_the_profile(&world, csr(&world, config).env("AWS_ENDPOINT_URL_SSO", endpoint));
    let head = answering.join().unwrap();
    assert!(head[0].contains("/federation/credentials") && head[0].contains("operator"), "{head:?}");
}
