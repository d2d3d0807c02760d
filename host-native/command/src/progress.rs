//! How a long run is shown to a person: in the language, with its numbers as the language writes them.

use core::fmt::Write;

use indicatif::{HumanBytes, HumanDuration, ProgressState, ProgressStyle};
use lacre_core::Language;

use crate::context::Context;

/// A run over messages.
pub(super) fn of_messages(context: &Context) -> ProgressStyle {
    let template = context.say(
        "{bar:30} {done} of {all} messages, {rate} per second, {left} left",
        "{bar:30} {done} de {all} mensagens, {rate} por segundo, faltam {left}",
    );
    style(template, context.language, whole)
}

/// A run over the bytes of an archive.
pub(super) fn of_bytes(context: &Context) -> ProgressStyle {
    let template = context.say(
        "{bar:30} {done} of {all}, {rate} per second, {left} left",
        "{bar:30} {done} de {all}, {rate} por segundo, faltam {left}",
    );
    style(template, context.language, bytes)
}

type Number = fn(u64, Language) -> String;

fn style(template: &str, language: Language, number: Number) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // Nothing can be done about a terminal that takes nothing.
    style
        .with_key("done", move |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&number(state.pos(), language));
        })
        .with_key("all", move |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&number(state.len().unwrap_or_default(), language));
        })
        .with_key("rate", move |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&number(rounded(state.per_sec()), language));
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{:#}", HumanDuration(state.eta()));
        })
}

fn rounded(rate: f64) -> u64 {
    format!("{rate:.0}").parse().unwrap_or_default()
}

/// A number in groups of three.
fn whole(number: u64, language: Language) -> String {
    let separator = if language == Language::PtBr { '.' } else { ',' };
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

fn bytes(number: u64, language: Language) -> String {
    let text = HumanBytes(number).to_string();
    if language == Language::PtBr { text.replace('.', ",") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        assert_eq!(whole(1_234_567, Language::En), "1,234,567");
        assert_eq!(whole(1_234_567, Language::PtBr), "1.234.567");
        assert_eq!(whole(999, Language::PtBr), "999");
        assert_eq!(whole(0, Language::En), "0");
        assert_eq!(bytes(1_572_864, Language::PtBr), "1,50 MiB");
        assert_eq!(rounded(12.6), 13);
    }
}
