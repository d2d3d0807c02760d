use super::*;
use crate::samples::{self, SpiSample};

const NOW: i64 = 1_767_614_400_000;

fn ispb(text: &str) -> Ispb {
    Ispb::new(text).unwrap()
}

/// SPI with two participants, and what it makes of messages.
struct Spi(Settlement, Random);

impl Spi {
    fn new() -> Self {
        let participants = ["12345678", "87654321"].map(ispb).into_iter().collect();
        Self(Settlement::new(participants, 20), Random::new(1))
    }

    fn take(&mut self, sender: &str, xml: &str) -> Result<Vec<(String, String)>, String> {
        let message = Incoming::read(xml.as_bytes()).map_err(|refusal| refusal.reason)?;
        let Self(settlement, random) = self;
        let taken = settlement.take(ispb(sender), "UEk=", xml.as_bytes(), &message, NOW, random);
        match taken.map_err(|refusal| refusal.reason)? {
            Taken::Now(drafts) => {
                Ok(drafts.into_iter().map(|draft| (draft.to.to_string(), draft.xml)).collect())
            }
            Taken::Before(id) => Err(format!("before {id}")),
        }
    }
}

fn payment() -> SpiSample {
    samples::pacs_008(&ispb("12345678"), NOW)
}

fn to(answers: &[(String, String)]) -> Vec<&str> {
    answers.iter().map(|(to, _)| to.as_str()).collect()
}

#[test]
fn a_virtual_receiver_accepts_at_once() {
    let sample = payment();
    let answers = Spi::new().take("12345678", &sample.xml).unwrap();
    assert_eq!(to(&answers), ["12345678"]);
    let (_, xml) = &answers[0];
    assert!(xml.contains("<TxSts>ACSC</TxSts>") && xml.contains(sample.end_to_end_id.as_deref().unwrap()));
    assert!(xml.contains("<Id>00038166</Id>") && xml.contains("<Sgntr/></AppHdr><Document>"));
    assert!(xml.contains("<FctvIntrBkSttlmDt><DtTm>2026-01-05T12:00:00.000Z</DtTm></FctvIntrBkSttlmDt>"));
}

#[test]
fn a_receivers_answer_goes_to_both_and_only_once() {
    let mut spi = Spi::new();
    // What a receiver is handed needs the core's canonical form; here its payment is simply known.
    let end_to_end = payment().end_to_end_id.unwrap();
    let transfer = Transfer { payer: ispb("12345678"), receiver: ispb("87654321"), settled: false };
    spi.0.payments.insert(end_to_end.clone(), transfer);
    let yes = samples::pacs_002(&ispb("87654321"), NOW, &end_to_end);
    let answers = spi.take("87654321", &yes.xml).unwrap();
    assert_eq!(to(&answers), ["12345678", "87654321"]);
    assert!(answers[0].1.contains("<TxSts>ACSC</TxSts>") && answers[1].1.contains("<TxSts>ACCC</TxSts>"));
    let again = samples::pacs_002(&ispb("87654321"), NOW, &end_to_end);
    assert_eq!(spi.take("87654321", &again.xml), Err("unknown-payment".to_owned()));
}

#[test]
fn nobody_answers_for_the_receiver() {
    let mut spi = Spi::new();
    let end_to_end = payment().end_to_end_id.unwrap();
    let transfer = Transfer { payer: ispb("12345678"), receiver: ispb("87654321"), settled: false };
    spi.0.payments.insert(end_to_end.clone(), transfer);
    let yes = samples::pacs_002(&ispb("12345678"), NOW, &end_to_end);
    assert_eq!(spi.take("12345678", &yes.xml), Err("unknown-payment".to_owned()));
}

#[test]
fn a_receivers_no_reaches_the_payer_with_its_reason() {
    let mut spi = Spi::new();
    let end_to_end = payment().end_to_end_id.unwrap();
    let transfer = Transfer { payer: ispb("12345678"), receiver: ispb("87654321"), settled: false };
    spi.0.payments.insert(end_to_end.clone(), transfer);
    let reason = "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC03</Cd></Rsn></StsRsnInf>";
    let no =
        samples::pacs_002(&ispb("87654321"), NOW, &end_to_end).xml.replace("<TxSts>ACSP</TxSts>", reason);
    let answers = spi.take("87654321", &no).unwrap();
    assert_eq!(to(&answers), ["12345678"]);
    assert!(answers[0].1.contains("<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC03</Cd></Rsn></StsRsnInf>"));
}

#[test]
fn an_echo_comes_back_with_its_data() {
    let sample = samples::pibr_001(&ispb("12345678"), NOW);
    let answers = Spi::new().take("12345678", &sample.xml).unwrap();
    assert!(answers[0].1.contains("xmlns=\"https://www.bcb.gov.br/pi/pibr.002/1.3\""));
    assert!(answers[0].1.contains("<OrgnlData>Alô, SPI? Aqui é um teste.</OrgnlData>"));
}

#[test]
fn the_same_message_again_is_not_a_second_payment() {
    let mut spi = Spi::new();
    let sample = payment();
    assert!(spi.take("12345678", &sample.xml).is_ok());
    assert_eq!(spi.take("12345678", &sample.xml), Err("before UEk=".to_owned()));
    let copy = sample.xml.replace(&sample.message_id, &payment().message_id);
    let answers = spi.take("12345678", &copy).unwrap();
    assert!(answers[0].1.contains("<Cd>DUPL</Cd>"));
}

#[test]
fn a_payment_for_somebody_else_is_refused() {
    let stolen = payment().xml.replace("<MmbId>12345678</MmbId>", "<MmbId>87654321</MmbId>");
    let answers = Spi::new().take("12345678", &stolen).unwrap();
    assert!(answers[0].1.contains("<TxSts>RJCT</TxSts>") && answers[0].1.contains("<Cd>DS0G</Cd>"));
}

#[test]
fn each_transaction_has_its_own_fate() {
    let (one, two) = (payment(), payment());
    let (before, rest) = one.xml.split_once("<CdtTrfTxInf>").unwrap();
    let (first, after) = rest.split_once("</CdtTrfTxInf>").unwrap();
    let second = first.replace(one.end_to_end_id.as_deref().unwrap(), two.end_to_end_id.as_deref().unwrap());
    let stolen = second.replace("<MmbId>12345678</MmbId>", "<MmbId>87654321</MmbId>");
    let transactions: String =
        [first, first, &stolen, &second].iter().map(|t| format!("<CdtTrfTxInf>{t}</CdtTrfTxInf>")).collect();
    let xml = format!("{before}{transactions}{after}").replace("<NbOfTxs>1<", "<NbOfTxs>4<");
    let answers = Spi::new().take("12345678", &xml).unwrap();
    let fates: Vec<&str> = answers[0]
        .1
        .split("<TxSts>")
        .skip(1)
        .map(|rest| {
            if rest.starts_with("ACSC") {
                "ACSC"
            } else {
                rest.split("<Cd>").nth(1).unwrap().get(..4).unwrap()
            }
        })
        .collect();
    assert_eq!(fates, ["ACSC", "DUPL", "DS0G", "ACSC"]);
}

#[test]
fn an_answer_that_says_the_same_twice_settles_once() {
    let mut spi = Spi::new();
    let end_to_end = payment().end_to_end_id.unwrap();
    let transfer = Transfer { payer: ispb("12345678"), receiver: ispb("87654321"), settled: false };
    spi.0.payments.insert(end_to_end.clone(), transfer);
    let yes = samples::pacs_002(&ispb("87654321"), NOW, &end_to_end).xml;
    let (before, rest) = yes.split_once("<TxInfAndSts>").unwrap();
    let (status, after) = rest.split_once("</TxInfAndSts>").unwrap();
    let twice =
        format!("{before}<TxInfAndSts>{status}</TxInfAndSts><TxInfAndSts>{status}</TxInfAndSts>{after}");
    let answers = spi.take("87654321", &twice).unwrap();
    assert_eq!(answers[0].1.matches("<TxSts>").count(), 1);
}

#[test]
fn headings_and_contents_are_checked() {
    let sample = payment();
    let cases = [
        (sample.xml.replace("<Id>12345678</Id>", "<Id>87654321</Id>"), "sender"),
        (sample.xml.replace("<Id>00038166</Id>", "<Id>87654321</Id>"), "receiver"),
        (sample.xml.replacen(&sample.message_id, "M12345678other000000000000000000", 1), "message-id"),
        (sample.xml.replace("pacs.008.spi.1.16", "camt.052.spi.1.1"), "unknown-message"),
        (sample.xml.replace("pacs.008.spi.1.16", "pacs.008"), "schema"),
        (sample.xml.replace("<NbOfTxs>1<", "<NbOfTxs>2<"), "schema"),
        (sample.xml.replace("EndToEndId>", "Other>"), "schema"),
        ("<Envelope/>".to_owned(), "schema"),
    ];
    for (xml, reason) in cases {
        assert_eq!(Spi::new().take("12345678", &xml), Err(reason.to_owned()));
    }
}

#[test]
fn a_refusal_names_the_resource_and_fits_its_fields() {
    let refusal = Refusal::of(&"r".repeat(99), &"é".repeat(999));
    let draft = Settlement::refuse(ispb("12345678"), "UEkB", &refusal, NOW, &mut Random::new(1));
    assert!(draft.xml.contains("<RltdRef><Ref>UEkB</Ref></RltdRef>"));
    assert!(draft.xml.contains(&format!("<RjctgPtyRsn>{}</RjctgPtyRsn>", "r".repeat(35))));
    assert!(draft.xml.contains(&format!("<RsnDesc>{}</RsnDesc>", "é".repeat(350))));
}

#[test]
fn memory_is_bounded() {
    let mut spi = Spi::new();
    for _ in 0..20 {
        assert!(spi.take("12345678", &payment().xml).is_ok());
    }
    assert_eq!(spi.take("12345678", &payment().xml), Err("simulator-full".to_owned()));
}
