//! Audit records from arbitrary lines.

use lacre_core::exchange::chain::link_hash;
use lacre_core::{At, Language, Trust};
use lacre_report::hex;
use lacre_report::record::{Cell, RecordRow, Row, Seal, messages, verify};

use super::same;
use crate::keys::{AT, toy_trust};

/// A row that can be read is written and read again as it was; what its messages prove can be told; sealed, its seal holds, and
/// holds no longer once a column has changed.
pub(crate) fn record(input: &[u8]) {
    let Ok(row) = Row::parse(input) else { return };
    let line = serde_json::to_vec(&row).unwrap_or_default();
    let again = Row::parse(&line).ok();
    same(&again.as_ref().map(Row::columns), &Some(row.columns()), "a row written and read again");
    let found = messages(&row);
    for own in [toy_trust(), &Trust::new()] {
        for at in [At::UnixS(AT), At::Message] {
            let outcome = verify(&row, toy_trust(), own, at);
            if outcome.error.is_none() && !own.is_empty() && outcome.messages.len() > 1 {
                assert!(found.is_ok(), "nothing against the record, and its messages cannot be found");
            }
            let judged = outcome.messages.len();
            assert!(found.as_ref().is_ok_and(|found| judged <= found.len()) || found.is_err(), "{judged}");
            for language in [Language::PtBr, Language::En] {
                let told = serde_json::to_string(&RecordRow::new("f", 1, &outcome, language));
                assert!(told.is_ok(), "{told:?}");
            }
        }
    }
    sealed(&row);
}

fn sealed(row: &Row) {
    const HASH: &str = "chain_hash";
    let plain = row.columns().iter().filter(|(name, _)| name != HASH);
    let mut columns: Vec<(String, Cell)> = plain.cloned().collect();
    let hash = hex(&link_hash(Row::new(columns.clone()).values()));
    columns.push((HASH.to_owned(), Cell::Text(hash)));
    same(&Seal::of(&Row::new(columns.clone())), &Seal::Holds, "sealed");
    for number in 0..columns.len().saturating_sub(1) {
        let mut changed = columns.clone();
        let Some((_, cell)) = changed.get_mut(number) else { continue };
        *cell = match cell {
            Cell::Text(text) => Cell::Text([text, "x"].concat()),
            Cell::Integer(integer) => Cell::Integer(integer.wrapping_add(1)),
            Cell::Null => Cell::Text(String::new()),
        };
        same(&Seal::of(&Row::new(changed)), &Seal::Broken, "a column changed after sealing");
    }
}
