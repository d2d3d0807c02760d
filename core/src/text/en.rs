//! English.

use super::{Text, text};
use crate::reason::Reason as R;

pub(super) const fn of(reason: R) -> Text {
    match reason {
        R::TooLarge => text(
            "the message is larger than 128 MiB",
            "check that the file is one message and not an archive of many",
        ),
        R::NotUtf8 => text(
            "the bytes are not UTF-8",
            "a text in ISO-8859-1, Windows-1252 or UTF-16 must be written in UTF-8 before it is signed; a gzip body must be unpacked first",
        ),
        R::Encoding => text(
            "the XML declaration names an encoding other than `UTF-8`, or a version other than `1.0`",
            "SPI and DICT use XML 1.0 in UTF-8: write and declare it so before signing; whoever converts a signed message breaks its signature",
        ),
        R::Doctype => text(
            "the document has a DOCTYPE",
            "remove the DOCTYPE at the sender: it is never accepted, because it can change what a document means",
        ),
        R::TooDeep => text(
            "elements are nested deeper than 256",
            "no SPI or DICT message is that deep: treat the message as hostile or damaged",
        ),
        R::TooManyAttributes => text(
            "an element has more than 256 attributes",
            "no SPI or DICT message has that many: treat the message as hostile or damaged",
        ),
        R::TooManyNamespaces => text(
            "more than 256 namespaces are in scope",
            "no SPI or DICT message declares that many: treat the message as hostile or damaged",
        ),
        R::TooManyIds => text(
            "the document has more than 65536 Id attributes",
            "no SPI or DICT message identifies that many elements: treat the message as hostile or damaged",
        ),
        R::CanonicalTooLarge => text(
            "the canonical form is far larger than the message",
            "a long namespace name is repeated on very many elements: treat the message as hostile",
        ),
        R::XmlDeclaration => text(
            "the XML declaration is misplaced or misspelt",
            "it must be the very first bytes: `<?xml version=\"1.0\" encoding=\"UTF-8\"?>`, without anything before it",
        ),
        R::IllegalCharacter => text(
            "a character that XML 1.0 does not allow",
            "remove the character where the field is filled, before signing: control characters often come from text copied without cleaning",
        ),
        R::IllegalReference => text(
            "an entity or character reference that XML does not know",
            "write a plain `&` as `&amp;`; a number such as `&#31;` that names a control character is not allowed either: remove it where the field is filled",
        ),
        R::IllegalName => text(
            "a name that XML or its namespaces do not allow",
            "names begin with a letter or `_`, hold no blanks and at most one colon",
        ),
        R::TagSyntax => text(
            "a tag breaks the grammar of XML",
            "look at the byte named here: an unescaped `<` in text is the usual cause, write it `&lt;`",
        ),
        R::AttributeSyntax => text(
            "an attribute breaks the grammar of XML",
            "write it `name=\"value\"`, with a blank before it and no `<` inside the quotes",
        ),
        R::DuplicateAttribute => text(
            "an element has two attributes of the same name",
            "remove one of them at the sender; two prefixes bound to one namespace count as the same name",
        ),
        R::EndTagMismatch => text(
            "an end tag does not match its start tag",
            "look at the byte named here: an element was closed too early, too late or under another name",
        ),
        R::Unclosed => text(
            "the document ends before its root element does",
            "the message was cut: compare its length with that at its source, and take it from there again",
        ),
        R::NoRoot => text(
            "there is no root element",
            "the input is empty or is not XML: check which file or body was handed over",
        ),
        R::OutsideRoot => text(
            "something stands before or after the root element",
            "give one XML document and nothing else: split a multipart body or several messages first, and take a message out of the JSON, base64 or log around it",
        ),
        R::CommentSyntax => {
            text("a comment breaks the grammar of XML", "a comment holds no `--` and ends with `-->`")
        }
        R::PiSyntax => text(
            "a processing instruction breaks the grammar of XML",
            "it is written `<?name text?>`, and its name is not `xml`",
        ),
        R::CdataSyntax => text(
            "`]]>` stands in text, or a CDATA section is not closed",
            "write `]]&gt;` in text; a CDATA section is `<![CDATA[` up to `]]>`",
        ),
        R::UnboundPrefix => text(
            "a prefix is used that no declaration binds",
            "declare it with `xmlns:prefix=\"..\"`: it is often lost when an element is cut out of its document",
        ),
        R::NamespaceDeclaration => text(
            "a namespace declaration that is not allowed",
            "a prefix cannot be bound to nothing, and `xml` and `xmlns` cannot be bound anew",
        ),
        R::RelativeNamespace => text(
            "a namespace name is relative, which canonical XML cannot process",
            "use an absolute name such as `https://www.bcb.gov.br/pi/pacs.008/1.16`",
        ),
        R::DuplicateId => text(
            "two elements have the same Id",
            "an Id must be unique in its document: a doubled one is the mark of a signature wrapping attack",
        ),
        R::Unsigned => text(
            "there is no signature where the profile puts it",
            "check that this is the signed message and not the one before signing, and that the profile is the right one: SPI or DICT",
        ),
        R::NotEnvelope => text(
            "the root is not `Envelope`",
            "an SPI message starts with `Envelope`: for a DICT body use the profile `dict`",
        ),
        R::EnvelopeInDict => text(
            "the root is an `Envelope`, which DICT does not have",
            "this is an SPI message: use the profile `spi`",
        ),
        R::EnvelopeAttribute => text(
            "`Envelope` has an attribute, which no signature covers",
            "send `Envelope` with namespace declarations only: anything else could be changed unseen",
        ),
        R::EnvelopeContent => text(
            "`Envelope` holds text, a comment or a processing instruction, which no signature covers",
            "leave only white space around `AppHdr` and `Document`",
        ),
        R::EnvelopeChildren => text(
            "`Envelope` does not hold exactly one `AppHdr` and one `Document` in its own namespace",
            "look for a missing, doubled or extra element, or a second namespace: what no signature covers is refused",
        ),
        R::Sgntr => text(
            "`AppHdr` has no `Sgntr`, has two, or has it below another element",
            "`Sgntr` is the last child of `AppHdr`, once",
        ),
        R::SgntrContent => text(
            "`Sgntr` has attributes, or holds something other than one `Signature`",
            "leave nothing in `Sgntr` but the signature: white space added there also breaks the digest of `AppHdr`",
        ),
        R::OutsideContent => text(
            "a comment or processing instruction stands outside the root, where no signature covers it",
            "remove it at the sender",
        ),
        R::SignatureMisplaced => text(
            "a `Signature` stands where the profile does not put it",
            "SPI has it in `Envelope/AppHdr/Sgntr`, DICT as a child of the root: anywhere else is a wrapping attempt",
        ),
        R::SignatureSecond => text(
            "there is more than one `Signature`",
            "a message is signed once: remove the older signature before signing; do not rely on a message that came with two",
        ),
        R::SignatureChildren => text(
            "an element inside `Signature` is missing, doubled, out of order or unknown",
            "a signature is `SignedInfo`, `SignatureValue`, `KeyInfo` as XMLDSig orders their content, and no `Object`",
        ),
        R::SignatureAttribute => text(
            "an element inside `Signature` has an attribute that XMLDSig does not give it",
            "remove it at the signer: only `Id`, `URI`, `Type` and `Algorithm` have a place there",
        ),
        R::SignatureText => text(
            "text, a comment or a processing instruction stands inside `Signature` where XMLDSig has none",
            "leave only white space between the elements of `Signature`",
        ),
        R::CanonicalizationMethod => text(
            "the canonicalization is not exclusive C14N without comments",
            "sign with `http://www.w3.org/2001/10/xml-exc-c14n#`, as BACEN demands",
        ),
        R::SignatureMethod => text(
            "the signature method is not RSA with SHA-256",
            "sign with `http://www.w3.org/2001/04/xmldsig-more#rsa-sha256`, as BACEN demands",
        ),
        R::DigestMethod => text(
            "a digest method is not SHA-256",
            "digest with `http://www.w3.org/2001/04/xmlenc#sha256`, as BACEN demands",
        ),
        R::Transforms => text(
            "the transforms of a Reference are not the profile's",
            "exclusive C14N on every Reference, and enveloped-signature before it on the one with `URI=\"\"`, no other",
        ),
        R::PrefixList => text(
            "an `InclusiveNamespaces` has no `PrefixList`, or one that is not a list of prefixes",
            "leave `InclusiveNamespaces` out, as BACEN does, or list prefixes separated by blanks",
        ),
        R::ReferenceCount => text(
            "there are more or fewer References than the profile has",
            "SPI signs three things (`KeyInfo`, `AppHdr`, `Document`), DICT two (`KeyInfo`, the root)",
        ),
        R::ReferenceUri => text(
            "a Reference points at something that the profile does not sign, or that is covered already",
            "use `#` with the Id of this signature's `KeyInfo`, `URI=\"\"`, and for SPI one Reference without URI",
        ),
        R::KeyInfoContent => text(
            "`KeyInfo` does not hold exactly one `X509Data` with one `X509IssuerSerial`",
            "name the certificate by issuer and serial only: an embedded certificate or key is never used",
        ),
        R::KeyInfoId => text(
            "KeyInfo's Id is no name that an Id can be (letters, digits, `.`, `-`, `_`)",
            "whoever signs must give KeyInfo an Id such as `key-info-id`: others can be read as another place in the message",
        ),
        R::IssuerName => text(
            "`X509IssuerName` is not a distinguished name",
            "write the certificate's issuer (not its subject) like `CN=.., OU=.., O=ICP-Brasil, C=BR`",
        ),
        R::SerialNumber => text(
            "`X509SerialNumber` is not a decimal number of at most 20 bytes",
            "write the certificate's serial in decimal digits, not in hexadecimal",
        ),
        R::DigestValue => text(
            "a `DigestValue` is not base64 of 32 bytes",
            "it must be the SHA-256 of the canonical bytes in base64: 44 characters, the last `=`",
        ),
        R::SignatureValue => text(
            "`SignatureValue` is not base64",
            "the value was cut or altered on its way: line breaks, also as `&#13;`, are fine, other characters are not",
        ),
        R::DigestMismatch => text(
            "digest mismatch: the bytes are not those that were signed",
            "the message was altered, or written anew (indented, re-encoded), after signing: take it as it came over the wire and compare",
        ),
        R::SignatureMismatch => text(
            "the signature does not fit `SignedInfo` under the certificate's key",
            "another key signed than the named certificate's, or `SignedInfo` is not the one that was signed: do not rely on the message, ask the signer for it again",
        ),
        R::SignatureLength => text(
            "the signature is not a number that the certificate's key can make: it is too short, too long or too large",
            "the value was cut, or was made with another key: compare the signer's key with the certificate",
        ),
        R::KeyTooSmall => text(
            "the certificate's RSA key is shorter than 2048 bits",
            "BACEN asks for RSA with 2048 bits at least: have a certificate issued for a larger key",
        ),
        R::CertificateUnknown => text(
            "no trusted certificate has the issuer and serial that the message names",
            "nothing can be said of the message without it: get the certificate from the signer itself, check where it comes from, and add it to the trusted ones",
        ),
        R::CertificateExpired => text(
            "the certificate had expired at the instant it was held against",
            "an archived message is judged at its own time or at its receipt; a new one must be signed with a certificate that is valid: ask the signer",
        ),
        R::CertificateNotYetValid => text(
            "the certificate was not valid yet at the instant it was held against",
            "check this machine's clock and the instant that was asked for; the signer may also have changed certificates too early",
        ),
        R::CertificateRevoked => text(
            "the certificate was revoked at the instant it was held against",
            "do not rely on this message: ask the signer for one made with its present certificate",
        ),
        R::CertificateUsage => text(
            "the certificate is an authority's, or its key usage has no digitalSignature: its key signs no messages",
            "give the participant's own signing certificate, not its authority's; `openssl req -x509` makes an authority unless it has `-addext basicConstraints=CA:FALSE`",
        ),
        R::SenderMismatch => text(
            "`Fr` in `AppHdr` is not the participant that signs: not the one in the certificate, or not the one in the path",
            "compare `Fr` with `OU=ISPB-..` in the certificate and with the path: who sends a message must be who signs it",
        ),
        R::MessageTime => text(
            "the message has no time of its own that can be read",
            "judge it at an instant that is known from elsewhere, such as that of its receipt",
        ),
        R::AlreadySigned => text(
            "the message carries a signature already",
            "give the message without signature, or ask for the one it has to be replaced",
        ),
        R::SignaturePlace => text(
            "the place for the signature is doubled or holds something else",
            "leave one empty `Sgntr` in `AppHdr` (SPI) or one empty `Signature` under the root (DICT), or neither",
        ),
        R::NeverSigned => text("this body is never signed", "send `CheckKeysRequest` to DICT as it stands"),
        R::WrongKey => text(
            "the signature was not made with the certificate's key",
            "give the key and the certificate that belong together: the certificate must have been issued for this key",
        ),
        R::CertificateSyntax => text(
            "the certificate cannot be read",
            "give X.509 certificates in PEM, DER or PKCS#7 (.p7b): a request or a key is not one",
        ),
        R::CertificatePem => text(
            "a block of PEM is damaged",
            "each `-----BEGIN ..-----` and its `-----END ..-----` have five dashes and the same words, and base64 between them: copy the file again",
        ),
        R::Pkcs12 => text(
            "this is a PKCS#12 file (.pfx, .p12), which needs a passphrase",
            "take the certificates out of it: `openssl pkcs12 -in FILE -nokeys -out CERTIFICATES.pem`, with `-legacy` if it is an old one",
        ),
        R::CertificateKey => text(
            "the certificate's key is not an RSA key that can be used",
            "BACEN signs with RSA of 2048 to 8192 bits: elliptic curves and unusual exponents are refused",
        ),
        R::CrlSyntax => text(
            "the certificate revocation list cannot be read",
            "give one complete X.509 CRL in DER or PEM: delta and indirect lists are not used",
        ),
        R::CrlIssuer => text(
            "the revocation list was not issued by the given certificate",
            "give the list together with the certificate of the authority that issued it",
        ),
        R::CrlSignature => text(
            "the revocation list's signature does not fit its issuer's key",
            "fetch the list again from the authority: it was changed, or signed with another key or another algorithm than RSA with SHA-2",
        ),
        R::RequestMethod => text(
            "the channel has no such method",
            "use the methods of BACEN's manuals: `GET` and `POST`, for DICT `PUT` too, for SPI `DELETE` too",
        ),
        R::RequestPath => text(
            "the path is not one of this channel's",
            "DICT paths begin with `/api/v2` or `/api-np/v2`, SPI paths with `/api/v1`; percent-encode keys such as `+55..`",
        ),
        R::HeaderSyntax => text(
            "a header cannot be handed on as it stands",
            "send header values without line breaks and control characters, each header once; pages in browsers (`Origin`, `Referer`, `Sec-Fetch-Site`) are not answered",
        ),
        R::HostUnknown => text(
            "the `Host` header is not a name of this proxy",
            "call the proxy as `localhost` or by the address it listens on; any other name that callers use has to be configured first",
        ),
        R::ContentEncoding => text(
            "the content encoding is not one that BACEN takes here",
            "SPI takes `gzip` over the whole body, DICT takes none: use `Content-Encoding`, not `Transfer-Encoding`",
        ),
        R::Gzip => text(
            "the gzip body is damaged or cut",
            "hand the body on as bytes: reading it as text destroys it",
        ),
        R::GzipTooLarge => text(
            "the gzip body unpacks to more than the limit",
            "ten messages are far smaller: treat the body as hostile, or, if it is yours, send fewer messages at once or raise the limit of unpacked requests",
        ),
        R::Multipart => text(
            "the multipart body breaks its grammar",
            "check `boundary` in Content-Type against the lines between the parts, and the last line, which ends with `--`",
        ),
        R::MultipartAmbiguous => text(
            "the multipart body could be taken apart in more than one way",
            "write nothing around the parts, one plain `boundary`, each header of a part once and on one line, and no Content-Transfer-Encoding but `8bit`; BACEN's answers are so: where one is not, find out who stands between",
        ),
        R::ContentType => text(
            "the body's label could have another reader see a different message",
            "BACEN's messages come as `application/xml` in UTF-8, several of them as `multipart/mixed` in SPI alone: look at the answer's header fields in the record, and at what stands between",
        ),
        R::TooManyParts => {
            text("the multipart body has more than 10 parts", "send at most 10 messages in one request")
        }
        R::BodyPresence => text(
            "there is a body where the channel has none, or none where it needs one",
            "`POST` to SPI and writes to DICT need a body, `GET` and `DELETE` have none",
        ),
        R::Unreachable => text(
            "BACEN could not be reached; nothing was sent",
            "sending again is safe; check the route to the RSFN, DNS, the endpoint and the mTLS certificates",
        ),
        R::TimedOut => text(
            "BACEN did not answer in time; it may have accepted the request",
            "send the same message again with the same BizMsgIdr or RequestId: BACEN recognises it and does nothing twice",
        ),
        R::ConnectionLost => text(
            "the connection broke before the whole answer came; BACEN may have accepted the request",
            "repeat the request unchanged, with the same BizMsgIdr or RequestId, or ask for its state first",
        ),
        R::ProcessEnded => text(
            "the proxy ended before the answer was recorded; BACEN may have accepted the request",
            "ask for the request's state, or repeat it unchanged, with the same BizMsgIdr or RequestId",
        ),
        R::ValueInterrupted => text(
            "a comment, a processing instruction or a CDATA section stands inside a value: some readers see only a part of it",
            "have the sender write values as plain text; `interrupted_values = \"pass\"` in the policy lets such messages through",
        ),
        R::AnswerMismatch => text(
            "the answer belongs to another question: another operation's root, or another identifier than the request named",
            "do not use it; ask for the state before you repeat the request, and tell BACEN which exchange it was",
        ),
        R::AnswerUnbound => text(
            "the operation is not one that lacre knows, so nothing binds the answer to its question",
            "compare the identifiers in the answer with those of the request, and look for a newer lacre",
        ),
        R::ResponseSyntax => text(
            "the answer breaks HTTP",
            "look for a middle box between the proxy and BACEN that alters answers",
        ),
        R::ResponseTooLarge => text(
            "the answer is larger than the limit",
            "raise the limit of the answer's size in the configuration if such an answer is expected",
        ),
        R::RequestTooLarge => text(
            "the request is larger than the limit",
            "send fewer messages at once, or raise the limit of the request's size in the configuration",
        ),
        R::SigningFailed => text(
            "the place that holds the key did not sign",
            "check that the key's service or module is up and that permission to sign is given",
        ),
        R::AuditUnavailable => text(
            "the audit record cannot be kept anywhere, so nothing is sent",
            "make room and give write permission for the audit folder or its spool, then send again",
        ),
        R::Busy => text(
            "too many large requests are under way, so nothing is sent",
            "send it again in a moment: nothing was sent; send fewer large requests at once",
        ),
        R::NotConfigured => text(
            "the proxy has no configuration that it can work with, so nothing is sent",
            "the operator finds every fault in the proxy's log; send again once they are corrected",
        ),
        R::RecordColumns => text(
            "the row is not an audit record: a column is missing or holds what it cannot",
            "check that the file is an archive of the proxy and was written whole",
        ),
        R::RecordSeal => text(
            "the record is not what was sealed: its columns do not hash to its `chain_hash`",
            "the archive was altered or damaged after it was written: compare with a copy that is kept elsewhere",
        ),
        R::RecordRules => text(
            "the record names rules that this version does not know, so it cannot be judged by them",
            "judge it with a lacre that is no older than the proxy that wrote it",
        ),
    }
}
