//! Problem documents (RFC 7807) as DICT and ICOM write them.

use core::fmt::Write as _;

use http::StatusCode;
use quick_xml::escape::escape;

/// Why a request was refused. Its texts are fixed; only violations repeat what the caller sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: String,
    violations: Vec<Violation>,
    retry_after_s: Option<u32>,
}

/// One field that is wrong.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) reason: String,
    pub(crate) value: Option<String>,
    pub(crate) property: String,
}

const TYPE_DICT: &str = "https://dict.pi.rsfn.net.br/api/v2/error/";
const TYPE_ICOM: &str = "https://icom.pi.rsfn.net.br/api/v1/error/";
const VALUE_CHARS_MAX: usize = 100;

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind, status, title, detail: detail.into(), violations: Vec::new(), retry_after_s: None }
    }

    /// A DICT problem of a known type, with BACEN's status for it.
    pub(crate) fn dict(kind: &'static str, detail: impl Into<String>) -> Self {
        let (status, title) = match kind {
            "Forbidden" => (StatusCode::FORBIDDEN, "Forbidden"),
            "NotFound" | "ClaimKeyNotFound" => (StatusCode::NOT_FOUND, "Not found"),
            "ServiceUnavailable" => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            "BadRequest" => (StatusCode::BAD_REQUEST, "Bad Request"),
            "EntryInvalid" => (StatusCode::BAD_REQUEST, "Entry is invalid"),
            "ClaimInvalid" => (StatusCode::BAD_REQUEST, "Claim is invalid"),
            "RequestSignatureInvalid" => (StatusCode::BAD_REQUEST, "Request signature is invalid"),
            other => (StatusCode::BAD_REQUEST, other),
        };
        Self { kind, status, title, detail: detail.into(), violations: Vec::new(), retry_after_s: None }
    }

    pub(crate) fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.violations = violations;
        self
    }

    pub(crate) const fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) const fn kind(&self) -> &'static str {
        self.kind
    }

    pub(crate) const fn retry_after(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// The document as DICT writes it.
    pub(crate) fn dict_xml(&self, correlation_id: &str) -> String {
        self.xml(TYPE_DICT, Some(correlation_id))
    }

    /// The document as ICOM writes it.
    pub(crate) fn icom_xml(&self) -> String {
        self.xml(TYPE_ICOM, None)
    }

    fn xml(&self, types: &str, correlation_id: Option<&str>) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>");
        xml.push_str("<problem xmlns=\"urn:ietf:rfc:7807\">");
        element(&mut xml, "type", &format!("{types}{}", self.kind));
        element(&mut xml, "title", self.title);
        element(&mut xml, "status", self.status.as_str());
        element(&mut xml, "detail", &self.detail);
        if let Some(correlation_id) = correlation_id {
            element(&mut xml, "correlationId", correlation_id);
        }
        if !self.violations.is_empty() {
            xml.push_str("<violations>");
            self.violations.iter().for_each(|violation| violation.write(&mut xml));
            xml.push_str("</violations>");
        }
        xml.push_str("</problem>");
        xml
    }
}

impl Violation {
    pub(crate) fn new(property: impl Into<String>, value: &str, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), value: Some(value.to_owned()), property: property.into() }
    }

    /// A violation that repeats nothing of the request.
    pub(crate) fn of(property: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), value: None, property: property.into() }
    }

    fn write(&self, xml: &mut String) {
        xml.push_str("<violation>");
        element(xml, "reason", &self.reason);
        if let Some(value) = &self.value {
            // XML has no way to write most control characters.
            let shown: String = value.chars().filter(|c| !c.is_control()).take(VALUE_CHARS_MAX).collect();
            element(xml, "value", &shown);
        }
        element(xml, "property", &self.property);
        xml.push_str("</violation>");
    }
}

/// Writes `<name>text</name>`.
pub(crate) fn element(xml: &mut String, name: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = write!(xml, "<{name}>{}</{name}>", escape(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_the_caller_sent_as_text_only() {
        let violation = Violation::new("entry.key", "</value><b>&\u{1}", "not a key");
        let xml = Problem::dict("EntryInvalid", "Entry has invalid fields").with_violations(vec![violation]);
        let xml = xml.dict_xml("A1");
        assert!(xml.contains("<type>https://dict.pi.rsfn.net.br/api/v2/error/EntryInvalid</type>"));
        assert!(xml.contains("<value>&lt;/value&gt;&lt;b&gt;&amp;</value>"), "{xml}");
        assert!(xml.contains("<status>400</status>") && xml.contains("<correlationId>A1</correlationId>"));
    }

    #[test]
    fn icom_names_its_own_types() {
        let problem = Problem::new(StatusCode::GONE, "gone", "the stream is closed");
        assert!(problem.icom_xml().contains("<type>https://icom.pi.rsfn.net.br/api/v1/error/gone</type>"));
        assert_eq!(problem.status(), StatusCode::GONE);
    }
}
