//! What a Pix key, a CPF and a CNPJ must look like.

use super::xml::KeyType;

const KEY_LENGTH_MAX: usize = 77;

/// Why this is no key of that type, in BACEN's words where the manual has them.
pub(crate) fn key_fault(kind: KeyType, key: &str) -> Option<&'static str> {
    if key.chars().count() > KEY_LENGTH_MAX {
        return Some("Value is longer than 77 characters");
    }
    match kind {
        KeyType::Cpf => (!is_cpf(key)).then_some("Value is not a valid CPF"),
        KeyType::Cnpj => (!is_cnpj(key)).then_some("Value is not a valid CNPJ"),
        KeyType::Phone => (!is_phone(key)).then_some("Value does not match regex '^\\+[1-9]\\d{1,14}$'"),
        KeyType::Email => (!is_email(key)).then_some("Value is not a lower-case e-mail address"),
        KeyType::Evp => (!is_evp(key)).then_some("Value is not a lower-case UUID"),
    }
}

/// The type that a key's form belongs to.
pub(crate) fn kind_of(key: &str) -> Option<KeyType> {
    [KeyType::Cpf, KeyType::Cnpj, KeyType::Phone, KeyType::Evp, KeyType::Email]
        .into_iter()
        .find(|kind| key_fault(*kind, key).is_none())
}

/// Eleven digits, the last two of which check the others.
pub(crate) fn is_cpf(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if text.len() != 11
        || digits.len() != 11
        || digits.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
    {
        return false;
    }
    [9, 10].into_iter().all(|checked| {
        let weights = (2..).take(checked).collect::<Vec<u32>>();
        digits.get(checked) == Some(&check_digit(digits.iter().take(checked), weights.iter().rev()))
    })
}

/// Twelve digits or capitals and two digits that check them.
pub(crate) fn is_cnpj(text: &str) -> bool {
    let well_formed = text.len() == 14
        && text.bytes().take(12).all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && text.bytes().skip(12).all(|b| b.is_ascii_digit());
    let values: Vec<u32> = text.bytes().map(|b| u32::from(b).saturating_sub(u32::from(b'0'))).collect();
    if !well_formed || values.iter().all(|v| *v == 0) {
        return false;
    }
    [12, 13].into_iter().all(|checked| {
        let weights: Vec<u32> = (2..=9).cycle().take(checked).collect();
        values.get(checked) == Some(&check_digit(values.iter().take(checked), weights.iter().rev()))
    })
}

fn check_digit<'a>(values: impl Iterator<Item = &'a u32>, weights: impl Iterator<Item = &'a u32>) -> u32 {
    let sum: u32 = values.zip(weights).map(|(value, weight)| value.saturating_mul(*weight)).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11_u32.saturating_sub(rest),
    }
}

fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| lower(b) || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    !local.is_empty()
        && local.bytes().all(|b| lower(b) || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
        && domain.split('.').all(label)
}

fn is_evp(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => matches!(c, '0'..='9' | 'a'..='f'),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        assert!(is_cpf("71460238001") && is_cpf("24813690505") && is_cpf("39053344705"));
        assert!(!is_cpf("71460238002") && !is_cpf("11111111111") && !is_cpf("7146023800"));
        assert!(is_cnpj("46183057000174") && is_cnpj("83027465000163"));
        assert!(is_cnpj("12ABC34501DE35"), "the alphanumeric CNPJ of the Receita Federal's own example");
        assert!(!is_cnpj("46183057000175") && !is_cnpj("00000000000000") && !is_cnpj("12ABC34501DE3A"));
    }

    #[test]
    fn each_type_has_its_form() {
        for (kind, good, bad) in [
            (KeyType::Phone, "+5571999990042", "71999990042"),
            (KeyType::Phone, "+12", "+0571999990042"),
            (KeyType::Email, "a.b+c@pix.example", "A@pix.example"),
            (KeyType::Email, "x@localhost", "x@-a.example"),
            (KeyType::Evp, "8e5c5b1a-2b6f-4c39-9d55-0f4e7c2a9b10", "8E5C5B1A-2B6F-4C39-9D55-0F4E7C2A9B10"),
            (KeyType::Cpf, "60538142707", "60538142708"),
        ] {
            assert_eq!(key_fault(kind, good), None, "{good}");
            assert!(key_fault(kind, bad).is_some(), "{bad}");
        }
        assert!(key_fault(KeyType::Email, &format!("{}@pix.example", "a".repeat(80))).is_some());
    }

    #[test]
    fn the_form_says_the_type() {
        assert_eq!(kind_of("60538142707"), Some(KeyType::Cpf));
        assert_eq!(kind_of("46183057000174"), Some(KeyType::Cnpj));
        assert_eq!(kind_of("+5571999990042"), Some(KeyType::Phone));
        assert_eq!(kind_of("no key"), None);
    }
}
