//! DICT: routes a request to the directory and signs what it says.

use http::{HeaderValue, Method, StatusCode};
use lacre_core::{Ispb, Profile};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::de::DeserializeOwned;

use super::checks::acts_for;
use super::claims::{Filter, StoredClaim};
use super::keys::kind_of;
use super::xml::{
    Answer as Body, CheckKeysRequest, CheckedKey, CheckedKeys, ClaimList, ClaimStatus, ClaimStepRequest,
    ClaimType, CreateClaimRequest, CreateEntryRequest, DeleteEntryRequest, Statistics, UpdateEntryRequest,
};
use crate::identifiers::{correlation_id, instant, parse_instant};
use crate::problem::{Problem, Violation};
use crate::state::{Simulation, State};
use crate::wire::{Answer, Asked, answer, refusal, set};
use lacre_native::clock::unix_ms;

const KEYS_PER_CHECK_MAX: usize = 200;
const CLAIMS_LISTED: usize = 20;
const CLAIMS_LISTED_MAX: usize = 200;

/// DICT's answer to a caller, once its channel certificate said who it is.
pub(crate) async fn serve(simulation: &Simulation, caller: Option<Ispb>, asked: &Asked) -> Answer {
    let now_ms = unix_ms();
    let anonymous = Ispb::new("00000000");
    let correlation_id = caller
        .or(anonymous)
        .map_or_else(String::new, |ispb| correlation_id(now_ms, &ispb, &mut simulation.state().random));
    let result = match caller {
        Some(caller) => Call { simulation, caller, asked, now_ms }.obey(),
        None => Err(Problem::dict("Forbidden", "The channel certificate is no participant's")),
    };
    let mut answered = match result {
        Ok(said) => signed(simulation, asked, said, &correlation_id, now_ms).await,
        Err(problem) => {
            tracing::info!(kind = problem.kind(), status = problem.status().as_u16(), "DICT refuses");
            refused(simulation, asked, &problem, &correlation_id).await
        }
    };
    set(&mut answered, "keep-alive", &format!("timeout={}", simulation.limits.idle.as_secs()));
    answered
}

/// An error, signed where that was asked for: it has no time of its own.
async fn refused(simulation: &Simulation, asked: &Asked, problem: &Problem, correlation_id: &str) -> Answer {
    let document = problem.dict_xml(correlation_id);
    if !simulation.signed_errors {
        return refusal(problem, document);
    }
    match simulation.signed(asked, document.as_bytes(), Profile::Dict).await {
        Ok(signed) => refusal(problem, signed),
        Err(error) => {
            tracing::error!(%error, "an error of DICT could not be signed");
            refusal(problem, document)
        }
    }
}

/// What the directory says, before it is dressed as an answer.
struct Said {
    root: &'static str,
    status: StatusCode,
    cache_control: &'static str,
    body: Body,
}

struct Call<'a> {
    simulation: &'a Simulation,
    caller: Ispb,
    asked: &'a Asked,
    now_ms: i64,
}

async fn signed(
    simulation: &Simulation,
    asked: &Asked,
    mut said: Said,
    correlation_id: &str,
    now_ms: i64,
) -> Answer {
    said.body.response_time = instant(now_ms);
    said.body.correlation_id = correlation_id.to_owned();
    let xml = match quick_xml::se::to_string_with_root(said.root, &said.body) {
        Ok(xml) => {
            simulation.signed(asked, xml.as_bytes(), Profile::Dict).await.map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    match xml {
        Ok(xml) => {
            let content_type = HeaderValue::from_static("application/xml;charset=utf-8");
            let mut answered = answer(asked, said.status, content_type, xml);
            set(&mut answered, "cache-control", said.cache_control);
            answered
        }
        Err(error) => {
            tracing::error!(%error, "an answer of DICT could not be signed");
            let problem = Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                "The answer could not be signed",
            );
            refusal(&problem, problem.dict_xml(correlation_id))
        }
    }
}

impl Call<'_> {
    fn obey(&self) -> Result<Said, Problem> {
        if self.asked.headers.contains_key(http::header::CONTENT_ENCODING) {
            return Err(Problem::dict("BadRequest", "DICT takes no packed request bodies"));
        }
        let segments = self.asked.segments().ok_or_else(no_such_resource)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["api", "v2", rest @ ..] => self.resource(rest),
            ["api-np", "v2", "keys", "check"] => self.check_keys(),
            _ => Err(no_such_resource()),
        }
    }

    fn resource(&self, path: &[&str]) -> Result<Said, Problem> {
        let (get, put, post) = (Method::GET, Method::PUT, Method::POST);
        let method = &self.asked.method;
        match path {
            ["entries"] if *method == post => self.create_entry(),
            ["entries", key] if *method == get => self.entry(key),
            ["entries", key] if *method == put => self.update_entry(key),
            ["entries", key, "delete"] if *method == post => self.delete_entry(key),
            ["keys", "check"] if *method == post => self.check_keys(),
            ["claims"] if *method == post => self.create_claim(),
            ["claims"] if *method == get => self.list_claims(),
            ["claims", id] if *method == get => self.claim(id),
            ["claims", id, step] if *method == post => self.claim_step(id, step),
            ["entries", _, "statistics"] => Err(not_played()),
            ["entries" | "claims", ..] | ["keys", "check"] => Err(Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The resource does not take this method",
            )),
            [
                "sync-verifications" | "cids" | "infraction-reports" | "refunds" | "fraud-markers"
                | "persons" | "policies" | "funds-recoveries",
                ..,
            ] => Err(not_played()),
            _ => Err(no_such_resource()),
        }
    }

    fn create_entry(&self) -> Result<Said, Problem> {
        let request: CreateEntryRequest = self.signed_body("CreateEntryRequest")?;
        let mut state = self.simulation.state();
        let State { directory, random, .. } = &mut *state;
        let entry = directory.create(&self.caller, request, self.now_ms, random)?;
        let body = Body { entry: Some(entry), ..Body::default() };
        Ok(Said { status: StatusCode::CREATED, ..said("CreateEntryResponse", body) })
    }

    fn entry(&self, key: &str) -> Result<Said, Problem> {
        self.requesting_participant()?;
        let payer = self.asked.header("pi-payerid");
        let digits = |text: &&str| matches!(text.len(), 11 | 14) && text.bytes().all(|b| b.is_ascii_digit());
        if payer.filter(digits).is_none() {
            return Err(header_fault("PI-PayerId", "Value does not match regex '^([0-9]{11}|[0-9]{14})$'"));
        }
        let end_to_end = self.asked.header("pi-endtoendid");
        if end_to_end.filter(|text| crate::identifiers::is_end_to_end_id(text)).is_none() {
            return Err(header_fault("PI-EndToEndId", "Value is not an EndToEndId"));
        }
        if kind_of(key).is_none() {
            return Err(Problem::dict(
                "BadRequest",
                "The key in the path is no Pix key; is it percent-encoded?",
            ));
        }
        let entry = self.simulation.state().directory.entry(key)?;
        let statistics = self.flag("IncludeStatistics")?.unwrap_or(false).then(|| instant(self.now_ms));
        let body = Body {
            entry: Some(entry),
            owner_statistics: statistics.as_deref().map(Statistics::of_owner),
            key_statistics: statistics.as_deref().map(Statistics::of_key),
            ..Body::default()
        };
        Ok(Said { cache_control: "private, max-age=60", ..said("GetEntryResponse", body) })
    }

    fn update_entry(&self, key: &str) -> Result<Said, Problem> {
        let request: UpdateEntryRequest = self.signed_body("UpdateEntryRequest")?;
        let entry = self.simulation.state().directory.update(&self.caller, key, request)?;
        Ok(said("UpdateEntryResponse", Body { entry: Some(entry), ..Body::default() }))
    }

    fn delete_entry(&self, key: &str) -> Result<Said, Problem> {
        let request: DeleteEntryRequest = self.signed_body("DeleteEntryRequest")?;
        let key = self.simulation.state().directory.delete(&self.caller, key, &request)?;
        Ok(said("DeleteEntryResponse", Body { key: Some(key), ..Body::default() }))
    }

    fn check_keys(&self) -> Result<Said, Problem> {
        let request: CheckKeysRequest = self.body("CheckKeysRequest")?;
        let keys = request.keys.key;
        if !(1..=KEYS_PER_CHECK_MAX).contains(&keys.len()) {
            return Err(Problem::dict("BadRequest", "Between 1 and 200 keys are checked at once"));
        }
        let state = self.simulation.state();
        let key =
            keys.into_iter().map(|key| CheckedKey { has_entry: state.directory.has(&key), key }).collect();
        Ok(said("CheckKeysResponse", Body { keys: Some(CheckedKeys { key }), ..Body::default() }))
    }

    fn create_claim(&self) -> Result<Said, Problem> {
        let request: CreateClaimRequest = self.signed_body("CreateClaimRequest")?;
        let mut state = self.simulation.state();
        let State { directory, random, .. } = &mut *state;
        let periods = self.simulation.periods;
        let claim = directory.open_claim(&self.caller, request.claim, periods, self.now_ms, random)?;
        let donor_is_played =
            Ispb::new(claim.donor()).is_some_and(|d| self.simulation.participants.contains(&d));
        if !donor_is_played {
            directory.virtual_donor_agrees(claim.id, self.now_ms);
        }
        Ok(Said { status: StatusCode::CREATED, ..about("CreateClaimResponse", &claim) })
    }

    fn claim(&self, id: &str) -> Result<Said, Problem> {
        self.requesting_participant()?;
        let state = self.simulation.state();
        Ok(about("GetClaimResponse", state.directory.claim(&self.caller, id)?))
    }

    fn claim_step(&self, id: &str, step: &str) -> Result<Said, Problem> {
        let (request_root, root) = match step {
            "acknowledge" => ("AcknowledgeClaimRequest", "AcknowledgeClaimResponse"),
            "confirm" => ("ConfirmClaimRequest", "ConfirmClaimResponse"),
            "cancel" => ("CancelClaimRequest", "CancelClaimResponse"),
            "complete" => ("CompleteClaimRequest", "CompleteClaimResponse"),
            _ => return Err(no_such_resource()),
        };
        let request: ClaimStepRequest = self.signed_body(request_root)?;
        let directory = &mut self.simulation.state().directory;
        let claim = match step {
            "acknowledge" => directory.acknowledge(&self.caller, id, &request, self.now_ms),
            "confirm" => directory.confirm(&self.caller, id, &request, self.now_ms),
            "cancel" => directory.cancel(&self.caller, id, &request, self.now_ms),
            _ => directory.complete(&self.caller, id, &request, self.now_ms),
        }?;
        Ok(about(root, &claim))
    }

    fn list_claims(&self) -> Result<Said, Problem> {
        let participant = self.parameter("Participant")?;
        let missing = || Problem::dict("BadRequest", "The parameter Participant is missing");
        acts_for(&self.caller, &participant.ok_or_else(missing)?)?;
        let filter = self.claim_filter()?;
        let (claim, more) = self.simulation.state().directory.list_claims(&self.caller, &filter);
        let body =
            Body { has_more_elements: Some(more), claims: Some(ClaimList { claim }), ..Body::default() };
        Ok(said("ListClaimsResponse", body))
    }

    fn claim_filter(&self) -> Result<Filter, Problem> {
        let bad = |name: &str| Problem::dict("BadRequest", format!("The parameter {name} cannot be read"));
        let mut statuses = Vec::new();
        for (_, value) in self.parameters()?.iter().filter(|(name, _)| name == "Status") {
            for one in value.split(',') {
                statuses.push(claim_status(one).ok_or_else(|| bad("Status"))?);
            }
        }
        let kind = match self.parameter("Type")?.as_deref() {
            None => None,
            Some("OWNERSHIP") => Some(ClaimType::Ownership),
            Some("PORTABILITY") => Some(ClaimType::Portability),
            Some(_) => return Err(bad("Type")),
        };
        let time = |name: &str| match self.parameter(name)? {
            None => Ok(None),
            Some(text) => parse_instant(&text).map(Some).ok_or_else(|| bad(name)),
        };
        let limit = match self.parameter("Limit")? {
            None => CLAIMS_LISTED,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=CLAIMS_LISTED_MAX).contains(limit))
                .ok_or_else(|| bad("Limit"))?,
        };
        Ok(Filter {
            donor: self.flag("IsDonor")?,
            claimer: self.flag("IsClaimer")?,
            statuses,
            kind,
            modified_from_ms: time("ModifiedAfter")?,
            modified_to_ms: time("ModifiedBefore")?,
            limit,
        })
    }

    /// A body that its participant must have signed. The signature comes before any other check.
    fn signed_body<T: DeserializeOwned>(&self, root: &str) -> Result<T, Problem> {
        self.simulation.seal.check(&self.asked.body, Profile::Dict, self.caller, self.now_ms)?;
        self.body(root)
    }

    fn body<T: DeserializeOwned>(&self, root: &str) -> Result<T, Problem> {
        let content_type = self.asked.header("content-type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/xml") {
            let detail = "The body's Content-Type is not application/xml";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", detail));
        }
        let unreadable = || Problem::dict("BadRequest", "Could not parse request body");
        let text = core::str::from_utf8(&self.asked.body).map_err(|_| unreadable())?;
        if root_of(text).as_deref() != Some(root) {
            return Err(Problem::dict("BadRequest", format!("The body is no {root}")));
        }
        quick_xml::de::from_str(text).map_err(|_| unreadable())
    }

    fn requesting_participant(&self) -> Result<(), Problem> {
        let named = self.asked.header("pi-requestingparticipant").and_then(Ispb::new);
        match named {
            Some(ispb) => acts_for(&self.caller, ispb.as_str()),
            None => {
                Err(header_fault("PI-RequestingParticipant", "Value does not match regex '^[0-9A-Z]{8}$'"))
            }
        }
    }

    fn parameters(&self) -> Result<Vec<(String, String)>, Problem> {
        self.asked.query_pairs().ok_or_else(|| Problem::dict("BadRequest", "The query cannot be read"))
    }

    fn parameter(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.parameters()?.into_iter().find(|(known, _)| known == name).map(|(_, value)| value))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.parameter(name)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => {
                Err(Problem::dict("BadRequest", format!("The parameter {name} is neither true nor false")))
            }
        }
    }
}

fn said(root: &'static str, body: Body) -> Said {
    Said { root, status: StatusCode::OK, cache_control: "no-store", body }
}

fn about(root: &'static str, claim: &StoredClaim) -> Said {
    let (entry_creation_date, key_ownership_date) = match claim.completion_dates() {
        Some((created, owned)) if root == "CompleteClaimResponse" => (Some(created), Some(owned)),
        _ => (None, None),
    };
    said(root, Body { claim: Some(claim.view()), entry_creation_date, key_ownership_date, ..Body::default() })
}

fn root_of(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => return Some(tag.name().as_ref().to_owned()),
            Event::Eof | Event::DocType(_) => return None,
            _ => {}
        }
    }
}

fn claim_status(text: &str) -> Option<ClaimStatus> {
    Some(match text {
        "OPEN" => ClaimStatus::Open,
        "WAITING_RESOLUTION" => ClaimStatus::WaitingResolution,
        "CONFIRMED" => ClaimStatus::Confirmed,
        "CANCELLED" => ClaimStatus::Cancelled,
        "COMPLETED" => ClaimStatus::Completed,
        _ => return None,
    })
}

fn header_fault(name: &str, reason: &str) -> Problem {
    Problem::dict("BadRequest", format!("The header {name} is missing or wrong"))
        .with_violations(vec![Violation::of(name, reason)])
}

/// DICT has it, the simulator does not.
fn not_played() -> Problem {
    let detail = "The simulator does not know this part of DICT";
    Problem::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", detail)
}

fn no_such_resource() -> Problem {
    Problem::dict("NotFound", "There is no such resource")
}
