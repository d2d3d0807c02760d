//! The configuration file: TOML, every parameter optional here so that all that is missing can be said at once.

use std::path::PathBuf;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) spi: Option<ChannelTable>,
    pub(super) dict: Option<ChannelTable>,
    pub(super) signature: SignatureTable,
    pub(super) mtls: MtlsTable,
    pub(super) bacen: BacenTable,
    pub(super) audit: AuditTable,
    pub(super) policy: PolicyTable,
    pub(super) limits: LimitsTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ChannelTable {
    pub(super) listen: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) server_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignatureTable {
    pub(super) key: Option<String>,
    pub(super) passphrase_file: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MtlsTable {
    pub(super) key: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BacenTable {
    pub(super) signature_certificates: Vec<PathBuf>,
    pub(super) mtls_certificates: Vec<PathBuf>,
    pub(super) mtls_pinned_by_any_name: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuditTable {
    pub(super) folder: Option<PathBuf>,
    pub(super) formats: Option<Vec<String>>,
    pub(super) ship_seconds: Option<u64>,
    pub(super) before_sending: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyTable {
    pub(super) outside_validity: Option<String>,
    pub(super) unknown_paths: Option<String>,
    pub(super) already_signed: Option<String>,
    pub(super) dict_signature: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    pub(super) request_bytes: Option<usize>,
    pub(super) response_bytes: Option<usize>,
    pub(super) total_seconds: Option<u64>,
    pub(super) signing_seconds: Option<u64>,
    pub(super) connections: Option<usize>,
    pub(super) reload_seconds: Option<u64>,
}
