//! An instance of the function: the program as a process, with the environment that Lambda gives, and what it writes.

use core::time::Duration;
use std::fs::OpenOptions;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use bytes::Bytes;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::runtime_api::{Answer, RuntimeApi, Startup};
use super::{Call, Reply, Source};
use crate::aws::REGION;

/// A running instance. It is killed when this is dropped.
#[derive(Debug)]
pub struct Function {
    /// The API that it asks for events.
    pub api: RuntimeApi,
    child: Child,
    started: Instant,
    /// What it writes: a file, so that everything that it wrote before an answer is there with the answer.
    output: NamedTempFile,
}

/// How an instance ended.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a process leaves")]
pub struct Ended {
    /// Its status, if it ended in time by itself.
    pub status: Option<ExitStatus>,
    /// How long that took.
    pub took: Duration,
}

/// The time that the template gives an invocation.
pub const TIMEOUT: Duration = Duration::from_secs(28);

/// How long a start may take on a machine that does other things.
const STARTUP: Duration = Duration::from_secs(60);

/// The variables that Lambda sets, and where AWS is.
#[must_use]
pub fn lambda_environment(aws_url: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "test"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_LAMBDA_FUNCTION_NAME", "lacre"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/lacre"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/25/[$LATEST]0123456789abcdef"),
        ("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

impl Function {
    /// Starts the program as it was built for tests.
    pub async fn start(environment: &[(String, String)]) -> Self {
        Self::start_as(&mut Command::new(crate::lambda()), environment).await
    }

    /// Starts the program by a command of the test's own.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start_as(command: &mut Command, environment: &[(String, String)]) -> Self {
        let api = RuntimeApi::start().await;
        let output = NamedTempFile::new().unwrap();
        let pen = || OpenOptions::new().append(true).open(output.path()).unwrap();
        let child = command
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .stdin(Stdio::null())
            .stdout(pen())
            .stderr(pen())
            .spawn()
            .unwrap();
        Self { api, child, started: Instant::now(), output }
    }

    /// Waits until it is ready, or says why not.
    pub async fn startup(&self) -> Startup {
        self.api.startup(STARTUP).await
    }

    /// Waits until it is ready.
    ///
    /// # Panics
    /// If it is not.
    pub async fn ready(&self) {
        let startup = self.startup().await;
        assert_eq!(startup, Startup::Ready, "{}", self.said());
    }

    /// One request and its reply.
    ///
    /// # Panics
    /// If it fails or says nothing.
    pub async fn call(&self, source: Source, call: &Call) -> Reply {
        self.call_within(source, call, TIMEOUT).await.0
    }

    /// One request and its reply before a deadline, and how much time was left.
    ///
    /// # Panics
    /// If it fails or says nothing.
    pub async fn call_within(&self, source: Source, call: &Call, timeout: Duration) -> (Reply, Duration) {
        match self.api.invoke(source.event(call), timeout).await {
            Answer::Response(answer, left) => (source.reply(&answer), left),
            other => panic!("{other:?}: {}", self.said()),
        }
    }

    /// One event and its answer.
    ///
    /// # Panics
    /// If it fails or says nothing.
    pub async fn invoke(&self, event: impl Into<Bytes>) -> Value {
        match self.api.invoke(event, TIMEOUT).await {
            Answer::Response(answer, _) => answer,
            other => panic!("{other:?}: {}", self.said()),
        }
    }

    /// Everything that it wrote.
    ///
    /// # Panics
    /// If that cannot be read.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.output.path()).unwrap()
    }

    /// The lines of its log: JSON objects all of them.
    ///
    /// # Panics
    /// If a line is none.
    #[must_use]
    pub fn logs(&self) -> Vec<Value> {
        self.objects().into_iter().filter(|line| line.get("_aws").is_none()).collect()
    }

    /// The lines that CloudWatch reads metrics from.
    ///
    /// # Panics
    /// If a line is no JSON object.
    #[must_use]
    pub fn metrics(&self) -> Vec<Value> {
        self.objects().into_iter().filter(|line| line.get("_aws").is_some()).collect()
    }

    /// The sum of a metric's values so far.
    #[must_use]
    pub fn metric(&self, name: &str) -> f64 {
        let metrics = self.metrics();
        metrics.iter().flat_map(|line| numbers(&line[name])).sum()
    }

    /// The words of every alarm that its log raised.
    #[must_use]
    pub fn alarms(&self) -> Vec<String> {
        let logs = self.logs();
        logs.iter().filter_map(|line| line["alarm"].as_str().map(str::to_owned)).collect()
    }

    fn objects(&self) -> Vec<Value> {
        let said = self.said();
        // The last line may be half written.
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let object = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            assert!(value.is_object(), "{line}");
            value
        };
        whole.lines().map(object).collect()
    }

    /// How long ago it was started.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// How much CPU time it has used, all its threads together.
    ///
    /// # Panics
    /// If the process is gone.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let nanoseconds = tasks.filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// How much memory it holds now, in KiB.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// How much memory it held at most, in KiB.
    #[must_use]
    pub fn resident_max_kib(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Asks it to end, as Lambda does before it takes an instance away, and waits so long at most.
    pub async fn terminate(&mut self, within: Duration) -> Ended {
        self.signal("TERM");
        self.ended(within).await
    }

    /// Waits until it ends by itself, so long at most.
    ///
    /// # Panics
    /// If its state cannot be seen.
    pub async fn ended(&mut self, within: Duration) -> Ended {
        let begun = Instant::now();
        loop {
            let status = self.child.try_wait().unwrap();
            if status.is_some() || begun.elapsed() > within {
                return Ended { status, took: begun.elapsed() };
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Takes its time away between invocations, as Lambda does.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(all) => all.iter().flat_map(numbers).collect(),
        one => one.as_f64().into_iter().collect(),
    }
}
