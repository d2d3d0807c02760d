//! The proxy's reload, as a process that says everything it can: files that become damaged while it runs.

use std::fs::{self, File};
use std::process::{Child, Command};

use crate::forms;
use crate::place::{Place, Values, hunter, quoted, signing_key};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}

/// So many forms are in the lists of one reading; those that take one key have one of them.
const AT_ONCE: usize = 16;

#[test]
fn no_reload_shows_a_piece_of_a_key() {
    let (place, hunter) = (Place::new(), hunter());
    let config = place.configure(&Values::sound());
    let log = File::create(place.path("log")).unwrap();
    let mut command = Command::new(lacre_tests::lacre());
    command.args(["proxy", "--config"]).arg(&config).env("LACRE_LOG", "trace").env_remove("LACRE_PASSPHRASE");
    let _running = Running(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    let said = |what: &str, times: usize| {
        for _ in 0..600 {
            let said = fs::read_to_string(place.path("log")).unwrap();
            if said.matches(what).count() >= times {
                return said;
            }
            std::thread::sleep(core::time::Duration::from_millis(50));
        }
        panic!("`{what}` is not said: {}", fs::read_to_string(place.path("log")).unwrap());
    };
    said("spi http://", 1);
    let forms = forms::of_key(&signing_key());
    let paths: Vec<_> = forms
        .iter()
        .enumerate()
        .map(|(i, (_, bytes))| quoted(place.put(&format!("form{i}"), bytes)))
        .collect();
    let mut refused = 0;
    for paths in paths.chunks(AT_ONCE) {
        let all = paths.join(", ");
        let one = |number: usize| paths[number % paths.len()].clone();
        place.configure(&Values {
            key: one(0),
            certificate: one(1),
            mtls_key: one(2),
            mtls_certificate: one(3),
            signers: all.clone(),
            peers: all,
            more: "",
        });
        refused += 1;
        hunter.none("a reload", said("config_refused", refused));
    }
    let pem = signing_key();
    for value in [format!("{pem:?}"), format!("\"\"\"{pem}\"\"\""), pem] {
        place.configure(&Values { key: value, ..Values::sound() });
        refused += 1;
        hunter.none("a reload", said("config_refused", refused));
    }
}
