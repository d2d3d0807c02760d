//! What the demonstration does, step by step, and what each step proves.

use core::time::Duration;
use std::io::Write as _;

use lacre_core::{Ispb, Reason};
use lacre_native::clock;
use lacre_simulator::samples;

use super::caller::{Answer, Caller};
use super::tamper::Tampering;
use crate::context::Context;
use crate::local::{self, filled};

const XML: (&str, &str) = ("content-type", "application/xml; charset=utf-8");
const BOUNDARY: &str = "lacre-demo";

/// How many steps there are.
pub(super) const COUNT: u32 = 7;

/// How often the stream is asked for what is still missing.
const PULLS_MAX: usize = 12;

/// The demonstration's steps.
pub(super) struct Scenes<'a> {
    pub(super) context: &'a Context,
    pub(super) caller: &'a Caller,
    pub(super) thief: &'a Tampering,
    /// How long to wait before each step.
    pub(super) pause: Duration,
}

impl Scenes<'_> {
    /// Plays every step; the first that does not hold ends it.
    pub(super) async fn play(&self) -> Result<(), String> {
        let bank = Ispb::new(local::ISPB).ok_or("no ISPB")?;
        self.wait().await;
        self.create_entry(&bank).await?;
        self.wait().await;
        self.get_entry().await?;
        self.wait().await;
        self.create_claim(&bank).await?;
        self.wait().await;
        let mut payments = vec![self.one_payment(&bank).await?];
        self.wait().await;
        payments.extend(self.three_payments(&bank).await?);
        self.wait().await;
        self.confirmations(payments).await?;
        self.wait().await;
        self.tampered_answer().await
    }

    async fn wait(&self) {
        tokio::time::sleep(self.pause).await;
    }

    async fn create_entry(&self, bank: &Ispb) -> Result<(), String> {
        let title = self.say("1  DICT: register a Pix key", "1  DICT: registrar uma chave Pix");
        let called = self.dict("POST", "/api/v2/entries/", &[XML], &samples::create_entry(bank)).await;
        let answer = self.held(title, called.and_then(|answer| answer.proved(201)))?;
        self.tell(
            title,
            &filled(
                self.say("the key {} now leads to an account ({})", "a chave {} agora leva a uma conta ({})"),
                &[answer.element("Key").unwrap_or_default(), "201"],
            ),
            self.say(
                "BACEN checked our signature before it obeyed; its answer carries BACEN's, and that holds",
                "o BACEN conferiu a nossa assinatura antes de obedecer; a resposta traz a do BACEN, e ela confere",
            ),
        )
    }

    async fn get_entry(&self) -> Result<(), String> {
        let title = self.say("2  DICT: whose is this key?", "2  DICT: de quem é esta chave?");
        let answer = self.held(title, self.lookup().await.and_then(|answer| answer.proved(200)))?;
        self.tell(
            title,
            &filled(
                self.say("{} belongs to {}, account {}", "{} é de {}, conta {}"),
                &[
                    samples::KEY_HELD,
                    answer.element("Name").unwrap_or_default(),
                    answer.element("AccountNumber").unwrap_or_default(),
                ],
            ),
            self.say(
                "name and account are what BACEN signed, to the byte",
                "nome e conta são o que o BACEN assinou, byte a byte",
            ),
        )
    }

    async fn create_claim(&self, bank: &Ispb) -> Result<(), String> {
        let title = self
            .say("3  DICT: claim a key from another bank", "3  DICT: reivindicar uma chave de outro banco");
        let called = self.dict("POST", "/api/v2/claims/", &[XML], &samples::create_claim(bank)).await;
        let answer = self.held(title, called.and_then(|answer| answer.proved(201)))?;
        self.tell(
            title,
            &filled(
                self.say("the claim on {} is {}", "a reivindicação de {} está {}"),
                &[samples::KEY_CLAIMED, answer.element("Status").unwrap_or_default()],
            ),
            self.say(
                "again signed, verified there, answered, verified here",
                "de novo assinado, conferido lá, respondido, conferido aqui",
            ),
        )
    }

    async fn one_payment(&self, bank: &Ispb) -> Result<String, String> {
        let title = self.say("4  SPI: pay once (pacs.008)", "4  SPI: pagar uma vez (pacs.008)");
        let payment = samples::pacs_008(bank, clock::unix_ms());
        let called = self.spi("POST", &messages(), &[XML], &payment.xml).await;
        let answer = self.held(title, called.and_then(|answer| answer.with_status(201)))?;
        self.tell(
            title,
            &filled(
                self.say("SPI took the payment as {}", "o SPI recebeu o pagamento como {}"),
                &[answer.header("pi-resourceid").unwrap_or_default()],
            ),
            self.say(
                "the seal sits inside the message (AppHdr/Sgntr) and no other byte was touched",
                "o lacre fica dentro da mensagem (AppHdr/Sgntr) e nenhum outro byte foi tocado",
            ),
        )?;
        payment.end_to_end_id.ok_or_else(|| "no EndToEndId".to_owned())
    }

    async fn three_payments(&self, bank: &Ispb) -> Result<Vec<String>, String> {
        let title = self.say(
            "5  SPI: pay three times in one call (multipart)",
            "5  SPI: pagar três vezes numa só chamada (multipart)",
        );
        let payments =
            [0, 1, 2].map(|number| samples::pacs_008(bank, clock::unix_ms().saturating_add(number)));
        let mut body = String::new();
        for payment in &payments {
            body.push_str(&format!("--{BOUNDARY}\r\nContent-Type: {}\r\n\r\n{}\r\n", XML.1, payment.xml));
        }
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
        let content_type = format!("multipart/mixed; boundary={BOUNDARY}");
        let called = self.spi("POST", &messages(), &[("content-type", &content_type)], &body).await;
        let answer = called.and_then(|answer| answer.with_status(201)).and_then(|answer| {
            let ids = answer.header("pi-resourceid").map_or(0, |ids| ids.split(',').count());
            if ids == payments.len() { Ok(ids) } else { Err(format!("PI-ResourceId: {ids}")) }
        });
        let ids = self.held(title, answer)?;
        self.tell(
            title,
            &filled(
                self.say("SPI took {} messages in one body", "o SPI recebeu {} mensagens num só corpo"),
                &[&ids.to_string()],
            ),
            self.say(
                "each part is a message of its own with a signature of its own",
                "cada parte é uma mensagem com a sua própria assinatura",
            ),
        )?;
        Ok(payments.into_iter().filter_map(|payment| payment.end_to_end_id).collect())
    }

    async fn confirmations(&self, mut waiting: Vec<String>) -> Result<(), String> {
        let title =
            self.say("6  SPI: what became of them? (pacs.002)", "6  SPI: o que foi feito deles? (pacs.002)");
        let paid = waiting.len();
        let mut target = format!("/api/v1/out/{}/stream/start", local::ISPB);
        for _ in 0..PULLS_MAX {
            let called = self.spi("GET", &target, &[("accept", "multipart/mixed")], "").await;
            let answer = self.held(
                title,
                called.and_then(|answer| match answer.status {
                    204 => Ok(answer),
                    _ => answer.proved(200),
                }),
            )?;
            target = self.held(
                title,
                answer.header("pi-pull-next").map(str::to_owned).ok_or_else(|| "PI-Pull-Next?".to_owned()),
            )?;
            if answer.body.contains("/pi/pacs.002/") {
                waiting.retain(|id| !answer.body.contains(id.as_str()));
            }
            if waiting.is_empty() {
                break;
            }
        }
        let closed = self.spi("DELETE", &target, &[], "").await;
        self.held(title, closed.and_then(|answer| answer.with_status(200)))?;
        let missing = waiting.len();
        self.held(title, if missing == 0 { Ok(()) } else { Err(format!("pacs.002: {missing} missing")) })?;
        self.tell(
            title,
            &filled(
                self.say(
                    "the stream brought a pacs.002 for each of the {} payments",
                    "o fluxo trouxe um pacs.002 para cada um dos {} pagamentos",
                ),
                &[&paid.to_string()],
            ),
            self.say(
                "every message of the stream carries BACEN's signature, and each holds",
                "toda mensagem do fluxo traz a assinatura do BACEN, e cada uma confere",
            ),
        )
    }

    async fn tampered_answer(&self) -> Result<(), String> {
        let title = self.say(
            "7  One digit of an account is changed on the way",
            "7  Um dígito de uma conta é trocado no caminho",
        );
        self.thief.arm();
        let answer = self.held(title, self.lookup().await.and_then(|answer| answer.with_status(502)))?;
        let (code, detail) =
            (answer.element("code").unwrap_or_default(), answer.element("detail").unwrap_or_default());
        let refused = code == "digest-mismatch"
            && answer.header("pix-signature-valid") == Some("false")
            && !answer.body.contains("AccountNumber");
        self.held(title, if refused { Ok(()) } else { Err(format!("{code}: {detail}")) })?;
        self.tell(
            title,
            &filled(self.say("refused with 502: {} [{}]", "recusada com 502: {} [{}]"), &[self.cause(code), code]),
            self.say(
                "an answer that is not what BACEN signed never reaches the bank; the record keeps it for whoever looks into it",
                "uma resposta que não é o que o BACEN assinou nunca chega ao banco; o registro a guarda para quem for apurar",
            ),
        )
    }

    /// What a reason's code means, in the reader's language.
    fn cause<'c>(&self, code: &'c str) -> &'c str {
        Reason::from_code(code).map_or(code, |reason| reason.message(self.context.language))
    }

    async fn lookup(&self) -> Result<Answer, String> {
        let target = format!("/api/v2/entries/{}", samples::KEY_HELD.replace('+', "%2B"));
        let end_to_end = format!("E{}202601051200demolookup1", local::ISPB);
        let headers = [
            ("pi-requestingparticipant", local::ISPB),
            ("pi-payerid", samples::PAYER_TAX_ID),
            ("pi-endtoendid", &end_to_end),
        ];
        self.dict("GET", &target, &headers, "").await
    }

    async fn dict(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        self.caller.call(self.caller.dict, method, target, headers, body).await
    }

    async fn spi(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        self.caller.call(self.caller.spi, method, target, headers, body).await
    }

    /// What an expectation gave, or the step with what came instead.
    fn held<T>(&self, title: &str, result: Result<T, String>) -> Result<T, String> {
        result.map_err(|why| {
            format!("{}: {why}", title.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
        })
    }

    fn tell(&self, title: &str, happened: &str, proved: &str) -> Result<(), String> {
        let mut out = self.context.stdout();
        let (happened_word, proved_word) =
            (self.say("happened", "ocorreu "), self.say("proved  ", "provado "));
        writeln!(out, "{title}\n   {happened_word}  {happened}\n   {proved_word}  {proved}\n")
            .and_then(|()| out.flush())
            .map_err(|error| error.to_string())
    }

    fn say<'t>(&self, english: &'t str, portuguese: &'t str) -> &'t str {
        self.context.say(english, portuguese)
    }
}

fn messages() -> String {
    format!("/api/v1/in/{}/msgs", local::ISPB)
}
