//! Certificates, keys, endpoints and the secret change under load: no call fails for it, and none needs a new start.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use lacre_native::tls::PeerTrust;
use lacre_simulator::Simulator;
use lacre_tests::aws::pki::{ISPB, Pki, VALID, certificate, self_signed};
use lacre_tests::aws::records::assert_whole;
use lacre_tests::aws::{Delivery, Deployment};
use lacre_tests::lambda::{Function, Source};
use tokio::task::JoinHandle;

use crate::world::{World, bacen, register};

/// Parameters are looked at all the time.
const ENVIRONMENT: [(&str, &str); 1] = [("LACRE_CONFIG_TTL_SECONDS", "1")];

/// Calls that sign and verify without a pause, until told to stop.
struct Load {
    function: Arc<Function>,
    answered: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    fn start(function: Function) -> Self {
        let (function, answered) = (Arc::new(function), Arc::<AtomicUsize>::default());
        let stop = Arc::<AtomicBool>::default();
        let (running, counter, stopping) = (Arc::clone(&function), Arc::clone(&answered), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            while !stopping.load(Ordering::SeqCst) {
                let reply = running.call(Source::Rest, &register()).await;
                // The second time it is there already, which DICT says in an answer of its own.
                let is_good = reply.status == 201 || reply.text().contains("EntryAlreadyExists");
                assert!(is_good, "{} {}\n{}", reply.status, reply.text(), running.said());
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { function, answered, stop, task }
    }

    /// Waits until something is so, and then for some more calls.
    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..200 {
            assert!(!self.task.is_finished(), "a call failed: {what}");
            if holds().await {
                let goal = self.answered.load(Ordering::SeqCst) + 3;
                while self.answered.load(Ordering::SeqCst) < goal && !self.task.is_finished() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: {}", self.function.said());
    }

    /// Waits until the function has read its parameters once more and found them changed.
    async fn until_read(&self, what: &str, before: usize) {
        self.until(what, async || readings(&self.function) > before).await;
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
        self.answered.load(Ordering::SeqCst)
    }
}

fn readings(function: &Function) -> usize {
    let logs = function.logs();
    logs.iter().filter(|line| line["message"] == "the configuration was read").count()
}

async fn set(deployment: &Deployment, load: &Load, name: &str, value: &str) {
    let before = readings(&load.function);
    deployment.set(name, value).await;
    load.until_read(name, before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_change_changes_under_load() {
    let Some(world) = World::start(Delivery::Json).await else { return };
    let deployment = &world.deployment;
    let aws = deployment.aws;
    let load = Load::start(world.function_with("dict", &ENVIRONMENT).await);

    // The PSP's signing key: BACEN knows both certificates for a while.
    let key = aws.create_key().await;
    let new_pem =
        deployment.pki.signing_certificate(&key.public_key, "INSTITUICAO DE TESTE T003", ISPB, VALID);
    // BACEN's signing key and channel: both change with the machine that answers.
    let other = Pki::new();
    let channel = self_signed("localhost", VALID);
    let new_client = self_signed("INSTITUICAO DE TESTE", VALID);
    let mut clients = deployment.pki.throwaway.ca.certificate_pem.clone();
    clients.push_str(&new_client.certificate_pem);
    let mut config = bacen(deployment);
    config.signer = Arc::clone(&other.bacen);
    config.certificate = certificate(&other.throwaway.bacen_signature.certificate_pem);
    config.channel =
        lacre_native::tls::Identity::from_pem(channel.certificate_pem.as_bytes(), channel.key_pem.as_bytes())
            .unwrap();
    config.clients = PeerTrust::from_pem(clients.as_bytes()).unwrap();
    config.participants[0].signing.push(certificate(&new_pem));
    let next = Simulator::start(config).await.unwrap();

    set(deployment, &load, "BcbSignatureCertificateNext", &other.throwaway.bacen_signature.certificate_pem)
        .await;
    set(deployment, &load, "BcbMtlsCertificateNext", &channel.certificate_pem).await;
    set(deployment, &load, "BcbDictEndpoint", &format!("localhost:{}", next.dict_addr().port())).await;
    set(deployment, &load, "BcbSignatureCertificate", &other.throwaway.bacen_signature.certificate_pem).await;
    set(deployment, &load, "BcbMtlsCertificate", &channel.certificate_pem).await;

    // Two that belong together and cannot be set at once: in between nothing fits, and the old pair goes on.
    let failures = load.function.metric("ConfigFailures");
    let before = readings(&load.function);
    deployment.set("SignatureKeyId", &key.id).await;
    load.until("a reading that fails", async || load.function.metric("ConfigFailures") > failures).await;
    assert!(load.function.said().contains("the old one goes on"), "{}", load.function.said());
    deployment.set("SignatureCertificate", &new_pem).await;
    load.until_read("the signing key", before).await;

    let (failures, before) = (load.function.metric("ConfigFailures"), readings(&load.function));
    deployment.set_secret(&new_client.key_pem).await;
    load.until("a reading that fails", async || load.function.metric("ConfigFailures") > failures).await;
    deployment.set("MtlsCertificate", &new_client.certificate_pem).await;
    load.until_read("the channel's key", before).await;

    // What cannot be used changes nothing, and neither does what is gone.
    for name in ["BcbSignatureCertificate", "BcbDictEndpoint", "SignatureCertificate"] {
        let failures = load.function.metric("ConfigFailures");
        deployment.set(name, "nonsense").await;
        load.until(name, async || load.function.metric("ConfigFailures") > failures).await;
        let failures = load.function.metric("ConfigFailures");
        deployment.unset(name).await;
        load.until(name, async || load.function.metric("ConfigFailures") > failures).await;
        if name == "SignatureCertificate" {
            deployment.set(name, &new_pem).await;
        } else if name == "BcbDictEndpoint" {
            deployment.set(name, &format!("localhost:{}", next.dict_addr().port())).await;
        } else {
            deployment.set(name, &other.throwaway.bacen_signature.certificate_pem).await;
        }
    }

    let function = Arc::clone(&load.function);
    let answered = load.end().await;
    let mut rows = deployment.kept("dict").await;
    assert_eq!(assert_whole(&rows), answered);
    rows.sort_by_key(|row| row.integer("chain_sequence"));
    assert!(rows.iter().all(|row| row.text("outcome") == Some("answered")));
    let body = rows.last().unwrap().text("request_body").unwrap();
    let serial = certificate(&new_pem).serial();
    assert!(body.contains(&format!("<ds:X509SerialNumber>{serial}<")), "{body}");
    assert_eq!(function.metric("AuditLost"), 0.0);
    drop(world.bacen);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_cannot_be_read_for_a_while_are_as_good_as_they_were() {
    use lacre_tests::aws::Fault;
    let Some(world) = World::start(Delivery::Json).await else { return };
    let load = Load::start(world.function_with("dict", &ENVIRONMENT).await);
    for fault in [Fault::THROTTLED, Fault::DENIED, Fault::DOWN, Fault::Closed, Fault::Hangs] {
        world.front.always("ssm:*", fault.clone());
        world.front.always("secretsmanager:*", fault.clone());
        let failures = load.function.metric("ConfigFailures");
        load.until("a reading that fails", async || load.function.metric("ConfigFailures") > failures).await;
        world.front.behave();
    }
    assert!(load.end().await > 10);
}
