//! Lacre beside its peers and the floors below them, in one run: `cargo xtask bench peers`.
//!
//! Everybody verifies the same files from octets to verdict, with keys prepared, and counts its own processor time. The table is
//! printed, and written to `tests/bench/README.md`. Nothing is asserted of times.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a benchmark speaks to the person who started it, and stops when it cannot start"
)]

mod cases;
mod clock;
mod machine;
mod ours;
mod peer;
mod table;

use core::time::Duration;

use lacre_tests::root;
use lacre_tests::signer::TestSigner;

use cases::Case;
use ours::Ours;
use peer::{Cell, Peer};
use table::Row;

/// Everybody's turn comes so often, so that a busy minute of the machine is nobody's alone.
const ROUNDS: usize = 3;

/// Processor time for one case of one turn, of what has nothing to warm up.
const OWN_BUDGET: Duration = Duration::from_millis(500);

fn main() {
    let signer = TestSigner::new();
    let cases = cases::all(&signer);
    let ours = Ours::new(&signer);
    // `cargo test` runs benchmarks once to see that they work; whoever measures says `--bench`.
    if !std::env::args().any(|arg| arg == "--bench") {
        measure_ours(&ours, &cases[..2], Duration::ZERO);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    cases::write(&cases, &signer, folder.path());
    let names: Vec<&str> = cases.iter().map(|case| case.name).collect();

    let peers = peer::all();
    let mut rows: Vec<Row> = Vec::new();
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        let mut fresh = measure_ours(&ours, &cases, OWN_BUDGET);
        let known = rows.get(fresh.len()..).unwrap_or_default();
        fresh.extend(measure_peers(&peers, known, &names, folder.path()));
        merge(&mut rows, fresh);
        let report = report(&ours, &cases, &rows, round);
        // After each round, so that a run that is cut short leaves what it has.
        std::fs::write(root().join("tests/bench/README.md"), &report).unwrap();
        if round == ROUNDS {
            println!("\n{report}");
        }
    }
}

/// Ours first, then the floors.
fn measure_ours(ours: &Ours, cases: &[Case], budget: Duration) -> Vec<Row> {
    let row = |who: &str, measure: &dyn Fn(&Case) -> Duration| Row {
        who: who.to_owned(),
        cells: cases.iter().map(|case| Cell::Time(measure(case))).collect(),
    };
    vec![
        row("**lacre**, aws-lc", &|case| ours.verify(case, budget)),
        row("floor: hash + RSA", &|case| ours.hash_and_rsa(case, budget)),
        row("floor: read once + hash + RSA", &|case| ours.read_hash_and_rsa(case, budget)),
        row("lacre", &|case| ours.sign_without_rsa(case, budget)),
        row("floor: hash", &|case| ours::hash(case, budget)),
    ]
}

/// How many of the rows of [`measure_ours`] verify; the others sign.
const VERIFYING: usize = 3;

fn measure_peers(peers: &[Peer], known: &[Row], names: &[&str], folder: &std::path::Path) -> Vec<Row> {
    let measure = |(number, peer): (usize, &Peer)| {
        println!("  {}", peer.name);
        // What took too long once is not tried again, nor what is larger.
        let able = known.get(number).map_or(names.len(), |row| {
            row.cells.iter().position(|cell| matches!(cell, Cell::TooLong)).unwrap_or(names.len())
        });
        let told = peer.run(folder, &names[..able]);
        let mut cells = told.cells;
        cells.resize(names.len(), Cell::TooLong);
        Row { who: told.version.unwrap_or_else(|| peer.name.to_owned()), cells }
    };
    peers.iter().enumerate().map(measure).collect()
}

fn merge(rows: &mut Vec<Row>, fresh: Vec<Row>) {
    if rows.is_empty() {
        *rows = fresh;
        return;
    }
    for (row, fresh) in rows.iter_mut().zip(fresh) {
        for (cell, fresh) in row.cells.iter_mut().zip(fresh.cells) {
            cell.improve(fresh);
        }
    }
}

fn report(ours: &Ours, cases: &[Case], rows: &[Row], rounds: usize) -> String {
    let titles: Vec<String> = cases.iter().map(Case::title).collect();
    let (own, peers) = rows.split_at(rows.len() - peer::all().len());
    let (verifying, signing) = own.split_at(VERIFYING);
    let all: Vec<Row> = verifying
        .iter()
        .chain(peers)
        .map(|row| Row { who: row.who.clone(), cells: row.cells.clone() })
        .collect();
    format!(
        "{HEAD}\nMeasured {date} on {processor}; {compiler}; rounds: {rounds}. The RSA-2048 operation of a verification alone: {rsa}.\n\n\
         {verify}\n\n{reasons}\n{sign}\n",
        date = machine::date(),
        processor = machine::processor(),
        compiler = machine::compiler(),
        rsa = table::spelled(ours.rsa_alone(OWN_BUDGET)),
        verify = table::table("verify", &titles, &all),
        reasons = table::reasons(peers),
        sign = table::table("sign, less the key's act", &titles, signing),
    )
}

const HEAD: &str = "\
# Benchmarks

`cargo xtask bench peers` writes this page. It installs the peers into `.cache/`, in the versions that
`peers/programs/` names, and measures everybody in one run; a peer that cannot be installed is `absent`.

Processor time of one message, from octets to verdict, by one thread, with keys and certificates read before: the fastest
of many batches in several rounds, each counted by the process itself. In brackets, how many times lacre's. Everybody is
given the same files, signed by lacre, and must refuse one that was changed. Floors are no verifiers: they read and hash
octets and perform the RSA operation.

What must not grow unseen is counted, since counts do not depend on the machine's other work: instructions by
`cargo xtask bench counts` (against `counts/counts.txt`), allocations by `tests/allocations.rs`.
";
