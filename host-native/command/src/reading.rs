//! What the verbs that judge messages share: their arguments, the trust, the way through many files, the summary.

use core::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use indicatif::ProgressBar;
use lacre_archive::bulk::{self, Found, Item, ReadError};
use lacre_core::{At, Profile, Verdict};
use lacre_native::{clock, instant};
use lacre_report::{Counts, Outcome};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::said::Said;

/// The rules that messages are held against.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum ProfileArg {
    /// By the root element: `Envelope` is SPI, anything else DICT
    #[default]
    Auto,
    /// ISO 20022 messages over ICOM
    Spi,
    /// Bodies of the directory of Pix keys
    Dict,
}

impl ProfileArg {
    /// The profile, unless each message tells its own.
    pub(crate) fn given(self) -> Option<Profile> {
        match self {
            Self::Auto => None,
            Self::Spi => Some(Profile::Spi),
            Self::Dict => Some(Profile::Dict),
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// The rules to hold messages against.
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    pub(crate) profile: ProfileArg,

    /// The instant at which the certificate must be valid: `now`, `message` (the message's own time) or RFC 3339.
    #[arg(long, value_name = "INSTANT", default_value = "now", value_parser = parse_instant)]
    pub(crate) at: Instant,

    /// Writes one JSON object to standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Messages, folders of messages (every `*.xml` in them and below, hidden ones aside), or `-` for standard input.
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// When a certificate must be valid.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instant {
    Now,
    Message,
    UnixS(i64),
}

impl Instant {
    /// The instant for the core; `now` is read once, so that a long run judges all messages alike.
    pub(crate) fn at(self) -> At {
        match self {
            Self::Now => At::UnixS(clock::unix_ms().div_euclid(1000)),
            Self::Message => At::Message,
            Self::UnixS(unix_s) => At::UnixS(unix_s),
        }
    }
}

/// `now`, `message` or RFC 3339.
pub(crate) fn parse_instant(text: &str) -> Result<Instant, Said> {
    match text {
        "now" => Ok(Instant::Now),
        "message" => Ok(Instant::Message),
        _ => match instant::parse_ms(text) {
            Some(unix_ms) => Ok(Instant::UnixS(unix_ms.div_euclid(1000))),
            None => Err(Said::new(
                "give `now`, `message` or an instant like `2026-01-31T12:00:00Z`",
                "informe `now`, `message` ou um instante como `2026-01-31T12:00:00Z`",
            )),
        },
    }
}

/// Finds the messages; standard input can be read only once, and there must be something to read: that a wrong folder holds
/// nothing wrong must not look like success.
pub(crate) fn find(files: &[PathBuf], context: &Context) -> Result<Found, Failure> {
    let found = bulk::find(files);
    if found.items.iter().filter(|item| item.is_stdin()).count() > 1 {
        let message = context.say("`-` is given twice", "`-` foi dado duas vezes");
        return Err(Failure::new(message).help(
            context.say("standard input can be read only once", "a entrada padrão só pode ser lida uma vez"),
        ));
    }
    if found.items.is_empty() {
        let message = context.say("there is no message", "não há nenhuma mensagem");
        return Err(Failure::new(format!("{message}: {} {}", found.passed_over, passed_over_word(found.passed_over, context))).help(
            context.say(
                "of a folder, files that end in `.xml` and are not hidden are read; name a file to have it read in any case",
                "de uma pasta são lidos os arquivos terminados em `.xml` que não sejam ocultos; um arquivo nomeado é lido sempre",
            ),
        ));
    }
    Ok(found)
}

/// Does `judge` on every message in parallel and `write` on what came of each, in order; counts the verdicts.
pub(crate) fn each<T: Send>(
    found: &Found,
    context: &Context,
    judge: impl Fn(&Item) -> Result<T, ReadError> + Sync,
    verdict: impl Fn(&T) -> Verdict,
    mut write: impl FnMut(&Item, Result<T, ReadError>) -> io::Result<()>,
) -> io::Result<Counts> {
    let mut counts = Counts::default();
    counts.passed_over = found.passed_over;
    let progress = Progress::new(&found.items, context);
    let work = |item: &Item| {
        let judged = judge(item);
        progress.step();
        judged
    };
    bulk::in_order(&found.items, work, |item, judged| {
        counts.add(judged.as_ref().map_or_else(ReadError::verdict, |judged| Some(verdict(judged))));
        progress.aside(judged.is_err(), || write(item, judged))
    })?;
    Ok(counts)
}

/// How far a long run has come, shown to a person on standard error.
pub(crate) struct Progress {
    bar: ProgressBar,
    shares_terminal: bool,
}

impl Progress {
    pub(crate) fn new(items: &[Item], context: &Context) -> Self {
        let shown = context.stderr_is_terminal && !context.quiet && items.len() > 1;
        let bar = if shown {
            ProgressBar::new(u64::try_from(items.len()).unwrap_or(u64::MAX))
                .with_style(progress::of_messages(context))
        } else {
            ProgressBar::hidden()
        };
        Self { bar, shares_terminal: shown && context.stdout_is_terminal }
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Writes results without the bar in between; `told` says that some of it goes to standard error.
    pub(crate) fn aside<T>(&self, told: bool, write: impl FnOnce() -> T) -> T {
        if told || self.shares_terminal { self.bar.suspend(write) } else { write() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What the counts make the process exit with: unreadable files weigh more than messages that are not valid.
pub(crate) fn exit(counts: &Counts) -> Exit {
    if counts.unreadable > 0 {
        Exit::Failed
    } else if counts.valid < counts.messages {
        Exit::NotValid
    } else {
        Exit::Holds
    }
}

/// One line that says how many messages came to which end.
pub(crate) fn summary(counts: &Counts, context: &Context) -> String {
    let [valid, invalid, indeterminate, unsigned, malformed] = [
        (counts.valid, Verdict::Valid),
        (counts.invalid, Verdict::Invalid),
        (counts.indeterminate, Verdict::Indeterminate),
        (counts.unsigned, Verdict::Unsigned),
        (counts.malformed, Verdict::Malformed),
    ]
    .map(|(count, verdict)| (count, verdicts_word(verdict, count, context)));
    let unreadable = context.plural(counts.unreadable, ["unreadable"; 2], ["ilegível", "ilegíveis"]);
    let ends = [
        valid,
        invalid,
        indeterminate,
        unsigned,
        malformed,
        (counts.unreadable, unreadable),
        (counts.passed_over, passed_over_word(counts.passed_over, context)),
    ];
    let messages = context.plural(counts.messages, ["message", "messages"], ["mensagem", "mensagens"]);
    let mut line = format!("{} {messages}", counts.messages);
    let mut separator = ": ";
    for (count, word) in ends.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!("{separator}{count} {word}"));
        separator = ", ";
    }
    line
}

/// What was not looked at, after its number.
pub(crate) fn passed_over_word(count: u64, context: &Context) -> &'static str {
    context.plural(count, ["passed over"; 2], ["deixado de lado", "deixados de lado"])
}

/// A verdict on several messages, after their number.
fn verdicts_word(verdict: Verdict, count: u64, context: &Context) -> &'static str {
    let several = match verdict {
        Verdict::Valid => "válidas",
        Verdict::Invalid => "inválidas",
        Verdict::Indeterminate => "indeterminadas",
        Verdict::Unsigned => "sem assinatura",
        Verdict::Malformed => "malformadas",
    };
    let one = verdict_word(verdict, context);
    context.plural(count, [one; 2], [one, several])
}

/// A verdict as a person reads it.
pub(crate) fn verdict_word(verdict: Verdict, context: &Context) -> &'static str {
    match verdict {
        Verdict::Valid => context.say("valid", "válida"),
        Verdict::Invalid => context.say("invalid", "inválida"),
        Verdict::Indeterminate => context.say("indeterminate", "indeterminada"),
        Verdict::Unsigned => context.say("unsigned", "sem assinatura"),
        Verdict::Malformed => context.say("malformed", "malformada"),
    }
}

/// Where a refusal is: a line and column, or the lines of the part that it speaks of.
pub(crate) fn place_words(outcome: &Outcome, context: &Context) -> Option<String> {
    let position = outcome.position?;
    Some(match outcome.last_line {
        Some(last) => lines_words(position.line, last, context),
        None => {
            let [line, column] = [context.say("line", "linha"), context.say("column", "coluna")];
            format!("{line} {}, {column} {}", position.line, position.column)
        }
    })
}

/// One line or a stretch of them.
pub(crate) fn lines_words(first: usize, last: usize, context: &Context) -> String {
    if first == last {
        return format!("{} {first}", context.say("line", "linha"));
    }
    let [lines, to] = [context.say("lines", "linhas"), context.say("to", "a")];
    format!("{lines} {first} {to} {last}")
}

/// Tells that a file could not be read, after the results before it.
pub(crate) fn unreadable(out: &mut impl Write, path: &str, words: &str, context: &Context) -> io::Result<()> {
    out.flush()?;
    context.tell(&Failure::new(format!("`{}`: {words}", Plain(path))));
    Ok(())
}

/// Text that came from a file name or a message, with whatever could steer a terminal or turn its direction escaped.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            if steers(character) {
                write!(f, "{}", character.escape_unicode())?
            } else {
                f.write_char(character)?
            }
        }
        Ok(())
    }
}

fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_message_steers_the_terminal() {
        assert_eq!(Plain("AC \u{1b}[31mRaiz\u{202e}\n").to_string(), "AC \\u{1b}[31mRaiz\\u{202e}\\u{a}");
        assert_eq!(Plain("Autoridade Certificadora é ação").to_string(), "Autoridade Certificadora é ação");
    }

    #[test]
    fn unreadable_files_weigh_more_than_refused_messages() {
        let mut counts = Counts::default();
        assert_eq!(exit(&counts), Exit::Holds);
        counts.add(Some(Verdict::Valid));
        assert_eq!(exit(&counts), Exit::Holds);
        counts.add(Some(Verdict::Unsigned));
        assert_eq!(exit(&counts), Exit::NotValid);
        counts.add(None);
        assert_eq!(exit(&counts), Exit::Failed);
    }

    #[test]
    fn an_instant_is_a_word_or_rfc_3339() {
        assert!(matches!(parse_instant("now"), Ok(Instant::Now)));
        assert!(matches!(parse_instant("message"), Ok(Instant::Message)));
        assert!(matches!(parse_instant("1970-01-01T00:01:00Z"), Ok(Instant::UnixS(60))));
        assert!(matches!(parse_instant("1970-01-01T00:00:00-03:00"), Ok(Instant::UnixS(10_800))));
        assert!(matches!(parse_instant("9999-12-31T23:59:59Z"), Ok(Instant::UnixS(253_402_300_799))));
        assert!(parse_instant("yesterday").is_err());
        assert!(parse_instant("2026-01-31").is_err());
    }
}
