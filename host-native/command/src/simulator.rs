//! `lacre simulator`: BACEN's side of Pix, for testing only.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use lacre_core::{Ispb, Language};
use lacre_native::tls::PeerTrust;
use lacre_simulator::pki::{PkiOptions, ThrowawayPki};
use lacre_simulator::setup::{self, SetupError};
use lacre_simulator::{
    DICT_PORT, Fault, HEALTH_PORT, Participant, Running, SPI_PORT, Simulator, SimulatorConfig, SimulatorError,
};
use tokio::sync::oneshot;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::log;
use crate::said::Said;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
For testing only. It speaks as DICT and SPI do: mutual TLS, every signature that arrives is verified, every answer that \
BACEN signs is signed. It moves no money and forgets everything when it stops. A participant that is not named here is \
virtual: 99999A04 holds the directory's first keys, agrees to claims on them, and accepts every payment.

Port 7272 is left free for its management, which is still to come.

Examples:
  lacre simulator
  lacre simulator --pki pki --seed 7 --dict 0.0.0.0:8181 --spi 0.0.0.0:9191
  lacre simulator --participant 87654321=other.pem --clients other-ca.pem
  lacre simulator --fault tamper-next-answer

Exit codes: 0 ended as asked, 2 usage, or it could not start.")]
pub(crate) struct Args {
    /// The folder of a throwaway PKI; if there is none, it is made.
    #[arg(long, value_name = "DIR", default_value = "lacre-pki")]
    pki: PathBuf,

    /// The ISPB for a PKI that has to be made.
    #[arg(long, default_value = "12345678", value_parser = ispb)]
    ispb: Ispb,

    /// Another participant and its signing certificates (PEM or DER). May be given many times.
    #[arg(long, value_name = "ISPB=FILE", value_parser = participant)]
    participant: Vec<(Ispb, PathBuf)>,

    /// More channel certificates, or their CAs, that may connect (PEM). May be given many times.
    #[arg(long, value_name = "FILE")]
    clients: Vec<PathBuf>,

    /// Where DICT listens: an address, or a port of the loopback interface; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value_t = DICT_PORT.into(), value_parser = address)]
    dict: Address,

    /// Where SPI listens.
    #[arg(long, value_name = "ADDRESS", default_value_t = SPI_PORT.into(), value_parser = address)]
    spi: Address,

    /// Where it says how it is, without TLS.
    #[arg(long, value_name = "ADDRESS", default_value_t = HEALTH_PORT.into(), value_parser = address)]
    health: Address,

    /// Draws everything that looks random from this number, so that a run can be replayed.
    #[arg(long)]
    seed: Option<u64>,

    /// A misbehaviour, by its name; a name that there is not lists them all. Each is done once, in the order given.
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    fault: Vec<Fault>,

    /// Signs DICT's errors as BACEN may: such an error has no time of its own.
    #[arg(long)]
    signed_errors: bool,

    /// Seconds that a read stream waits for messages.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=30))]
    long_poll: u64,

    /// Seconds that a claim's periods last, instead of 7 and 14 days.
    #[arg(long, value_name = "SECONDS")]
    claim_period: Option<u64>,

    /// Ends with standard input: a simulator that another process started does not outlive it.
    #[arg(long, hide = true)]
    until_eof: bool,
}

/// An address as it is written on the command line.
#[derive(Clone, Copy, Debug)]
struct Address(SocketAddr);

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    log::start(if context.quiet { "warn" } else { "info" }, false);
    context.note(context.say(
        "for testing only: it moves no money and forgets everything when it stops (Ctrl-C)",
        "somente para testes: não move dinheiro e esquece tudo quando para (Ctrl-C)",
    ));
    let config = config(args, context)?;
    let seed = config.seed;
    let refused_by_system = |error: std::io::Error| Failure::new(error.to_string());
    let end_of_input = args.until_eof.then(end_of_input).transpose().map_err(refused_by_system)?;
    let runtime = crate::runtime::runtime().map_err(refused_by_system)?;
    runtime.block_on(async {
        // Signals are listened for before anybody is told that it is up.
        let stop = Stop::listen().map_err(|error| Failure::new(error.to_string()))?;
        let running = Simulator::start(config).await.map_err(|error| refused(&error, context.language))?;
        announce(&running, &args.pki, seed, context)?;
        tokio::select! {
            () = stop.wait() => {}
            () = ended(end_of_input) => {}
        }
        running.shutdown().await;
        Ok(Exit::Holds)
    })
}

fn announce(running: &Running, pki: &Path, seed: u64, context: &Context) -> Result<(), Failure> {
    let mut stdout = context.stdout();
    writeln!(stdout, "DICT    https://{}", running.dict_addr())?;
    writeln!(stdout, "SPI     https://{}", running.spi_addr())?;
    writeln!(stdout, "health  http://{}/health", running.health_addr())?;
    writeln!(stdout, "pki     {}", pki.display())?;
    writeln!(stdout, "seed    {seed}")?;
    stdout.flush()?;
    Ok(())
}

fn config(args: &Args, context: &Context) -> Result<SimulatorConfig, Failure> {
    if !args.pki.exists() {
        let mut options = PkiOptions::default();
        options.ispb = args.ispb.to_string();
        ThrowawayPki::create(&args.pki, &options).map_err(|error| Failure::new(error.to_string()))?;
        let made = context.say("made a throwaway PKI", "criou uma PKI descartável");
        context.note(format_args!("{made}: {}", args.pki.display()));
    }
    let unusable = |error| unusable(&error, context.language);
    let mut config = setup::of_pki(&args.pki).map_err(unusable)?;
    for (ispb, path) in &args.participant {
        let added = setup::participant(Some(*ispb), path).map_err(unusable)?;
        join(&mut config.participants, added);
    }
    if !args.clients.is_empty() {
        let mut pem = setup::read(&args.pki.join("ca.pem")).map_err(unusable)?;
        for path in &args.clients {
            let more = setup::read(path).map_err(unusable)?;
            // Each by itself: the PKI's CA before it would hide a file that holds none.
            PeerTrust::from_pem(&more).map_err(|error| unusable(SetupError::Tls(path.clone(), error)))?;
            pem.push(b'\n');
            pem.extend(more);
        }
        config.clients = PeerTrust::from_pem(&pem)
            .map_err(|error| unusable(SetupError::Tls(args.pki.join("ca.pem"), error)))?;
    }
    (config.dict, config.spi, config.health) = (args.dict.0, args.spi.0, args.health.0);
    config.seed = args.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 32);
    config.faults.clone_from(&args.fault);
    config.signed_errors = args.signed_errors;
    config.limits.long_poll = Duration::from_secs(args.long_poll);
    if let Some(seconds) = args.claim_period {
        config.claim_resolution = Duration::from_secs(seconds);
        config.claim_completion = Duration::from_secs(seconds);
    }
    Ok(config)
}

/// One participant may be named twice, with a certificate each time.
fn join(participants: &mut Vec<Participant>, added: Participant) {
    match participants.iter_mut().find(|known| known.ispb == added.ispb) {
        Some(known) => known.signing.extend(added.signing),
        None => participants.push(added),
    }
}

/// Watches for the end of standard input. The thread that reads it ends with the process.
fn end_of_input() -> std::io::Result<oneshot::Receiver<()>> {
    let (ended, end) = oneshot::channel();
    std::thread::Builder::new().spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    })?;
    Ok(end)
}

/// Waits for the end of standard input, if it is watched.
async fn ended(end_of_input: Option<oneshot::Receiver<()>>) {
    match end_of_input {
        Some(end) => drop(end.await),
        None => core::future::pending().await,
    }
}

/// What ends the simulator: Ctrl-C, and where there are such signals, a request to terminate.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn unusable(error: &SetupError, language: Language) -> Failure {
    Failure::new(error.in_language(language)).help(error.help(language))
}

fn refused(error: &SimulatorError, language: Language) -> Failure {
    Failure::new(error.in_language(language)).help(error.help(language))
}

fn ispb(text: &str) -> Result<Ispb, Said> {
    Ispb::new(text).ok_or_else(|| {
        Said::new("an ISPB is eight digits or capitals", "um ISPB são oito dígitos ou letras maiúsculas")
    })
}

fn participant(text: &str) -> Result<(Ispb, PathBuf), Said> {
    let (name, path) =
        text.split_once('=').ok_or_else(|| Said::new("write ISPB=FILE", "escreva ISPB=ARQUIVO"))?;
    Ok((ispb(name)?, PathBuf::from(path)))
}

fn fault(text: &str) -> Result<Fault, Said> {
    Fault::parse(text).ok_or_else(|| {
        let known: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        let known = known.join(", ");
        Said::new(format!("known faults: {known}"), format!("falhas conhecidas: {known}"))
    })
}

fn address(text: &str) -> Result<Address, Said> {
    let port: Result<u16, _> = text.strip_prefix(':').unwrap_or(text).parse();
    if let Ok(port) = port {
        return Ok(port.into());
    }
    text.parse().map(Address).map_err(|_| {
        Said::new(
            "write an address as 127.0.0.1:8181, or a port",
            "escreva um endereço como 127.0.0.1:8181, ou uma porta",
        )
    })
}

impl From<u16> for Address {
    fn from(port: u16) -> Self {
        Self(SocketAddr::from((core::net::Ipv4Addr::LOCALHOST, port)))
    }
}

impl core::fmt::Display for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}
