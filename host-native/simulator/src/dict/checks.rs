//! What an entry, a claim and their sender must be like before the directory looks at them.

use lacre_core::Ispb;
use uuid::Uuid;

use super::keys::{is_cnpj, is_cpf, key_fault};
use super::xml::{Account, Entry, KeyType, Person, PersonType, Reason};
use crate::identifiers::parse_instant;
use crate::problem::{Problem, Violation};

/// A participant speaks for itself only.
pub(super) fn acts_for(caller: &Ispb, participant: &str) -> Result<(), Problem> {
    if caller.as_str() == participant {
        return Ok(());
    }
    Err(Problem::dict("Forbidden", "Participant is not allowed to access this resource"))
}

pub(super) fn allowed_reason(reason: Reason, allowed: &[Reason]) -> Result<(), Problem> {
    if allowed.contains(&reason) {
        return Ok(());
    }
    Err(Problem::dict("InvalidReason", "The reason is not one that this operation takes"))
}

pub(super) fn request_id(text: &str) -> Result<Uuid, Problem> {
    let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    uuid.ok_or_else(|| Problem::dict("BadRequest", "RequestId is not a UUID"))
}

pub(super) fn refuse_if_any(
    violations: Vec<Violation>,
    kind: &'static str,
    detail: &str,
) -> Result<(), Problem> {
    if violations.is_empty() { Ok(()) } else { Err(Problem::dict(kind, detail).with_violations(violations)) }
}

pub(super) fn account_violations(at: &str, account: &Account) -> Vec<Violation> {
    let digits = |s: &str, longest| (1..=longest).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    let number = &account.account_number;
    let number_ok = (1..=20).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let checks = [
        (Ispb::new(&account.participant).is_some(), "participant", &account.participant, "^[0-9A-Z]{8}$"),
        (number_ok, "accountNumber", number, "^[0-9A-Z]{1,20}$"),
        (
            ["CACC", "TRAN", "SLRY", "SVGS"].contains(&account.account_type.as_str()),
            "accountType",
            &account.account_type,
            "^(CACC|TRAN|SLRY|SVGS)$",
        ),
    ];
    let mut violations: Vec<Violation> = checks
        .into_iter()
        .filter(|(holds, ..)| !holds)
        .map(|(_, field, value, form)| mismatch(&format!("{at}.{field}"), value, form))
        .collect();
    if let Some(branch) = account.branch.as_deref().filter(|branch| !digits(branch, 4)) {
        violations.push(mismatch(&format!("{at}.branch"), branch, "^[0-9]{1,4}$"));
    }
    if parse_instant(&account.opening_date).is_none() {
        let property = format!("{at}.openingDate");
        violations.push(Violation::new(
            property,
            &account.opening_date,
            "Value is not an RFC 3339 date-time",
        ));
    }
    violations
}

pub(super) fn person_violations(at: &str, person: &Person) -> Vec<Violation> {
    let mut violations = Vec::new();
    let tax_id = &person.tax_id_number;
    let (tax_id_ok, words) = match person.r#type {
        PersonType::NaturalPerson => (is_cpf(tax_id), "Value is not a valid CPF"),
        PersonType::LegalPerson => (is_cnpj(tax_id), "Value is not a valid CNPJ"),
    };
    if !tax_id_ok {
        violations.push(Violation::new(format!("{at}.taxIdNumber"), tax_id, words));
    }
    if !is_name(person.r#type, &person.name, 150) {
        violations.push(Violation::new(
            format!("{at}.name"),
            &person.name,
            "Value is not a name of that type",
        ));
    }
    if let Some(trade_name) = &person.trade_name {
        let legal = person.r#type == PersonType::LegalPerson;
        if !legal || !is_name(person.r#type, trade_name, 100) {
            let reason = "Value is not the trade name of a legal person";
            violations.push(Violation::new(format!("{at}.tradeName"), trade_name, reason));
        }
    }
    violations
}

pub(super) fn check_entry(caller: &Ispb, entry: &Entry) -> Result<(), Problem> {
    let mut violations = account_violations("entry.account", &entry.account);
    violations.extend(person_violations("entry.owner", &entry.owner));
    match (&entry.key, entry.key_type) {
        (None, KeyType::Evp) => {}
        (Some(key), KeyType::Evp) => {
            violations.push(Violation::new("entry.key", key, "An EVP is made by DICT and cannot be given"));
        }
        (None, _) => violations.push(Violation::of("entry.key", "Value is required")),
        (Some(key), kind) => {
            violations.extend(key_fault(kind, key).map(|fault| Violation::new("entry.key", key, fault)))
        }
    }
    refuse_if_any(violations, "EntryInvalid", "Entry has invalid fields")?;
    let is_tax_id = matches!(entry.key_type, KeyType::Cpf | KeyType::Cnpj);
    if is_tax_id && entry.key.as_deref() != Some(entry.owner.tax_id_number.as_str()) {
        let detail = "A CPF or CNPJ is a key of its own holder only";
        return Err(Problem::dict("EntryTaxIdNumberByDifferentOwner", detail));
    }
    acts_for(caller, &entry.account.participant)
}

pub(super) fn same_key(path_key: &str, body_key: &str) -> Result<(), Problem> {
    if path_key == body_key {
        return Ok(());
    }
    Err(Problem::dict("BadRequest", "The key in the path is not the key in the body"))
}

fn is_name(kind: PersonType, name: &str, longest: usize) -> bool {
    let natural = |c: char| {
        c.is_ascii_alphabetic()
            || matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{ff}' | '\'' | ' ' | '-')
    };
    let legal = |c: char| matches!(c, '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}');
    (1..=longest).contains(&name.chars().count())
        && name.chars().all(|c| if kind == PersonType::NaturalPerson { natural(c) } else { legal(c) })
}

fn mismatch(property: &str, value: &str, form: &str) -> Violation {
    Violation::new(property, value, format!("Value does not match regex '{form}'"))
}
