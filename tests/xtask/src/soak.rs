//! A long load on the proxy as it ships: and held to what became of each request.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::step::Step;
use xtask::parts;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    minutes: u64,
    rate: u64,
    burst: u64,
}

impl Plan {
    /// Reads `--minutes N`, `--rate R` and `--burst B`.
    pub(crate) fn read(words: &[&str]) -> Result<Self, String> {
        let mut plan = Self { minutes: 5, rate: 200, burst: 0 };
        let mut rest = words;
        while let [word, behind @ ..] = rest {
            let (name, joined) =
                word.split_once('=').map_or((*word, None), |(name, value)| (name, Some(value)));
            let (value, behind) = match (joined, behind) {
                (Some(value), behind) => (value, behind),
                (None, [value, behind @ ..]) => (*value, behind),
                (None, []) => return Err(format!("`{word}` wants a number")),
            };
            let place = match name {
                "--minutes" => &mut plan.minutes,
                "--rate" => &mut plan.rate,
                "--burst" => &mut plan.burst,
                _ => return Err(format!("`{word}` is no argument of this chore")),
            };
            *place = value
                .parse()
                .ok()
                .filter(|number| *number > 0 || name == "--burst")
                .ok_or_else(|| format!("`{value}` is no number for `{name}`"))?;
            rest = behind;
        }
        Ok(plan)
    }
}

/// Builds both sides and soaks: 1 if anything was lost or doubled, 2 if nothing ran.
pub(crate) fn run(plan: &Plan) -> ExitCode {
    if !build() {
        return ExitCode::from(crate::NOT_RUN);
    }
    let [seconds, rate, burst] =
        [plan.minutes.saturating_mul(60), plan.rate, plan.burst].map(|number| number.to_string());
    let (program, lacre) = (shipped("soak"), shipped("lacre"));
    let Some(lacre) = lacre.to_str() else { return ExitCode::from(crate::NOT_RUN) };
    let title = format!("{} minutes at {rate} requests a second", plan.minutes);
    let words = ["--seconds", &seconds, "--rate", &rate, "--burst", &burst, "--lacre", lacre];
    if Step::program(&title, Path::new(&program), &words).run().failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The proxy beside nginx: what it adds to the time of a request, at a rate that leaves the machine idle for most of the time.
pub(crate) fn beside_nginx() -> bool {
    let (program, lacre) = (shipped("soak"), shipped("lacre"));
    let (Some(lacre), Some(nginx)) = (lacre.to_str(), parts::program("nginx")) else { return false };
    let Some(nginx) = nginx.to_str() else { return false };
    let words = ["--seconds", "20", "--rate", "100", "--burst", "0", "--lacre", lacre, "--nginx", nginx];
    build() && Step::program("the proxy beside nginx", &program, &words).run().failed == 0
}

/// Both sides, as they ship.
fn build() -> bool {
    let steps = [
        Step::lacre("dist"),
        Step::cargo(
            "the load and BACEN's side",
            &["build", "--profile", "dist", "-p", "lacre-tests", "--bin", "soak"],
        ),
    ];
    steps.into_iter().all(|step| step.run().failed == 0)
}

/// What cargo built, wherever it was told to build.
fn shipped(name: &str) -> PathBuf {
    parts::target().join("dist").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_its_numbers_in_any_order_and_spelling() {
        assert_eq!(Plan::read(&[]), Ok(Plan { minutes: 5, rate: 200, burst: 0 }));
        let asked = ["--rate", "750", "--burst", "3750", "--minutes=30"];
        assert_eq!(Plan::read(&asked), Ok(Plan { minutes: 30, rate: 750, burst: 3750 }));
        for odd in [&["--minutes"][..], &["--rate=0"], &["--rate", "x"], &["--fast", "1"], &["5"]] {
            assert!(Plan::read(odd).is_err(), "{odd:?}");
        }
    }
}
