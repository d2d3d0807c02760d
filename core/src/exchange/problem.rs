//! What the caller is told when an exchange does not end in BACEN's answer: an RFC 9457 problem document.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::headers::push_json_string;
use super::http::{Headers, Response};
use crate::error::{Error, Language, Reason, Verdict};

/// What a problem document says beside its error.
pub(super) struct Problem<'a> {
    pub(super) error: Error,
    pub(super) status: u16,
    pub(super) exchange_id: &'a str,
    /// Whether BACEN may have accepted the request all the same.
    pub(super) maybe_accepted: bool,
    /// The verdict on the answer, if the problem is the answer.
    pub(super) verdict: Option<Verdict>,
}

impl Problem<'_> {
    /// The response, in XML as BACEN writes its own problems, or in JSON.
    pub(super) fn response(&self, json: bool) -> Response {
        let mut headers = Headers::new();
        let content_type =
            if json { "application/problem+json" } else { "application/problem+xml; charset=utf-8" };
        headers.push("content-type", content_type);
        headers.push("cache-control", "no-store");
        let body = if json { self.json() } else { self.xml() };
        Response { status: self.status, headers, body: body.into_bytes() }
    }

    /// The members in order, those of RFC 9457 first.
    fn members(&self) -> Vec<(&'static str, Member)> {
        let reason = self.error.reason();
        let mut members = alloc::vec![
            ("type", Member::Text(format!("urn:lacre:problem:{}", reason.code()))),
            ("title", Member::Text(reason.message(Language::En).into())),
            ("status", Member::Bare(format!("{}", self.status))),
            ("detail", Member::Text(format!("{}", self.error))),
            ("instance", Member::Text(format!("urn:lacre:exchange:{}", self.exchange_id))),
            ("code", Member::Text(reason.code().into())),
            ("help", Member::Text(self.error.help().into())),
            ("exchange-id", Member::Text(self.exchange_id.into())),
            ("maybe-accepted", Member::Bare(format!("{}", self.maybe_accepted))),
        ];
        if let Some(verdict) = self.verdict {
            members.push(("verdict", Member::Text(verdict.as_str().into())));
        }
        members
    }

    fn xml(&self) -> String {
        let mut xml =
            String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<problem xmlns=\"urn:ietf:rfc:7807\">");
        for (name, Member::Text(text) | Member::Bare(text)) in self.members() {
            xml.push_str(&format!("<{name}>"));
            push_xml_text(&mut xml, &text);
            xml.push_str(&format!("</{name}>"));
        }
        xml.push_str("</problem>\n");
        xml
    }

    fn json(&self) -> String {
        let mut json = String::new();
        for (name, member) in self.members() {
            json.push(if json.is_empty() { '{' } else { ',' });
            push_json_string(&mut json, name);
            json.push(':');
            match member {
                Member::Text(text) => push_json_string(&mut json, &text),
                Member::Bare(text) => json.push_str(&text),
            }
        }
        json.push_str("}\n");
        json
    }
}

enum Member {
    Text(String),
    /// A number or a truth value: JSON writes it without quotes.
    Bare(String),
}

/// The status of a request that is refused before anything is sent.
pub(super) fn refusal_status(reason: Reason) -> u16 {
    match reason {
        Reason::RequestPath => 404,
        Reason::RequestMethod => 405,
        Reason::HostUnknown => 421,
        Reason::RequestTooLarge | Reason::TooLarge | Reason::GzipTooLarge | Reason::TooManyParts => 413,
        Reason::ContentEncoding | Reason::ContentType => 415,
        Reason::SigningFailed | Reason::AuditUnavailable | Reason::Busy | Reason::NotConfigured => 503,
        Reason::WrongKey
        | Reason::KeyTooSmall
        | Reason::CertificateSyntax
        | Reason::CertificateKey
        | Reason::CertificateUsage
        | Reason::SignatureLength
        | Reason::SignatureMismatch => 500,
        Reason::HeaderSyntax
        | Reason::Gzip
        | Reason::Multipart
        | Reason::MultipartAmbiguous
        | Reason::BodyPresence => 400,
        other if other.verdict() == Verdict::Malformed => 400,
        _ => 422,
    }
}

fn push_xml_text(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            other => xml.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBLEM: Problem<'_> = Problem {
        error: Error::at(Reason::TagSyntax, 7),
        status: 400,
        exchange_id: "a<b",
        maybe_accepted: false,
        verdict: None,
    };

    #[test]
    fn xml_is_escaped_and_names_the_code() {
        let response = PROBLEM.response(false);
        let body = String::from_utf8(response.body).unwrap();
        assert!(body.contains("<type>urn:lacre:problem:tag-syntax</type>"), "{body}");
        assert!(body.contains("<status>400</status>"), "{body}");
        assert!(body.contains("<exchange-id>a&lt;b</exchange-id>"), "{body}");
        assert!(body.contains("<maybe-accepted>false</maybe-accepted>"), "{body}");
        assert_eq!(
            response.headers.first("content-type").unwrap().text(),
            "application/problem+xml; charset=utf-8"
        );
    }

    #[test]
    fn json_has_the_same_members() {
        let body = String::from_utf8(PROBLEM.response(true).body).unwrap();
        assert!(body.starts_with("{\"type\":\"urn:lacre:problem:tag-syntax\","), "{body}");
        assert!(body.contains("\"status\":400,"), "{body}");
        assert!(body.ends_with("\"maybe-accepted\":false}\n"), "{body}");
    }

    #[test]
    fn every_refusal_has_an_error_status() {
        for &reason in Reason::ALL {
            assert!((400..600).contains(&refusal_status(reason)), "{reason:?}");
        }
    }
}
