//! What was found about a configuration: what holds, what will soon not, what does not.

use core::fmt::Display;

use lacre_core::Language;

use crate::bacen::TransportError;
use crate::catalogue::catalogue;
use crate::key::KeyError;
use crate::tls::TlsError;
use crate::trust::TrustError;

/// How bad a finding is; the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// It holds.
    Holds,
    /// It holds, but somebody should look at it.
    Warning,
    /// It does not hold; the proxy would start all the same.
    Fault,
    /// It does not hold and the proxy cannot start with it.
    Fatal,
}

impl Level {
    /// The stable word for this level.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
            Self::Fatal => "fatal",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    level: Level,
    subject: String,
    cause: Cause,
    detail: Option<String>,
}

#[derive(Clone, Debug)]
enum Cause {
    Config(ConfigReason),
    Core(lacre_core::Error),
    Key(KeyError),
    Tls(TlsError),
    Transport(Box<TransportError>),
    Trust(Box<TrustError>),
}

impl Finding {
    /// Something that was found about a subject.
    #[must_use]
    pub fn new(level: Level, reason: ConfigReason, subject: impl Into<String>) -> Self {
        Self { level, subject: subject.into(), cause: Cause::Config(reason), detail: None }
    }

    /// A refusal of the core.
    pub fn core(error: lacre_core::Error, subject: impl Into<String>) -> Self {
        Self { level: Level::Fatal, subject: subject.into(), cause: Cause::Core(error), detail: None }
    }

    /// Something about certificates, where they stand.
    pub fn trust(error: TrustError, level: Level) -> Self {
        Self { level, subject: error.place().to_owned(), cause: Cause::Trust(Box::new(error)), detail: None }
    }

    /// The same, as bad as this.
    #[must_use]
    pub fn at(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// A key that cannot be used.
    pub fn key(error: KeyError, subject: impl Into<String>) -> Self {
        Self { level: Level::Fatal, subject: subject.into(), cause: Cause::Key(error), detail: None }
    }

    /// A channel certificate that cannot be used.
    pub fn tls(error: TlsError, subject: impl Into<String>) -> Self {
        Self { level: Level::Fatal, subject: subject.into(), cause: Cause::Tls(error), detail: None }
    }

    /// A connection that fails.
    pub fn transport(error: TransportError, subject: impl Into<String>) -> Self {
        Self {
            level: Level::Fault,
            subject: subject.into(),
            cause: Cause::Transport(Box::new(error)),
            detail: None,
        }
    }

    /// The same with what is behind it, which must hold nothing secret.
    #[must_use]
    pub fn because(mut self, detail: impl Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// How bad it is.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The parameter or file that it is about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Config(reason) => reason.code(),
            Cause::Core(error) => error.code(),
            Cause::Key(error) => error.reason().code(),
            Cause::Tls(error) => error.reason().code(),
            Cause::Transport(error) => error.code(),
            Cause::Trust(error) => error.code(),
        }
    }

    /// What was found.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let message = match &self.cause {
            Cause::Config(reason) => reason.message(language).to_owned(),
            Cause::Core(error) => error.in_language(language).to_string(),
            Cause::Key(error) => error.in_language(language),
            Cause::Tls(error) => error.in_language(language),
            Cause::Transport(error) => error.in_language(language),
            Cause::Trust(error) => error.words(language),
        };
        match &self.detail {
            Some(detail) => format!("{message}: {detail}"),
            None => message,
        }
    }

    /// It as `lacre doctor --json` and the function's own doctor write it.
    #[must_use]
    pub fn to_json(&self, language: Language) -> serde_json::Value {
        serde_json::json!({
            "level": self.level.as_str(),
            "code": self.code(),
            "subject": self.subject(),
            "message": self.message(language),
            "help": self.help(language),
        })
    }

    /// Says it in the log, unless it holds.
    pub fn log(&self) {
        let (code, subject) = (self.code(), self.subject());
        let message = self.message(Language::En);
        let help = self.help(Language::En).unwrap_or_default();
        match self.level {
            Level::Holds => {}
            Level::Warning => tracing::warn!(code, subject, help, "{message}"),
            Level::Fault | Level::Fatal => tracing::error!(code, subject, help, "{message}"),
        }
    }

    /// What to do about it; nothing if it holds.
    #[must_use]
    pub fn help(&self, language: Language) -> Option<&str> {
        let help = match &self.cause {
            Cause::Config(reason) => reason.help(language),
            Cause::Core(error) => error.reason().help(language),
            Cause::Key(error) => error.reason().help(language),
            Cause::Tls(error) => error.reason().help(language),
            Cause::Transport(error) => error.help_in(language),
            Cause::Trust(error) => error.help(language),
        };
        (self.level > Level::Holds && !help.is_empty()).then_some(help)
    }
}

catalogue! {
    /// What was found about a configuration.
    ConfigReason;

    /// A file cannot be read.
    Unreadable = "config-unreadable"
        en "cannot be read"
        help "check the path (it is taken from the configuration's folder) and its permissions"
        pt "não pode ser lido"
        help "confira o caminho (parte da pasta da configuração) e as permissões";
    /// The configuration is not TOML as we know it.
    Syntax = "config-syntax"
        en "is not a configuration that can be read"
        help "it is TOML; `lacre proxy --help` shows an example with every parameter"
        pt "não é uma configuração legível"
        help "o formato é TOML; `lacre proxy --help` mostra um exemplo com todos os parâmetros";
    /// A parameter is missing.
    Missing = "config-missing"
        en "is missing"
        help "add the parameter; `lacre proxy --help` shows an example with every parameter"
        pt "está faltando"
        help "acrescente o parâmetro; `lacre proxy --help` mostra um exemplo com todos os parâmetros";
    /// Neither channel is configured.
    NoChannel = "config-no-channel"
        en "neither `[spi]` nor `[dict]` is there"
        help "add at least one of the two tables, with `listen` and `endpoint`"
        pt "não há `[spi]` nem `[dict]`"
        help "acrescente ao menos uma das duas tabelas, com `listen` e `endpoint`";
    /// A parameter has a value that it cannot have.
    BadValue = "config-value"
        en "has a value that it cannot have"
        help "`lacre proxy --help` says which values there are"
        pt "tem um valor que não pode ter"
        help "`lacre proxy --help` diz quais são os valores possíveis";
    /// Requests are bounded by what they unpack to, below what is allowed of them packed.
    RequestBound = "config-request-bound"
        en "allows larger requests than are taken: a request's unpacked body has a limit of its own"
        help "set `limits.request_unpacked_bytes` if such requests are yours, or take the parameter out"
        pt "permite requisições maiores do que as aceitas: o corpo descompactado da requisição tem um limite próprio"
        help "defina `limits.request_unpacked_bytes` se tais requisições forem suas, ou retire o parâmetro";
    /// An environment variable has a value that it cannot have.
    EnvironmentValue = "environment-value"
        en "the environment variable has a value that it cannot have"
        help "correct the function's environment; host-lambda/deploy/README.md lists the variables"
        pt "a variável de ambiente tem um valor que não pode ter"
        help "corrija o ambiente da função; host-lambda/deploy/README.md lista as variáveis";
    /// A parameter of the Parameter Store has a value that it cannot have.
    ParameterValue = "aws-parameter-value"
        en "has a value that it cannot have"
        help "correct it: `aws ssm put-parameter --overwrite --name NAME --value VALUE`; it counts without a redeployment"
        pt "tem um valor que não pode ter"
        help "corrija-o: `aws ssm put-parameter --overwrite --name NOME --value VALOR`; vale sem nova implantação";
    /// Callers from elsewhere, and no name that they may use.
    NoOwnHosts = "config-own-hosts"
        en "is empty: callers on other machines reach the proxy by its address only, and by any name of it they are refused (`host-unknown`)"
        help "list the names that callers use, without ports: `own_hosts = [\"pix.bank.example\"]`; what a load balancer or a published container port puts into `Host` counts too"
        pt "está vazio: chamadores de outras máquinas só alcançam o proxy pelo endereço, e por qualquer nome dele são recusados (`host-unknown`)"
        help "liste os nomes que os chamadores usam, sem portas: `own_hosts = [\"pix.banco.example\"]`; vale também o que um balanceador ou uma porta publicada de contêiner põe em `Host`";
    /// The address is not of this machine alone.
    OpenListen = "config-listen-open"
        en "listens beyond this machine, without encryption or authentication"
        help "use a loopback address, or let only the bank's own services reach it"
        pt "escuta além desta máquina, sem cifra nem autenticação"
        help "use um endereço de loopback, ou deixe só os serviços do próprio banco alcançá-lo";
    /// The signing key is not the certificate's.
    KeyMismatch = "config-key-mismatch"
        en "the signing key is not that of the signing certificate"
        help "give the certificate that was issued for this key: `lacre csr` makes a request for it"
        pt "a chave de assinatura não é a do certificado de assinatura"
        help "forneça o certificado emitido para esta chave: `lacre csr` gera o pedido";
    /// A key file can be read by others.
    KeyPermission = "config-key-permission"
        en "can be read by other users of this machine"
        help "`chmod 600` the file and give it to the user that runs lacre"
        pt "pode ser lido por outros usuários desta máquina"
        help "aplique `chmod 600` ao arquivo e dê-o ao usuário que executa o lacre";
    /// A certificate is expired.
    Expired = "certificate-expired"
        en "is expired"
        help "install the renewed certificate; check this machine's clock first"
        pt "está vencido"
        help "instale o certificado renovado; antes, confira o relógio desta máquina";
    /// A certificate is not valid yet.
    NotYetValid = "certificate-not-yet-valid"
        en "is not valid yet"
        help "check this machine's clock, or wait until its validity begins"
        pt "ainda não é válido"
        help "confira o relógio desta máquina, ou espere o início da validade";
    /// A certificate expires soon.
    ExpiresSoon = "certificate-expires-soon"
        en "expires soon"
        help "a new certificate takes one to three weeks, and BACEN wants it by the business day before: request it now"
        pt "vence em breve"
        help "um certificado novo leva de uma a três semanas, e o BACEN o quer até o dia útil anterior: peça-o agora";
    /// No certificate of BACEN is valid now.
    NoneValid = "config-none-valid"
        en "no certificate of BACEN in here is valid now: every answer would be refused"
        help "install BACEN's current signing certificate"
        pt "nenhum certificado do BACEN aqui é válido agora: toda resposta seria recusada"
        help "instale o certificado de assinatura atual do BACEN";
    /// No certificate of BACEN has a key that counts.
    NoneUsable = "config-none-usable"
        en "no certificate of BACEN in here has a key of 2048 bits: every answer would be refused"
        help "install BACEN's current signing certificate"
        pt "nenhum certificado do BACEN aqui tem chave de 2048 bits: toda resposta seria recusada"
        help "instale o certificado de assinatura atual do BACEN";
    /// No certificate of BACEN is an institution's.
    NoInstitution = "config-no-institution"
        en "no certificate in here is an institution's (`OU=ISPB-xxxxxxxx`): under those of an authority alone every answer would be refused"
        help "install BACEN's signing certificate itself; its authority's signs no message"
        pt "nenhum certificado aqui é de uma instituição (`OU=ISPB-xxxxxxxx`): só com os de uma autoridade, toda resposta seria recusada"
        help "instale o próprio certificado de assinatura do BACEN; o da autoridade não assina mensagens";
    /// A certificate's key is too short to count.
    KeyTooSmall = "certificate-key-small"
        en "has an RSA key shorter than 2048 bits: what it signed is refused"
        help "ask for the current certificate: BACEN's security manual demands 2048 bits"
        pt "tem chave RSA menor que 2048 bits: o que ela assinou é recusado"
        help "peça o certificado atual: o manual de segurança do BACEN exige 2048 bits";
    /// Nothing says whether a certificate was revoked.
    NotRevocable = "revocation-not-checked"
        en "revocation not checked: there is no list of the issuer"
        help "give the authority's certificate revocation list in `bacen.crls` (with AWS: the parameter `BcbSignatureCrls`), and its certificate beside it"
        pt "revogação não verificada: não há lista do emissor"
        help "informe a lista de certificados revogados (LCR) da autoridade em `bacen.crls` (na AWS: o parâmetro `BcbSignatureCrls`), com o certificado dela ao lado";
    /// A revocation list should have been followed by another.
    StaleList = "revocation-list-stale"
        en "revocation not checked: the list should have been followed by another. What it revokes counts"
        help "fetch the authority's current list"
        pt "revogação não verificada: a lista já deveria ter sido substituída. O que ela revoga vale"
        help "obtenha a lista atual da autoridade";
    /// A revocation list is current.
    CurrentList = "revocation-list-current"
        en "the revocation list is current"
        help ""
        pt "a lista de certificados revogados é atual"
        help "";
    /// A server certificate names no host as TLS looks for it.
    NoHostName = "certificate-no-host"
        en "names no host (subjectAltName; a CN is none): taken from a server only with `mtls_pinned_by_any_name = true`"
        help "set that in `[bacen]` if it is a test server's certificate; BACEN's own names its hosts"
        pt "não traz nome de host (subjectAltName; CN não conta): só é aceito de um servidor com `mtls_pinned_by_any_name = true`"
        help "defina isso em `[bacen]` se for o certificado de um servidor de testes; o do BACEN traz os nomes";
    /// The audit folder cannot be written.
    AuditFolder = "config-audit-folder"
        en "cannot be written"
        help "make the folder and give it to the user that runs lacre"
        pt "não pode ser escrita"
        help "crie a pasta e dê-a ao usuário que executa o lacre";
    /// A parameter was read and can be used.
    Usable = "usable"
        en "can be used"
        help ""
        pt "pode ser usado"
        help "";
    /// The key and the certificate fit.
    KeyFits = "key-fits"
        en "the key is that of the certificate"
        help ""
        pt "a chave é a do certificado"
        help "";
    /// A certificate is valid.
    Valid = "certificate-valid"
        en "is valid"
        help ""
        pt "é válido"
        help "";
    /// The endpoint took our certificate and showed one of BACEN's.
    Reached = "endpoint-reached"
        en "answers, shows a trusted certificate and takes ours"
        help ""
        pt "responde, mostra um certificado confiável e aceita o nosso"
        help "";
    /// The endpoint never asked for our certificate.
    NeverAsked = "endpoint-asks-nothing"
        en "answers and shows a trusted certificate, but never asked for ours: whether it is taken is not known"
        help "BACEN asks for it in every handshake: what answers there may be something in between, or another service"
        pt "responde e mostra um certificado confiável, mas não pediu o nosso: não se sabe se ele é aceito"
        help "o BACEN o pede em todo handshake: o que responde ali pode ser um intermediário, ou outro serviço";
    /// The signing certificate names no participant.
    NoIspb = "certificate-no-ispb"
        en "names no ISPB (`OU=ISPB-xxxxxxxx`)"
        help "SPI refuses messages whose sender is not the certificate's participant: check that it is the signing certificate (CERTPIA)"
        pt "não traz ISPB (`OU=ISPB-xxxxxxxx`)"
        help "o SPI recusa mensagens cujo remetente não é o participante do certificado: confira se é o certificado de assinatura (CERTPIA)";
    /// A parameter is not in the Parameter Store.
    ParameterMissing = "aws-parameter-missing"
        en "is not in the Parameter Store"
        help "create it under exactly this name: `aws ssm put-parameter --type String --name NAME --value VALUE`"
        pt "não está no Parameter Store"
        help "crie-o exatamente com este nome: `aws ssm put-parameter --type String --name NOME --value VALOR`";
    /// The secret is not in Secrets Manager.
    SecretMissing = "aws-secret-missing"
        en "is not in Secrets Manager, or has no value"
        help "create it under exactly this name, with the PEM of the channel certificate's private key as its value"
        pt "não está no Secrets Manager, ou não tem valor"
        help "crie-o exatamente com este nome, com o PEM da chave privada do certificado de canal como valor";
    /// The secret holds something else than a key.
    SecretFormat = "aws-secret-format"
        en "does not hold the PEM of a private key"
        help "the value is the PEM text itself (`-----BEGIN PRIVATE KEY-----` …), not JSON, not base64 of it and not a file's name"
        pt "não contém o PEM de uma chave privada"
        help "o valor é o próprio texto PEM (`-----BEGIN PRIVATE KEY-----` …), não JSON, nem o base64 dele, nem o nome de um arquivo";
    /// A service denied a call.
    AwsDenied = "aws-denied"
        en "was denied"
        help "allow the action on this resource in the role's policy (and in the key policy, for KMS and for what a key of yours encrypts)"
        pt "foi negado"
        help "permita a ação sobre este recurso na política do papel (e na política da chave, para o KMS e para o que uma chave sua cifra)";
    /// There are no credentials, or AWS refuses them.
    AwsCredentials = "aws-credentials"
        en "there are no AWS credentials, or AWS refuses them"
        help "give the process a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; `aws sts get-caller-identity` checks them"
        pt "não há credenciais da AWS, ou a AWS as recusa"
        help "dê um papel ao processo, ou defina AWS_PROFILE ou AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY e AWS_SESSION_TOKEN; `aws sts get-caller-identity` as confere";
    /// A service answered with an error.
    AwsFailed = "aws-failed"
        en "failed"
        help "look at the service's message; it is tried again by itself"
        pt "falhou"
        help "veja a mensagem do serviço; uma nova tentativa é feita automaticamente";
    /// A service does not answer, or there are no credentials to ask it with.
    AwsUnreachable = "aws-unreachable"
        en "got no answer"
        help "check credentials, region, the VPC endpoint of this service and the security groups between"
        pt "não teve resposta"
        help "confira credenciais, região, o VPC endpoint deste serviço e os security groups no caminho";
    /// There is no place for records that the stream does not take.
    NoSpill = "aws-no-spill"
        en "is not set: a record that Firehose does not take has no other place to go"
        help "set it to the audit bucket's name, as the template does"
        pt "não está definida: um registro que o Firehose não aceita não tem outro lugar para ir"
        help "defina-a com o nome do bucket de auditoria, como faz o template";
    /// The key makes signatures that the certificate verifies.
    Signs = "key-signs"
        en "signs, and the certificate verifies the signature"
        help ""
        pt "assina, e o certificado confere a assinatura"
        help "";
    /// There is no such stream.
    StreamMissing = "aws-stream-missing"
        en "there is no such Firehose stream in this account and region"
        help "create it as the template does, or correct the parameter: it holds the stream's name, not its ARN"
        pt "não há tal stream do Firehose nesta conta e região"
        help "crie-o como faz o template, ou corrija o parâmetro: ele contém o nome do stream, não o ARN";
    /// The stream takes no records now.
    StreamNotActive = "aws-stream-not-active"
        en "the Firehose stream is not ACTIVE: it takes no records"
        help "wait if it is being created; if that failed, the reason says what its role or key lacks: delete it and create it anew"
        pt "o stream do Firehose não está ACTIVE: não aceita registros"
        help "espere se está sendo criado; se a criação falhou, o motivo diz o que falta ao papel ou à chave dele: exclua-o e crie-o de novo";
    /// The stream takes its records from elsewhere.
    StreamSource = "aws-stream-source"
        en "the Firehose stream takes no records by PutRecordBatch"
        help "its source must be Direct PUT, and cannot be changed: create a new stream as the template does"
        pt "o stream do Firehose não aceita registros por PutRecordBatch"
        help "a origem deve ser Direct PUT e não pode ser trocada: crie outro stream como faz o template";
    /// The stream delivers elsewhere than to S3.
    StreamDestination = "aws-stream-destination"
        en "the Firehose stream does not deliver to S3"
        help "its destination must be the audit bucket: create the stream as the template does"
        pt "o stream do Firehose não entrega no S3"
        help "o destino deve ser o bucket de auditoria: crie o stream como faz o template";
    /// The stream writes something else than Parquet by a table of Glue.
    StreamNotParquet = "aws-stream-not-parquet"
        en "the Firehose stream does not convert its records to Parquet: the audit table cannot read them"
        help "turn record format conversion on: output Apache Parquet, schema the channel's Glue table"
        pt "o stream do Firehose não converte os registros para Parquet: a tabela de auditoria não os lê"
        help "ative a conversão de formato: saída Apache Parquet, esquema a tabela do Glue do canal";
    /// The stream is the other channel's.
    StreamCrossed = "aws-stream-crossed"
        en "the Firehose stream delivers below the other channel's prefix"
        help "the parameters of the two streams may be exchanged: SPI delivers to `log/spi/`, DICT to `log/dict/`"
        pt "o stream do Firehose entrega sob o prefixo do outro canal"
        help "talvez os parâmetros dos dois streams estejam trocados: SPI entrega em `log/spi/`, DICT em `log/dict/`";
    /// The stream is as it should be.
    StreamReady = "aws-stream-ready"
        en "the Firehose stream is active and writes Parquet"
        help ""
        pt "o stream do Firehose está ativo e grava Parquet"
        help "";
    /// The certificates behind the first do not continue it.
    ChainBroken = "certificate-chain-broken"
        en "is no chain: each certificate must be followed by its issuer's"
        help "put the certificate itself first, then the one of the CA that issued it, and so on; `openssl verify -untrusted` checks it"
        pt "não é uma cadeia: cada certificado deve ser seguido pelo do seu emissor"
        help "ponha primeiro o próprio certificado, depois o da AC que o emitiu, e assim por diante; `openssl verify -untrusted` a confere";
}
