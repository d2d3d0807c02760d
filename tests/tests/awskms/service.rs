//! A KMS of one key on the loopback interface: answers as the service does, and misbehaves as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_native::key::{self, Signer};
use serde_json::{Value, json};

pub(crate) const ARN: &str = "arn:aws:kms:sa-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// What a call gets.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// What the service would answer.
    Right,
    /// An error: its code and its words.
    Error(&'static str, &'static str),
    /// Another answer to `GetPublicKey`: key spec, key usage, signing algorithms.
    Kind(&'static str, &'static str, &'static [&'static str]),
    /// An answer without its signature.
    Empty,
    /// Nothing, while the connection stays open.
    Silence,
}

/// What the service does with the calls of an operation, the last for all that follow.
pub(crate) type Plan = BTreeMap<&'static str, Vec<Answer>>;

/// The service, until the process ends.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) port: u16,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    key: Arc<dyn Signer>,
    plan: Plan,
    calls: Mutex<Vec<Call>>,
    connections: AtomicUsize,
}

/// A call that came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) body: Value,
    pub(crate) authorization: String,
}

impl Service {
    /// Starts the service over the private key in a file.
    pub(crate) fn start(key: &Path, plan: Plan) -> Self {
        let key = key::open(key.to_str().unwrap(), None).unwrap();
        let state = State { key, plan, calls: Mutex::default(), connections: AtomicUsize::new(0) };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self { port: listener.local_addr().unwrap().port(), state: Arc::new(state) };
        let state = Arc::clone(&service.state);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                state.connections.fetch_add(1, Ordering::SeqCst);
                let state = Arc::clone(&state);
                thread::spawn(move || state.serve(connection));
            }
        });
        service
    }

    pub(crate) fn calls(&self, operation: &str) -> Vec<Call> {
        let calls = self.state.calls.lock().unwrap();
        calls.iter().filter(|call| call.operation == operation).cloned().collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl State {
    fn serve(&self, mut connection: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(connection.try_clone().ok()?);
        loop {
            let call = read(&mut reader)?;
            let operation = call.operation.clone();
            let body = call.body.clone();
            let before = {
                let mut calls = self.calls.lock().unwrap();
                let before = calls.iter().filter(|one| one.operation == operation).count();
                calls.push(call);
                before
            };
            let planned = self.plan.get(operation.as_str()).cloned().unwrap_or_default();
            let answer = planned.get(before).or(planned.last()).cloned().unwrap_or(Answer::Right);
            let (status, body) = match answer {
                Answer::Silence => {
                    thread::sleep(Duration::from_secs(60));
                    return None;
                }
                Answer::Error(code, words) => {
                    ("400 Bad Request", json!({ "__type": code, "message": words }))
                }
                Answer::Empty => ("200 OK", json!({ "KeyId": ARN })),
                Answer::Kind(spec, usage, algorithms) => ("200 OK", self.public_key(spec, usage, algorithms)),
                Answer::Right if operation == "Sign" => ("200 OK", self.signature(&body)),
                Answer::Right => {
                    let algorithms = ["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_256"];
                    ("200 OK", self.public_key("RSA_2048", "SIGN_VERIFY", &algorithms))
                }
            };
            let body = body.to_string();
            write!(
                connection,
                "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: req-7\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .ok()?;
        }
    }

    fn public_key(&self, spec: &str, usage: &str, algorithms: &[&str]) -> Value {
        json!({
            "KeyId": ARN, "PublicKey": BASE64_STANDARD.encode(self.key.public_key()), "KeySpec": spec,
            "CustomerMasterKeySpec": spec, "KeyUsage": usage, "SigningAlgorithms": algorithms,
        })
    }

    fn signature(&self, body: &Value) -> Value {
        let digest: [u8; 32] =
            BASE64_STANDARD.decode(body["Message"].as_str().unwrap()).unwrap().try_into().unwrap();
        let signature = self.key.sign_blocking(&digest).unwrap();
        json!({ "KeyId": ARN, "Signature": BASE64_STANDARD.encode(signature), "SigningAlgorithm": body["SigningAlgorithm"] })
    }
}

/// One request; nothing when the connection ends.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let (_, operation) = headers.get("x-amz-target")?.split_once('.')?;
    Some(Call {
        operation: operation.to_owned(),
        body: serde_json::from_slice(&body).ok()?,
        authorization: headers.get("authorization").cloned().unwrap_or_default(),
    })
}
