//! A deployment in the emulator, the simulator as BACEN, a front before AWS, and functions between them.

use core::time::Duration;

use lacre_core::Ispb;
use lacre_native::clock::unix_ms;
use lacre_native::tls::{Identity, PeerTrust};
use lacre_simulator::samples;
use lacre_simulator::{Running, Simulator, SimulatorConfig};
use lacre_tests::aws::pki::{ISPB, Pki, identity};
use lacre_tests::aws::{AwsFront, Delivery, Deployment};
use lacre_tests::lambda::{Call, Function, lambda_environment};

/// Everything around a function.
pub(crate) struct World {
    pub(crate) front: AwsFront,
    pub(crate) deployment: Deployment,
    pub(crate) bacen: Running,
}

impl World {
    /// Everything in order; nothing if the person who started the tests goes without the emulator.
    pub(crate) async fn start(delivery: Delivery) -> Option<Self> {
        Self::with(delivery, |_| {}).await
    }

    /// The same with another BACEN.
    pub(crate) async fn with(delivery: Delivery, change: impl FnOnce(&mut SimulatorConfig)) -> Option<Self> {
        if !lacre_tests::require("ministack") {
            return None;
        }
        let deployment = Deployment::new(1, 1, delivery).await;
        let mut config = bacen(&deployment);
        change(&mut config);
        let bacen = Simulator::start(config).await.unwrap();
        deployment.point_to(bacen.dict_addr().port(), bacen.spi_addr().port()).await;
        Some(Self { front: AwsFront::start().await, deployment, bacen })
    }

    /// An instance that is ready.
    pub(crate) async fn function(&self, channel: &str) -> Function {
        self.function_with(channel, &[]).await
    }

    /// An instance that is ready, with more in its environment.
    pub(crate) async fn function_with(&self, channel: &str, more: &[(&str, &str)]) -> Function {
        let function = Function::start(&self.environment(channel, more)).await;
        function.ready().await;
        function
    }

    /// What an instance finds in its environment.
    pub(crate) fn environment(&self, channel: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut environment = lambda_environment(&self.front.url());
        environment.extend(self.deployment.environment(channel));
        // The emulator is slower than Firehose, above all on a machine that does other things: a test that is not about that waits.
        environment.push(("LACRE_AUDIT_BUDGET_MS".to_owned(), "10000".to_owned()));
        // A load balancer does not say under which name it was reached.
        environment.push(("LACRE_OWN_HOSTS".to_owned(), "pix.example".to_owned()));
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        environment
    }

    /// Whom a BACEN trusts as its callers.
    pub(crate) fn clients(&self) -> PeerTrust {
        PeerTrust::from_pem(Pki::shared().throwaway.ca.certificate_pem.as_bytes()).unwrap()
    }
}

/// What BACEN shows as a server.
pub(crate) fn bacen_channel() -> Identity {
    identity(&Pki::shared().throwaway.bacen_channel)
}

/// A BACEN that knows the deployment's participant and does not let a test wait.
pub(crate) fn bacen(deployment: &Deployment) -> SimulatorConfig {
    let pki = Pki::shared();
    let mut config = pki.simulator(&[&deployment.signing_pem], &pki.throwaway.ca.certificate_pem);
    config.limits.long_poll = Duration::from_millis(150);
    config
}

/// The path on which SPI takes messages.
pub(crate) const MESSAGES: &str = "/api/v1/in/12345678/msgs";

/// The path of a key that the directory holds.
pub(crate) fn held() -> String {
    format!("/api/v2/entries/{}", samples::KEY_HELD.replace('+', "%2B"))
}

/// A read from DICT: nothing is signed.
pub(crate) fn read() -> Call {
    Call::get(&held())
        .with("PI-RequestingParticipant", ISPB)
        .with("PI-PayerId", samples::PAYER_TAX_ID)
        .with("PI-EndToEndId", "E12345678202611232000aaaaaaaaaaa")
}

/// A message to DICT that is to be signed: the directory's answer is the same each time, 201 or that the key is there.
pub(crate) fn register() -> Call {
    Call::post("/api/v2/entries/", samples::create_entry(&bank()))
}

/// A payment.
pub(crate) fn pay() -> Call {
    Call::post(MESSAGES, samples::pacs_008(&bank(), unix_ms()).xml)
}

pub(crate) fn bank() -> Ispb {
    Ispb::new(ISPB).unwrap()
}
