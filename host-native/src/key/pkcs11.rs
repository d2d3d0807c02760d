//! Keys in an HSM or smart card behind a PKCS#11 module: the private key never leaves it.

use core::fmt;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::local::{MODULUS_BYTES_MIN, too_small};
use super::uri::{PinFrom, Uri};
use super::{KeyError, KeyReason, Passphrase, Signer, Signing};
use crate::environment;

/// The environment variable that may name the module, so that a URI need not.
const MODULE_VARIABLE: &str = "LACRE_PKCS11_MODULE";

/// Most sessions open at once for one key: HSMs count them.
const SESSIONS_MAX: usize = 8;

/// How long a signature waits for a session that another one holds.
const SESSION_WAIT: Duration = Duration::from_secs(30);

/// DER of a DigestInfo for SHA-256, up to the digest (RFC 8017 §9.2, note 1). CKM_RSA_PKCS takes it and pads by itself.
const DIGEST_INFO_SHA256: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// A key in a token.
#[derive(Debug)]
pub(super) struct Pkcs11Key(Arc<Token>);

impl Pkcs11Key {
    /// Finds the key that the URI names, and logs in.
    pub(super) fn open(uri: &str, passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        let uri = Uri::parse(uri).map_err(|what| KeyError::new(KeyReason::Uri, "pkcs11:").said(what))?;
        let (pin, pin_hash) = pin(&uri, passphrase)?;
        let path =
            uri.module_path.clone().or_else(|| environment::variable(MODULE_VARIABLE).map(PathBuf::from));
        let path = path.ok_or_else(|| {
            KeyError::new(KeyReason::Module, &uri.shown).because(
                format!("neither `module-path` in the URI nor {MODULE_VARIABLE} names it"),
                format!("nem `module-path` na URI nem {MODULE_VARIABLE} o indica"),
            )
        })?;
        let module = module(&path).map_err(|e| unloadable(&e, &path, &uri.shown))?;
        let mut token = Token {
            module,
            uri,
            pin,
            pin_hash,
            module_path: path,
            login: Mutex::new(()),
            sessions: Mutex::new(Sessions { idle: Vec::new(), open: 1 }),
            freed: Condvar::new(),
            public_key: Box::default(),
            signature_bytes: 0,
        };
        let ready = token.connect()?;
        (token.public_key, token.signature_bytes) = token.read_public_key(&ready)?;
        token.sessions().idle.push(ready);
        Ok(Self(Arc::new(token)))
    }
}

impl Signer for Pkcs11Key {
    fn sign(&self, digest: [u8; 32]) -> Signing<'_> {
        let token = Arc::clone(&self.0);
        Box::pin(async move {
            let place = token.uri.shown.clone();
            tokio::task::spawn_blocking(move || token.sign(&digest))
                .await
                .unwrap_or_else(|e| Err(KeyError::new(KeyReason::Failed, place).said(e)))
        })
    }

    fn sign_blocking(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        self.0.sign(digest)
    }

    fn public_key(&self) -> &[u8] {
        &self.0.public_key
    }

    fn place(&self) -> &str {
        &self.0.uri.shown
    }
}

struct Token {
    module: Pkcs11,
    uri: Uri,
    pin: Option<AuthPin>,
    pin_hash: [u8; 32],
    module_path: PathBuf,
    /// Held while logging in.
    login: Mutex<()>,
    sessions: Mutex<Sessions>,
    freed: Condvar,
    public_key: Box<[u8]>,
    signature_bytes: usize,
}

/// The sessions of one key: `open` counts the idle ones and the ones in use.
struct Sessions {
    idle: Vec<Ready>,
    open: usize,
}

/// A session that is logged in and knows its key.
struct Ready {
    session: Session,
    key: ObjectHandle,
}

impl Ready {
    fn sign(&self, digest: &[u8; 32]) -> cryptoki::error::Result<Vec<u8>> {
        let digest_info = [DIGEST_INFO_SHA256.as_slice(), digest].concat();
        self.session.sign(&Mechanism::RsaPkcs, self.key, &digest_info)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("uri", &self.uri.shown).finish_non_exhaustive()
    }
}

impl Token {
    fn sign(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        let mut lease = Lease { token: self, ready: self.take()? };
        let first = lease.ready()?.sign(digest);
        let signature = match first {
            Err(error) if is_lost(&error) => {
                // The token was reset or logged out. What waits idle is lost as well.
                lease.ready = None;
                self.forget_idle();
                lease.ready()?.sign(digest)
            }
            result => result,
        };
        match signature {
            Ok(signature) if signature.len() == self.signature_bytes => Ok(signature),
            Ok(signature) => Err(self.error(KeyReason::Failed).because(
                format!("a signature of {} bytes by a key of {}", signature.len(), self.signature_bytes),
                format!(
                    "uma assinatura de {} bytes por uma chave de {}",
                    signature.len(),
                    self.signature_bytes
                ),
            )),
            Err(error) => {
                lease.ready = None;
                Err(self.explain(&error))
            }
        }
    }

    /// Takes an idle session, or room for a new one.
    fn take(&self) -> Result<Option<Ready>, KeyError> {
        let full = |sessions: &mut Sessions| sessions.idle.is_empty() && sessions.open >= SESSIONS_MAX;
        let (mut sessions, waited) = self
            .freed
            .wait_timeout_while(self.sessions(), SESSION_WAIT, full)
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = sessions.idle.pop() {
            return Ok(Some(ready));
        }
        if waited.timed_out() && sessions.open >= SESSIONS_MAX {
            return Err(self
                .error(KeyReason::Failed)
                .because("all sessions are busy", "todas as sessões estão ocupadas"));
        }
        sessions.open = sessions.open.saturating_add(1);
        Ok(None)
    }

    /// Closes the idle sessions.
    fn forget_idle(&self) {
        let idle = {
            let mut sessions = self.sessions();
            let idle = core::mem::take(&mut sessions.idle);
            sessions.open = sessions.open.saturating_sub(idle.len());
            idle
        };
        drop(idle);
        self.freed.notify_all();
    }

    /// Opens a session, logs in, finds the key.
    fn connect(&self) -> Result<Ready, KeyError> {
        let _one_at_a_time = lock(&self.login);
        let slot = self.find_slot()?;
        let session = self.module.open_ro_session(slot).map_err(|e| self.explain(&e))?;
        self.log_in(slot, &session)?;
        let key = self.find_key(&session)?;
        Ok(Ready { session, key })
    }

    fn find_slot(&self) -> Result<Slot, KeyError> {
        let slots = match self.module.get_slots_with_token() {
            // Another part of the process may have shut the module down.
            Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => {
                initialize(&self.module).and_then(|()| self.module.get_slots_with_token())
            }
            slots => slots,
        };
        let mut fitting = Vec::new();
        for slot in slots.map_err(|e| self.explain(&e))? {
            if self.slot_fits(slot) {
                fitting.push(slot);
            }
        }
        match fitting.as_slice() {
            [slot] => Ok(*slot),
            [] => Err(self.error(KeyReason::TokenMissing)),
            _ => Err(self.error(KeyReason::TokenAmbiguous)),
        }
    }

    /// Whether a slot and its token are what the URI asks for. A slot that does not answer is not.
    fn slot_fits(&self, slot: Slot) -> bool {
        let uri = &self.uri;
        let Ok(token) = self.module.get_token_info(slot) else { return false };
        if !token.token_initialized() || uri.slot_id.is_some_and(|id| id != slot.id()) {
            return false;
        }
        let token_fits = fits(&uri.token, token.label())
            && fits(&uri.manufacturer, token.manufacturer_id())
            && fits(&uri.serial, token.serial_number())
            && fits(&uri.model, token.model());
        if !token_fits || (uri.slot_description.is_none() && uri.slot_manufacturer.is_none()) {
            return token_fits;
        }
        self.module.get_slot_info(slot).is_ok_and(|info| {
            fits(&uri.slot_description, info.slot_description())
                && fits(&uri.slot_manufacturer, info.manufacturer_id())
        })
    }

    fn log_in(&self, slot: Slot, session: &Session) -> Result<(), KeyError> {
        let info = self.module.get_token_info(slot).map_err(|e| self.explain(&e))?;
        if !info.login_required() {
            return Ok(());
        }
        if self.pin.is_none() && !info.protected_authentication_path() {
            return Err(self.error(KeyReason::PinMissing));
        }
        let attempt = self.attempt(info.serial_number());
        if lock(&REFUSED).contains(&attempt) {
            return Err(self.error(KeyReason::PinWrong));
        }
        match session.login(UserType::User, self.pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => {
                let error = self.explain(&error);
                if error.reason() == KeyReason::PinWrong {
                    lock(&REFUSED).insert(attempt);
                }
                Err(error)
            }
        }
    }

    /// This token and this PIN, as [`REFUSED`] remembers them.
    fn attempt(&self, serial: &str) -> [u8; 32] {
        let module = self.module_path.as_os_str().as_encoded_bytes();
        lacre_core::sha256(&[module, serial.as_bytes(), &self.pin_hash].join(&0))
    }

    fn find_key(&self, session: &Session) -> Result<ObjectHandle, KeyError> {
        let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
        template.extend(self.uri.object.as_ref().map(|label| Attribute::Label(label.as_bytes().to_vec())));
        template.extend(self.uri.id.clone().map(Attribute::Id));
        let found = session.find_objects(&template).map_err(|e| self.explain(&e))?;
        match found.as_slice() {
            [key] => Ok(*key),
            [] => Err(self.error(KeyReason::ObjectMissing)),
            _ => Err(self.error(KeyReason::ObjectAmbiguous)),
        }
    }

    /// The SubjectPublicKeyInfo and the length of a signature.
    fn read_public_key(&self, ready: &Ready) -> Result<(Box<[u8]>, usize), KeyError> {
        let wanted = [
            AttributeType::KeyType,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
            AttributeType::Id,
            AttributeType::AlwaysAuthenticate,
        ];
        let attributes = ready.session.get_attributes(ready.key, &wanted).map_err(|e| self.explain(&e))?;
        let (mut modulus, mut exponent, mut id) = (None, None, None);
        for attribute in attributes {
            match attribute {
                Attribute::KeyType(KeyType::RSA) => {}
                Attribute::KeyType(_) => return Err(self.error(KeyReason::NotRsa)),
                Attribute::AlwaysAuthenticate(true) => {
                    return Err(self
                        .error(KeyReason::NotPermitted)
                        .because("CKA_ALWAYS_AUTHENTICATE is set", "CKA_ALWAYS_AUTHENTICATE está ativo"));
                }
                Attribute::Modulus(bytes) => modulus = Some(bytes),
                Attribute::PublicExponent(bytes) if !bytes.is_empty() => exponent = Some(bytes),
                Attribute::Id(bytes) => id = Some(bytes),
                _ => {}
            }
        }
        let modulus = modulus.ok_or_else(|| self.error(KeyReason::PublicKey))?;
        let exponent = match exponent {
            Some(exponent) => exponent,
            None => self.public_exponent(ready, id).ok_or_else(|| self.error(KeyReason::PublicKey))?,
        };
        let (modulus, exponent) = (without_zeros(&modulus), without_zeros(&exponent));
        if modulus.len() < MODULUS_BYTES_MIN {
            return Err(too_small(modulus.len(), &self.uri.shown));
        }
        let der = PublicKeyComponents { n: modulus, e: exponent }
            .as_der()
            .map_err(|_| self.error(KeyReason::PublicKey))?;
        Ok((der.as_ref().into(), modulus.len()))
    }

    /// The exponent from the public key object beside the private one: some tokens keep it only there.
    fn public_exponent(&self, ready: &Ready, id: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id?)];
        let found = ready.session.find_objects(&template).ok()?;
        let attributes =
            ready.session.get_attributes(*found.first()?, &[AttributeType::PublicExponent]).ok()?;
        attributes.into_iter().find_map(|attribute| match attribute {
            Attribute::PublicExponent(bytes) if !bytes.is_empty() => Some(bytes),
            _ => None,
        })
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }

    fn error(&self, reason: KeyReason) -> KeyError {
        KeyError::new(reason, &self.uri.shown)
    }

    fn explain(&self, error: &Error) -> KeyError {
        let reason = match error {
            Error::Pkcs11(code, _) => match code {
                RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid => KeyReason::PinWrong,
                RvError::PinLocked | RvError::PinExpired => KeyReason::PinLocked,
                RvError::TokenNotPresent | RvError::SlotIdInvalid | RvError::DeviceRemoved => {
                    KeyReason::TokenMissing
                }
                RvError::KeyFunctionNotPermitted
                | RvError::KeyTypeInconsistent
                | RvError::MechanismInvalid => KeyReason::NotPermitted,
                _ => KeyReason::Failed,
            },
            _ => KeyReason::Failed,
        };
        let named = self.error(reason);
        match error {
            Error::Pkcs11(code, call) => named.said(format_args!("{code:?} from {call:?}")),
            _ => named,
        }
    }
}

/// Why a module cannot be used. What the system's loader says repeats the path, which may carry anything.
fn unloadable(error: &Error, path: &Path, place: &str) -> KeyError {
    let named = KeyError::new(KeyReason::Module, place);
    match error {
        Error::Pkcs11(code, call) => named.said(format_args!("{code:?} from {call:?}")),
        _ if !path.exists() => named.because("there is no such file", "esse arquivo não existe"),
        _ => named.because(
            "the file is there and cannot be loaded: `ldd` and `file` show whether it fits this system",
            "o arquivo existe e não pode ser carregado: `ldd` e `file` mostram se serve a este sistema",
        ),
    }
}

/// A session's place in the pool while it is used.
struct Lease<'a> {
    token: &'a Token,
    ready: Option<Ready>,
}

impl Lease<'_> {
    fn ready(&mut self) -> Result<&Ready, KeyError> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => self.token.connect()?,
        };
        Ok(self.ready.insert(ready))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut sessions = self.token.sessions();
        match self.ready.take() {
            Some(ready) => sessions.idle.push(ready),
            None => sessions.open = sessions.open.saturating_sub(1),
        }
        drop(sessions);
        self.token.freed.notify_one();
    }
}

/// Whether a call failed because the session, the login or the token went away, so that a new session may work.
fn is_lost(error: &Error) -> bool {
    let Error::Pkcs11(code, _) = error else { return false };
    matches!(
        code,
        RvError::UserNotLoggedIn
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::CryptokiNotInitialized
            | RvError::OperationActive
    )
}

fn fits(asked: &Option<String>, there: &str) -> bool {
    asked.as_ref().is_none_or(|asked| asked == there.trim_end())
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// The PIN and its hash, by which a refused one is known again.
fn pin(uri: &Uri, passphrase: Option<&Passphrase>) -> Result<(Option<AuthPin>, [u8; 32]), KeyError> {
    let from_file;
    let text = match &uri.pin {
        PinFrom::Value(pin) => pin.as_str(),
        PinFrom::File(path) => {
            from_file = Passphrase::from_file(path)?;
            from_file.expose()
        }
        PinFrom::Elsewhere => match passphrase {
            Some(passphrase) => passphrase.expose(),
            None => return Ok((None, [0; 32])),
        },
    };
    Ok((Some(AuthPin::new(text.into())), lacre_core::sha256(text.as_bytes())))
}

/// The tokens and PINs that did not fit, for the life of the process: a token locks after a few attempts, and a proxy
/// that reads its configuration again every minute would be through with them soon.
static REFUSED: Mutex<BTreeSet<[u8; 32]>> = Mutex::new(BTreeSet::new());

/// The modules of this process. PKCS#11 allows one initialisation per process, and a module is never unloaded.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn module(path: &Path) -> cryptoki::error::Result<Pkcs11> {
    let mut modules = lock(&MODULES);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path)?;
    initialize(&module)?;
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

fn initialize(module: &Pkcs11) -> cryptoki::error::Result<()> {
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        result => result,
    }
}
