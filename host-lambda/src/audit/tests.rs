use lacre_aws::CallError;
use lacre_core::exchange::Channel;
use lacre_core::exchange::chain::verify_link;
use lacre_core::exchange::record::Content;
use lacre_native::audit::Row;
use lacre_native::finding::ConfigReason;

use super::bucket::Doing;
use super::stream::Put;
use super::*;

/// How long the stream is left alone here at most, and the first time.
const PAUSE: Duration = Duration::from_secs(16);
const FIRST_PAUSE: Duration = Duration::from_secs(1);

const BUDGET: Duration = Duration::from_millis(400);

/// A stream that does as it is told.
#[derive(Debug, Default)]
struct FakeStream {
    taken: Mutex<Vec<Vec<u8>>>,
    calls: Mutex<u32>,
    mood: Mutex<Mood>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Mood {
    #[default]
    Good,
    Down,
    /// Takes every other line, beginning with the first.
    Half,
    /// Answers, and takes nothing: what Firehose does when it is throttled.
    Full,
    Silent,
}

impl Stream for FakeStream {
    fn put<'a>(&'a self, _stream: &'a str, lines: &'a [&'a [u8]], within: Duration) -> Put<'a> {
        *self.calls.lock().unwrap() += 1;
        let mood = *self.mood.lock().unwrap();
        Box::pin(async move {
            let takes = |number: usize| match mood {
                Mood::Half => number.is_multiple_of(2),
                Mood::Full => false,
                _ => true,
            };
            match mood {
                Mood::Down => return Err(failed()),
                Mood::Silent => {
                    tokio::time::sleep(within).await;
                    return Err(failed());
                }
                Mood::Good | Mood::Half | Mood::Full => {}
            }
            let taken: Vec<bool> = (0..lines.len()).map(takes).collect();
            let lines = lines.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(line, _)| line.to_vec());
            self.taken.lock().unwrap().extend(lines);
            Ok(taken)
        })
    }
}

#[derive(Debug, Default)]
struct FakeBucket {
    objects: Mutex<Vec<(String, Vec<u8>)>>,
    down: Mutex<bool>,
}

impl Bucket for FakeBucket {
    fn put<'a>(&'a self, key: &'a str, octets: Vec<u8>, _within: Duration) -> Doing<'a, ()> {
        Box::pin(async move {
            if *self.down.lock().unwrap() {
                return Err(failed());
            }
            self.objects.lock().unwrap().push((key.to_owned(), octets));
            Ok(())
        })
    }

    fn list<'a>(&'a self, _prefix: &'a str, _after: Option<&'a str>) -> Doing<'a, (Vec<String>, bool)> {
        Box::pin(async { Ok((Vec::new(), false)) })
    }

    fn get<'a>(&'a self, _key: &'a str) -> Doing<'a, Vec<u8>> {
        Box::pin(async { Err(failed()) })
    }

    fn delete<'a>(&'a self, _key: &'a str) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

fn failed() -> CallError {
    CallError::new(ConfigReason::AwsFailed, "down")
}

struct World {
    stream: Arc<FakeStream>,
    bucket: Arc<FakeBucket>,
    trail: Arc<Trail>,
}

impl World {
    fn new() -> Self {
        let (stream, bucket) = (Arc::new(FakeStream::default()), Arc::new(FakeBucket::default()));
        let place: Arc<dyn Bucket> = Arc::<FakeBucket>::clone(&bucket);
        let trail = Arc::new(Trail::new(
            Arc::<FakeStream>::clone(&stream),
            Some(place),
            Arc::new(Meter::default()),
            PAUSE,
        ));
        trail.use_stream("stream");
        Self { stream, bucket, trail }
    }

    async fn record(&self, number: i64) -> Result<Receipt, AuditError> {
        self.record_one(Record::new(Channel::Spi, &format!("exchange-{number}"), number)).await
    }

    async fn record_one(&self, record: Record) -> Result<Receipt, AuditError> {
        Sink { trail: Arc::clone(&self.trail), within: BUDGET }.record(record).await
    }

    /// The sequences of all records that arrived anywhere, sorted; each is checked to be what was sealed.
    fn arrived(&self) -> Vec<i64> {
        let spilled = self.bucket.objects.lock().unwrap();
        let spilled =
            spilled.iter().filter(|(key, _)| key.starts_with("spill/")).map(|(_, line)| line.clone());
        let mut rows: Vec<Row> = self
            .stream
            .taken
            .lock()
            .unwrap()
            .iter()
            .cloned()
            .chain(spilled)
            .map(|line| serde_json::from_slice(&line).unwrap())
            .collect();
        rows.sort_by_key(|row| row.integer("chain_sequence"));
        let mut previous = [0; 32];
        for row in &rows {
            previous = verify_link(&previous, row.values()).expect("the chain holds");
        }
        rows.iter().filter_map(|row| row.integer("chain_sequence")).collect()
    }
}

#[tokio::test]
async fn a_record_is_in_the_stream_before_the_answer_goes() {
    let world = World::new();
    for number in 0..3 {
        assert_eq!(world.record(number).await.unwrap().sequence, number);
    }
    assert_eq!((world.arrived(), world.trail.pending()), (vec![0, 1, 2], 0));
    assert!(world.bucket.objects.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_stream_that_is_down_costs_one_attempt_and_loses_nothing() {
    let world = World::new();
    *world.stream.mood.lock().unwrap() = Mood::Down;
    for number in 0..20 {
        world.record(number).await.unwrap();
    }
    assert_eq!(*world.stream.calls.lock().unwrap(), 1);
    assert_eq!(world.bucket.objects.lock().unwrap().len(), 20);
    *world.stream.mood.lock().unwrap() = Mood::Good;
    tokio::time::sleep(FIRST_PAUSE).await;
    world.record(20).await.unwrap();
    assert_eq!(world.stream.taken.lock().unwrap().len(), 1);
    assert_eq!(world.arrived(), (0..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_what_the_stream_refused_is_handed_to_it_again() {
    let world = World::new();
    *world.stream.mood.lock().unwrap() = Mood::Down;
    *world.bucket.down.lock().unwrap() = true;
    for number in 0..7 {
        assert_eq!(world.record(number).await, Err(AuditError::Pending));
    }
    assert_eq!(world.trail.pending(), 7);
    *world.stream.mood.lock().unwrap() = Mood::Half;
    *world.bucket.down.lock().unwrap() = false;
    tokio::time::sleep(FIRST_PAUSE).await;
    world.record(7).await.unwrap();
    // Eight, then four, then two of them; the last one is spilled.
    assert_eq!((world.arrived(), world.trail.pending()), ((0..8).collect::<Vec<_>>(), 0));
}

#[tokio::test]
async fn a_stream_that_refuses_every_record_is_left_alone_too() {
    let world = World::new();
    *world.stream.mood.lock().unwrap() = Mood::Full;
    for number in 0..20 {
        world.record(number).await.unwrap();
    }
    assert_eq!(*world.stream.calls.lock().unwrap(), ROUNDS_MAX);
    assert_eq!((world.arrived(), world.trail.pending()), ((0..20).collect::<Vec<_>>(), 0));
}

#[tokio::test]
async fn a_stream_that_refuses_every_record_is_asked_again_while_the_bucket_is_closed() {
    let world = World::new();
    *world.stream.mood.lock().unwrap() = Mood::Full;
    *world.bucket.down.lock().unwrap() = true;
    for number in 0..3 {
        world.record(number).await.unwrap_err();
    }
    assert_eq!((*world.stream.calls.lock().unwrap(), world.trail.pending()), (3 * ROUNDS_MAX, 3));
    *world.stream.mood.lock().unwrap() = Mood::Good;
    world.record(3).await.unwrap();
    assert_eq!((world.arrived(), world.trail.pending()), ((0..4).collect::<Vec<_>>(), 0));
}

#[tokio::test]
async fn a_stream_that_keeps_failing_is_left_alone_longer() {
    let world = World::new();
    let pause = |world: &World| {
        let mut state = world.trail.lock();
        state.leave_alone(PAUSE);
        state.paused_until.unwrap().duration_since(Instant::now()).as_secs_f64().round()
    };
    let pauses: Vec<f64> = (0..6).map(|_| pause(&world)).collect();
    assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 16.0]);
    world.trail.lock().paused_until = None;
    world.record(0).await.unwrap();
    assert_eq!((pause(&world), world.arrived()), (1.0, vec![0]));
}

#[tokio::test]
async fn a_silent_stream_never_costs_more_than_the_budget() {
    let world = World::new();
    *world.stream.mood.lock().unwrap() = Mood::Silent;
    let begun = Instant::now();
    world.record(0).await.unwrap();
    assert!(begun.elapsed() <= BUDGET * 4);
    assert_eq!(world.arrived(), [0]);
}

#[tokio::test]
async fn a_body_that_is_too_large_lies_in_the_bucket_before_its_record_goes() {
    let world = World::new();
    let octets = vec![b'x'; 2_000_000];
    let record = || {
        let mut record = Record::new(Channel::Dict, "exchange-1", 1);
        record.response_body = Some(Content::of(&octets));
        record
    };
    *world.bucket.down.lock().unwrap() = true;
    assert_eq!(world.record_one(record()).await, Err(AuditError::Pending));
    assert!(world.stream.taken.lock().unwrap().is_empty());
    *world.bucket.down.lock().unwrap() = false;
    world.record_one(record()).await.unwrap();
    assert_eq!(world.arrived(), [0, 1]);
    let objects = world.bucket.objects.lock().unwrap();
    assert!(
        objects.iter().all(|(key, body)| key.starts_with("body/dict/") && *body == octets),
        "{objects:?}"
    );
}

#[tokio::test]
async fn without_a_stream_the_record_goes_to_the_bucket() {
    let world = World::new();
    world.trail.lock().stream_name = None;
    world.record(0).await.unwrap();
    assert_eq!(world.bucket.objects.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn memory_is_bounded_and_what_does_not_fit_leaves_a_gap() {
    let world = World::new();
    *world.stream.mood.lock().unwrap() = Mood::Down;
    *world.bucket.down.lock().unwrap() = true;
    let large = || {
        let mut record = Record::new(Channel::Spi, "exchange-1", 1);
        record.request_body = Some(Content::of(&vec![b'x'; 12 << 20]));
        record
    };
    assert_eq!(world.record_one(large()).await, Err(AuditError::Pending));
    assert_eq!(world.record_one(large()).await, Err(AuditError::Pending));
    assert_eq!(world.record_one(large()).await, Err(AuditError::Refused));
    assert_eq!(world.trail.pending(), 2);
}
