//! What somebody who can write to an archive does to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lacre_archive::{Format, read_ndjson, read_parquet, write_parquet};
use lacre_core::exchange::chain::link_hash;
use lacre_core::{Profile, SignOptions};
use lacre_report::record::{Cell, Row};

use super::exchanges::Kind;
use super::{ArchiveOptions, Made, Tampered};
use crate::random::Random;
use crate::signer::TestSigner;

const HOWS: [&str; 4] = ["response-content", "request-content", "seal", "signer-unknown"];

/// Words that a signature covers, and what somebody would like to read there.
const CHANGES: [(&str, &str); 3] = [
    ("<Name>Helena Prado", "<Name>Helena Prada"),
    ("<IntrBkSttlmAmt Ccy=\"BRL\">", "<IntrBkSttlmAmt Ccy=\"BRL\">9"),
    ("<TxSts>ACSC", "<TxSts>RJCT"),
];

/// Tampers with as many records as asked for, in every way there is, and says where they are.
pub(super) fn tamper(folder: &Path, made: &[Made], options: &ArchiveOptions) -> Vec<Tampered> {
    if options.tampered == 0 {
        return Vec::new();
    }
    let stranger = TestSigner::named("Banco Central do Brasil T003", "00038166", 302);
    let files = Files::of(folder);
    let mut victims: BTreeMap<(PathBuf, i64), Vec<(&Made, &'static str)>> = BTreeMap::new();
    for (made, how) in draw(made, options) {
        victims.entry(files.holding(made)).or_default().push((made, how));
    }
    let mut tampered = Vec::new();
    for ((stem, first), victims) in victims {
        let mut rows = read(&stem);
        let files = options.formats.iter().rev().map(|format| stem.with_extension(format.name()));
        let files: Vec<String> =
            files.map(|file| file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()).collect();
        for (made, how) in victims {
            let place = usize::try_from(made.sequence - first).unwrap();
            let row = &mut rows[place];
            assert_eq!(row.text("exchange_id"), Some(made.exchange_id.as_str()));
            *row = change(row, how, made.kind, &stranger);
            let (row, exchange_id) = (place as u64, made.exchange_id.clone());
            tampered.push(Tampered { files: files.clone(), row, exchange_id, how });
        }
        write(&stem, &rows, &options.formats);
    }
    tampered.sort_by(|one, other| (&one.files, one.row).cmp(&(&other.files, other.row)));
    tampered
}

/// Which records, and what is done to each: every way in turn.
fn draw<'m>(made: &'m [Made], options: &ArchiveOptions) -> Vec<(&'m Made, &'static str)> {
    let mut random = Random::new(options.seed ^ 0x7A3B);
    let mut left: Vec<&Made> = made.iter().collect();
    let mut drawn = Vec::new();
    for how in HOWS.iter().copied().cycle().take(options.tampered) {
        let able: Vec<usize> = (0..left.len()).filter(|place| is_able(left[*place].kind, how)).collect();
        assert!(!able.is_empty(), "{} rows are too few for {} tampered ones", made.len(), options.tampered);
        drawn.push((left.swap_remove(able[random.below(able.len())]), how));
    }
    drawn
}

fn is_able(kind: Kind, how: &str) -> bool {
    match how {
        "response-content" => kind.has_signed_answer() || kind.has_signed_parts(),
        "request-content" => kind.has_signed_request(),
        "signer-unknown" => kind.has_signed_answer(),
        _ => true,
    }
}

fn change(row: &Row, how: &str, kind: Kind, stranger: &TestSigner) -> Row {
    match how {
        "response-content" => {
            with(row, "response_body", Cell::Text(changed(row.text("response_body").unwrap())))
        }
        "request-content" => {
            with(row, "request_body", Cell::Text(changed(row.text("request_body").unwrap())))
        }
        // Said to have come an hour earlier.
        "seal" => {
            let received = row.integer("request_received_ms").unwrap();
            with(row, "request_received_ms", Cell::Integer(received - 3_600_000))
        }
        // Somebody who knows how the seal is made, and has another key.
        _ => {
            let profile = if kind == Kind::ReadOne { Profile::Spi } else { Profile::Dict };
            let resign = SignOptions { resign: true, ..SignOptions::default() };
            let body = row.text("response_body").unwrap();
            let prepared =
                lacre_core::prepare_with(body.as_bytes(), profile, &stranger.certificate, resign).unwrap();
            let signature = stranger.sign_digest(prepared.digest());
            let signed = String::from_utf8(prepared.finish(&signature).unwrap()).unwrap();
            let row = with(row, "response_body", Cell::Text(signed));
            with(&row, "chain_hash", Cell::Text(lacre_report::hex(&link_hash(row.values()))))
        }
    }
}

fn changed(text: &str) -> String {
    let (from, to) = CHANGES.into_iter().find(|(from, _)| text.contains(from)).unwrap();
    text.replacen(from, to, 1)
}

fn with(row: &Row, column: &str, cell: Cell) -> Row {
    let columns = row.columns().iter().cloned();
    Row::new(
        columns.map(|(name, old)| if name == column { (name, cell.clone()) } else { (name, old) }).collect(),
    )
}

/// The files of an archive without their endings: by channel, the first and last number in each.
struct Files(BTreeMap<(String, i64), (i64, PathBuf)>);

impl Files {
    fn of(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        for channel in ["spi", "dict"] {
            collect(&folder.join("log").join(channel), channel, &mut files);
        }
        Self(files)
    }

    fn holding(&self, made: &Made) -> (PathBuf, i64) {
        let place = (made.channel.as_str().to_owned(), made.sequence);
        let ((_, first), (last, stem)) = self.0.range(..=place).next_back().unwrap();
        assert!(*last >= made.sequence, "{}", stem.display());
        (stem.clone(), *first)
    }
}

fn collect(folder: &Path, channel: &str, files: &mut BTreeMap<(String, i64), (i64, PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, channel, files);
            continue;
        }
        let stem = path.with_extension("");
        let mut numbers = stem.file_name().unwrap().to_str().unwrap().rsplit('-');
        let [last, first] = [(); 2].map(|()| numbers.next().unwrap().parse().unwrap());
        files.insert((channel.to_owned(), first), (last, stem));
    }
}

fn read(stem: &Path) -> Vec<Row> {
    let parquet = stem.with_extension("parquet");
    if parquet.exists() {
        return read_parquet(&parquet).unwrap().map(Result::unwrap).collect();
    }
    read_ndjson(&stem.with_extension("ndjson")).unwrap().map(Result::unwrap).collect()
}

/// Writes rows to a file in each format; `stem` is its path without an ending.
fn write(stem: &Path, rows: &[Row], formats: &[Format]) {
    for format in formats {
        let path = stem.with_extension(format.name());
        match format {
            Format::Parquet => {
                write_parquet(fs::File::create(path).unwrap(), &rows.iter().collect::<Vec<_>>()).unwrap();
            }
            _ => {
                let lines = rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n");
                fs::write(path, lines.collect::<String>()).unwrap();
            }
        }
    }
}
