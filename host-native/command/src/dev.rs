//! `lacre dev`: a whole Pix on this machine that stays up.

use std::io::Write as _;
use std::path::PathBuf;

use lacre_native::finding::Level;
use lacre_native::proxy::{self, Setup};
use lacre_simulator::samples;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::local::{self, Bacen, PROXY_DICT_PORT, PROXY_SPI_PORT, Place};
use crate::log;
use crate::proxy::{THREADS, runtime, stop_on_signal, tell};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
For testing only. A throwaway PKI, BACEN's simulator (DICT 8181, SPI 9191, health 7171) and the proxy before it (DICT 8080, \
SPI 9090), until ctrl-c. Ports that are taken are replaced by free ones; the addresses are said at the start. Nothing leaves this machine.

Examples:
  lacre dev
  lacre dev --folder ./pix      keeps keys and audit trail there for the next time

Exit codes: 0 ended as asked, 2 something failed.")]
pub(crate) struct Args {
    /// The folder for keys, configuration and audit trail; otherwise a temporary one that is removed at the end.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    log::start(if context.quiet { "error" } else { "info" }, false);
    let temporary = tempfile::Builder::new()
        .prefix("lacre-dev-")
        .tempdir()
        .map_err(|error| Failure::new(error.to_string()))?;
    let folder = match &args.folder {
        Some(folder) => std::path::absolute(folder).map_err(|error| Failure::file(folder, &error))?,
        None => temporary.path().to_owned(),
    };
    let place = Place::prepare(&folder, context)?;
    let bacen = Bacen::start(&place, context)?;
    runtime(THREADS, context)?.block_on(stay(&place, &bacen, context))?;
    Ok(Exit::Holds)
}

async fn stay(place: &Place, bacen: &Bacen, context: &Context) -> Result<(), Failure> {
    let (spi, dict) = (local::listen(PROXY_SPI_PORT).await?, local::listen(PROXY_DICT_PORT).await?);
    let (spi_address, dict_address) = (local::address(&spi)?, local::address(&dict)?);
    place.configure(bacen, dict_address, spi_address)?;
    let (setup, findings) = Setup::read(&place.config);
    for finding in findings.iter().filter(|finding| finding.level() > Level::Holds) {
        tell(finding, context);
    }
    let setup = setup.ok_or_else(|| Failure::new("the proxy's configuration cannot be used"))?;
    let stop = stop_on_signal();
    let mut stdout = context.stdout();
    writeln!(
        stdout,
        "{}",
        context.say("for testing only; ctrl-c ends it", "somente para testes; ctrl-c encerra")
    )?;
    writeln!(stdout, "proxy     DICT http://{dict_address}   SPI http://{spi_address}")?;
    writeln!(
        stdout,
        "simulator DICT https://{}  SPI https://{}  (pid {})",
        bacen.dict,
        bacen.spi,
        bacen.process_id()
    )?;
    writeln!(stdout, "{}    {}", context.say("folder", "pasta "), place.folder.display())?;
    writeln!(stdout, "{}", context.say("try:", "experimente:"))?;
    let key = samples::KEY_HELD.replace('+', "%2B");
    writeln!(
        stdout,
        "  curl -i http://{dict_address}/api/v2/entries/{key} -H 'PI-RequestingParticipant: {}' -H 'PI-PayerId: {}' \
         -H 'PI-EndToEndId: E{}202601051200demodemo001'",
        local::ISPB,
        samples::PAYER_TAX_ID,
        local::ISPB,
    )?;
    writeln!(stdout, "  curl -i http://{spi_address}/api/v1/out/{}/stream/start", local::ISPB)?;
    stdout.flush()?;
    drop(stdout);
    // The setup's order: SPI first.
    proxy::run(setup, vec![spi, dict], place.config.clone(), stop)
        .await
        .map_err(|error| Failure::new(error.to_string()))
}
