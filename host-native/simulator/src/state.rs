//! The memory of a run: it dies with the process.

use core::sync::atomic::Ordering;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lacre_core::{Ispb, Profile};

use crate::config::{Limits, SimulatorConfig};
use crate::dict::claims::Periods;
use crate::dict::entries::Directory;
use crate::dict::xml::{Account, Entry, KeyType, Person, PersonType};
use crate::faults::{Fault, Faults, tamper};
use crate::identifiers::resource_id;
use crate::journal::Journal;
use crate::random::Random;
use crate::samples;
use crate::signature::{Seal, SealError};
use crate::spi::settlement::{Draft, Settlement};
use crate::spi::stream::{Mailboxes, Outgoing, StreamLimits};
use crate::wire::Asked;
use lacre_native::clock::unix_ms;

/// Everything that both services share.
pub(crate) struct Simulation {
    pub(crate) seal: Seal,
    pub(crate) faults: Faults,
    pub(crate) signed_errors: bool,
    pub(crate) journal: Journal,
    pub(crate) participants: BTreeSet<Ispb>,
    pub(crate) limits: Limits,
    pub(crate) periods: Periods,
    state: Mutex<State>,
}

/// What changes from request to request.
pub(crate) struct State {
    pub(crate) random: Random,
    pub(crate) directory: Directory,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) settlement: Settlement,
}

impl Simulation {
    pub(crate) fn new(config: &SimulatorConfig) -> Self {
        let mut seal = Seal::new(config.signer.clone(), config.certificate.clone());
        let mut participants = BTreeSet::new();
        for participant in &config.participants {
            participants.insert(participant.ispb);
            for certificate in &participant.signing {
                seal.trust(participant.ispb, certificate.clone());
            }
        }
        let limits = config.limits.clone();
        let mut random = Random::new(config.seed);
        let mut directory = Directory::new(limits.entries_max);
        for entry in first_entries() {
            directory.preload(entry, unix_ms(), &mut random);
        }
        let streams = StreamLimits {
            messages_max: limits.messages_max,
            streams_max: limits.streams_max,
            idle_ms: millis(limits.stream_idle),
        };
        let state = State {
            random,
            directory,
            mailboxes: Mailboxes::new(streams),
            settlement: Settlement::new(participants.clone(), limits.payments_max),
        };
        let periods = Periods {
            resolution_ms: millis(config.claim_resolution),
            completion_ms: millis(config.claim_completion),
        };
        let faults = Faults::default();
        config.faults.iter().for_each(|fault| faults.ask(*fault));
        let journal = Journal::default();
        let signed_errors = config.signed_errors;
        Self { seal, faults, signed_errors, journal, participants, limits, periods, state: Mutex::new(state) }
    }

    /// The state, for a moment: never held while waiting.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs, and spoils the result where that was asked for.
    pub(crate) async fn signed(
        &self,
        asked: &Asked,
        xml: &[u8],
        profile: Profile,
    ) -> Result<Vec<u8>, SealError> {
        let signed = self.seal.sign(xml, profile).await?;
        Ok(self.spoiled(asked, signed))
    }

    /// The message, changed if the next answer is to be tampered with.
    pub(crate) fn spoiled(&self, asked: &Asked, signed: Vec<u8>) -> Vec<u8> {
        if asked.may_be_spoiled() && self.faults.take(Fault::TamperNextAnswer) {
            asked.spoiled.store(true, Ordering::Relaxed);
            return tamper(signed);
        }
        signed
    }

    /// Signs SPI's messages and puts them where their receivers will read them.
    pub(crate) async fn deliver(&self, drafts: Vec<Draft>) {
        for Draft { to, xml } in drafts {
            match self.seal.sign(xml.as_bytes(), Profile::Spi).await {
                Ok(signed) => {
                    let mut state = self.state();
                    let resource_id = resource_id(unix_ms(), &mut state.random);
                    state.mailboxes.push(to, Outgoing { resource_id, xml: signed.into() });
                }
                Err(error) => tracing::error!(%error, "a message of SPI could not be signed"),
            }
        }
    }
}

/// What the directory holds from the start: keys of invented people at a virtual participant.
fn first_entries() -> impl Iterator<Item = Entry> {
    let people = [
        (KeyType::Phone, samples::KEY_HELD, "60538142707", "Caio Menezes Aratu", None),
        (KeyType::Cpf, "60538142707", "60538142707", "Caio Menezes Aratu", None),
        (KeyType::Email, "caio.aratu@pix.example", "60538142707", "Caio Menezes Aratu", None),
        (
            KeyType::Cnpj,
            "46183057000174",
            "46183057000174",
            "Padaria Estrela do Vale Ltda",
            Some("Estrela do Vale"),
        ),
        (KeyType::Phone, samples::KEY_CLAIMED, samples::PAYER_TAX_ID, "Helena Prado Vasconcelos", None),
        (KeyType::Phone, "+5531977770221", "24813690505", "Dora Lins Peixoto", None),
        (KeyType::Evp, "6f1d2c3b-9a84-4e57-8b60-1c2d3e4f5a6b", "24813690505", "Dora Lins Peixoto", None),
    ];
    people.into_iter().map(|(key_type, key, tax_id, name, trade_name)| Entry {
        key: Some(key.to_owned()),
        key_type,
        account: Account {
            participant: samples::VIRTUAL_RECEIVER.to_owned(),
            branch: Some("0003".to_owned()),
            account_number: if tax_id == "60538142707" { "0000442018" } else { "0000517733" }.to_owned(),
            account_type: "CACC".to_owned(),
            opening_date: "2018-08-20T03:00:00Z".to_owned(),
        },
        owner: Person {
            r#type: if trade_name.is_some() { PersonType::LegalPerson } else { PersonType::NaturalPerson },
            tax_id_number: tax_id.to_owned(),
            name: name.to_owned(),
            trade_name: trade_name.map(str::to_owned),
        },
    })
}

fn millis(duration: core::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
