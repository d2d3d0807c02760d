//! Every damaged form of a key, a passphrase and a PIN through every verb and host: no twelve bytes of any come out again, in no
//! spelling, in no output and no log.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod command;
mod forms;
mod hunt;
mod lambda;
mod library;
mod place;
mod proxy;

#[test]
fn there_are_enough_forms() {
    let key = place::signing_key();
    assert!(forms::of_key(&key).len() + forms::of_passphrase("senha").len() >= 60);
    for name in forms::READ {
        assert!(forms::of_key(&key).iter().any(|(form, _)| *form == name), "{name}");
    }
}
