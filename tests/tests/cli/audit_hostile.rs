//! Archives that were made to deceive or to exhaust: a clear error with file and row, memory within bounds, never a panic.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use lacre_core::exchange::gzip_packed;
use lacre_tests::archive::Archive;
use serde_json::Value;

use super::audit::{audit, files, untouched};
use super::house::{Run, json, run};

/// Most address space that a verb may take here: 1.5 GB. It has 64 MB a line, and what threads reserve.
const MEMORY: &str = "--as=1500000000";

fn verify(archive: &Archive, path: &str) -> Run {
    audit(archive, &["verify", "--trust", "bacen.pem", "--json", path])
}

/// The same with little memory: an allocation beyond it ends the process.
fn verify_in_bounds(archive: &Archive, path: &Path) -> Run {
    let mut command = Command::new("prlimit");
    command.arg(MEMORY).arg(lacre_tests::lacre()).args(["audit", "verify", "--trust", "bacen.pem", "--json"]);
    command.arg(path).current_dir(&archive.folder).env_remove("LANG").env_remove("LC_ALL");
    run(&mut assert_cmd::Command::from_std(command))
}

fn put(archive: &Archive, name: &str, octets: impl AsRef<[u8]>) {
    fs::write(archive.folder.join(name), octets).unwrap();
}

/// Row and message of everything that could not be read.
fn unreadable(run: &Run) -> Vec<(u64, String)> {
    let report = json(run);
    let rows = report["results"].as_array().unwrap().iter();
    let found: Vec<_> = rows
        .filter(|row| row["code"] == "unreadable")
        .map(|row| (row["row"].as_u64().unwrap(), row["message"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(report["counts"]["unreadable"].as_u64(), Some(found.len() as u64));
    found
}

#[test]
fn a_line_that_is_no_record_has_its_place_and_the_others_are_read() {
    let (_folder, archive) = untouched(30);
    let good = fs::read_to_string(&files(&archive.log().join("spi"), ".ndjson")[0]).unwrap();
    let good: Vec<&str> = good.lines().collect();
    let bad = [
        "[1]",
        "\"segredo\"",
        "{\"a\":{\"b\":1}}",
        "{\"a\":[1]}",
        "{\"a\":1.5}",
        "{\"a\":true}",
        "{\"a\":9223372036854775808}",
        "{\"a\":1,\"a\":2}",
        "{\"exchange_id\":\"segredo\"",
        "{\"a\":1}{\"b\":2}",
        "segredo",
        "{\"a\":\"\\ud800\"}",
    ];
    let mut lines = Vec::new();
    for (number, bad) in bad.iter().enumerate() {
        lines.extend([good[number % good.len()], bad]);
    }
    let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
    let wide = format!("{{{}}}", (0..300).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
    lines.extend([deep.as_str(), wide.as_str(), "", "   ", good[0]]);
    put(&archive, "mixed.ndjson", lines.join("\n"));
    let found = verify(&archive, "mixed.ndjson");
    assert_eq!(found.code, 2);
    let rows: Vec<u64> = unreadable(&found).into_iter().map(|(row, _)| row).collect();
    let expected: Vec<u64> = (0..bad.len() as u64).map(|n| 2 * n + 1).chain([24, 25]).collect();
    assert_eq!(rows, expected);
    assert_eq!(json(&found)["counts"]["records"], 12 + 14 + 1);
    assert!(
        !found.out.contains("segredo") && !found.err.contains("segredo"),
        "what stands in a line is not repeated"
    );

    let told = audit(&archive, &["verify", "--trust", "bacen.pem", "--lang", "pt-BR", "mixed.ndjson"]);
    assert!(
        told.err.contains("mixed.ndjson linha 2: a linha não é um registro de auditoria"),
        "{}",
        told.err
    );
    let gaps = audit(&archive, &["gaps", "mixed.ndjson"]);
    assert_eq!(gaps.code, 2);
    assert!(gaps.err.contains("mixed.ndjson line 2: the line is no audit record"), "{}", gaps.err);
    let export = audit(&archive, &["export", "mixed.ndjson", "-o", "out"]);
    assert_eq!(export.code, 2, "{}", export.err);
}

#[test]
fn a_record_of_the_wrong_kind_is_malformed_and_no_panic() {
    let (_folder, archive) = untouched(5);
    let lines = [
        "{}",
        "{\"channel\":\"pix\",\"request_method\":\"GET\",\"request_path\":\"/\",\"response_status_code\":200}",
        "{\"channel\":\"spi\",\"request_method\":\"GET\",\"request_path\":\"/api/v1/out/1/stream/start\",\"response_status_code\":99999999999}",
        "{\"channel\":\"spi\",\"request_method\":\"GET\",\"request_path\":\"/api/v1/out/1/stream/start\",\"response_status_code\":200,\
         \"response_body\":\"###\",\"response_body_encoding\":\"base64\"}",
        "{\"channel\":\"spi\",\"request_method\":\"GET\",\"request_path\":\"/api/v1/out/1/stream/start\",\"response_status_code\":200,\
         \"response_body\":7}",
    ];
    put(&archive, "odd.json", lines.join("\n"));
    let found = verify(&archive, "odd.json");
    let report = json(&found);
    assert_eq!(found.code, 1, "{report}");
    assert_eq!(report["counts"]["valid"], 0);
    for row in [0, 1, 3] {
        assert_eq!(report["results"][row]["code"], "record-columns", "{row}");
    }
}

#[test]
fn a_line_of_a_gigabyte_takes_no_memory_and_the_next_is_read() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let (_folder, archive) = untouched(30);
    let good = fs::read(&files(&archive.log().join("spi"), ".ndjson")[0]).unwrap();
    let path = archive.folder.join("long.ndjson");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"{\"a\":\"").unwrap();
    // A hole: it takes no room on the disk.
    file.set_len(1 << 30).unwrap();
    drop(file);
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(b"\n").unwrap();
    file.write_all(&good).unwrap();
    drop(file);
    let found = verify_in_bounds(&archive, &path);
    assert_eq!(found.code, 2, "{}", found.err);
    assert_eq!(unreadable(&found), [(0, "the line is longer than a record may be".to_owned())]);
    let lines = good.iter().filter(|octet| **octet == b'\n').count();
    assert_eq!(json(&found)["counts"]["records"].as_u64(), Some(lines as u64 + 1));

    // The same as a bomb: a megabyte that unpacks to a gigabyte without an end of line.
    let megabyte = gzip_packed(&vec![b' '; 64 << 20]);
    let mut bomb = gzip_packed(b"{\"a\":\"");
    (0..16).for_each(|_| bomb.extend_from_slice(&megabyte));
    let path = archive.folder.join("bomb.ndjson.gz");
    fs::write(&path, bomb).unwrap();
    let found = verify_in_bounds(&archive, &path);
    assert_eq!((found.code, unreadable(&found).len()), (2, 1), "{}", found.err);
}

#[test]
fn a_gzip_file_that_was_cut_or_damaged_gives_what_came_before_and_says_so() {
    let (_folder, archive) = untouched(60);
    let lines = fs::read(&files(&archive.log().join("spi"), ".ndjson")[0]).unwrap();
    let packed = gzip_packed(&lines);
    let whole = lines.iter().filter(|octet| **octet == b'\n').count() as u64;
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].fill(0xff);
    for (name, octets, most) in [
        ("cut.ndjson.gz", &packed[..packed.len() * 3 / 4], whole),
        // What was damaged may still unpack: to other octets, with ends of lines among them.
        ("damaged.ndjson.gz", &damaged, u64::MAX),
    ] {
        put(&archive, name, octets);
        let found = verify(&archive, name);
        assert_eq!(found.code, 2);
        let records = json(&found)["counts"]["records"].as_u64().unwrap();
        assert!((2..=most).contains(&records), "{name}: {records} of {whole}");
        assert!(
            unreadable(&found).iter().any(|(_, words)| words == "the gzip is damaged or was cut"),
            "{name}"
        );
    }
    put(&archive, "tail.ndjson.gz", &packed[..packed.len() - 4]);
    assert_eq!(verify(&archive, "tail.ndjson.gz").code, 2, "its checksum is missing");
    put(&archive, "junk.gz", b"\x1f\x8bnot deflate at all");
    assert_eq!(verify(&archive, "junk.gz").code, 2);
    put(&archive, "picture.ndjson.gz", b"GIF89a");
    assert_eq!(verify(&archive, "picture.ndjson.gz").code, 2);
}

/// Thrift's compact protocol, as far as a Parquet file needs it.
#[derive(Default)]
struct Thrift(Vec<u8>);

impl Thrift {
    fn integer(mut self, step: u8, value: i64) -> Self {
        self.0.push(step << 4 | 6);
        self.varint(((value << 1) ^ (value >> 63)).cast_unsigned());
        self
    }

    fn text(mut self, step: u8, text: &str) -> Self {
        self.0.push(step << 4 | 8);
        self.varint(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn list(mut self, step: u8, kind: u8, items: &[Vec<u8>]) -> Self {
        self.0.push(step << 4 | 9);
        self.0.push(0xf0 | kind);
        self.varint(items.len() as u64);
        self.0.extend(items.iter().flatten());
        self
    }

    fn inner(mut self, step: u8, inner: Self) -> Self {
        self.0.push(step << 4 | 12);
        self.0.extend(inner.end());
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(0);
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// One column of numbers, `response_status_code`, in one page; every count can be a lie.
struct Lie {
    children: i64,
    nested: usize,
    rows: i64,
    values: i64,
    unpacked: i64,
    packed: i64,
    encoding: i64,
    is_dictionary: bool,
    offset: i64,
}

const HONEST: Lie = Lie {
    children: 1,
    nested: 0,
    rows: 1,
    values: 1,
    unpacked: 4,
    packed: 4,
    encoding: 0,
    is_dictionary: false,
    offset: 4,
};

impl Lie {
    fn parquet(&self) -> Vec<u8> {
        let page = Thrift::default().integer(1, self.values).integer(1, self.encoding);
        let page = if self.is_dictionary { page } else { page.integer(1, 3).integer(1, 3) };
        let header = Thrift::default().integer(1, if self.is_dictionary { 2 } else { 0 });
        let header = header.integer(1, self.unpacked).integer(1, self.packed);
        let mut pages = header.inner(if self.is_dictionary { 4 } else { 2 }, page).end();
        pages.extend_from_slice(&200_i32.to_le_bytes());

        let mut elements = vec![Thrift::default().text(4, "audit").integer(1, self.children).end()];
        elements.extend((0..self.nested).map(|_| Thrift::default().text(4, "g").integer(1, 1).end()));
        let leaf = Thrift::default().integer(1, 1).integer(2, 0).text(1, "response_status_code");
        elements.push(leaf.end());
        let length = pages.len() as i64;
        let column = Thrift::default()
            .integer(1, 1)
            .list(1, 5, &[vec![0], vec![6]])
            .list(1, 8, &[[&[20], "response_status_code".as_bytes()].concat()])
            .integer(1, 0)
            .integer(1, self.values)
            .integer(1, length)
            .integer(1, length)
            .integer(2, self.offset);
        let chunk = Thrift::default().integer(2, self.offset).inner(1, column).end();
        let group = Thrift::default().list(1, 12, &[chunk]).integer(1, length).integer(1, self.rows).end();
        let footer = Thrift::default()
            .integer(1, 1)
            .list(1, 12, &elements)
            .integer(1, self.rows)
            .list(1, 12, &[group])
            .end();
        let length = (footer.len() as u32).to_le_bytes();
        [b"PAR1".as_slice(), &pages, &footer, &length, b"PAR1"].concat()
    }
}

#[test]
fn a_parquet_file_that_lies_is_refused_before_it_is_given_memory() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let (_folder, archive) = untouched(5);
    put(&archive, "honest.parquet", HONEST.parquet());
    let honest = verify_in_bounds(&archive, Path::new("honest.parquet"));
    assert_eq!((honest.code, &json(&honest)["counts"]["records"]), (1, &Value::from(1)), "{}", honest.out);

    let most = i64::from(i32::MAX);
    let lies = [
        ("children", Lie { children: most, ..HONEST }),
        ("no children", Lie { children: -1, ..HONEST }),
        ("nested", Lie { nested: 100, ..HONEST }),
        ("columns", Lie { nested: 200_000, ..HONEST }),
        ("rows", Lie { rows: i64::MAX, ..HONEST }),
        ("fewer rows", Lie { rows: -1, ..HONEST }),
        ("two rows", Lie { rows: 2, ..HONEST }),
        ("values", Lie { values: most, ..HONEST }),
        ("fewer values", Lie { values: -1, ..HONEST }),
        ("unpacked", Lie { unpacked: most, ..HONEST }),
        ("negative", Lie { unpacked: -5, packed: -5, ..HONEST }),
        ("packed", Lie { packed: most, ..HONEST }),
        ("dictionary", Lie { is_dictionary: true, values: most, ..HONEST }),
        ("only a dictionary", Lie { is_dictionary: true, ..HONEST }),
        ("delta", Lie { encoding: 5, ..HONEST }),
        ("no encoding", Lie { encoding: 99, ..HONEST }),
        ("before the file", Lie { offset: -4, ..HONEST }),
        ("behind the file", Lie { offset: most, ..HONEST }),
    ];
    for (name, lie) in lies {
        put(&archive, "lie.parquet", lie.parquet());
        let found = verify_in_bounds(&archive, Path::new("lie.parquet"));
        assert_eq!(found.code, 2, "{name}: {} {}", found.out, found.err);
        assert_eq!(unreadable(&found).len(), 1, "{name}: {}", found.out);
    }
}

/// Blanks in zstd (RFC 8878), behind some octets: blocks of one octet that is repeated.
fn zstd(start: &[u8], blanks: usize) -> Vec<u8> {
    const BLOCK: usize = 128 << 10;
    let block = |last: bool, kind: u32, size: usize| {
        let head = u32::from(last) | kind << 1 | (size as u32) << 3;
        head.to_le_bytes()[..3].to_vec()
    };
    // A window of a megabyte, and the whole length.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x50];
    frame.extend_from_slice(&((start.len() + blanks) as u64).to_le_bytes());
    frame.extend(block(blanks == 0, 0, start.len()));
    frame.extend_from_slice(start);
    for from in (0..blanks).step_by(BLOCK) {
        let size = BLOCK.min(blanks - from);
        frame.extend(block(from + size == blanks, 1, size));
        frame.push(b' ');
    }
    frame
}

/// A file of some kilobytes whose rows all point at the one long text of a dictionary.
fn pointing(names: &[&str], rows: i64, bytes: usize) -> Vec<u8> {
    const ZSTD: i64 = 6;
    const RLE_DICTIONARY: i64 = 8;
    let page = |kind: i64, unpacked: usize, packed: &[u8], field: u8, inner: Thrift| {
        let header = Thrift::default().integer(1, kind).integer(1, unpacked as i64);
        [header.integer(1, packed.len() as i64).inner(field, inner).end(), packed.to_vec()].concat()
    };
    let text = zstd(&(bytes as u32).to_le_bytes(), bytes);
    let dictionary = page(2, bytes + 4, &text, 4, Thrift::default().integer(1, 1).integer(1, 0));
    // All of them the first: one bit wide, one run.
    let mut run = Thrift(vec![1]);
    run.varint((rows as u64) << 1);
    run.0.push(0);
    let numbers = Thrift::default().integer(1, rows).integer(1, RLE_DICTIONARY).integer(1, 3).integer(1, 3);
    let data = page(0, run.0.len(), &zstd(&run.0, 0), 2, numbers);
    let pages = [dictionary.clone(), data].concat();

    let mut elements = vec![Thrift::default().text(4, "audit").integer(1, names.len() as i64).end()];
    let leaf = |name: &&str| Thrift::default().integer(1, 6).integer(2, 0).text(1, name).integer(2, 0).end();
    elements.extend(names.iter().map(leaf));
    let length = pages.len() as i64;
    let chunk = |name: &&str| {
        let path = [&[name.len() as u8], name.as_bytes()].concat();
        let column = Thrift::default()
            .integer(1, 6)
            .list(1, 5, &[vec![0], vec![16]])
            .list(1, 8, &[path])
            .integer(1, ZSTD)
            .integer(1, rows)
            .integer(1, length)
            .integer(1, length)
            .integer(2, 4 + dictionary.len() as i64)
            .integer(2, 4);
        Thrift::default().integer(2, 4).inner(1, column).end()
    };
    let chunks: Vec<_> = names.iter().map(chunk).collect();
    let group = Thrift::default().list(1, 12, &chunks).integer(1, length).integer(1, rows).end();
    let footer =
        Thrift::default().integer(1, 1).list(1, 12, &elements).integer(1, rows).list(1, 12, &[group]);
    let footer = footer.end();
    // Every row takes an octet at least.
    let padding = vec![0; rows as usize];
    let length = (footer.len() as u32).to_le_bytes();
    [b"PAR1".as_slice(), &pages, &padding, &footer, &length, b"PAR1"].concat()
}

#[test]
fn rows_that_share_one_long_text_take_no_more_memory_than_it_and_have_an_end() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let (_folder, archive) = untouched(5);
    let cases = [
        ("short", 60, 100, 0, ""),
        ("a text longer than a record", 64, 90 << 20, 64, "the row is longer than a record may be"),
        ("a gigabyte and more", 1200, 1 << 20, 1, "the Parquet goes beyond a limit: text"),
    ];
    for (name, rows, bytes, faults, words) in cases {
        let octets = pointing(&["response_body"], rows, bytes);
        assert!(octets.len() < 8_000, "{name}: {}", octets.len());
        put(&archive, "pointing.parquet", octets);
        let found = verify_in_bounds(&archive, Path::new("pointing.parquet"));
        let unread = unreadable(&found);
        assert_eq!(unread.len(), faults, "{name}: {} {unread:?}", found.err);
        assert!(unread.iter().all(|(_, told)| told == words), "{name}: {unread:?}");
        assert_eq!(found.code, if faults == 0 { 1 } else { 2 }, "{name}");
    }
}

/// The auditors' page reads the same files, and must say the same of each.
#[test]
fn each_parquet_file_is_read_or_refused_as_the_table_says() {
    if !lacre_tests::require("prlimit") {
        return;
    }
    let (_folder, archive) = untouched(5);
    let folder = lacre_tests::root().join("tests/parquet");
    let table: Value = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    for (name, expected) in table.as_object().unwrap() {
        let found = verify_in_bounds(&archive, &folder.join(format!("{name}.parquet")));
        let told = if unreadable(&found).is_empty() { "read" } else { "refused" };
        assert_eq!(told, expected, "{name}: {} {}", found.out, found.err);
    }
}

#[test]
fn a_parquet_file_with_a_column_twice_is_refused() {
    let (_folder, archive) = untouched(5);
    put(&archive, "twice.parquet", pointing(&["response_body", "response_body"], 3, 10));
    let found = verify(&archive, "twice.parquet");
    assert_eq!((found.code, unreadable(&found).len()), (2, 1), "{}", found.out);
    assert!(unreadable(&found)[0].1.contains("`response_body`"), "{}", found.out);
}

#[test]
fn records_in_one_line_are_named_with_the_way_to_part_them() {
    let (_folder, archive) = untouched(30);
    let lines = fs::read_to_string(&files(&archive.log().join("spi"), ".ndjson")[0]).unwrap();
    put(&archive, "glued.ndjson", lines.replace('\n', ""));
    let found = verify(&archive, "glued.ndjson");
    assert_eq!(
        (found.code, unreadable(&found)),
        (2, vec![(0, "several records stand in one line".to_owned())])
    );
    let help = json(&found)["results"][0]["help"].as_str().unwrap().to_owned();
    assert!(help.contains("`jq -c . FILE > lines.ndjson`"), "{help}");
}

#[test]
fn what_firehose_wrote_of_records_that_it_could_not_convert_is_judged() {
    let (_folder, archive) = untouched(30);
    let lines = fs::read_to_string(&files(&archive.log().join("dict"), ".ndjson")[0]).unwrap();
    let told = lines.lines().map(|line| {
        let record = lacre_report::base64(line.as_bytes());
        format!(
            "{{\"attemptsMade\":1,\"arrivalTimestamp\":1796000000000,\"errorCode\":\"DataFormatConversion.ParseError\",\
             \"rawData\":\"{record}\",\"dataCatalogTable\":{{\"tableName\":\"dict\"}}}}\n"
        )
    });
    put(&archive, "stream-1-2026-11-01-00-00-00", told.collect::<String>());
    let found = verify(&archive, "stream-1-2026-11-01-00-00-00");
    let counts = &json(&found)["counts"];
    assert_eq!(
        (found.code, counts["records"].as_u64()),
        (0, Some(lines.lines().count() as u64)),
        "{}",
        found.out
    );
    assert!(counts["valid"].as_u64() > Some(0) && counts["seal_absent"] == 0, "{counts}");
}

#[test]
fn a_file_that_only_looks_like_parquet_is_named() {
    let (_folder, archive) = untouched(5);
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty.parquet", b"", "it is neither Parquet nor JSON"),
        ("short.parquet", b"PAR1", "the Parquet is damaged"),
        ("twice.parquet", b"PAR1PAR1", "the Parquet is damaged"),
        ("tail.parquet", b"PAR1\xff\xff\xff\xffPAR1", "the Parquet is damaged"),
        ("text.parquet", b"request_date,request_method\n", "it is neither Parquet nor JSON"),
        ("encrypted.parquet", b"PARE....PARE", "it is neither Parquet nor JSON"),
    ];
    for (name, octets, words) in cases {
        put(&archive, name, octets);
        let found = verify(&archive, name);
        assert_eq!(found.code, 2, "{name}");
        assert!(unreadable(&found)[0].1.starts_with(words), "{name}: {:?}", unreadable(&found));
    }
    put(&archive, "empty.ndjson", "\n\n");
    for verb in [&["verify", "--trust", "bacen.pem", "empty.ndjson"][..], &["gaps", "empty.ndjson"]] {
        let nothing = audit(&archive, verb);
        assert_eq!(nothing.code, 2, "an archive without a record is not in order");
        assert!(nothing.err.starts_with("0 records"), "{}", nothing.err);
    }
    let told = audit(&archive, &["verify", "--trust", "bacen.pem", "--lang", "pt-BR", "text.parquet"]);
    assert!(told.err.contains("text.parquet") && told.err.contains("não é Parquet nem JSON"), "{}", told.err);
}
