//! A client of the emulator that signs nothing: the emulator does not look, and a test that sets the scene should not need an SDK.

use core::net::SocketAddr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use super::http::{exchange, request};

/// The emulator's services, each call by the name of its permission: `kms:Sign`.
#[derive(Clone, Copy, Debug)]
pub struct Aws {
    address: SocketAddr,
}

/// A key of KMS.
#[derive(Clone, Debug)]
pub struct KmsKey {
    /// Its identifier.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its public part: SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
}

/// What an invocation of a function gave.
#[derive(Clone, Debug)]
pub struct Output {
    /// What the function answered.
    pub payload: Value,
    /// The kind of error, if it failed.
    pub function_error: Option<String>,
    /// The end of its log.
    pub log: String,
}

/// The names of the services as permissions have them, and as the header does.
pub(super) const TARGETS: [(&str, &str); 6] = [
    ("kms", "TrentService"),
    ("ssm", "AmazonSSM"),
    ("secretsmanager", "secretsmanager"),
    ("firehose", "Firehose_20150804"),
    ("glue", "AWSGlue"),
    ("athena", "AmazonAthena"),
];

impl Aws {
    /// A client of what listens there.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Calls a service. Gives the status and the answer.
    pub async fn try_call(&self, action: &str, body: &Value) -> (u16, Value) {
        let (service, operation) = action.split_once(':').unwrap();
        let (_, target) = TARGETS.iter().find(|(name, _)| *name == service).unwrap();
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &*format!("{target}.{operation}")),
        ];
        let answer = self.send("POST", "/", &headers, body.to_string().into()).await;
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    /// Calls a service that is to succeed.
    ///
    /// # Panics
    /// If it does not.
    pub async fn call(&self, action: &str, body: &Value) -> Value {
        let (status, answer) = self.try_call(action, body).await;
        assert_eq!(status, 200, "{action}: {answer}");
        answer
    }

    /// Makes a key that signs as SPI and DICT want it.
    pub async fn create_key(&self) -> KmsKey {
        let spec = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"});
        let made = self.call("kms:CreateKey", &spec).await;
        let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
        let (id, arn) = (text("KeyId"), text("Arn"));
        let public = self.call("kms:GetPublicKey", &json!({"KeyId": id})).await;
        KmsKey { public_key: decoded(&public["PublicKey"]), id, arn }
    }

    /// Signs a digest with a key of KMS.
    pub async fn sign(&self, key_id: &str, digest: &[u8]) -> (u16, Value) {
        let body = json!({
            "KeyId": key_id,
            "Message": BASE64_STANDARD.encode(digest),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
        });
        self.try_call("kms:Sign", &body).await
    }

    /// Sets a parameter.
    pub async fn put_parameter(&self, name: &str, value: &str) {
        let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
        self.call("ssm:PutParameter", &body).await;
    }

    /// Removes a parameter.
    pub async fn delete_parameter(&self, name: &str) {
        self.call("ssm:DeleteParameter", &json!({"Name": name})).await;
    }

    /// Makes a secret, or a new version of it.
    pub async fn put_secret(&self, name: &str, value: &str) {
        let (status, _) =
            self.try_call("secretsmanager:CreateSecret", &json!({"Name": name, "SecretString": value})).await;
        if status != 200 {
            let body = json!({"SecretId": name, "SecretString": value});
            self.call("secretsmanager:PutSecretValue", &body).await;
        }
    }

    /// Makes a bucket.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn create_bucket(&self, bucket: &str) {
        let answer = self.send("PUT", &format!("/{bucket}"), &[], Bytes::new()).await;
        assert_eq!(answer.status(), 200, "{bucket}");
    }

    /// Stores an object.
    ///
    /// # Panics
    /// If it is not taken.
    pub async fn put_object(&self, bucket: &str, key: &str, octets: impl Into<Bytes>) {
        let answer = self.send("PUT", &object(bucket, key), &[], octets.into()).await;
        assert_eq!(answer.status(), 200, "{key}");
    }

    /// The octets of an object, if it is there.
    pub async fn get_object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let answer = self.send("GET", &object(bucket, key), &[], Bytes::new()).await;
        (answer.status() == 200).then(|| answer.into_body())
    }

    /// Deletes an object.
    pub async fn delete_object(&self, bucket: &str, key: &str) {
        self.send("DELETE", &object(bucket, key), &[], Bytes::new()).await;
    }

    /// Every key that begins so, in order.
    ///
    /// # Panics
    /// If the bucket is not there.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let mut after = String::new();
        loop {
            let query = format!(
                "/{bucket}?list-type=2&prefix={}&start-after={}",
                percent_encoded(prefix),
                percent_encoded(&after)
            );
            let answer = self.send("GET", &query, &[], Bytes::new()).await;
            let text = String::from_utf8(answer.body().to_vec()).unwrap();
            assert_eq!(answer.status(), 200, "{bucket}: {text}");
            keys.extend(text.split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()));
            match keys.last() {
                Some(last) if text.contains("<IsTruncated>true<") => after.clone_from(last),
                _ => return keys,
            }
        }
    }

    /// Makes a function of a zip file.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn create_function(&self, name: &str, zip: &[u8], environment: &[(String, String)]) {
        let variables: serde_json::Map<String, Value> =
            environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let body = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": "arn:aws:iam::000000000000:role/function",
            "Timeout": 29,
            "MemorySize": 256,
            "Architectures": ["x86_64"],
            "Environment": {"Variables": variables},
            "Code": {"ZipFile": BASE64_STANDARD.encode(zip)},
        });
        let headers = [("content-type", "application/json")];
        let answer = self.send("POST", "/2015-03-31/functions", &headers, body.to_string().into()).await;
        assert_eq!(answer.status(), 201, "{}", String::from_utf8_lossy(answer.body()));
    }

    /// Invokes a function and waits for what it gives.
    ///
    /// # Panics
    /// If it cannot be invoked.
    pub async fn invoke(&self, name: &str, event: impl Into<Bytes>) -> Output {
        let target = format!("/2015-03-31/functions/{name}/invocations");
        let headers = [("content-type", "application/json"), ("x-amz-log-type", "Tail")];
        let answer = self.send("POST", &target, &headers, event.into()).await;
        let payload = serde_json::from_slice(answer.body()).unwrap_or_default();
        assert_eq!(answer.status(), 200, "{payload}");
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let log = header("x-amz-log-result").map(|log| BASE64_STANDARD.decode(log).unwrap());
        let log = String::from_utf8_lossy(&log.unwrap_or_default()).into_owned();
        Output { payload, function_error: header("x-amz-function-error"), log }
    }

    /// Deletes a function and with it the processes that ran it.
    pub async fn delete_function(&self, name: &str) {
        self.send("DELETE", &format!("/2015-03-31/functions/{name}"), &[], Bytes::new()).await;
    }

    /// Sends what no other method does.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Response<Bytes> {
        match exchange(self.address, request(method, target, headers, body)).await {
            Ok(answer) => answer,
            Err(error) => panic!("{method} {target}: {error}"),
        }
    }
}

/// Octets that came in base64.
pub(super) fn decoded(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn object(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{}", percent_encoded(key))
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(octets: &[u8]) -> String {
    digest(&SHA256, octets).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
