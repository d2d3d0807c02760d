//! Makes a component of the core module that a face was built as: `componentize MODULE COMPONENT`.
#![expect(clippy::print_stderr, reason = "a chore speaks to the person who started it")]

use std::path::Path;
use std::process::ExitCode;

use wit_component::ComponentEncoder;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let made = match args.as_slice() {
        [module, component] => make(Path::new(module), Path::new(component)),
        _ => Err("usage: componentize MODULE COMPONENT".into()),
    };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn make(module: &Path, component: &Path) -> Result<(), String> {
    let bytes = std::fs::read(module).map_err(|error| format!("{}: {error}", module.display()))?;
    let encode = || ComponentEncoder::default().validate(true).module(&bytes)?.encode();
    let encoded = encode().map_err(|error| format!("{}: {error:#}", module.display()))?;
    std::fs::write(component, encoded).map_err(|error| format!("{}: {error}", component.display()))
}
