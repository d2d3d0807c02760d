//! What a verb ends with.

use std::io;
use std::process::ExitCode;

use lacre_core::Language;
use lacre_native::shown;
use lacre_report::Cause;

/// What the process exits with. The worse of two is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: everything asked holds.
    Holds,
    /// 1: at least one message is not valid.
    NotValid,
    /// 2: usage, a file that cannot be read, no usable certificate or key, or a service failed.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Holds => Self::SUCCESS,
            Exit::NotValid => Self::from(1),
            Exit::Failed => Self::from(2),
        }
    }
}

/// Why a verb stopped before its end: one line that says what, one that says what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: Option<String>,
    help: Option<String>,
}

impl Failure {
    /// A failure that is no message's fault: exit code 2. Lower case, no final stop, values in backticks.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, message: Some(message.into()), help: None }
    }

    /// A message that is not what was asked for: exit code 1, with the reason's own words.
    pub(crate) fn refused(error: lacre_core::Error, language: Language) -> Self {
        Self {
            exit: Exit::NotValid,
            message: Some(format!("{} [{}]", error.in_language(language), error.code())),
            help: Some(crate::remedy::remedy(error.reason(), language)),
        }
    }

    /// [`Failure::refused`], saying what the bytes are if they are no message.
    pub(crate) fn refused_input(error: lacre_core::Error, input: Option<Cause>, language: Language) -> Self {
        let refused = Self::refused(error, language);
        let Some(cause) = input else { return refused };
        let message = refused.message.map(|message| format!("{message}: {}", cause.text(language)));
        Self { message, help: cause.help(language).map(str::to_owned).or(refused.help), ..refused }
    }

    /// The same failure, naming the file.
    #[must_use]
    pub(crate) fn in_file(mut self, path: &str) -> Self {
        self.message = self.message.map(|message| format!("`{path}`: {message}"));
        self
    }

    /// A file or folder that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(format!("`{}`: {error}", shown::path(path)))
    }

    /// The same failure with a remedy.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What the process exits with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What is told, and the remedy.
    pub(crate) fn words(&self) -> Option<(&str, Option<&str>)> {
        self.message.as_deref().map(|message| (message, self.help.as_deref()))
    }
}

/// Writing to standard output failed. A reader that went away (`| head`) is told nothing; the code still says that not
/// everything asked was delivered.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Failed, message: None, help: None };
        }
        Self::new(format!("standard output: {error}"))
    }
}
