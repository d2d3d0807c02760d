//! What can go wrong between a request and its answer, above all: may it be sent again?

use core::fmt::{self, Display};

use lacre_core::{Language, Reason};

use super::Endpoint;
use crate::catalogue::catalogue;
use crate::tls::{TlsError, TlsReason};

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportKind {
    /// Not one byte of the request was handed to the connection, or the server refused us before it read any: it may
    /// be sent again.
    NothingSent,
    /// The connection broke after the request was begun: it may have been accepted.
    MaybeSent,
    /// No whole answer in time after the request was begun: it may have been accepted.
    TimedOut,
    /// The answer is larger than the limit: the request was accepted or refused, and we do not know which.
    TooLarge,
    /// The answer breaks HTTP: the request was accepted or refused, and we do not know which.
    Syntax,
}

/// A request without a whole answer: how far it got, why it stopped, and where.
#[derive(Clone, Debug)]
pub struct TransportError {
    failure: Failure,
    endpoint: Endpoint,
}

/// A failure before it is known to which endpoint it belongs.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: TransportKind,
    reason: TransportReason,
    tls: Option<TlsError>,
    detail: Option<String>,
}

impl Failure {
    pub(super) fn new(kind: TransportKind, reason: TransportReason) -> Self {
        // Of a request that never left there is nothing to query.
        let reason = match (kind, reason) {
            (TransportKind::NothingSent, TransportReason::Lost) => TransportReason::HungUp,
            (_, reason) => reason,
        };
        Self { kind, reason, tls: None, detail: None }
    }

    pub(super) fn tls(kind: TransportKind, error: TlsError) -> Self {
        Self { kind, reason: TransportReason::Tls, tls: Some(error), detail: None }
    }

    /// Whether TLS is why.
    pub(super) const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    #[cfg(test)]
    pub(super) const fn reason(&self) -> TransportReason {
        self.reason
    }

    pub(super) fn because(mut self, detail: impl Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    pub(super) fn at(self, endpoint: &Endpoint) -> TransportError {
        TransportError { failure: self, endpoint: endpoint.clone() }
    }
}

impl TransportError {
    /// How far the request got.
    #[must_use]
    pub const fn kind(&self) -> TransportKind {
        self.failure.kind
    }

    /// Whether the request certainly had no effect, so that it may be sent again.
    #[must_use]
    pub fn may_send_again(&self) -> bool {
        self.failure.kind == TransportKind::NothingSent
    }

    /// Why it stopped.
    #[must_use]
    pub const fn transport_reason(&self) -> TransportReason {
        self.failure.reason
    }

    /// What TLS has to say, if it is the cause.
    #[must_use]
    pub fn tls_reason(&self) -> Option<TlsReason> {
        self.failure.tls.as_ref().map(TlsError::reason)
    }

    /// The reason in the core's catalogue, as the exchange and the audit record carry it.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self.failure.kind {
            TransportKind::NothingSent => Reason::Unreachable,
            TransportKind::MaybeSent => Reason::ConnectionLost,
            TransportKind::TimedOut => Reason::TimedOut,
            TransportKind::TooLarge => Reason::ResponseTooLarge,
            TransportKind::Syntax => Reason::ResponseSyntax,
        }
    }

    /// The stable code of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.failure.tls {
            Some(tls) => tls.reason().code(),
            None => self.failure.reason.code(),
        }
    }

    /// What to do, in a language.
    #[must_use]
    pub fn help_in(&self, language: Language) -> &'static str {
        match &self.failure.tls {
            Some(tls) => tls.reason().help(language),
            None => self.failure.reason.help(language),
        }
    }

    /// What to do, in English.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.help_in(Language::En)
    }

    /// The whole message in a language, without the help.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let Failure { reason, tls, detail, .. } = &self.failure;
        let message = match tls {
            Some(tls) => tls.in_language(language),
            None => reason.message(language).to_owned(),
        };
        match detail {
            Some(detail) => format!("`{}`: {message}: {detail}", self.endpoint),
            None => format!("`{}`: {message}", self.endpoint),
        }
    }
}

impl Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl core::error::Error for TransportError {}

catalogue! {
    /// Why a request has no whole answer.
    TransportReason;

    /// All connections were in use until the limit.
    Busy = "transport-busy"
        en "all connections were in use until the time limit"
        help "allow more connections, or send less at once; long polls hold one each"
        pt "todas as conexões estavam em uso até o limite de tempo"
        help "permita mais conexões, ou envie menos de uma vez; cada long poll ocupa uma";
    /// The host name does not resolve.
    Resolve = "transport-resolve"
        en "the host name cannot be resolved"
        help "check the endpoint's spelling and the DNS servers of the RSFN"
        pt "o nome do host não pode ser resolvido"
        help "confira a grafia do endpoint e os servidores DNS da RSFN";
    /// Nothing accepts the connection.
    Connect = "transport-connect"
        en "no connection"
        help "check the port, the route to the RSFN and the firewalls between"
        pt "sem conexão"
        help "confira a porta, a rota até a RSFN e os firewalls no caminho";
    /// No connection in time.
    ConnectTimeout = "transport-connect-timeout"
        en "no connection in time"
        help "packets seem to get lost: check the route to the RSFN and the firewalls between"
        pt "sem conexão dentro do prazo"
        help "pacotes parecem se perder: confira a rota até a RSFN e os firewalls no caminho";
    /// TLS failed.
    Tls = "transport-tls"
        en "TLS failed"
        help "see the cause"
        pt "o TLS falhou"
        help "veja a causa";
    /// The connection broke.
    Lost = "transport-lost"
        en "the connection broke before the whole answer was there"
        help "the request may have been accepted: query its state before sending it again (SPI: same BizMsgIdr, DICT: same RequestId)"
        pt "a conexão caiu antes da resposta completa"
        help "o pedido pode ter sido aceito: consulte o estado antes de reenviar (SPI: mesmo BizMsgIdr, DICT: mesmo RequestId)";
    /// The server hung up before anything was sent.
    HungUp = "transport-hung-up"
        en "the server hung up; nothing was sent"
        help "the network is good so far: ask the other side whether our certificate is registered there, and whether it is the right environment"
        pt "o servidor desligou; nada foi enviado"
        help "até aqui a rede está boa: pergunte ao outro lado se o nosso certificado está cadastrado lá, e se é o ambiente certo";
    /// No whole answer in time.
    TimedOut = "transport-timed-out"
        en "no whole answer in time"
        help "the request may have been accepted: query its state before sending it again (SPI: same BizMsgIdr, DICT: same RequestId)"
        pt "sem resposta completa dentro do prazo"
        help "o pedido pode ter sido aceito: consulte o estado antes de reenviar (SPI: mesmo BizMsgIdr, DICT: mesmo RequestId)";
    /// The answer is larger than the limit.
    TooLarge = "transport-too-large"
        en "the answer is larger than the limit"
        help "raise the limit if such answers are to be expected"
        pt "a resposta é maior que o limite"
        help "aumente o limite se respostas assim são esperadas";
    /// The answer breaks HTTP.
    Syntax = "transport-syntax"
        en "the answer is not HTTP/1.1"
        help "check that the endpoint is the service itself and that nothing between rewrites it"
        pt "a resposta não é HTTP/1.1"
        help "confira se o endpoint é o próprio serviço e se nada no caminho reescreve a resposta";
    /// The request cannot be written as HTTP.
    Request = "transport-request"
        en "the request cannot be written as HTTP/1.1"
        help "check its path and headers"
        pt "o pedido não pode ser escrito como HTTP/1.1"
        help "confira o caminho e os cabeçalhos";
}
