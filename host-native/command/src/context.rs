//! What every verb is given: the language, how much to say, and where the output goes.

use core::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Read as _, StdoutLock, Write as _};
use std::path::Path;

use lacre_core::{Language, limits};
use lacre_native::environment;

use crate::failure::Failure;

/// What every verb is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// The language of words for people.
    pub(crate) language: Language,
    /// Whether only what went wrong is told.
    pub(crate) quiet: bool,
    /// Whether a person reads standard output.
    pub(crate) stdout_is_terminal: bool,
    /// Whether a person reads standard error.
    pub(crate) stderr_is_terminal: bool,
    no_color: bool,
}

impl Context {
    pub(crate) fn new(language: Option<Language>, quiet: bool) -> Self {
        let dumb = environment::variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            language: language.unwrap_or_else(language_of_the_locale),
            quiet,
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            no_color: dumb || environment::variable("NO_COLOR").is_some_and(|value| !value.is_empty()),
        }
    }

    /// The text of the two that is in the language.
    pub(crate) fn say<'a>(&self, english: &'a str, portuguese: &'a str) -> &'a str {
        match self.language {
            Language::PtBr => portuguese,
            _ => english,
        }
    }

    /// A word in the form for a number, in the language: one and several in English, one and several in Portuguese.
    pub(crate) fn plural<'a>(&self, count: u64, english: [&'a str; 2], portuguese: [&'a str; 2]) -> &'a str {
        let [one, other] = match self.language {
            Language::PtBr => portuguese,
            _ => english,
        };
        self.language.plural(count, one, other)
    }

    /// Standard output, buffered: flush it at the end, where its error can be seen.
    pub(crate) fn stdout(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::with_capacity(64 << 10, io::stdout().lock())
    }

    /// One line for people on standard error, unless `--quiet`.
    pub(crate) fn note(&self, words: impl fmt::Display) {
        if !self.quiet {
            self.warn(words);
        }
    }

    /// One line for people on standard error, whatever was asked.
    pub(crate) fn warn(&self, words: impl fmt::Display) {
        // There is nobody left to tell that standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{words}");
    }

    /// What went wrong and what to do, on standard error.
    pub(crate) fn tell(&self, failure: &Failure) {
        let Some((message, help)) = failure.words() else { return };
        self.warn(format_args!("{}: {message}", self.say("error", "erro")));
        if let Some(help) = help {
            self.warn(format_args!("  {}: {help}", self.say("help", "ajuda")));
        }
    }

    /// Whether colours are for a stream, by whether it is a terminal.
    pub(crate) const fn colours(&self, is_terminal: bool) -> bool {
        is_terminal && !self.no_color
    }

    /// A word for standard output, green or red where a person sees colours. The word itself must say it too.
    pub(crate) fn paint(&self, good: bool, word: &str) -> String {
        if !self.colours(self.stdout_is_terminal) {
            return word.to_owned();
        }
        let colour = if good { 32 } else { 31 };
        format!("\u{1b}[{colour}m{word}\u{1b}[0m")
    }

    /// One message from a file, or from standard input for `-`, never more than a message may have.
    ///
    /// # Errors
    /// Exit code 2 if it cannot be read, 1 if it is larger than a message may be.
    pub(crate) fn read_message(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let read = || -> io::Result<Vec<u8>> {
            let limit = u64::try_from(limits::MESSAGE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
            let mut bytes = Vec::new();
            if path == Path::new("-") {
                io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
            } else {
                std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
            }
            Ok(bytes)
        };
        let bytes = read().map_err(|error| Failure::file(path, &error))?;
        if bytes.len() > limits::MESSAGE_BYTES_MAX {
            let error = lacre_core::Error::new(lacre_core::Reason::TooLarge);
            return Err(Failure::refused(error, self.language));
        }
        Ok(bytes)
    }
}

/// The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides, as POSIX has it.
pub(super) fn language_of_the_locale() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| environment::variable(name).filter(|value| !value.is_empty()));
    if locale.is_some_and(|locale| locale.starts_with("pt")) { Language::PtBr } else { Language::En }
}
