//! `pkcs11:` URIs (RFC 7512).

use std::path::PathBuf;

use zeroize::Zeroizing;

/// Longest URI that is read, in bytes.
const URI_BYTES_MAX: usize = 4096;

/// What a `pkcs11:` URI asks for. An attribute that is absent fits everything.
#[derive(Default)]
pub(super) struct Uri {
    pub(super) token: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) model: Option<String>,
    pub(super) slot_id: Option<u64>,
    pub(super) slot_description: Option<String>,
    pub(super) slot_manufacturer: Option<String>,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    pub(super) module_path: Option<PathBuf>,
    pub(super) pin: PinFrom,
    /// The URI without its PIN, for messages.
    pub(super) shown: String,
}

/// Where the URI says that the PIN is.
#[derive(Default)]
pub(super) enum PinFrom {
    /// Nowhere.
    #[default]
    Elsewhere,
    /// In the URI itself.
    Value(Zeroizing<String>),
    /// In a file.
    File(PathBuf),
}

impl Uri {
    /// Reads a URI. The error is what is wrong with it, without anything secret.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > URI_BYTES_MAX {
            return Err(format!("longer than {URI_BYTES_MAX} bytes"));
        }
        let rest = text
            .split_once(':')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("pkcs11"))
            .map(|(_, rest)| rest)
            .ok_or("does not begin with `pkcs11:`")?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        refuse_hidden_pin(path, query)?;
        let mut uri = Self { shown: without_pin(path, query), ..Self::default() };
        for attribute in path.split(';').filter(|part| !part.is_empty()) {
            uri.path_attribute(attribute)?;
        }
        for attribute in query.split('&').filter(|part| !part.is_empty()) {
            uri.query_attribute(attribute)?;
        }
        Ok(uri)
    }

    fn path_attribute(&mut self, attribute: &str) -> Result<(), String> {
        let (name, value) = split(attribute)?;
        match name {
            "token" => once(name, &mut self.token, decode_text(name, value)?),
            "manufacturer" => once(name, &mut self.manufacturer, decode_text(name, value)?),
            "serial" => once(name, &mut self.serial, decode_text(name, value)?),
            "model" => once(name, &mut self.model, decode_text(name, value)?),
            "slot-description" => once(name, &mut self.slot_description, decode_text(name, value)?),
            "slot-manufacturer" => once(name, &mut self.slot_manufacturer, decode_text(name, value)?),
            "object" => once(name, &mut self.object, decode_text(name, value)?),
            "id" => once(name, &mut self.id, decode(name, value)?.to_vec()),
            "slot-id" => {
                let number = decode_text(name, value)?;
                once(name, &mut self.slot_id, number.parse().map_err(|_| "`slot-id` is not a number")?)
            }
            "type" if value == "private" => Ok(()),
            "type" => Err("`type` is not `private`: only a private key signs".to_owned()),
            _ => Err(unknown("attribute", name)),
        }
    }

    fn query_attribute(&mut self, attribute: &str) -> Result<(), String> {
        let (name, value) = split(attribute)?;
        match name {
            "module-path" => once(name, &mut self.module_path, decode_text(name, value)?.into()),
            "module-name" => Err("`module-name` is not looked up: give the whole `module-path`".to_owned()),
            "pin-value" | "pin-source" if !matches!(self.pin, PinFrom::Elsewhere) => {
                Err("more than one of `pin-value` and `pin-source`".to_owned())
            }
            "pin-value" => {
                self.pin = PinFrom::Value(Zeroizing::new(decode_text(name, value)?));
                Ok(())
            }
            "pin-source" => {
                let source = decode_text(name, value)?;
                let path = source.strip_prefix("file://").or_else(|| source.strip_prefix("file:"));
                let path = path.unwrap_or(&source);
                if path.starts_with('|') {
                    return Err("`pin-source` may name a file, not a command".to_owned());
                }
                self.pin = PinFrom::File(path.into());
                Ok(())
            }
            _ => Err(unknown("query attribute", name)),
        }
    }
}

fn split(attribute: &str) -> Result<(&str, &str), String> {
    attribute.split_once('=').ok_or_else(|| "an attribute without `=`".to_owned())
}

fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("`{name}` twice")),
    }
}

fn decode_text(name: &str, value: &str) -> Result<String, String> {
    let bytes = decode(name, value)?;
    core::str::from_utf8(&bytes).map(str::to_owned).map_err(|_| format!("`{name}` is not UTF-8"))
}

/// Percent-decoding (RFC 3986 §2.1): strict, since a key must not be found by luck.
fn decode(name: &str, value: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        match (rest.next().and_then(hex), rest.next().and_then(hex)) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err(format!("`{name}` has a `%` without two hexadecimal digits")),
        }
    }
    Ok(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Names of attributes that a URI may have: one that is nearly one of them is repeated in an error, others may be a piece of a PIN.
const NAMES: [&str; 14] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "slot-id",
    "slot-description",
    "slot-manufacturer",
    "object",
    "id",
    "type",
    "module-path",
    "module-name",
    "pin-source",
    "pin-value",
];

fn unknown(kind: &str, name: &str) -> String {
    let is_near = |known: &&&str| {
        let differing = known.bytes().zip(name.bytes()).filter(|(a, b)| a != b).count();
        known.len().abs_diff(name.len()) <= 1 && differing <= 3
    };
    match NAMES.iter().find(is_near) {
        Some(near) if near.len() > 3 => format!("unknown {kind} `{name}`: is `{near}` meant?"),
        _ => format!("unknown {kind}"),
    }
}

/// A PIN that stands where no PIN is read would be shown as part of something else.
fn refuse_hidden_pin(path: &str, query: &str) -> Result<(), String> {
    let holds_pin = |text: &str| text.to_ascii_lowercase().contains("pin-value");
    if holds_pin(path) {
        return Err("`pin-value` stands before the `?`: attributes behind it are separated by `&`".to_owned());
    }
    let hidden = |part: &str| {
        holds_pin(part) && !part.starts_with("pin-value=") || holds_pin(part.get(10..).unwrap_or_default())
    };
    if query.split('&').any(hidden) {
        return Err("`pin-value` stands inside another attribute: behind the `?` they are separated by `&`"
            .to_owned());
    }
    Ok(())
}

fn without_pin(path: &str, query: &str) -> String {
    let shown: Vec<&str> = query.split('&').filter(|part| part.starts_with("module-path=")).collect();
    if shown.is_empty() { format!("pkcs11:{path}") } else { format!("pkcs11:{path}?{}", shown.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Uri::parse(text).err().unwrap()
    }

    #[test]
    fn reads_every_attribute_percent_decoded() {
        let uri = Uri::parse(
            "PKCS11:token=Assinatura%20SPI;serial=ab%3B1;slot-id=7;object=chave%C3%A7;id=%a1%00;type=private\
             ?module-path=/opt/a%26b.so&pin-source=file:/run/pin",
        )
        .unwrap();
        assert_eq!(uri.token.as_deref(), Some("Assinatura SPI"));
        assert_eq!(uri.serial.as_deref(), Some("ab;1"));
        assert_eq!(uri.slot_id, Some(7));
        assert_eq!(uri.object.as_deref(), Some("chaveç"));
        assert_eq!(uri.id.as_deref(), Some(&[0xa1, 0][..]));
        assert_eq!(uri.module_path, Some(PathBuf::from("/opt/a&b.so")));
        assert!(matches!(uri.pin, PinFrom::File(path) if path == *"/run/pin"));
    }

    #[test]
    fn shows_no_pin() {
        let uri = Uri::parse("pkcs11:token=t?pin-value=12%334&module-path=/m.so").unwrap();
        assert_eq!(uri.shown, "pkcs11:token=t?module-path=/m.so");
        assert!(matches!(uri.pin, PinFrom::Value(pin) if pin.as_str() == "1234"));
    }

    #[test]
    fn a_pin_in_the_wrong_place_is_not_repeated() {
        for uri in [
            "pkcs11:token=t?module-path=/m.so;pin-value=4711-ninguem",
            "pkcs11:token=t;pin-value=4711-ninguem?module-path=/m.so",
            "pkcs11:token=t&pin-value=4711-ninguem",
            "pkcs11:token=t?PIN-value=4711-ninguem",
            "pkcs11:token=t?pin-value=47&11-ninguem=5",
            "pkcs11:token=t?pin-value=4711-ninguem;pin-value=4711-ninguem",
            "pkcs11:token=t?pin-value=4711-ninguem&4711-ninguem",
            "pkcs11:4711-ninguem=token",
        ] {
            let refusal = refusal(uri);
            assert!(!refusal.contains("4711") && !refusal.contains("11-ninguem"), "{uri}: {refusal}");
        }
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        assert!(refusal("pkcs11:?module-name=softhsm2").contains("module-path"));
        assert!(refusal("pkcs11:tokn=t?module-path=/m").contains("`tokn`"));
        assert!(refusal("pkcs11:token=t?module-path=/m&pin-vaule=1").contains("`pin-vaule`"));
        assert!(refusal("pkcs11:token=a;token=b?module-path=/m").contains("twice"));
        assert!(refusal("pkcs11:id=%4?module-path=/m").contains('%'));
        assert!(refusal("pkcs11:token=%ff?module-path=/m").contains("UTF-8"));
        assert!(refusal("pkcs11:slot-id=x?module-path=/m").contains("slot-id"));
        assert!(refusal("pkcs11:type=cert?module-path=/m").contains("private"));
        assert!(refusal("pkcs11:?module-path=/m&pin-source=|cat").contains("command"));
        assert!(refusal("pkcs11:?module-path=/m&pin-value=1&pin-source=/p").contains("more than one"));
        assert!(refusal("pkcs11:token").contains('='));
        assert!(refusal(&format!("pkcs11:token={}", "a".repeat(5000))).contains("longer"));
    }
}
