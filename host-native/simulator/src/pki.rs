//! A throwaway PKI for tests and the simulator: a CA laid out as ICP-Brasil's are, and BACEN's and a PSP's signing and
//! channel certificates. Nothing here is fit for production: the CA's key lies beside what it signed.

use core::fmt;
use core::time::Duration;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use lacre_core::Ispb;
use signature::Keypair;
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::der::asn1::{GeneralizedTime, Ia5String, ObjectIdentifier, OctetString};
use x509_cert::der::pem::{LineEnding, encode_string};
use x509_cert::der::{Decode, Encode, EncodePem};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, Document, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use lacre_native::clock;
use lacre_native::key::Signer;
use lacre_native::shown;
use lacre_native::x509::{Subject, X509Error, sha256_with_rsa, sign};

const DAY_S: i64 = 86_400;

/// What the certificates say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PkiOptions {
    /// The PSP's ISPB, 8 characters.
    pub ispb: String,
    /// How many days the certificates are valid, from an hour ago.
    pub days: u16,
}

impl Default for PkiOptions {
    fn default() -> Self {
        Self { ispb: "12345678".to_owned(), days: 365 }
    }
}

/// A certificate and its key, in memory and as files.
#[derive(Clone)]
#[non_exhaustive]
pub struct Pair {
    /// The certificate in PEM, followed by its issuer's where a peer needs the chain.
    pub certificate_pem: String,
    /// The private key in PEM of PKCS#8.
    pub key_pem: Zeroizing<String>,
    /// Where the certificate was written.
    pub certificate_path: PathBuf,
    /// Where the key was written, readable by its owner only.
    pub key_path: PathBuf,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("certificate_path", &self.certificate_path).finish_non_exhaustive()
    }
}

/// A whole PKI for one PSP and BACEN.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThrowawayPki {
    /// The certification authority: the anchor for channels.
    pub ca: Pair,
    /// What BACEN signs messages with: its certificate is what a PSP trusts.
    pub bacen_signature: Pair,
    /// BACEN's server certificate, for the local names and for those of the RSFN.
    pub bacen_channel: Pair,
    /// What the PSP signs messages with (CERTPIA).
    pub psp_signature: Pair,
    /// The PSP's client certificate (CERTPIC).
    pub psp_channel: Pair,
}

impl ThrowawayPki {
    /// Makes everything new and writes it into a folder, which is created if need be. Nothing is overwritten.
    ///
    /// # Errors
    /// When the ISPB is none, a file exists already or cannot be written.
    pub fn create(dir: &Path, options: &PkiOptions) -> Result<Self, PkiError> {
        let ispb = Ispb::new(&options.ispb)
            .ok_or_else(|| PkiError::Ispb(options.ispb.chars().take(20).collect()))?;
        let (pki, files) = Maker::new(&ispb, options.days)?.make(dir)?;
        if let Some((taken, ..)) = files.iter().find(|(path, ..)| path.exists()) {
            return Err(PkiError::File(taken.clone(), io::ErrorKind::AlreadyExists.into()));
        }
        make_private_dir(dir).map_err(|e| PkiError::File(dir.to_owned(), e))?;
        for (path, content, is_secret) in files {
            write_new(&path, content.as_bytes(), is_secret).map_err(|e| PkiError::File(path, e))?;
        }
        Ok(pki)
    }
}

/// A PKI that cannot be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum PkiError {
    /// Not an ISPB.
    Ispb(String),
    /// A file or folder cannot be written.
    File(PathBuf, io::Error),
    /// A certificate cannot be made.
    Certificate(String),
}

impl fmt::Display for PkiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ispb(text) => write!(f, "`{text}` is not an ISPB of 8 digits or capitals"),
            Self::File(path, error) => write!(f, "`{}`: {error}", shown::path(path)),
            Self::Certificate(detail) => write!(f, "a certificate cannot be made: {detail}"),
        }
    }
}

impl core::error::Error for PkiError {}

impl From<X509Error> for PkiError {
    fn from(error: X509Error) -> Self {
        Self::Certificate(error.to_string())
    }
}

impl From<x509_cert::der::Error> for PkiError {
    fn from(error: x509_cert::der::Error) -> Self {
        Self::Certificate(error.to_string())
    }
}

type File = (PathBuf, Zeroizing<String>, bool);

/// What a certificate is for; each has its extensions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Ca,
    Signature,
    Server,
    Client,
}

struct Maker {
    subjects: [Subject; 5],
    keys: Vec<Key>,
    validity: Validity,
}

struct Key {
    signer: Arc<dyn Signer>,
    pem: Zeroizing<String>,
}

impl Maker {
    fn new(ispb: &Ispb, days: u16) -> Result<Self, PkiError> {
        // Most specific first, as people write them; two OUs, so that order and repetition are put to the test.
        let subjects = [
            "CN=Autoridade Certificadora de Teste do lacre, OU=Chaves publicas e descartaveis, OU=CSPB-0, \
             O=Teste do lacre, C=BR"
                .to_owned(),
            "CN=BANCO CENTRAL SIMULADO T001, OU=ISPB-00038166, OU=SISBACEN-00001, O=Teste do lacre, L=Brasilia, \
             ST=DF, C=BR"
                .to_owned(),
            "CN=localhost, OU=ISPB-00038166, O=Teste do lacre, L=Brasilia, ST=DF, C=BR".to_owned(),
            format!(
                "CN=INSTITUICAO DE TESTE T001, OU=ISPB-{ispb}, OU=SISBACEN-12345, O=Teste do lacre, \
                 L=Sao Paulo, ST=SP, C=BR"
            ),
            format!(
                "CN=INSTITUICAO DE TESTE T002, OU=ISPB-{ispb}, OU=SISBACEN-12345, O=Teste do lacre, \
                 L=Sao Paulo, ST=SP, C=BR"
            ),
        ]
        .map(|text| Subject::parse(&text, None));
        let [ca, bacen_signature, bacen_channel, psp_signature, psp_channel] = subjects;
        Ok(Self {
            subjects: [ca?, bacen_signature?, bacen_channel?, psp_signature?, psp_channel?],
            keys: keys(5)?,
            validity: validity(days)?,
        })
    }

    fn make(&self, dir: &Path) -> Result<(ThrowawayPki, Vec<File>), PkiError> {
        let mut files = Vec::new();
        let ca = self.pair(dir, 0, "ca", Use::Ca, None, &mut files)?;
        let mut issued = |number, stem, purpose| {
            self.pair(dir, number, stem, purpose, Some(&ca.certificate_pem), &mut files)
        };
        let bacen_signature = issued(1, "bacen-signature", Use::Signature)?;
        let bacen_channel = issued(2, "bacen-channel", Use::Server)?;
        let psp_signature = issued(3, "psp-signature", Use::Signature)?;
        let psp_channel = issued(4, "psp-channel", Use::Client)?;
        files.push((dir.join("README.md"), Zeroizing::new(README.to_owned()), false));
        Ok((ThrowawayPki { ca, bacen_signature, bacen_channel, psp_signature, psp_channel }, files))
    }

    fn pair(
        &self,
        dir: &Path,
        number: usize,
        stem: &str,
        purpose: Use,
        issuer_pem: Option<&str>,
        files: &mut Vec<File>,
    ) -> Result<Pair, PkiError> {
        let missing = || PkiError::Certificate("a key is missing".to_owned());
        let key = self.keys.get(number).ok_or_else(missing)?;
        let subject = self.subjects.get(number).ok_or_else(missing)?.to_name()?;
        let [ca, ..] = &self.subjects;
        let layout = Layout { subject, issuer: ca.to_name()?, purpose };
        let issuer = Issuer(self.keys.first().ok_or_else(missing)?.signer.as_ref());
        let mut certificate_pem = certificate(layout, key.signer.as_ref(), &issuer, self.validity)?;
        if matches!(purpose, Use::Server | Use::Client) {
            certificate_pem.push_str(issuer_pem.unwrap_or_default());
        }
        let pair = Pair {
            certificate_path: dir.join(format!("{stem}.pem")),
            key_path: dir.join(format!("{stem}.key")),
            key_pem: key.pem.clone(),
            certificate_pem,
        };
        files.push((pair.certificate_path.clone(), Zeroizing::new(pair.certificate_pem.clone()), false));
        files.push((pair.key_path.clone(), pair.key_pem.clone(), true));
        Ok(pair)
    }
}

/// New RSA-2048 keys, made at the same time: each takes as long as its luck with primes. What finds no thread is made on this one.
fn keys(count: usize) -> Result<Vec<Key>, PkiError> {
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().spawn_scoped(scope, new_key);
        let making: Vec<_> = (0..count).map(start).collect();
        let lost = |_| PkiError::Certificate("a key was not made".to_owned());
        making
            .into_iter()
            .map(|key| key.map_or_else(|_| new_key(), |thread| thread.join().map_err(lost)?))
            .collect()
    })
}

fn new_key() -> Result<Key, PkiError> {
    let failed = |detail: &dyn fmt::Display| PkiError::Certificate(detail.to_string());
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|e| failed(&e))?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|e| failed(&e))?;
    let pem = encode_string("PRIVATE KEY", LineEnding::LF, der.as_ref()).map_err(|e| failed(&e))?;
    let signer = lacre_native::key::from_pair(pair, "a new key").map_err(|e| failed(&e))?;
    Ok(Key { signer, pem: Zeroizing::new(pem) })
}

fn validity(days: u16) -> Result<Validity, PkiError> {
    let now = clock::unix_ms() / 1000;
    let time = |unix_s: i64| -> Result<Time, PkiError> {
        let since_1970 = Duration::from_secs(u64::try_from(unix_s).unwrap_or(0));
        Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(since_1970)?))
    };
    // From an hour ago: containers and their hosts do not always agree on the time.
    let from = now.saturating_sub(3600);
    Ok(Validity::new(time(from)?, time(from.saturating_add(i64::from(days).saturating_mul(DAY_S)))?))
}

fn certificate(
    layout: Layout,
    key: &dyn Signer,
    issuer: &Issuer<'_>,
    validity: Validity,
) -> Result<String, PkiError> {
    let failed = |e: x509_cert::builder::Error| PkiError::Certificate(e.to_string());
    let mut octets = [0; 16];
    aws_lc_rs::rand::fill(&mut octets).map_err(|e| PkiError::Certificate(e.to_string()))?;
    // Positive, and always 16 octets long.
    if let Some(first) = octets.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    let public_key = SubjectPublicKeyInfoOwned::from_der(key.public_key())?;
    let mut builder =
        CertificateBuilder::new(layout, SerialNumber::new(&octets)?, validity, public_key).map_err(failed)?;
    let der = builder.finalize(issuer).map_err(failed)?;
    let signature = sign(issuer.0, &der)?;
    Ok(builder.assemble(signature, issuer).map_err(failed)?.to_pem(LineEnding::LF)?)
}

/// The issuing key, as the certificate builder wants to see it.
struct Issuer<'a>(&'a dyn Signer);

#[derive(Clone)]
struct IssuerKey(Vec<u8>);

impl Keypair for Issuer<'_> {
    type VerifyingKey = IssuerKey;

    fn verifying_key(&self) -> IssuerKey {
        IssuerKey(self.0.public_key().to_vec())
    }
}

impl EncodePublicKey for IssuerKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(Document::try_from(self.0.as_slice())?)
    }
}

impl DynSignatureAlgorithmIdentifier for Issuer<'_> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(sha256_with_rsa())
    }
}

/// Names and extensions of one certificate.
struct Layout {
    subject: Name,
    issuer: Name,
    purpose: Use,
}

impl BuilderProfile for Layout {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        _tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let mut extensions = Extensions::new();
        let mut add = |extension: Result<Extension, x509_cert::der::Error>| -> x509_cert::der::Result<()> {
            extensions.push(extension?);
            Ok(())
        };
        let is_ca = self.purpose == Use::Ca;
        let constraints = BasicConstraints { ca: is_ca, path_len_constraint: is_ca.then_some(0) };
        add(constraints.to_extension(&self.subject, &[]))?;
        add(self.usage().to_extension(&self.subject, &[]))?;
        if let Some(purpose) = self.extended_usage() {
            add(ExtendedKeyUsage(vec![purpose]).to_extension(&self.subject, &[]))?;
        }
        if self.purpose == Use::Server {
            add(server_names()?.to_extension(&self.subject, &[]))?;
        }
        add(SubjectKeyIdentifier(key_identifier(key)?).to_extension(&self.subject, &[]))?;
        let authority = AuthorityKeyIdentifier {
            key_identifier: Some(key_identifier(issuer_key)?),
            ..AuthorityKeyIdentifier::default()
        };
        add(authority.to_extension(&self.subject, &[]))?;
        Ok(extensions)
    }
}

impl Layout {
    fn usage(&self) -> KeyUsage {
        KeyUsage(match self.purpose {
            Use::Ca => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            Use::Signature => KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
            Use::Server | Use::Client => KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment,
        })
    }

    fn extended_usage(&self) -> Option<ObjectIdentifier> {
        match self.purpose {
            Use::Server => Some(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1")),
            Use::Client => Some(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2")),
            Use::Ca | Use::Signature => None,
        }
    }
}

/// Loopback in all its names, and BACEN's: a test may map them to this machine.
fn server_names() -> x509_cert::der::Result<SubjectAltName> {
    let mut names = Vec::new();
    for name in ["localhost", "*.pi.rsfn.net.br"] {
        names.push(GeneralName::DnsName(Ia5String::new(name)?));
    }
    names.push(GeneralName::from(core::net::IpAddr::V4(core::net::Ipv4Addr::LOCALHOST)));
    names.push(GeneralName::from(core::net::IpAddr::V6(core::net::Ipv6Addr::LOCALHOST)));
    Ok(SubjectAltName(names))
}

/// A key's identifier: the first 20 octets of the SHA-256 of the key (RFC 7093 §2).
fn key_identifier(key: SubjectPublicKeyInfoRef<'_>) -> x509_cert::der::Result<OctetString> {
    let hash = digest(&SHA256, &key.subject_public_key.to_der()?);
    OctetString::new(hash.as_ref().get(..20).unwrap_or_default())
}

fn make_private_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
    }
    #[cfg(not(unix))]
    fs::create_dir_all(dir)
}

fn write_new(path: &Path, content: &[u8], is_secret: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if is_secret { 0o600 } else { 0o644 });
    }
    options.open(path)?.write_all(content)
}

const README: &str = "\
# Throwaway PKI, for testing only

Made by `lacre pki create`. Anyone who can read this folder can sign as all of them: never use it outside tests.

| file | what it is |
|---|---|
| `ca.pem`, `ca.key` | the certification authority, anchor of both channels |
| `bacen-signature.pem`, `.key` | what the simulated BACEN signs with; a PSP trusts the certificate |
| `bacen-channel.pem`, `.key` | the simulated BACEN's server certificate (localhost, 127.0.0.1, ::1, *.pi.rsfn.net.br) |
| `psp-signature.pem`, `.key` | what the PSP signs with (CERTPIA) |
| `psp-channel.pem`, `.key` | the PSP's client certificate (CERTPIC) |

    lacre sign --profile spi --key psp-signature.key --cert psp-signature.pem message.xml -o signed.xml
    lacre verify --trust psp-signature.pem signed.xml
";
