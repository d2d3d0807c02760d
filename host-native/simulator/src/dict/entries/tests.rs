use super::*;
use crate::dict::keys::key_fault;
use crate::samples;

const NOW: i64 = 1_767_614_400_000;

fn ispb(text: &str) -> Ispb {
    Ispb::new(text).unwrap()
}

fn create_request() -> CreateEntryRequest {
    quick_xml::de::from_str(&samples::create_entry(&ispb("12345678"))).unwrap()
}

fn with_key(kind: KeyType, key: Option<&str>) -> CreateEntryRequest {
    let mut request = create_request();
    request.entry.key_type = kind;
    request.entry.key = key.map(str::to_owned);
    request
}

fn create(directory: &mut Directory, request: CreateEntryRequest) -> Result<ExtendedEntry, &'static str> {
    directory.create(&ispb("12345678"), request, NOW, &mut Random::new(3)).map_err(|problem| problem.kind())
}

fn kinds<T>(result: Result<T, Problem>) -> &'static str {
    result.err().map_or("ok", |problem| problem.kind())
}

#[test]
fn an_entry_lives_from_create_to_delete() {
    let (mut directory, caller) = (Directory::new(10), ispb("12345678"));
    let created = create(&mut directory, create_request()).map_err(str::to_owned).unwrap();
    assert_eq!(
        (created.key.as_str(), created.creation_date.as_str()),
        (samples::KEY, "2026-01-05T12:00:00.000Z")
    );
    let update: UpdateEntryRequest = quick_xml::de::from_str(&samples::update_entry(&caller)).unwrap();
    let updated = directory.update(&caller, samples::KEY, update).ok().unwrap();
    assert_eq!(updated.account.account_number, "0009081726");
    let delete: DeleteEntryRequest = quick_xml::de::from_str(&samples::delete_entry(&caller)).unwrap();
    assert_eq!(kinds(directory.delete(&ispb("87654321"), samples::KEY, &delete)), "Forbidden");
    assert_eq!(directory.delete(&caller, samples::KEY, &delete).ok().unwrap(), samples::KEY);
    assert_eq!(kinds(directory.entry(samples::KEY)), "NotFound");
    assert_eq!(kinds(directory.delete(&caller, samples::KEY, &delete)), "NotFound");
    assert!(directory.accounts.is_empty());
}

#[test]
fn the_same_request_again_is_answered_alike_and_another_under_its_id_is_not() {
    let mut directory = Directory::new(10);
    let request = create_request();
    let mut other = request.clone();
    other.entry.account.account_number = "1".to_owned();
    assert!(create(&mut directory, request.clone()).is_ok() && create(&mut directory, request).is_ok());
    assert_eq!(directory.entries.len(), 1);
    assert_eq!(create(&mut directory, other).err(), Some("RequestIdAlreadyUsed"));
}

#[test]
fn a_key_that_is_taken_says_by_whom() {
    let mut directory = Directory::new(10);
    create(&mut directory, create_request()).ok().unwrap();
    assert_eq!(create(&mut directory, create_request()).err(), Some("EntryAlreadyExists"));
    let mut elsewhere = create_request();
    elsewhere.entry.account.participant = "87654321".to_owned();
    let result = directory.create(&ispb("87654321"), elsewhere, NOW, &mut Random::new(1));
    assert_eq!(kinds(result), "EntryKeyInCustodyOfDifferentParticipant");
    let mut someone_else = create_request();
    someone_else.entry.owner.tax_id_number = "24813690505".to_owned();
    assert_eq!(create(&mut directory, someone_else).err(), Some("EntryKeyOwnedByDifferentPerson"));
}

#[test]
fn an_evp_is_made_and_never_given() {
    let mut directory = Directory::new(10);
    let made = create(&mut directory, with_key(KeyType::Evp, None)).ok().unwrap();
    assert_eq!(key_fault(KeyType::Evp, &made.key), None);
    let given = with_key(KeyType::Evp, Some("6f1d2c3b-9a84-4e57-8b60-1c2d3e4f5a6b"));
    assert_eq!(create(&mut directory, given).err(), Some("EntryInvalid"));
}

#[test]
fn what_is_wrong_is_listed() {
    let mut request = create_request();
    request.entry.key = Some("No E-Mail".to_owned());
    request.entry.owner.tax_id_number = "71460238002".to_owned();
    request.entry.owner.name = "<b>".to_owned();
    request.entry.owner.trade_name = Some("Person".to_owned());
    request.entry.account.branch = Some("00001".to_owned());
    request.entry.account.account_type = "GOLD".to_owned();
    request.entry.account.opening_date = "yesterday".to_owned();
    let refused =
        Directory::new(1).create(&ispb("12345678"), request, NOW, &mut Random::new(1)).err().unwrap();
    let document = refused.dict_xml("A");
    for property in
        ["key", "owner.taxIdNumber", "owner.name", "owner.tradeName", "account.branch", "account.accountType"]
    {
        assert!(
            document.contains(&format!("<property>entry.{property}</property>")),
            "{property}: {document}"
        );
    }
    assert_eq!(document.matches("<violation>").count(), 7);
}

#[test]
fn rules_of_reason_owner_and_participant() {
    let mut directory = Directory::new(10);
    let mut closing = create_request();
    closing.reason = Reason::AccountClosure;
    assert_eq!(create(&mut directory, closing).err(), Some("InvalidReason"));
    let cpf_of_another = with_key(KeyType::Cpf, Some("24813690505"));
    assert_eq!(create(&mut directory, cpf_of_another).err(), Some("EntryTaxIdNumberByDifferentOwner"));
    let mut for_another = create_request();
    for_another.entry.account.participant = "87654321".to_owned();
    assert_eq!(create(&mut directory, for_another).err(), Some("Forbidden"));
    let mut no_uuid = create_request();
    no_uuid.request_id = "5a1f0c6e7b394d0a9c3d2f1f6a8e4b70".to_owned();
    assert_eq!(create(&mut directory, no_uuid).err(), Some("BadRequest"));
}

#[test]
fn an_update_gives_the_key_to_nobody_else() {
    let (mut directory, caller) = (Directory::new(10), ispb("12345678"));
    create(&mut directory, create_request()).ok().unwrap();
    let update =
        || -> UpdateEntryRequest { quick_xml::de::from_str(&samples::update_entry(&caller)).unwrap() };
    let mut to_another = update();
    to_another.owner.as_mut().unwrap().tax_id_number = "24813690505".to_owned();
    assert_eq!(kinds(directory.update(&caller, samples::KEY, to_another)), "EntryInvalid");
    let mut elsewhere = update();
    elsewhere.account.as_mut().unwrap().participant = "87654321".to_owned();
    assert_eq!(kinds(directory.update(&caller, samples::KEY, elsewhere)), "Forbidden");
    assert_eq!(kinds(directory.update(&caller, "+5511900000000", update())), "BadRequest");
    assert_eq!(kinds(directory.update(&ispb("87654321"), samples::KEY, update())), "Forbidden");
}

#[test]
fn an_account_and_the_directory_fill_up() {
    let mut directory = Directory::new(7);
    for number in 0..5 {
        let key = format!("k{number}@pix.example");
        create(&mut directory, with_key(KeyType::Email, Some(&key))).ok().unwrap();
    }
    let sixth = || with_key(KeyType::Email, Some("k6@pix.example"));
    assert_eq!(create(&mut directory, sixth()).err(), Some("EntryLimitExceeded"));
    let on_account = |number: &str| {
        let mut request = with_key(KeyType::Email, Some(&format!("a{number}@pix.example")));
        request.entry.account.account_number = number.to_owned();
        request
    };
    create(&mut directory, on_account("1")).ok().unwrap();
    create(&mut directory, on_account("2")).ok().unwrap();
    assert_eq!(create(&mut directory, on_account("3")).err(), Some("ServiceUnavailable"));
}

#[test]
fn the_cid_is_that_of_the_manuals_example() {
    let mut entry = create_request().entry;
    entry.key_type = KeyType::Phone;
    entry.owner.tax_id_number = "11122233300".to_owned();
    entry.owner.name = "João Silva".to_owned();
    entry.account = Account {
        participant: "12345678".to_owned(),
        branch: Some("00001".to_owned()),
        account_number: "0007654321".to_owned(),
        account_type: "CACC".to_owned(),
        opening_date: String::new(),
    };
    let request_id = Uuid::from_bytes(core::array::from_fn(|i| u8::try_from(i + 1).unwrap()));
    let hex: String =
        cid(&request_id, &entry, "+5511987654321").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "28c06eb41c4dc9c3ae114831efcac7446c8747777fca8b145ecd31ff8480ae88");
}
