//! What can be wrong with a private key, and what to do.

use core::fmt::{self, Display};
use std::borrow::Cow;
use std::io;

use lacre_core::Language;

use crate::catalogue::catalogue;
use crate::shown;

/// A key that cannot be opened, or does not sign: the reason, the key's place and what is behind it, in words that are never those
/// of a library that read the key.
#[derive(Clone, Debug)]
pub struct KeyError {
    reason: KeyReason,
    place: String,
    detail: Option<Detail>,
}

/// What is behind an error, in each language.
#[derive(Clone, Debug)]
struct Detail {
    en: Cow<'static, str>,
    pt: Cow<'static, str>,
}

impl KeyError {
    /// An error about the key at `place`; a place that looks like a key itself is not repeated.
    #[must_use]
    pub fn new(reason: KeyReason, place: impl Display) -> Self {
        Self { reason, place: shown::text(place.to_string()), detail: None }
    }

    /// The same error with what is behind it, in English and in Portuguese: words of our own.
    #[must_use]
    pub fn because(mut self, en: impl Into<Cow<'static, str>>, pt: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(Detail { en: en.into(), pt: pt.into() });
        self
    }

    /// The same error with what the system says of the key's file.
    #[must_use]
    pub fn io(self, error: &io::Error) -> Self {
        let (en, pt) = shown::io_words(error);
        self.because(en, pt)
    }

    /// The same error with what a service or a token said, which has no key to repeat.
    #[must_use]
    pub fn said(self, words: impl Display) -> Self {
        let words = shown::words(&words.to_string());
        self.because(words.clone(), words)
    }

    /// What went wrong.
    #[must_use]
    pub const fn reason(&self) -> KeyReason {
        self.reason
    }

    /// The key concerned: a path, or a URI without its PIN.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What to do, in English.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        self.reason.help(Language::En)
    }

    /// The whole message in a language, without the help.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let Self { reason, place, detail } = self;
        let message = reason.message(language);
        match detail {
            Some(Detail { pt, .. }) if language == Language::PtBr => format!("`{place}`: {message}: {pt}"),
            Some(Detail { en, .. }) => format!("`{place}`: {message}: {en}"),
            None => format!("`{place}`: {message}"),
        }
    }
}

impl Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl core::error::Error for KeyError {}

catalogue! {
    /// What is wrong with a key.
    KeyReason;

    /// The URI breaks RFC 7512, or names something that a signing key does not have.
    Uri = "key-uri"
        en "the key's URI cannot be read"
        help "write it as RFC 7512 does: `pkcs11:token=..;object=..?module-path=/path/to/module.so&pin-source=file:/path/to/pin`"
        pt "não foi possível ler a URI da chave"
        help "escreva-a como na RFC 7512: `pkcs11:token=..;object=..?module-path=/caminho/do/modulo.so&pin-source=file:/caminho/do/pin`";
    /// A file cannot be read.
    Unreadable = "key-unreadable"
        en "cannot be read"
        help "check the path and its permissions"
        pt "não pode ser lido"
        help "confira o caminho e as permissões";
    /// A key was given where its place is asked for.
    NotAPlace = "key-not-a-place"
        en "is what looks like a key itself, not the place of one"
        help "write the key to a file that only this user can read (`umask 077`) and give the file's path"
        pt "parece a própria chave, e não o lugar dela"
        help "grave a chave em um arquivo que só este usuário possa ler (`umask 077`) e informe o caminho do arquivo";
    /// A passphrase or PIN is not UTF-8.
    PassphraseEncoding = "passphrase-encoding"
        en "the passphrase is not UTF-8 text"
        help "write it anew as UTF-8: `iconv -f UTF-16 -t UTF-8 OLD > NEW` (or `-f WINDOWS-1252`), in PowerShell `Set-Content -Encoding utf8`"
        pt "a senha não é texto UTF-8"
        help "grave-a de novo em UTF-8: `iconv -f UTF-16 -t UTF-8 ANTIGO > NOVO` (ou `-f WINDOWS-1252`), no PowerShell `Set-Content -Encoding utf8`";
    /// The bytes are not a private key in a form that we read.
    Syntax = "key-syntax"
        en "not a private key that can be read"
        help "give PEM or DER of PKCS#8 or PKCS#1, or a PKCS#12 file; `openssl pkey -in FILE -check` shows what is wrong"
        pt "não é uma chave privada legível"
        help "forneça PEM ou DER de PKCS#8 ou PKCS#1, ou um arquivo PKCS#12; `openssl pkey -in ARQUIVO -check` mostra o que há de errado";
    /// The file holds no private key.
    NoKey = "key-absent"
        en "holds no private key"
        help "this may be the certificate or the public key: give the file that holds the private key"
        pt "não contém chave privada"
        help "talvez seja o certificado ou a chave pública: forneça o arquivo que contém a chave privada";
    /// The file holds more than one private key.
    SeveralKeys = "key-several"
        en "holds more than one private key"
        help "leave one key in the file: which one signs must not be a guess"
        pt "contém mais de uma chave privada"
        help "deixe uma só chave no arquivo: não se deve adivinhar qual delas assina";
    /// The key is encrypted and no passphrase was given.
    PassphraseMissing = "key-passphrase-missing"
        en "is encrypted and no passphrase was given"
        help "give it in a file (`--passphrase-file FILE`; in a configuration `passphrase_file`) or in the environment variable LACRE_PASSPHRASE"
        pt "está cifrado e nenhuma senha foi dada"
        help "informe-a num arquivo (`--passphrase-file ARQUIVO`; numa configuração, `passphrase_file`) ou na variável de ambiente LACRE_PASSPHRASE";
    /// The passphrase does not open the key.
    PassphraseWrong = "key-passphrase-wrong"
        en "the passphrase does not open it"
        help "check the passphrase: the first line of the file counts, blanks included"
        pt "a senha não o abre"
        help "confira a senha: vale a primeira linha do arquivo, com os espaços";
    /// The key is encrypted in a way that we do not read.
    EncryptionUnsupported = "key-encryption"
        en "is encrypted in a way that is not supported"
        help "convert it: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW`; PKCS#12 with two commands of OpenSSL 3: `openssl pkcs12 -legacy -in OLD -nodes -out KEY` and `openssl pkcs12 -export -in KEY -out NEW`, then delete KEY"
        pt "está cifrado de um modo não suportado"
        help "converta-o: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in ANTIGO -out NOVO`; se PKCS#12, com dois comandos do OpenSSL 3: `openssl pkcs12 -legacy -in ANTIGO -nodes -out CHAVE` e `openssl pkcs12 -export -in CHAVE -out NOVO`, e apague CHAVE";
    /// The key is not an RSA key.
    NotRsa = "key-not-rsa"
        en "is not an RSA key"
        help "SPI and DICT take RSA signatures only: use an RSA key of at least 2048 bits"
        pt "não é uma chave RSA"
        help "SPI e DICT só aceitam assinaturas RSA: use uma chave RSA de pelo menos 2048 bits";
    /// The RSA key is shorter than 2048 bits.
    TooSmall = "key-too-small"
        en "the RSA key is too short"
        help "BACEN asks for at least 2048 bits: make a new key and have it certified"
        pt "a chave RSA é curta demais"
        help "o BACEN exige pelo menos 2048 bits: gere uma chave nova e peça o certificado dela";
    /// This build has no KMS.
    NoKms = "key-no-kms"
        en "this build has no AWS"
        help "`cargo install --path host-native/command --features aws` makes one that has; a key may also be a PEM or PKCS#12 file or a `pkcs11:` URI"
        pt "esta compilação não tem AWS"
        help "`cargo install --path host-native/command --features aws` faz uma que tem; a chave também pode ser um arquivo PEM ou PKCS#12 ou uma URI `pkcs11:`";
    /// The name of a key in KMS is none.
    KmsUri = "kms-uri"
        en "not the name of a key in KMS"
        help "write `awskms:alias/NAME`, `awskms:KEY-ID`, or `awskms:` and the ARN of the key or alias; `aws kms list-aliases` shows the names"
        pt "não é o nome de uma chave do KMS"
        help "escreva `awskms:alias/NOME`, `awskms:ID-DA-CHAVE`, ou `awskms:` e o ARN da chave ou do alias; `aws kms list-aliases` mostra os nomes";
    /// There is no such key in the account and region.
    KmsMissing = "kms-key-missing"
        en "there is no such key or alias in this account and region"
        help "check the name, the region (AWS_REGION) and the account (`aws sts get-caller-identity`); `aws kms list-aliases` shows what there is; a key of another account needs its whole ARN"
        pt "não há tal chave ou alias nesta conta e região"
        help "confira o nome, a região (AWS_REGION) e a conta (`aws sts get-caller-identity`); `aws kms list-aliases` mostra o que existe; uma chave de outra conta exige o ARN inteiro";
    /// KMS does not permit the call.
    KmsDenied = "kms-denied"
        en "KMS does not permit the call"
        help "allow `kms:Sign` and `kms:GetPublicKey` on this key in the role's policy, and see that the key policy lets the account's policies decide or names the role; a VPC endpoint's policy may deny it too"
        pt "o KMS não permite a chamada"
        help "permita `kms:Sign` e `kms:GetPublicKey` sobre esta chave na política do papel, e veja se a política da chave delega às políticas da conta ou nomeia o papel; a política de um VPC endpoint também pode negar";
    /// The key is disabled or about to be deleted.
    KmsDisabled = "kms-key-disabled"
        en "the key cannot be used in the state it is in"
        help "`aws kms describe-key` shows its state: `aws kms enable-key` enables it, `aws kms cancel-key-deletion` saves it from deletion, and imported material may be missing or expired"
        pt "a chave não pode ser usada no estado em que está"
        help "`aws kms describe-key` mostra o estado: `aws kms enable-key` a habilita, `aws kms cancel-key-deletion` cancela a exclusão, e o material importado pode faltar ou ter vencido";
    /// The key is of another kind than the one that signs.
    KmsUnfit = "kms-key-unfit"
        en "the key does not sign as SPI and DICT ask for"
        help "a key's kind cannot be changed: make a new one with key spec RSA_2048 (or longer) and key usage SIGN_VERIFY, then have it certified"
        pt "a chave não assina como SPI e DICT exigem"
        help "o tipo de uma chave não muda: crie outra com key spec RSA_2048 (ou maior) e key usage SIGN_VERIFY, e peça o certificado dela";
    /// KMS turns calls away because there are too many.
    KmsThrottled = "kms-throttled"
        en "KMS turns the call away: there are too many"
        help "the quota of RSA operations is shared by the whole account in a region: look for who else uses it, and ask for more under Service Quotas, KMS, `Cryptographic operations (RSA) request rate`"
        pt "o KMS recusa a chamada: são demais"
        help "a cota de operações RSA é de toda a conta na região: veja quem mais a usa, e peça aumento em Service Quotas, KMS, `Cryptographic operations (RSA) request rate`";
    /// There are no AWS credentials, or AWS refuses them.
    AwsCredentials = "aws-credentials"
        en "there are no AWS credentials, or AWS refuses them"
        help "give the process a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; temporary ones end, and a wrong clock spoils all; `aws sts get-caller-identity` checks them"
        pt "não há credenciais da AWS, ou a AWS as recusa"
        help "dê um papel ao processo, ou defina AWS_PROFILE ou AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY e AWS_SESSION_TOKEN; as temporárias vencem, e um relógio errado invalida todas; `aws sts get-caller-identity` as confere";
    /// No AWS region is set.
    AwsRegion = "aws-region"
        en "no AWS region is set"
        help "set AWS_REGION (such as `sa-east-1`), choose a profile that has a region, or name the key by its ARN"
        pt "nenhuma região da AWS está definida"
        help "defina AWS_REGION (por exemplo `sa-east-1`), escolha um perfil que tenha região, ou nomeie a chave pelo ARN";
    /// KMS does not answer.
    KmsUnreachable = "kms-unreachable"
        en "KMS does not answer"
        help "check the region, the VPC endpoint of KMS (its private DNS and its security group, port 443) and the route to it; AWS_ENDPOINT_URL, if it is set, must be the endpoint's"
        pt "o KMS não responde"
        help "confira a região, o VPC endpoint do KMS (DNS privado e security group, porta 443) e a rota até ele; AWS_ENDPOINT_URL, se definida, deve ser a do endpoint";
    /// This build has no PKCS#11.
    NoPkcs11 = "key-no-pkcs11"
        en "this build has no PKCS#11"
        help "build lacre with the feature `pkcs11`"
        pt "esta compilação não tem PKCS#11"
        help "compile o lacre com a feature `pkcs11`";
    /// The PKCS#11 module cannot be loaded or started.
    Module = "pkcs11-module"
        en "the PKCS#11 module cannot be used"
        help "check `module-path`, that the module is for this processor, and its own configuration (for SoftHSM: SOFTHSM2_CONF)"
        pt "o módulo PKCS#11 não pode ser usado"
        help "confira `module-path`, se o módulo é deste processador e a configuração dele (no SoftHSM: SOFTHSM2_CONF)";
    /// No token fits the URI.
    TokenMissing = "pkcs11-token-missing"
        en "no token fits the URI"
        help "`pkcs11-tool --module MODULE --list-token-slots` shows the tokens there are; labels count to the letter"
        pt "nenhum token corresponde à URI"
        help "`pkcs11-tool --module MODULO --list-token-slots` mostra os tokens que existem; maiúsculas contam";
    /// Several tokens fit the URI.
    TokenAmbiguous = "pkcs11-token-ambiguous"
        en "more than one token fits the URI"
        help "add `token`, `serial` or `slot-id` to the URI"
        pt "mais de um token corresponde à URI"
        help "acrescente `token`, `serial` ou `slot-id` à URI";
    /// No private key fits the URI.
    ObjectMissing = "pkcs11-key-missing"
        en "no private key in the token fits the URI"
        help "`pkcs11-tool --module MODULE --login --list-objects --type privkey` shows the keys; `id` is percent-encoded bytes"
        pt "nenhuma chave privada do token corresponde à URI"
        help "`pkcs11-tool --module MODULO --login --list-objects --type privkey` mostra as chaves; `id` são bytes em percent-encoding";
    /// Several private keys fit the URI.
    ObjectAmbiguous = "pkcs11-key-ambiguous"
        en "more than one private key in the token fits the URI"
        help "add `object` or `id` to the URI"
        pt "mais de uma chave privada do token corresponde à URI"
        help "acrescente `object` ou `id` à URI";
    /// The PIN stands on the command line, where other users of the machine read it.
    PinInArguments = "pkcs11-pin-in-arguments"
        en "`pin-value` does not belong on a command line, which every user of this machine can read"
        help "put the PIN into a file that only this user can read and write `pin-source=file:/path` instead, or give it in a file (`--passphrase-file FILE`; in a configuration `passphrase_file`) or LACRE_PASSPHRASE; a PIN that others may have read must be changed"
        pt "`pin-value` não deve estar na linha de comando, que todo usuário desta máquina pode ler"
        help "ponha o PIN em um arquivo que só este usuário possa ler e escreva `pin-source=file:/caminho`, ou informe-o num arquivo (`--passphrase-file ARQUIVO`; numa configuração, `passphrase_file`) ou LACRE_PASSPHRASE; um PIN que outros possam ter lido deve ser trocado";
    /// The token asks for a PIN and there is none.
    PinMissing = "pkcs11-pin-missing"
        en "the token asks for a PIN and none was given"
        help "add `pin-source=file:/path` to the URI, or give it in a file (`--passphrase-file FILE`; in a configuration `passphrase_file`) or LACRE_PASSPHRASE"
        pt "o token exige um PIN e nenhum foi dado"
        help "acrescente `pin-source=file:/caminho` à URI, ou informe-o num arquivo (`--passphrase-file ARQUIVO`; numa configuração, `passphrase_file`) ou LACRE_PASSPHRASE";
    /// The token refuses the PIN. It is not tried again, so that the token does not lock.
    PinWrong = "pkcs11-pin-wrong"
        en "the token refuses the PIN; it is not tried again, so that the token does not lock"
        help "correct the PIN and start again"
        pt "o token recusa o PIN; ele não é tentado de novo, para que o token não bloqueie"
        help "corrija o PIN e inicie de novo";
    /// The token's PIN is locked or expired.
    PinLocked = "pkcs11-pin-locked"
        en "the token's PIN is locked or expired"
        help "have the token's security officer set a new PIN"
        pt "o PIN do token está bloqueado ou expirado"
        help "peça ao oficial de segurança do token que defina um PIN novo";
    /// The key may not be used for this kind of signature.
    NotPermitted = "pkcs11-not-permitted"
        en "the token does not let this key make such signatures"
        help "the key needs CKA_SIGN and the mechanism CKM_RSA_PKCS, without CKA_ALWAYS_AUTHENTICATE"
        pt "o token não permite que esta chave faça tais assinaturas"
        help "a chave precisa de CKA_SIGN e do mecanismo CKM_RSA_PKCS, sem CKA_ALWAYS_AUTHENTICATE";
    /// The token does not tell the public half of the key.
    PublicKey = "pkcs11-public-key"
        en "the token does not tell the key's public exponent"
        help "import the public key into the token with the same CKA_ID"
        pt "o token não informa o expoente público da chave"
        help "importe a chave pública no token com o mesmo CKA_ID";
    /// The key's service failed.
    Failed = "key-failed"
        en "the key did not sign"
        help "look at the state of the token or service that holds the key, then try again"
        pt "a chave não assinou"
        help "verifique o estado do token ou serviço que guarda a chave e tente de novo";
}
