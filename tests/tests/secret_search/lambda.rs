//! The Lambda function and `doctor --aws`: parameters and a secret that hold damaged forms, in its log and its answers.

use std::process::Command;

use lacre_tests::aws::{AwsFront, Delivery, Deployment, REGION};
use lacre_tests::lambda::{Function, lambda_environment};

use crate::forms;
use crate::hunt::Hunter;

const PARAMETERS: [&str; 8] = [
    "SignatureKeyId",
    "SignatureCertificate",
    "MtlsCertificate",
    "BcbSignatureCertificate",
    "BcbMtlsCertificate",
    "BcbMtlsCertificateNext",
    "BcbDictEndpoint",
    "DictAuditStream",
];

/// Largest value that a parameter takes, in bytes.
const PARAMETER_BYTES_MAX: usize = 4096;

#[tokio::test(flavor = "multi_thread")]
async fn no_function_shows_a_piece_of_a_key() {
    if !lacre_tests::require("ministack") {
        return;
    }
    let deployment = Deployment::new(1, 1, Delivery::Json).await;
    let pem = deployment.pki.throwaway.psp_channel.key_pem.as_str();
    let der: Vec<u8> = rustls_der(pem);
    let hunter = Hunter::default().of(&der[40..]).of_text(pem.as_bytes());
    let texts: Vec<(&str, String)> = forms::of_key(pem)
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?)))
        .filter(|(_, text)| text.len() <= PARAMETER_BYTES_MAX && !text.contains('\0'))
        .collect();
    let front = AwsFront::start().await;
    let mut environment = lambda_environment(&front.url());
    environment.extend(deployment.environment("dict"));
    // The log's own reading, beside the doctor's.
    environment.push(("LACRE_CONFIG_TTL_SECONDS".to_owned(), "1".to_owned()));
    environment.push(("LACRE_LOG".to_owned(), "debug".to_owned()));
    environment.push(("LACRE_UNKNOWN_PATHS".to_owned(), pem.to_owned()));
    let mut function = None;
    for forms in texts.chunks(PARAMETERS.len()) {
        for (parameter, (_, text)) in PARAMETERS.iter().zip(forms.iter().cycle()) {
            deployment.set(parameter, text).await;
        }
        deployment.set_secret(&forms[0].1).await;
        let started = function.is_none();
        if started {
            let new = Function::start(&environment).await;
            new.ready().await;
            function = Some(new);
        }
        let function = function.as_ref().unwrap();
        for (name, text) in forms {
            deployment.set_secret(text).await;
            let report = function.invoke(r#"{"lacre":"doctor"}"#).await;
            hunter.none(name, report.to_string());
        }
        hunter.none("the log", function.said());
    }
    let mut doctor = Command::new(lacre_tests::lacre());
    doctor.args(["doctor", "--aws", "--offline", "--prefix", &deployment.prefix]).env_clear();
    doctor.env("AWS_ENDPOINT_URL", front.url()).env("AWS_REGION", REGION).env("LACRE_LOG", "trace");
    doctor
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("LACRE_DICT_SIGNATURE", pem);
    let output = tokio::task::spawn_blocking(move || doctor.output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    hunter.none("doctor --aws", [output.stdout, output.stderr].concat());
}

fn rustls_der(pem: &str) -> Vec<u8> {
    let der: rustls::pki_types::PrivateKeyDer<'_> =
        rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes()).unwrap();
    der.secret_der().to_vec()
}
