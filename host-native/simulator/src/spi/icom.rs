//! ICOM: takes SPI's messages in, hands them out, and says nothing about their content.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Method, StatusCode};
use lacre_core::{Ispb, Profile};

use super::messages::{Incoming, Refusal};
use super::settlement::{Settlement, Taken};
use super::stream::{Cursor, Outgoing, Pulled};
use crate::identifiers::resource_id;
use crate::problem::Problem;
use crate::state::{Simulation, State};
use crate::wire::{Answer, Asked, answer, empty, messages_of, refusal, set};
use lacre_native::clock::unix_ms;

const PARTS_MAX: usize = 10;
const XML: HeaderValue = HeaderValue::from_static("application/xml;charset=utf-8");
const HEADERS_ALLOWED: [&str; 12] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "max-forwards",
    "transfer-encoding",
    "user-agent",
    "via",
];
/// The messages that the simulator takes and gives, in the versions of its samples. What it forwards and answers keeps the version
/// that came.
const CATALOG_IN: [&str; 3] = ["pacs.002.spi.1.17", "pacs.008.spi.1.16", "pibr.001.spi.1.3"];
const CATALOG_OUT: [&str; 4] =
    ["admi.002.spi.1.5", "pacs.002.spi.1.17", "pacs.008.spi.1.16", "pibr.002.spi.1.3"];

/// ICOM's answer to a caller, once its channel certificate said who it is.
pub(crate) async fn serve(simulation: &Simulation, caller: Option<Ispb>, asked: &Asked) -> Answer {
    match obey(simulation, caller, asked).await {
        Ok(answered) => answered,
        Err(problem) => {
            tracing::info!(kind = problem.kind(), status = problem.status().as_u16(), "ICOM refuses");
            refusal(&problem, problem.icom_xml())
        }
    }
}

async fn obey(simulation: &Simulation, caller: Option<Ispb>, asked: &Asked) -> Result<Answer, Problem> {
    if asked.headers.keys().any(|name| !HEADERS_ALLOWED.contains(&name.as_str())) {
        let detail = "The request has a header that ICOM does not take";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalidHeader", detail));
    }
    let segments = asked.segments().ok_or_else(not_found)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ["api", "v1", path @ ..] = segments.as_slice() else { return Err(not_found()) };
    let method = &asked.method;
    match path {
        ["in", "catalog"] if *method == Method::GET => Ok(catalog(asked, &CATALOG_IN)),
        ["out", "catalog"] if *method == Method::GET => Ok(catalog(asked, &CATALOG_OUT)),
        ["in", ispb, "msgs"] if *method == Method::POST => {
            take(simulation, participant(simulation, caller, ispb)?, asked).await
        }
        ["out", ispb, "stream", "start"] if *method == Method::GET => {
            let owner = participant(simulation, caller, ispb)?;
            let most = most_messages(asked)?;
            let cursor = open(simulation, owner)?;
            pull(simulation, owner, cursor, most, asked).await
        }
        ["out", ispb, "stream", cursor] if *method == Method::GET => {
            let owner = participant(simulation, caller, ispb)?;
            let cursor = Cursor::parse(cursor).ok_or_else(gone)?;
            pull(simulation, owner, cursor, most_messages(asked)?, asked).await
        }
        ["out", ispb, "stream", cursor] if *method == Method::DELETE => {
            let owner = participant(simulation, caller, ispb)?;
            let cursor = Cursor::parse(cursor).ok_or_else(gone)?;
            let closed = simulation.state().mailboxes.close(owner, cursor, unix_ms());
            if closed { Ok(empty(StatusCode::OK)) } else { Err(gone()) }
        }
        ["in" | "out", "catalog"] | ["in", _, "msgs"] | ["out", _, "stream", _] => {
            let detail = "The resource does not take this method";
            Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "methodNotAllowed", detail))
        }
        _ => Err(not_found()),
    }
}

/// Takes one message or several. What is wrong inside them comes later, on the stream.
async fn take(simulation: &Simulation, sender: Ispb, asked: &Asked) -> Result<Answer, Problem> {
    if !asked.headers.contains_key(CONTENT_LENGTH) && !asked.headers.contains_key(TRANSFER_ENCODING) {
        let detail = "The body has neither Content-Length nor chunked coding";
        return Err(Problem::new(StatusCode::LENGTH_REQUIRED, "lengthRequired", detail));
    }
    check_content_type(asked.header("content-type").unwrap_or_default())?;
    let messages = messages_of(asked, simulation.limits.icom_body_bytes_max)?;
    // A message makes at most two others for one reader. Whose mailbox is full reads before it sends: nobody else waits for that.
    let answers = messages.len().saturating_mul(2);
    if !simulation.state().mailboxes.has_room(&sender, answers) {
        let detail = "Too many messages wait to be read from the participant's streams";
        return Err(
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "serviceUnavailable", detail).retry_after_s(1)
        );
    }
    let mut ids = Vec::with_capacity(messages.len());
    for message in &messages {
        ids.push(take_one(simulation, sender, message).await);
    }
    let mut answered = empty(StatusCode::CREATED);
    set(&mut answered, "pi-resourceid", &ids.join(","));
    Ok(answered)
}

async fn take_one(simulation: &Simulation, sender: Ispb, xml: &[u8]) -> String {
    let now_ms = unix_ms();
    let checked = simulation
        .seal
        .check(xml, Profile::Spi, sender, now_ms)
        .map_err(Refusal::from)
        .and_then(|()| Incoming::read(xml));
    let (id, drafts) = {
        let mut state = simulation.state();
        let State { settlement, random, mailboxes, .. } = &mut *state;
        let id = resource_id(now_ms, random);
        settlement.full =
            simulation.participants.iter().copied().filter(|ispb| !mailboxes.has_room(ispb, 1)).collect();
        let taken = checked.and_then(|message| settlement.take(sender, &id, xml, &message, now_ms, random));
        match taken {
            Ok(Taken::Before(earlier)) => return earlier,
            Ok(Taken::Now(drafts)) => (id, drafts),
            Err(refusal) => {
                tracing::info!(reason = refusal.reason, "SPI refuses a message");
                let draft = Settlement::refuse(sender, &id, &refusal, now_ms, random);
                (id, vec![draft])
            }
        }
    };
    simulation.deliver(drafts).await;
    id
}

fn open(simulation: &Simulation, owner: Ispb) -> Result<Cursor, Problem> {
    let mut state = simulation.state();
    let State { mailboxes, random, .. } = &mut *state;
    mailboxes.open(owner, unix_ms(), random).ok_or_else(|| {
        let detail = "The participant has as many read streams as it may";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "tooManyRequests", detail).retry_after_s(1)
    })
}

/// Waits for messages, but not for long.
async fn pull(
    simulation: &Simulation,
    owner: Ispb,
    cursor: Cursor,
    most: Most,
    asked: &Asked,
) -> Result<Answer, Problem> {
    let arrival = simulation.state().mailboxes.arrival(owner);
    let deadline = tokio::time::Instant::now() + simulation.limits.long_poll;
    let (mut answered, next) = loop {
        // Listening starts before looking, so that nothing arrives in between unnoticed.
        let mut ring = core::pin::pin!(arrival.notified());
        ring.as_mut().enable();
        let pulled = simulation.state().mailboxes.pull(owner, cursor, most.count(), unix_ms());
        match pulled {
            Pulled::Gone => return Err(gone()),
            Pulled::Messages(messages, next) => break (handed_out(simulation, asked, most, messages), next),
            Pulled::Nothing => {
                if tokio::time::timeout_at(deadline, ring).await.is_err() {
                    break (empty(StatusCode::NO_CONTENT), cursor);
                }
            }
        }
    };
    set(&mut answered, "pi-pull-next", &format!("/api/v1/out/{owner}/stream/{}", next.text()));
    Ok(answered)
}

/// What the reader can take.
#[derive(Clone, Copy)]
enum Most {
    One,
    Parts,
}

impl Most {
    const fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Parts => PARTS_MAX,
        }
    }
}

fn most_messages(asked: &Asked) -> Result<Most, Problem> {
    let accept = asked.header("accept").unwrap_or("*/*");
    let mut types = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    let mut one = false;
    if types.any(|kind| {
        one |=
            ["application/xml", "application/*", "*/*"].iter().any(|known| kind.eq_ignore_ascii_case(known));
        kind.eq_ignore_ascii_case("multipart/mixed")
    }) {
        return Ok(Most::Parts);
    }
    if one {
        return Ok(Most::One);
    }
    let detail = "Messages are application/xml or multipart/mixed";
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "notAcceptable", detail))
}

fn handed_out(simulation: &Simulation, asked: &Asked, most: Most, messages: Vec<Outgoing>) -> Answer {
    // Only this delivery is spoiled, if at all: what waits to be confirmed stays as it was signed.
    let messages = messages.into_iter().map(|m| (m.resource_id, simulation.spoiled(asked, m.xml.to_vec())));
    if let Most::One = most {
        let (resource_id, xml) = messages.into_iter().next().unwrap_or_default();
        let mut answered = answer(asked, StatusCode::OK, XML, xml);
        set(&mut answered, "pi-resourceid", &resource_id);
        return answered;
    }
    let boundary = simulation.state().random.uuid().to_string();
    let mut body = Vec::new();
    for (resource_id, xml) in messages {
        let head = format!("--{boundary}\r\nPI-ResourceId: {resource_id}\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"Content-Type: application/xml;charset=utf-8\r\n\r\n");
        body.extend_from_slice(&xml);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = HeaderValue::from_str(&format!("multipart/mixed; boundary={boundary}"));
    answer(asked, StatusCode::OK, content_type.unwrap_or(XML), body)
}

/// A participant speaks through its own path only.
fn participant(simulation: &Simulation, caller: Option<Ispb>, named: &str) -> Result<Ispb, Problem> {
    caller.filter(|ispb| ispb.as_str() == named && simulation.participants.contains(ispb)).ok_or_else(|| {
        let detail = "The channel certificate is not that of the participant in the path";
        Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
    })
}

fn check_content_type(content_type: &str) -> Result<(), Problem> {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let media_type = media_type.trim();
    if media_type.eq_ignore_ascii_case("multipart/mixed") {
        return Ok(());
    }
    let refused = |kind, detail: &str| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, kind, detail));
    if !media_type.eq_ignore_ascii_case("application/xml") {
        return refused("unsupportedMediaType", "A message is application/xml, several are multipart/mixed");
    }
    let is_utf_8 = parameters.split(';').filter_map(|p| p.split_once('=')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("charset")
            && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if is_utf_8 { Ok(()) } else { refused("charset", "The Content-Type must say charset=utf-8") }
}

fn catalog(asked: &Asked, messages: &[&str]) -> Answer {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><Catalog>");
    for message in messages {
        crate::problem::element(&mut xml, "Message", message);
    }
    xml.push_str("</Catalog>");
    answer(asked, StatusCode::OK, XML, xml.into_bytes())
}

fn gone() -> Problem {
    Problem::new(StatusCode::GONE, "gone", "The read stream is closed: open another")
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "notFound", "There is no such resource")
}
