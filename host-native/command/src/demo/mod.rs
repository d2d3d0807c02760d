//! `lacre demo`: everything once, on this machine, for somebody who never saw Pix.

mod caller;
mod scenes;
mod tamper;
mod trail;

use core::time::Duration;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use lacre_core::exchange::Channel;
use lacre_native::audit::{AuditSink, AuditTrail, Row};
use lacre_native::finding::Level;
use lacre_native::proxy::{ChannelSetup, Setup, serve};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::caller::Caller;
use self::scenes::Scenes;
use self::tamper::Tampering;
use self::trail::Trail;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::local::{self, Bacen, PROXY_DICT_PORT, PROXY_SPI_PORT, Place, filled};
use crate::proxy::{THREADS, runtime, tell};
use crate::verifier;

/// The proxy gives up on BACEN after this: nobody watches a demonstration wait.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
For testing only. Makes throwaway keys in a temporary folder, starts BACEN's simulator and the proxy, makes real DICT calls and real \
SPI payments through them, has one answer changed on its way, and shows the audit trail. Nothing leaves this machine; root is not needed.

Examples:
  lacre demo
  lacre demo --folder ./demo      keeps everything there

Exit codes: 0 every expectation held, 2 at least one did not.")]
pub(crate) struct Args {
    /// The folder to write into, which must not exist or be empty; otherwise a temporary one, which stays.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Seconds to wait before each step, for reading along.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60))]
    pause: u64,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let started = Instant::now();
    let place = Place::prepare(&folder(args, context)?, context)?;
    let mut bacen = Bacen::start(&place, context)?;
    let outcome = runtime(THREADS, context)?.block_on(perform(
        &place,
        &mut bacen,
        Duration::from_secs(args.pause),
        context,
    ));
    let mut stdout = context.stdout();
    match outcome {
        Ok(()) => {
            let seconds = format!("{:.1}", started.elapsed().as_secs_f32());
            let text = context.say("Everything held, in {} s.", "Tudo confere, em {} s.");
            writeln!(stdout, "\n{}", filled(text, &[&seconds]))?;
            stdout.flush()?;
            Ok(Exit::Holds)
        }
        Err(why) => {
            let mut failure = Failure::new(why);
            if !bacen.is_alive() {
                let gone = context.say("the simulator has ended: see {}", "o simulador terminou: veja {}");
                failure = failure.help(filled(gone, &[&bacen.log.display().to_string()]));
            }
            Err(failure)
        }
    }
}

fn folder(args: &Args, context: &Context) -> Result<PathBuf, Failure> {
    match &args.folder {
        Some(folder) => new_folder(folder, context),
        None => tempfile::Builder::new()
            .prefix("lacre-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(|error| Failure::new(error.to_string())),
    }
}

/// At the end the reader is told to remove it: so nothing of theirs may be in it.
fn new_folder(folder: &Path, context: &Context) -> Result<PathBuf, Failure> {
    let unusable = |error| Failure::file(folder, &error);
    let folder = std::path::absolute(folder).map_err(unusable)?;
    if folder.exists() && std::fs::read_dir(&folder).map_err(unusable)?.next().is_some() {
        let words = context.say("is not empty", "não está vazia");
        let help =
            context.say("name a folder that does not exist yet", "indique uma pasta que ainda não exista");
        return Err(Failure::new(format!("`{}` {words}", folder.display())).help(help));
    }
    Ok(folder)
}

async fn perform(place: &Place, bacen: &mut Bacen, pause: Duration, context: &Context) -> Result<(), String> {
    let words = |failure: Failure| failure.words().map(|(message, _)| message.to_owned()).unwrap_or_default();
    let spi = local::listen(PROXY_SPI_PORT).await.map_err(words)?;
    let dict = local::listen(PROXY_DICT_PORT).await.map_err(words)?;
    let (spi_address, dict_address) =
        (local::address(&spi).map_err(words)?, local::address(&dict).map_err(words)?);
    place.configure(bacen, dict_address, spi_address).map_err(words)?;
    let (setup, findings) = Setup::read(&place.config);
    for finding in findings.iter().filter(|finding| finding.level() > Level::Holds) {
        tell(finding, context);
    }
    let setup = setup.ok_or("the proxy's configuration cannot be used")?;
    let trail = Arc::new(AuditTrail::open(setup.audit.clone()).map_err(|error| error.to_string())?);
    let (stop, stopping) = watch::channel(false);
    let mut fronts = JoinSet::new();
    let mut thief = None;
    for (channel, listener) in setup.channels.iter().zip([spi, dict]) {
        let way = Arc::new(Tampering::new(Arc::new(channel.client.clone())));
        if channel.policy.channel == Channel::Dict {
            thief = Some(Arc::clone(&way));
        }
        let exchanges = exchanges(channel, way, Arc::<AuditTrail>::clone(&trail));
        fronts.spawn(serve(listener, exchanges, setup.limits, stopping.clone()));
    }
    let thief = thief.ok_or("no DICT channel")?;
    introduce(place, bacen, (dict_address, spi_address), context).map_err(|error| error.to_string())?;
    let caller = Caller::new(dict_address, spi_address);
    let scenes = Scenes { context, caller: &caller, thief: &thief, pause };
    let patience = PATIENCE.saturating_add(pause.saturating_mul(scenes::COUNT));
    let played = tokio::time::timeout(patience, scenes.play()).await;
    let played = played.unwrap_or_else(|_| Err(context.say("it took too long", "demorou demais").to_owned()));
    stop.send_replace(true);
    while fronts.join_next().await.is_some() {}
    trail.close().await.map_err(|error| error.to_string())?;
    played?;
    show_trail(place, caller.calls(), context)?;
    if !bacen.is_alive() {
        return Err(context
            .say("the simulator ended on the way", "o simulador terminou no caminho")
            .to_owned());
    }
    Ok(())
}

fn exchanges(
    channel: &ChannelSetup,
    way: Arc<Tampering>,
    trail: Arc<dyn AuditSink>,
) -> watch::Receiver<Arc<lacre_native::exchange::Exchanges>> {
    // The sender may go: nothing is changed while the demonstration runs.
    watch::channel(Arc::new(channel.exchanges_over(way, trail))).1
}

fn introduce(
    place: &Place,
    bacen: &Bacen,
    (dict, spi): (core::net::SocketAddr, core::net::SocketAddr),
    context: &Context,
) -> std::io::Result<()> {
    let mut out = context.stdout();
    let text = context.say(
        "lacre demo, for testing only: throwaway keys, a simulated BACEN, nothing leaves this machine.\n\
         Pix in a few words: DICT is the directory of Pix keys, SPI moves the money, BACEN runs both, and every\n\
         message between a bank and BACEN carries an XML signature and travels over mutual TLS.\n\n\
         folder  {}\n\
         BACEN   simulator, process {}: DICT {}, SPI {} (mutual TLS)\n\
         bank    proxy of ISPB {}: DICT http://{}, SPI http://{}\n",
        "lacre demo, somente para testes: chaves descartáveis, um BACEN simulado, nada sai desta máquina.\n\
         O Pix em poucas palavras: o DICT é o diretório de chaves Pix, o SPI move o dinheiro, o BACEN opera os dois, e\n\
         toda mensagem entre um banco e o BACEN leva uma assinatura XML e viaja por TLS mútuo.\n\n\
         pasta   {}\n\
         BACEN   simulador, processo {}: DICT {}, SPI {} (TLS mútuo)\n\
         banco   proxy do ISPB {}: DICT http://{}, SPI http://{}\n",
    );
    let values = [
        place.folder.display().to_string(),
        bacen.process_id().to_string(),
        bacen.dict.to_string(),
        bacen.spi.to_string(),
        local::ISPB.to_owned(),
        dict.to_string(),
        spi.to_string(),
    ];
    writeln!(out, "{}", filled(text, &values.each_ref().map(String::as_str)))?;
    out.flush()
}

/// Every call must have its row, in both formats and in an unbroken chain.
fn show_trail(place: &Place, calls: usize, context: &Context) -> Result<(), String> {
    let trail = Trail::read(&place.audit)?;
    if trail.rows.len() != calls {
        let text = context.say("{} exchanges, but {} audit rows", "{} trocas, mas {} linhas de auditoria");
        return Err(filled(text, &[&calls.to_string(), &trail.rows.len().to_string()]));
    }
    if !trail.rows.iter().any(|row| row.text("outcome") == Some("answer-refused")) {
        return Err(context.say("the refusal was not recorded", "a recusa não foi registrada").to_owned());
    }
    write_trail(&trail, place, context).map_err(|error| error.to_string())
}

fn write_trail(trail: &Trail, place: &Place, context: &Context) -> std::io::Result<()> {
    let mut out = context.stdout();
    let count = trail.rows.len().to_string();
    let text = context.say(
        "The audit trail: {} rows, one per exchange, the same in NDJSON and Parquet, each sealed over the one before.",
        "A trilha de auditoria: {} linhas, uma por troca, iguais em NDJSON e Parquet, cada uma selada sobre a anterior.",
    );
    writeln!(out, "{}", filled(text, &[&count]))?;
    for row in &trail.rows {
        writeln!(out, "   {}", line(row))?;
    }
    writeln!(out, "\n{}", context.say("How to look at them:", "Como olhar:"))?;
    for path in trail.files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ndjson")) {
        writeln!(out, "   less '{}'", path.display())?;
    }
    let folder = place.audit.display();
    writeln!(
        out,
        "   duckdb -c \"SELECT request_date, request_path, outcome FROM '{folder}/log/**/*.parquet'\""
    )?;
    let page = verifier::find();
    let text = match &page {
        Some(_) => context.say(
            "the auditors' page: {}, or `lacre verifier`",
            "a página dos auditores: {}, ou `lacre verifier`",
        ),
        None => context.say(
            "the auditors' page: build it with `cargo xtask page`, then `lacre verifier`",
            "a página dos auditores: construa-a com `cargo xtask page`, depois `lacre verifier`",
        ),
    };
    writeln!(out, "   {}", filled(text, &[&page.unwrap_or_default().display().to_string()]))?;
    let text = context.say("When you are done: rm -r '{}'", "Quando terminar: rm -r '{}'");
    writeln!(out, "{}", filled(text, &[&place.folder.display().to_string()]))?;
    out.flush()
}

fn line(row: &Row) -> String {
    let text = |name| row.text(name).unwrap_or("-");
    let status =
        row.integer("response_status_code").map_or_else(|| "-".to_owned(), |status| status.to_string());
    format!(
        "{}  {:<4} {:<6} {status:<3} {:<14} {:<7} {}",
        text("request_date"),
        text("channel"),
        text("request_method"),
        text("outcome"),
        text("response_signature_verdict"),
        text("request_path"),
    )
}
