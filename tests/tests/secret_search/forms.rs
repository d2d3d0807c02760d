//! Damaged forms of a key, a passphrase and a PIN, as shells, editors, consoles and secret stores make them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A form: its name and its bytes.
pub(crate) type Form = (&'static str, Vec<u8>);

/// Every form of a key whose PKCS#8 is in this PEM.
pub(crate) fn of_key(pem: &str) -> Vec<Form> {
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let body = lines.concat();
    let der = STANDARD.decode(&body).unwrap();
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let whole = |between: &str| format!("{begin}{between}{}{between}{end}{between}", lines.join(between));
    let labelled = |label: &str| pem.replace("PRIVATE KEY", label);
    let line_by_line = |change: &dyn Fn(&str) -> String| pem.lines().map(change).collect::<String>();
    let utf16 = |big: bool| -> Vec<u8> {
        let units = core::iter::once(0xfeff).chain(pem.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let flipped = |at: usize| {
        let mut der = der.clone();
        der[at] ^= 0x11;
        der
    };
    let armoured = |der: &[u8]| format!("{begin}\n{}\n{end}\n", STANDARD.encode(der)).into_bytes();
    let half = &pem[..pem.len() / 2];
    let texts: Vec<(&'static str, String)> = vec![
        ("blanks", whole(" ")),
        ("the characters \\n", whole("\\n")),
        ("the characters \\r\\n", whole("\\r\\n")),
        ("twice escaped", whole("\\\\n")),
        ("no line ends", whole("")),
        ("carriage returns", whole("\r")),
        ("CRLF", whole("\r\n")),
        ("tabs", whole("\t")),
        ("indented", whole("\n    ")),
        ("lines of one character", body.chars().map(|c| format!("{c}\n")).collect()),
        ("a mark", format!("\u{feff}{pem}")),
        ("a mark inside", pem.replacen("\nM", "\n\u{feff}M", 1)),
        ("a character at a line's start", pem.replacen(lines[1], &format!("!{}", &lines[1][1..]), 1)),
        ("a character inside", pem.replacen(&lines[9][20..24], "ç*", 1)),
        ("a control character", pem.replacen(&lines[9][20..21], "\0", 1)),
        ("no END", pem.replace(end, "")),
        ("no BEGIN", pem.replace(begin, "")),
        ("no armour", lines.join("\n")),
        ("four hyphens", pem.replace("-----", "----")),
        ("dashes of a word processor", pem.replace("-----", "—––")),
        ("an END of another label", pem.replace(end, "-----END RSA PRIVATE KEY-----")),
        ("an END without hyphens", pem.replace(end, "-----END PRIVATE KEY")),
        ("small letters", pem.replace(begin, "-----begin private key-----")),
        ("half", half.to_owned()),
        ("half with an END", format!("{half}\n{end}\n")),
        ("a line is missing", pem.replace(&format!("{}\n", lines[7]), "")),
        (
            "two lines exchanged",
            pem.replace(&format!("{}\n{}", lines[3], lines[4]), &format!("{}\n{}", lines[4], lines[3])),
        ),
        ("twice", pem.repeat(2)),
        ("a BEGIN in a BEGIN", pem.replacen(lines[5], begin, 1)),
        ("JSON", format!("{{\"key\":\"{}\"}}", pem.replace('\n', "\\n"))),
        ("JSON with escaped slashes", format!("\"{}\"", whole("\\n").replace('/', "\\/"))),
        ("YAML", format!("key: |\n  {}", pem.replace('\n', "\n  "))),
        ("a shell's line", format!("export KEY='{pem}'")),
        ("TOML", format!("key = \"\"\"{pem}\"\"\"\n")),
        ("TOML without quotes", format!("key = {pem}")),
        ("XML", format!("<key>{pem}</key>")),
        ("quoted in a mail", line_by_line(&|line| format!("> {line}\n"))),
        ("quoted-printable", pem.replace('\n', "=\n")),
        ("comments between lines", line_by_line(&|line| format!("{line}\n# part\n"))),
        ("each line in quotes", line_by_line(&|line| format!("\"{line}\",\n"))),
        ("base64 of the PEM", STANDARD.encode(pem)),
        ("base64 of URLs", pem.replace('+', "-").replace('/', "_")),
        ("a header", pem.replacen('\n', "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1)),
        ("named as of RSA", labelled("RSA PRIVATE KEY")),
        ("named as of an elliptic curve", labelled("EC PRIVATE KEY")),
        ("named as encrypted", labelled("ENCRYPTED PRIVATE KEY")),
        ("named as of OpenSSH", labelled("OPENSSH PRIVATE KEY")),
        ("named as a certificate", labelled("CERTIFICATE")),
        ("named as a public key", labelled("PUBLIC KEY")),
        ("without a name", pem.replace(" PRIVATE KEY", " ")),
        ("hexadecimal", der.iter().map(|byte| format!("{byte:02x}")).collect()),
        ("a list of numbers", format!("{der:?}")),
    ];
    let mut forms: Vec<Form> = texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    forms.extend([
        ("UTF-16, little", utf16(false)),
        ("UTF-16, big", utf16(true)),
        ("DER", der.clone()),
        ("half of the DER", der[..der.len() / 2].to_vec()),
        ("DER with another algorithm", flipped(20)),
        ("PEM of another length", armoured(&flipped(3))),
        ("PEM of other numbers", armoured(&flipped(700))),
        ("DER behind a mark", [b"\xef\xbb\xbf".as_slice(), &der].concat()),
        ("bytes of ISO 8859-1", [b"# chave de produ\xe7\xe3o\n".as_slice(), pem.as_bytes()].concat()),
    ]);
    forms
}

/// Names of the forms that leave nothing to guess: they are read, and sign as the key does.
pub(crate) const READ: [&str; 22] = [
    "blanks",
    "the characters \\n",
    "the characters \\r\\n",
    "twice escaped",
    "no line ends",
    "carriage returns",
    "CRLF",
    "tabs",
    "indented",
    "a mark",
    "a mark inside",
    "no armour",
    "JSON",
    "JSON with escaped slashes",
    "YAML",
    "a shell's line",
    "TOML",
    "TOML without quotes",
    "XML",
    "UTF-16, little",
    "UTF-16, big",
    "bytes of ISO 8859-1",
];

/// A passphrase or PIN in a file, as it should not be.
pub(crate) fn of_passphrase(passphrase: &str) -> Vec<Form> {
    let utf16: Vec<u16> = passphrase.encode_utf16().collect();
    let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let bytes = passphrase.as_bytes();
    vec![
        ("a mark", [b"\xef\xbb\xbf", bytes, b"\r\n"].concat()),
        ("UTF-16 with a mark", [b"\xff\xfe", little.as_slice()].concat()),
        ("UTF-16 big with a mark", [b"\xfe\xff", big.as_slice()].concat()),
        ("UTF-16", little),
        ("UTF-16 big", big),
        ("ISO 8859-1", [bytes, b"\xe7\xe3o\n"].concat()),
        ("a blank before", [b" ", bytes, b"\n"].concat()),
        ("a blank behind", [bytes, b" \n"].concat()),
        ("in quotes", [b"\"", bytes, b"\"\n"].concat()),
        ("a name before", [b"passphrase=", bytes, b"\n"].concat()),
        ("on the second line", [b"\n", bytes, b"\n"].concat()),
        ("a zero behind", [bytes, b"\0\n"].concat()),
    ]
}

/// `pkcs11:` URIs that carry a PIN, most of them where no PIN is read.
pub(crate) fn of_pin(pin: &str) -> Vec<String> {
    [
        "pkcs11:token=lacre?module-path=/nowhere.so&pin-value=PIN",
        "pkcs11:token=lacre?module-path=/nowhere.so;pin-value=PIN",
        "pkcs11:token=lacre?pin-value=PIN&pin-value=PIN",
        "pkcs11:token=lacre?pin-value=PIN&colour=red",
        "pkcs11:token=lacre?pin-value=PIN%GG",
        "pkcs11:token=lacre?pin-value=PIN%ff",
        "pkcs11:token=lacre?pin-value=a&PIN=b",
        "pkcs11:token=lacre?PIN",
        "pkcs11:token=lacre;pin-value=PIN",
        "pkcs11:token=lacre&pin-value=PIN?module-path=/nowhere.so",
        "pkcs11:PIN=lacre",
        "pkcs11:token=lacre?PIN-VALUE=PIN",
        "pkcs11:token=lacre?pin-source=PIN",
        "pkcs11:token=lacre?pin-source=file:PIN&module-path=/nowhere.so",
        "pkcs11:token=lacre?pin-source=|echo PIN",
        "PKCS11:token=lacre?module-path=/nowhere.so&pin-value=PIN",
        " pkcs11:token=lacre?module-path=/nowhere.so&pin-value=PIN",
        "\"pkcs11:token=lacre?module-path=/nowhere.so&pin-value=PIN\"",
        "pkcs11 :token=lacre?pin-value=PIN",
    ]
    .map(|uri| uri.replace("PIN", pin).replace(&format!("{pin}-VALUE"), "PIN-VALUE"))
    .to_vec()
}
