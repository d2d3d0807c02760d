//! What can be wrong: the one catalogue that every host, script and audit record keys on.
//!
//! A [`Reason`] carries no data, so that one catalogue serves every host and every language and no message content can
//! slip into a log.

use core::fmt;

/// What a message turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the verdicts are a contract: a new one would break every reader on purpose"
)]
pub enum Verdict {
    /// Every required Reference, the signature, the certificate and the instant hold.
    Valid,
    /// A digest, the signature or the structure is wrong.
    Invalid,
    /// The mathematics holds as far as it can be checked, but the certificate is unknown or outside its validity.
    Indeterminate,
    /// There is no signature where the profile puts it.
    Unsigned,
    /// Not XML that we accept.
    Malformed,
}

impl Verdict {
    /// All verdicts, best first.
    pub const ALL: [Self; 5] =
        [Self::Valid, Self::Invalid, Self::Indeterminate, Self::Unsigned, Self::Malformed];

    /// How much it says against a message, from 0. A certificate that is not known proves nothing; a digest that differs does.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Indeterminate => 1,
            Self::Unsigned => 2,
            Self::Invalid | Self::Malformed => 3,
        }
    }

    /// The stable word for this verdict, as reports and audit records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Indeterminate => "indeterminate",
            Self::Unsigned => "unsigned",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The language of a text for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Brazilian Portuguese.
    PtBr,
}

macro_rules! reasons {
    ($( $(#[$doc:meta])* $name:ident = $code:literal, $verdict:ident; )+) => {
        /// What went wrong. The catalogue is shared by every host; codes never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason {
            $( $(#[$doc])* $name, )+
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )+];

            /// The stable code: lower case words joined by hyphens.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )+ }
            }

            /// What this reason makes of the message that caused it. Reasons that speak of keys, certificates or
            /// transport and not of one message count as `invalid`.
            #[must_use]
            pub const fn verdict(self) -> Verdict {
                match self { $( Self::$name => Verdict::$verdict, )+ }
            }
        }
    };
}

reasons! {
    // ---- not XML that we accept ----
    /// The input is larger than [`crate::limits::MESSAGE_BYTES_MAX`].
    TooLarge = "too-large", Malformed;
    /// The bytes are not UTF-8.
    NotUtf8 = "not-utf8", Malformed;
    /// The XML declaration names an encoding other than UTF-8, or a version other than 1.0.
    Encoding = "encoding", Malformed;
    /// There is a DOCTYPE.
    Doctype = "doctype", Malformed;
    /// Elements are nested deeper than [`crate::limits::DEPTH_MAX`].
    TooDeep = "too-deep", Malformed;
    /// One element has more attributes than [`crate::limits::ATTRIBUTES_MAX`].
    TooManyAttributes = "too-many-attributes", Malformed;
    /// More namespaces are in scope than [`crate::limits::NAMESPACES_MAX`].
    TooManyNamespaces = "too-many-namespaces", Malformed;
    /// The document holds more Id attributes than [`crate::limits::IDS_MAX`].
    TooManyIds = "too-many-ids", Malformed;
    /// The canonical form grows past [`crate::limits::canonical_bytes_max`].
    CanonicalTooLarge = "canonical-too-large", Malformed;
    /// The XML declaration is misplaced or misspelt.
    XmlDeclaration = "xml-declaration", Malformed;
    /// A character that XML 1.0 does not allow.
    IllegalCharacter = "illegal-character", Malformed;
    /// An entity or character reference that is undefined, misspelt or names an illegal character.
    IllegalReference = "illegal-reference", Malformed;
    /// A name that XML or Namespaces in XML does not allow.
    IllegalName = "illegal-name", Malformed;
    /// A tag that breaks the grammar.
    TagSyntax = "tag-syntax", Malformed;
    /// An attribute that breaks the grammar.
    AttributeSyntax = "attribute-syntax", Malformed;
    /// Two attributes of one element have the same name, before or after namespaces are resolved.
    DuplicateAttribute = "duplicate-attribute", Malformed;
    /// An end tag does not match its start tag.
    EndTagMismatch = "end-tag-mismatch", Malformed;
    /// The document ends before its root element does.
    Unclosed = "unclosed", Malformed;
    /// There is no root element.
    NoRoot = "no-root", Malformed;
    /// Something other than white space, comments and processing instructions stands outside the root element.
    OutsideRoot = "outside-root", Malformed;
    /// A comment that breaks the grammar.
    CommentSyntax = "comment-syntax", Malformed;
    /// A processing instruction that breaks the grammar.
    PiSyntax = "pi-syntax", Malformed;
    /// `]]>` in text, or a CDATA section that breaks the grammar.
    CdataSyntax = "cdata-syntax", Malformed;
    /// A prefix that no declaration in scope binds.
    UnboundPrefix = "unbound-prefix", Malformed;
    /// A namespace declaration that Namespaces in XML forbids (`xml`, `xmlns`, an undeclared prefix).
    NamespaceDeclaration = "namespace-declaration", Malformed;
    /// A relative namespace name, which Canonical XML cannot process.
    RelativeNamespace = "relative-namespace", Malformed;
    /// Two Id attributes have the same value.
    DuplicateId = "duplicate-id", Invalid;

    // ---- no signature ----
    /// There is no Signature where the profile puts it.
    Unsigned = "unsigned", Unsigned;

    // ---- the structure is not the profile's ----
    /// SPI: the root is not `Envelope`.
    NotEnvelope = "not-envelope", Invalid;
    /// DICT: the root is SPI's `Envelope`.
    EnvelopeInDict = "envelope-in-dict", Invalid;
    /// SPI: Envelope carries an attribute, which no Reference covers.
    EnvelopeAttribute = "envelope-attribute", Invalid;
    /// SPI: Envelope holds text, a comment or a processing instruction, which no Reference covers.
    EnvelopeContent = "envelope-content", Invalid;
    /// SPI: Envelope does not hold exactly AppHdr and Document in its own namespace.
    EnvelopeChildren = "envelope-children", Invalid;
    /// SPI: AppHdr has no `Sgntr`, more than one, or not as its own child.
    Sgntr = "sgntr", Invalid;
    /// SPI: `Sgntr` has attributes, or holds something other than one Signature.
    SgntrContent = "sgntr-content", Invalid;
    /// A processing instruction or comment stands outside the root, where no Reference covers it.
    OutsideContent = "outside-content", Invalid;
    /// A Signature stands where the profile does not put it.
    SignatureMisplaced = "signature-misplaced", Invalid;
    /// There is more than one Signature.
    SignatureSecond = "signature-second", Invalid;
    /// An element inside Signature is missing, doubled, out of order or unknown.
    SignatureChildren = "signature-children", Invalid;
    /// An element inside Signature has an attribute that XMLDSig does not give it.
    SignatureAttribute = "signature-attribute", Invalid;
    /// Text, a comment or a processing instruction stands inside Signature where XMLDSig has none.
    SignatureText = "signature-text", Invalid;
    /// CanonicalizationMethod is not exclusive C14N without comments.
    CanonicalizationMethod = "canonicalization-method", Invalid;
    /// SignatureMethod is not RSA-SHA256.
    SignatureMethod = "signature-method", Invalid;
    /// A DigestMethod is not SHA-256.
    DigestMethod = "digest-method", Invalid;
    /// A Reference's Transforms are not the profile's.
    Transforms = "transforms", Invalid;
    /// An InclusiveNamespaces element has a PrefixList that is missing or not a list of prefixes.
    PrefixList = "prefix-list", Invalid;
    /// The References are not exactly the profile's, in number.
    ReferenceCount = "reference-count", Invalid;
    /// A Reference's URI is not one that the profile has, or covers what another covers already.
    ReferenceUri = "reference-uri", Invalid;
    /// KeyInfo does not hold exactly one X509Data with one X509IssuerSerial.
    KeyInfoContent = "key-info-content", Invalid;
    /// KeyInfo's Id is no name that an Id can be: another reader could take the Reference to it for an XPointer.
    KeyInfoId = "key-info-id", Invalid;
    /// X509IssuerName is not a distinguished name that can be read.
    IssuerName = "issuer-name", Invalid;
    /// X509SerialNumber is not a decimal number of at most 20 octets.
    SerialNumber = "serial-number", Invalid;
    /// A DigestValue is not base64 of 32 octets.
    DigestValue = "digest-value", Invalid;
    /// SignatureValue is not base64.
    SignatureValue = "signature-value", Invalid;

    // ---- the mathematics ----
    /// The octets do not hash to the DigestValue.
    DigestMismatch = "digest-mismatch", Invalid;
    /// The signature does not fit SignedInfo under the certificate's key.
    SignatureMismatch = "signature-mismatch", Invalid;
    /// The signature is not as long as the modulus, or not below it.
    SignatureLength = "signature-length", Invalid;
    /// The certificate's RSA key is shorter than 2048 bits.
    KeyTooSmall = "key-too-small", Invalid;

    // ---- the certificate ----
    /// No trusted certificate has this issuer and serial.
    CertificateUnknown = "certificate-unknown", Indeterminate;
    /// The certificate's validity ended before the instant asked for.
    CertificateExpired = "certificate-expired", Indeterminate;
    /// The certificate's validity begins after the instant asked for.
    CertificateNotYetValid = "certificate-not-yet-valid", Indeterminate;
    /// The certificate was revoked at the instant asked for.
    CertificateRevoked = "certificate-revoked", Indeterminate;
    /// The certificate is an authority's, or its key usage has no digitalSignature: its key signs no messages.
    CertificateUsage = "certificate-usage", Invalid;
    /// The message's own time was asked for and the message has none that can be read.
    MessageTime = "message-time", Indeterminate;
    /// SPI: `Fr` does not name the participant whose certificate it is, or whose path the message goes to.
    SenderMismatch = "sender-mismatch", Invalid;

    // ---- signing ----
    /// The message to sign carries a signature already.
    AlreadySigned = "already-signed", Invalid;
    /// The place for the signature is doubled or holds something else.
    SignaturePlace = "signature-place", Invalid;
    /// This body is never signed (DICT `CheckKeysRequest`).
    NeverSigned = "never-signed", Invalid;
    /// The signature that came back was not made with the certificate's key.
    WrongKey = "wrong-key", Invalid;

    // ---- certificates ----
    /// The certificate cannot be read.
    CertificateSyntax = "certificate-syntax", Invalid;
    /// The certificate's key is not an RSA key that can be used.
    CertificateKey = "certificate-key", Invalid;
    /// A block of PEM is damaged: it has no end, is misspelt or is not base64.
    CertificatePem = "certificate-pem", Invalid;
    /// The file is PKCS#12, which needs a passphrase.
    Pkcs12 = "pkcs12", Invalid;
    /// The certificate revocation list cannot be read.
    CrlSyntax = "crl-syntax", Invalid;
    /// The revocation list was not issued by the subject of the given certificate.
    CrlIssuer = "crl-issuer", Invalid;
    /// The revocation list's signature does not fit the given certificate's key.
    CrlSignature = "crl-signature", Invalid;

    // ---- the exchange ----
    /// A method that the channel does not have.
    RequestMethod = "request-method", Invalid;
    /// A path that is not one, or not the channel's.
    RequestPath = "request-path", Invalid;
    /// A header that cannot be handed on as it stands, or that only a page in a browser sends.
    HeaderSyntax = "header-syntax", Invalid;
    /// A `Host` that is not a name of ours.
    HostUnknown = "host-unknown", Invalid;
    /// A Content-Encoding other than gzip and identity, or gzip where BACEN does not take it.
    ContentEncoding = "content-encoding", Invalid;
    /// A gzip body that is damaged or cut.
    Gzip = "gzip", Invalid;
    /// A body that unpacks to more than the limit: [`crate::exchange::Policy::request_bytes_max`] of a request, otherwise
    /// [`crate::limits::UNPACKED_BYTES_MAX`].
    GzipTooLarge = "gzip-too-large", Invalid;
    /// A multipart body that breaks its grammar.
    Multipart = "multipart", Invalid;
    /// A multipart body that another reader could take apart differently.
    MultipartAmbiguous = "multipart-ambiguous", Invalid;
    /// A Content-Type under which another reader could see a different message.
    ContentType = "content-type", Invalid;
    /// A multipart body with more than [`crate::limits::PARTS_MAX`] parts.
    TooManyParts = "too-many-parts", Invalid;
    /// A body where the channel has none, or none where it needs one.
    BodyPresence = "body-presence", Invalid;
    /// BACEN could not be reached; nothing was sent.
    Unreachable = "unreachable", Invalid;
    /// BACEN did not answer in time; the request may have been accepted.
    TimedOut = "timed-out", Invalid;
    /// The connection broke before the whole answer was read; the request may have been accepted.
    ConnectionLost = "connection-lost", Invalid;
    /// The proxy ended while it waited for the answer; the request may have been accepted.
    ProcessEnded = "process-ended", Invalid;
    /// A comment, a processing instruction or a CDATA section stands inside a value, where readers see different values.
    ValueInterrupted = "value-interrupted", Invalid;
    /// The answer is one to another question: another operation's root, or another identifier than the request named.
    AnswerMismatch = "answer-mismatch", Invalid;
    /// The operation is not known, so that nothing binds the answer to its question.
    AnswerUnbound = "answer-unbound", Invalid;
    /// The answer breaks HTTP.
    ResponseSyntax = "response-syntax", Invalid;
    /// The answer is larger than the limit.
    ResponseTooLarge = "response-too-large", Invalid;
    /// The request is larger than the limit.
    RequestTooLarge = "request-too-large", Invalid;
    /// The key's service did not sign.
    SigningFailed = "signing-failed", Invalid;
    /// The audit record cannot be kept anywhere, and policy says that nothing is sent unrecorded.
    AuditUnavailable = "audit-unavailable", Invalid;
    /// Too many large requests are under way.
    Busy = "busy", Invalid;
    /// The host has no configuration that it can work with.
    NotConfigured = "not-configured", Invalid;

    // ---- the archive ----
    /// A row of an archive that is not an audit record.
    RecordColumns = "record-columns", Malformed;
    /// An audit record that does not hash to what its chain says.
    RecordSeal = "record-seal", Invalid;
    /// An audit record whose rules ([`crate::exchange::Rules`]) are newer than this version, or never were.
    RecordRules = "record-rules", Indeterminate;
}

impl Reason {
    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}
