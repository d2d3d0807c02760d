//! Keys in AWS KMS: the private key never leaves the service.

mod call;
mod explain;
mod id;
mod runtime;
mod sdk;

use core::fmt;
use core::time::Duration;
use std::time::Instant;

use aws_lc_rs::rsa::PublicKey;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::Region;
use aws_sdk_kms::operation::get_public_key::GetPublicKeyOutput;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec};
use tokio::runtime::Handle;

pub use self::call::{Answered, CallError, finding, finding_at, words};
use self::id::KeyId;
use self::runtime::{OwnRuntime, wait};
pub use self::sdk::sdk_config;
use super::local::MODULUS_BYTES_MIN;
use super::{KeyError, KeyReason, Signer, Signing};

/// How long opening a key may take in all: credentials may come from a service that is asked first.
const OPENING: Duration = Duration::from_secs(15);

/// How long one signature may take on a thread that waits. The SDK's own limits are below; this one holds even where nobody drives
/// the runtime.
const SIGNATURE: Duration = Duration::from_secs(10);

/// How long a thread that waits for a signature lets KMS turn it away for its quota. Many threads that sign a folder of messages
/// use it up together, and none of them has a payment waiting.
const PATIENCE: Duration = Duration::from_secs(12);

/// Between two attempts of such a thread.
const PAUSE: Duration = Duration::from_millis(400);

/// An RSA key in KMS.
pub struct KmsKey {
    remote: Remote,
    public_key: Box<[u8]>,
    runtime: Handle,
    /// The runtime's own thread, which ends with the key, unless the runtime is the host's.
    own: Option<OwnRuntime>,
}

impl KmsKey {
    /// Finds a key by its id, its ARN or an alias (`alias/...`), on the host's own runtime. It signs with the key that is found now,
    /// wherever an alias points later: key and certificate change together, when both are read again.
    ///
    /// # Errors
    /// When there is no such key, KMS does not tell its public half, or it does not sign as SPI and DICT ask for.
    pub async fn connect(client: Client, key_id: &str) -> Result<Self, KeyError> {
        let id = KeyId::parse(key_id)?;
        let (remote, public_key) = Remote::find(client, &id).await?;
        Ok(Self { remote, public_key, runtime: Handle::current(), own: None })
    }

    /// A signature by a key whose public half may not be asked for: whether signing at least is permitted.
    ///
    /// # Errors
    /// When the name is not one of a key, or KMS does not sign.
    pub async fn sign_with(client: Client, key_id: &str, digest: [u8; 32]) -> Result<Vec<u8>, KeyError> {
        let id = KeyId::parse(key_id)?;
        Remote { client, key_id: id.as_str().to_owned(), place: id.place() }.sign(digest).await
    }

    /// Finds the key of an `awskms:` URI, with region and credentials as the environment has them, on a runtime of its own.
    pub(super) fn open(uri: &str) -> Result<Self, KeyError> {
        let id = KeyId::of_uri(uri)?;
        let place = id.place();
        let failed = |cause: &dyn fmt::Display| KeyError::new(KeyReason::Failed, &place).said(cause);
        let own = OwnRuntime::start().map_err(|error| failed(&error))?;
        let runtime = own.handle();
        let opening = async move {
            let client = client(&id).await?;
            Remote::find(client, &id).await
        };
        let (remote, public_key) =
            wait(&runtime, opening, OPENING).unwrap_or_else(|| Err(in_vain(&place)))?;
        Ok(Self { remote, public_key, runtime, own: Some(own) })
    }

    /// One signature for a thread that can wait.
    fn signature(&self, digest: [u8; 32]) -> Result<Vec<u8>, KeyError> {
        let remote = self.remote.clone();
        let signing = async move { remote.sign(digest).await };
        wait(&self.runtime, signing, SIGNATURE).unwrap_or_else(|| Err(in_vain(&self.remote.place)))
    }
}

impl Signer for KmsKey {
    fn sign(&self, digest: [u8; 32]) -> Signing<'_> {
        if self.own.is_none() {
            return Box::pin(self.remote.sign(digest));
        }
        // The connections live in the key's own runtime, so the call does too.
        let remote = self.remote.clone();
        let signing = self.runtime.spawn(async move { remote.sign(digest).await });
        Box::pin(async move {
            signing
                .await
                .unwrap_or_else(|e| Err(KeyError::new(KeyReason::Failed, &self.remote.place).said(e)))
        })
    }

    fn sign_blocking(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        let begun = Instant::now();
        loop {
            match self.signature(*digest) {
                Err(error) if error.reason() == KeyReason::KmsThrottled && begun.elapsed() < PATIENCE => {
                    std::thread::sleep(PAUSE);
                }
                signed => return signed,
            }
        }
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn place(&self) -> &str {
        &self.remote.place
    }
}

impl fmt::Debug for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsKey").field("place", &self.remote.place).finish_non_exhaustive()
    }
}

/// The key as its service knows it.
#[derive(Clone)]
struct Remote {
    client: Client,
    /// The key's ARN, whatever name it was found by.
    key_id: String,
    place: String,
}

impl Remote {
    async fn find(client: Client, id: &KeyId) -> Result<(Self, Box<[u8]>), KeyError> {
        let place = id.place();
        let told = client.get_public_key().key_id(id.as_str()).send().await;
        let told = told.map_err(|error| explain::error("kms:GetPublicKey", &place, &error))?;
        let public_key = public_key(&told, &place)?;
        let key_id = told.key_id.unwrap_or_else(|| id.as_str().to_owned());
        Ok((Self { client, key_id, place }, public_key))
    }

    async fn sign(&self, digest: [u8; 32]) -> Result<Vec<u8>, KeyError> {
        let call = self
            .client
            .sign()
            .key_id(&self.key_id)
            .message(Blob::new(digest))
            .message_type(MessageType::Digest)
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256);
        let signed = call.send().await.map_err(|error| explain::error("kms:Sign", &self.place, &error))?;
        let signature = signed.signature.map(Blob::into_inner).unwrap_or_default();
        if signature.is_empty() {
            return Err(KeyError::new(KeyReason::Failed, &self.place)
                .because("KMS answered without a signature", "o KMS respondeu sem assinatura"));
        }
        Ok(signature)
    }
}

/// A client for the region that the environment names, or the key's own ARN.
async fn client(id: &KeyId) -> Result<Client, KeyError> {
    let config = sdk_config().await;
    let region = id.region().map(|region| Region::new(region.to_owned()));
    let region = region.or_else(|| config.region().cloned());
    if region.is_none() {
        return Err(KeyError::new(KeyReason::AwsRegion, id.place()));
    }
    Ok(Client::from_conf(aws_sdk_kms::config::Builder::from(&config).region(region).build()))
}

/// The public half, if the key is one that signs as SPI and DICT ask for.
fn public_key(told: &GetPublicKeyOutput, place: &str) -> Result<Box<[u8]>, KeyError> {
    let spec = told.key_spec().map_or("no key spec", KeySpec::as_str);
    let usage = told.key_usage().map_or("no key usage", KeyUsageType::as_str);
    let bits = spec.strip_prefix("RSA_").and_then(|bits| bits.parse::<usize>().ok()).unwrap_or_default();
    let signs = told.key_usage() == Some(&KeyUsageType::SignVerify)
        && told.signing_algorithms().contains(&SigningAlgorithmSpec::RsassaPkcs1V15Sha256);
    if bits / 8 < MODULUS_BYTES_MIN || !signs {
        return Err(KeyError::new(KeyReason::KmsUnfit, place).said(format_args!("{spec}, {usage}")));
    }
    let der = told.public_key().map(Blob::as_ref).unwrap_or_default();
    match PublicKey::from_der(der) {
        Ok(_) => Ok(der.into()),
        Err(_) => Err(KeyError::new(KeyReason::KmsUnfit, place).because(
            format!("{spec}, and its public key cannot be read"),
            format!("{spec}, e a chave pública dela é ilegível"),
        )),
    }
}

/// The error when a waiting thread's time is over.
fn in_vain(place: &str) -> KeyError {
    KeyError::new(KeyReason::KmsUnreachable, place).because("no answer in time", "sem resposta a tempo")
}
