//! The figures as Markdown.

use core::time::Duration;

use crate::peer::Cell;

/// A row: who, and what it took for each case.
pub(crate) struct Row {
    pub(crate) who: String,
    pub(crate) cells: Vec<Cell>,
}

/// A table whose cells say how they stand to the first row's.
pub(crate) fn table(title: &str, cases: &[String], rows: &[Row]) -> String {
    let mut lines = vec![line(title, cases.iter().cloned())];
    lines.push(line("---", cases.iter().map(|_| "---:".to_owned())));
    for (number, row) in rows.iter().enumerate() {
        let first = rows.first().map_or(&[][..], |first| &first.cells);
        let cells = row.cells.iter().zip(first).map(|(cell, first)| match number {
            0 => format!("**{}**", words(cell)),
            _ => format!("{}{}", words(cell), ratio(cell, first)),
        });
        lines.push(line(&row.who, cells));
    }
    lines.join("\n")
}

/// Why a peer could not, one line each.
pub(crate) fn reasons(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for row in rows {
        let why = row.cells.iter().find_map(|cell| match cell {
            Cell::Cannot(why) => Some(why),
            _ => None,
        });
        lines.extend(why.map(|why| format!("- {} cannot: {why}.\n", row.who)));
    }
    lines.concat()
}

fn line(first: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {first} | {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn words(cell: &Cell) -> String {
    match cell {
        Cell::Time(time) => spelled(*time),
        Cell::Cannot(_) => "cannot".to_owned(),
        Cell::TooLong => "> 120 s".to_owned(),
        Cell::Absent => "absent".to_owned(),
    }
}

/// Three digits, in the unit that fits.
pub(crate) fn spelled(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let (value, unit) = match micros {
        0.0..1e3 => (micros, "µs"),
        1e3..1e6 => (micros / 1e3, "ms"),
        _ => (micros / 1e6, "s"),
    };
    let digits = match value {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

fn ratio(cell: &Cell, first: &Cell) -> String {
    let (Cell::Time(time), Cell::Time(first)) = (cell, first) else { return String::new() };
    let ratio = time.as_secs_f64() / first.as_secs_f64();
    let digits = if ratio < 10.0 { 2 } else { 0 };
    format!(" ({ratio:.digits$} ×)")
}
