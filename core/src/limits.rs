//! Every bound on input. A bound is generous against real messages (a few kilobytes, depth 12) and small against an
//! attacker: what passes them all is handled in linear time and in memory proportional to the input.

/// Largest message, in bytes after content decoding. SPI's own limit is not published; 128 MiB holds a statement file.
pub const MESSAGE_BYTES_MAX: usize = 128 << 20;

/// Deepest nesting of elements.
pub const DEPTH_MAX: usize = 256;

/// Most attributes of one element, namespace declarations included.
pub const ATTRIBUTES_MAX: usize = 256;

/// Most namespace declarations in scope at once.
pub const NAMESPACES_MAX: usize = 256;

/// Most Id attributes in a document: their uniqueness is remembered.
pub const IDS_MAX: usize = 65_536;

/// Most prefixes in one InclusiveNamespaces PrefixList.
pub const PREFIX_LIST_MAX: usize = 64;

/// Longest X509IssuerName, in bytes of text, and most attributes it may name.
pub const ISSUER_NAME_BYTES_MAX: usize = 8192;

/// Longest serial number, in octets (RFC 5280 §4.1.2.2).
pub const SERIAL_OCTETS_MAX: usize = 20;

/// Most digits of a serial number in text: 20 octets are 49 digits, the rest is room for leading zeros.
pub const SERIAL_DIGITS_MAX: usize = 64;

/// Largest certificate, in bytes of DER.
pub const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

/// Largest file of PEM certificates, in bytes.
pub const CERTIFICATE_FILE_BYTES_MAX: usize = 16 << 20;

/// Most certificates, and most revocation lists, in one file.
pub const BUNDLE_ITEMS_MAX: usize = 65_536;

/// Largest certificate revocation list, in bytes, PEM or DER.
pub const CRL_BYTES_MAX: usize = 64 << 20;

/// Smallest RSA modulus, in bits (BACEN's security manual).
pub const RSA_BITS_MIN: usize = 2048;

/// Largest RSA modulus, in bits: a verification costs its square.
pub const RSA_BITS_MAX: usize = 8192;

/// Most parts in a multipart/mixed body (ICOM).
pub const PARTS_MAX: usize = 10;

/// Most bytes that a gzip body may unpack to.
pub const UNPACKED_BYTES_MAX: usize = 64 << 20;

/// Most bytes of a request's body, content coding taken off, unless a host allows more. Ten payments are sixty kilobytes.
pub const REQUEST_BYTES_MAX: usize = 1 << 20;

/// The same on ICOM's secondary channel, whose requests may hold ten messages of 500 operations each.
pub const SECONDARY_REQUEST_BYTES_MAX: usize = 16 << 20;

/// Most bytes of a refused request's body that its record keeps. Of a larger one it keeps the hash: a sender could otherwise
/// fill the archive with what nobody signed or sent.
pub const REFUSED_BYTES_KEPT_MAX: usize = 16 << 10;

/// Most canonical octets that a message of `message_bytes` may ask for. Exclusive C14N repeats a namespace name on every
/// element that uses it, so a small message can ask for a canonical form a thousand times its size.
#[must_use]
pub const fn canonical_bytes_max(message_bytes: usize) -> usize {
    message_bytes.saturating_mul(16).saturating_add(1 << 20)
}
