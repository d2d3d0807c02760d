//! Every fault of a deployment at once: what reading it shows, and what only asking does.

use lacre_core::exchange::Channel;

use super::deployment::{Parts, Reading};
use super::{Clients, Options, Parameter, Values, stream};
use lacre_native::finding::{ConfigReason, Finding, Level};
use lacre_native::key::{KeyReason, KmsKey};
use lacre_native::notes::handshake;

/// What the key is asked to sign: nobody takes it for the digest of a message.
const PROBE: &[u8] = b"lacre doctor: this signature says nothing but that the key signs";

/// Looks at everything that the exchanges of these channels need, as far as that leaves no trace: parameters, secret, key,
/// certificates, streams, and unless `offline`, by a handshake, BACEN's endpoints. A call that is denied is found, and the rest goes
/// on. The worst is first.
pub async fn examine(
    clients: &Clients,
    prefix: &str,
    channels: &[Channel],
    options: &Options,
    offline: bool,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for channel in channels {
        let of_channel = examine_channel(clients, prefix, *channel, options, offline).await;
        // Most parameters are both channels': once is enough.
        let is_known = |one: &Finding| findings.iter().any(|known| is_same(known, one));
        let new: Vec<_> = of_channel.into_iter().filter(|one| !is_known(one)).collect();
        findings.extend(new);
    }
    // Equals stay in the order of the parameters.
    findings.sort_by_key(|finding| core::cmp::Reverse(finding.level()));
    findings
}

/// What was said differs by the request's id, what it is about does not.
fn is_same(one: &Finding, other: &Finding) -> bool {
    one.subject() == other.subject() && one.code() == other.code()
}

async fn examine_channel(
    clients: &Clients,
    prefix: &str,
    channel: Channel,
    options: &Options,
    offline: bool,
) -> Vec<Finding> {
    let (values, mut findings) = Values::fetch(clients, prefix, channel).await;
    let mut reading = Reading::new(&values, options);
    let parts = reading.parts(clients, channel).await;
    findings.extend(reading.notes.findings);
    let is_mismatch = |finding: &Finding| finding.code() == ConfigReason::KeyMismatch.code();
    let mismatch = findings.iter().any(is_mismatch);
    let (signs, stream, reached) = tokio::join!(
        signs(clients, &values, &parts),
        streams(clients, &values, &parts, channel),
        reached(&values, &parts, channel, offline),
    );
    // A key that is another's signs wrongly too: that was said.
    findings.extend(signs.into_iter().filter(|finding| !(mismatch && is_mismatch(finding))));
    findings.extend(stream);
    findings.extend(reached);
    findings
}

/// Whether the key signs, and the certificate verifies what it signs.
async fn signs(clients: &Clients, values: &Values, parts: &Parts) -> Option<Finding> {
    let digest = lacre_core::sha256(PROBE);
    let signed = match &parts.signer {
        Ok(signer) => signer.sign(digest).await,
        // What may not be looked at may sign all the same, and a role that has neither permission learns of both.
        Err(Some(KeyReason::KmsDenied)) => {
            let key_id = values.get(Parameter::SignatureKeyId)?;
            KmsKey::sign_with(clients.kms.clone(), key_id, digest).await
        }
        Err(_) => return None,
    };
    let key_place = values.place(Parameter::SignatureKeyId);
    let signature = match signed {
        Ok(signature) => signature,
        // Its own code and remedy; the permission is in its words.
        Err(error) => return Some(Finding::key(error, format!("kms:Sign {key_place}"))),
    };
    let subject = format!("{key_place}, {}", values.place(Parameter::SignatureCertificate));
    Some(match parts.certificate.as_ref()?.verifies(&digest, &signature) {
        Ok(()) => Finding::new(Level::Holds, ConfigReason::Signs, subject),
        Err(_) => Finding::new(Level::Fatal, ConfigReason::KeyMismatch, subject),
    })
}

async fn streams(clients: &Clients, values: &Values, parts: &Parts, channel: Channel) -> Vec<Finding> {
    let Some(name) = &parts.stream else { return Vec::new() };
    stream::examine(&clients.firehose, name, &values.place(Parameter::AuditStream(channel)), channel).await
}

async fn reached(values: &Values, parts: &Parts, channel: Channel, offline: bool) -> Vec<Finding> {
    let Some(client) = parts.client.as_ref().filter(|_| !offline) else { return Vec::new() };
    let place = values.place(Parameter::Endpoint(channel));
    handshake(client, &format!("{place} {}", client.endpoint())).await
}
