//! The command line in Portuguese: help, usage errors. The texts are in `pt_br.toml`, by verb and argument; where clap has only
//! English words of its own, they are replaced when a text is rendered.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use crate::said::Said;

const TEXTS: &str = include_str!("pt_br.toml");

/// A command line with its help in Portuguese.
pub(super) fn translated(command: Command) -> Command {
    let texts: Table = toml::from_str(TEXTS).unwrap_or_default();
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let command = command.disable_help_flag(true).disable_version_flag(true).arg(version);
    let command = match text(&texts, "long") {
        Some(long) => command.long_about(long.to_owned()),
        None => command,
    };
    verb(command, &texts, &texts)
}

fn verb(command: Command, of: &Table, texts: &Table) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    let mut command = command
        .arg(help)
        .subcommand_help_heading("Comandos")
        .subcommand_value_name("COMANDO")
        .mut_args(|argument| translated_argument(argument, of, texts));
    if let Some(about) = text(of, "about") {
        command = command.about(about.to_owned());
    }
    if let Some(after) = text(of, "after") {
        command = command.after_help(after.to_owned());
    }
    let none = Table::new();
    command.mut_subcommands(|sub| {
        let of = of.get(sub.get_name()).and_then(Value::as_table).unwrap_or(&none);
        verb(sub, of, texts)
    })
}

fn translated_argument(argument: Arg, of: &Table, texts: &Table) -> Arg {
    let id = argument.get_id().as_str().to_owned();
    let heading = if argument.is_positional() { "Argumentos" } else { "Opções" };
    let argument = argument.help_heading(heading);
    let Some(words) = argument_text(&id, of, texts) else { return argument };
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let words = match defaults.is_empty() || !argument.get_action().takes_values() {
        true => words.to_owned(),
        false => format!("{words} [padrão: {}]", defaults.join(", ")),
    };
    let names: Vec<_> = argument.get_value_names().into_iter().flatten().map(ToString::to_string).collect();
    let argument = match names.first().and_then(|name| value_name(name, texts)) {
        // Once a run, and only where help or a wrong use is told of.
        Some(name) => argument.value_name(&*name.to_owned().leak()),
        None => argument,
    };
    let takes_values = argument.get_action().takes_values();
    let argument = argument.help(words).long_help(None::<&'static str>);
    // They stand in the words.
    if takes_values { argument.hide_default_value(true).hide_possible_values(true) } else { argument }
}

/// A verb's own words for an argument, or those that verbs share.
fn argument_text<'t>(id: &str, of: &'t Table, texts: &'t Table) -> Option<&'t str> {
    let table = |of: &'t Table, name| of.get(name).and_then(Value::as_table);
    table(of, "args")
        .and_then(|own| text(own, id))
        .or_else(|| table(texts, "shared").and_then(|shared| text(shared, id)))
        .or_else(|| table(texts, "args").and_then(|global| text(global, id)))
}

fn value_name<'t>(name: &str, texts: &'t Table) -> Option<&'t str> {
    texts.get("value_names").and_then(Value::as_table).and_then(|names| text(names, name))
}

fn text<'t>(table: &'t Table, name: &str) -> Option<&'t str> {
    table.get(name).and_then(Value::as_str)
}

/// What clap says by itself, wherever it puts it.
const CLAP_SAYS: [(&str, &str); 5] = [
    ("Usage:", "Uso:"),
    ("[OPTIONS]", "[OPÇÕES]"),
    ("Print this message or the help of the given subcommand(s)", "Mostra esta ajuda, ou a do verbo dado"),
    ("[COMMAND]", "[COMANDO]"),
    ("<COMMAND>", "<COMANDO>"),
];

/// A text of clap's with its own words in Portuguese.
fn replaced(rendered: &str) -> String {
    CLAP_SAYS
        .iter()
        .fold(rendered.to_owned(), |text, (english, portuguese)| text.replace(english, portuguese))
}

/// What clap has to say: help and version, or what is wrong with the use.
pub(super) fn words(error: &clap::Error) -> String {
    let Some(wrong) = wrong(error) else { return replaced(&error.render().to_string()) };
    let mut words = format!("erro: {wrong}\n");
    for (kind, what) in [
        (ContextKind::SuggestedSubcommand, "existe um comando parecido"),
        (ContextKind::SuggestedArg, "existe um argumento parecido"),
        (ContextKind::SuggestedValue, "existe um valor parecido"),
    ] {
        if let Some(similar) = error.get(kind).and_then(list) {
            words.push_str(&format!("\n  dica: {what}: {similar}\n"));
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        words.push_str(&format!("\n{}\n", replaced(usage.to_string().trim_end())));
    }
    words.push_str("\nPara mais informações, use `--help`.\n");
    words
}

/// What is wrong with the use, if it is a kind that is known here.
fn wrong(error: &clap::Error) -> Option<String> {
    let get = |kind| error.get(kind).and_then(list);
    let argument = get(ContextKind::InvalidArg);
    let value = get(ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => format!("argumento desconhecido: {}", argument?),
        ErrorKind::InvalidSubcommand => {
            format!("comando desconhecido: {}", get(ContextKind::InvalidSubcommand)?)
        }
        ErrorKind::MissingSubcommand => {
            let known = get(ContextKind::ValidSubcommand).map(|known| format!(" (há {known})"));
            format!(
                "falta o comando depois de {}{}",
                get(ContextKind::InvalidSubcommand)?,
                known.unwrap_or_default()
            )
        }
        ErrorKind::MissingRequiredArgument => match error.get(ContextKind::InvalidArg)? {
            ContextValue::Strings(all) if all.len() > 1 => {
                format!("faltam argumentos obrigatórios: {}", argument?)
            }
            _ => format!("falta um argumento obrigatório: {}", argument?),
        },
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            Some(prior) if Some(&prior) == argument.as_ref() => format!("{prior} só pode ser usado uma vez"),
            Some(prior) => format!("{} não pode ser usado junto com {prior}", argument?),
            None => format!("{} não pode ser usado junto com os outros argumentos", argument?),
        },
        ErrorKind::InvalidValue if value.as_deref().is_none_or(|value| value == "``") => {
            format!("falta um valor para {}{}", argument?, possible(error))
        }
        ErrorKind::InvalidValue => {
            format!("valor inválido para {}: {}{}", argument?, value?, possible(error))
        }
        ErrorKind::ValueValidation => {
            format!("valor inválido para {}: {}{}", argument?, value?, why(error))
        }
        ErrorKind::TooManyValues => format!("valor demais para {}: {}", argument?, value?),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("quantidade errada de valores para {}", argument?)
        }
        ErrorKind::NoEquals => format!("falta o sinal de igual antes do valor de {}", argument?),
        ErrorKind::InvalidUtf8 => "um argumento não é texto em UTF-8".to_owned(),
        _ => return None,
    })
}

fn possible(error: &clap::Error) -> String {
    let known = error.get(ContextKind::ValidValue).and_then(list);
    known.map(|known| format!("; valores possíveis: {known}")).unwrap_or_default()
}

/// Why a value cannot be read: in our own words, or in those of the standard library and of clap, as far as they are known.
fn why(error: &clap::Error) -> String {
    let Some(source) = core::error::Error::source(error) else { return String::new() };
    if let Some(said) = source.downcast_ref::<Said>() {
        return format!(" ({})", said.portuguese());
    }
    let said = source.to_string();
    match said.split_once(" is not in ") {
        Some((_, range)) => format!(" (fora de {range})"),
        None if said.contains("invalid digit") || said.contains("empty string") => {
            " (não é um número)".to_owned()
        }
        None if said.contains("too large") || said.contains("too small") => " (fora dos limites)".to_owned(),
        None => format!(" ({said})"),
    }
}

/// One value or several, in backticks.
fn list(value: &ContextValue) -> Option<String> {
    Some(match value {
        ContextValue::String(one) => format!("`{one}`"),
        ContextValue::Strings(all) => all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "),
        ContextValue::Number(number) => number.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn texts() -> Table {
        toml::from_str(TEXTS).unwrap()
    }

    /// Every verb with the table that belongs to it, the root first.
    fn verbs(command: &Command, path: &str, of: &Table, each: &mut impl FnMut(&Command, &str, &Table)) {
        each(command, path, of);
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            let of = of.get(sub.get_name()).and_then(Value::as_table);
            verbs(sub, &path, of.unwrap_or_else(|| panic!("{path}: no table")), each);
        }
    }

    #[test]
    fn every_verb_and_argument_has_its_words_and_none_is_left_over() {
        let texts = texts();
        let mut shared_used = BTreeSet::new();
        let mut names_used = BTreeSet::new();
        verbs(&crate::cli::definition(), "lacre", &texts, &mut |command, path, of| {
            assert!(text(of, "about").is_some_and(|about| about.ends_with(['.', '?'])), "{path}: about");
            assert_eq!(text(of, "after").is_some(), command.get_after_help().is_some(), "{path}: after");
            let own = of.get("args").and_then(Value::as_table);
            let shown = || command.get_arguments().filter(|argument| !argument.is_hide_set());
            for argument in shown() {
                let id = argument.get_id().as_str();
                let words = argument_text(id, of, &texts).unwrap_or_else(|| panic!("{path}: --{id}"));
                for value in argument.get_possible_values() {
                    let name = format!("`{}`", value.get_name());
                    assert!(
                        !argument.get_action().takes_values() || words.contains(&name),
                        "{path} --{id}: {name}"
                    );
                }
                if own.is_none_or(|own| !own.contains_key(id)) {
                    shared_used.insert(id.to_owned());
                }
                for name in argument
                    .get_value_names()
                    .into_iter()
                    .flatten()
                    .filter(|_| argument.get_action().takes_values())
                {
                    assert!(value_name(name, &texts).is_some(), "{path} --{id}: {name}");
                    names_used.insert(name.to_string());
                }
            }
            let known: BTreeSet<_> = shown().map(|argument| argument.get_id().as_str()).collect();
            for id in own.into_iter().flat_map(Table::keys) {
                assert!(known.contains(id.as_str()), "{path}: {id} is left over");
            }
            let subs: BTreeSet<_> = command.get_subcommands().map(Command::get_name).collect();
            for (name, value) in of.iter().filter(|(_, value)| value.is_table()) {
                let general = ["args", "shared", "value_names", "help"].contains(&name.as_str());
                assert!(general || subs.contains(name.as_str()), "{path}: {name} is left over: {value:?}");
            }
        });
        for id in texts["shared"]
            .as_table()
            .unwrap()
            .keys()
            .filter(|id| !["help", "version"].contains(&id.as_str()))
        {
            assert!(shared_used.contains(id), "shared {id} is left over");
        }
        for name in texts["value_names"].as_table().unwrap().keys() {
            assert!(names_used.contains(name), "value name {name} is left over");
        }
    }

    #[test]
    fn the_translated_command_line_is_consistent_and_holds_no_english() {
        let mut command = translated(crate::cli::definition());
        command.clone().debug_assert();
        command.build();
        verbs_rendered(&mut command, "lacre");
    }

    fn verbs_rendered(command: &mut Command, path: &str) {
        for help in [command.render_help(), command.render_long_help()] {
            let help = replaced(&help.to_string());
            for word in [
                "Usage",
                "Options",
                "Arguments",
                "Commands",
                "OPTIONS",
                "default",
                "possible",
                "Print",
                " the ",
                " of ",
            ] {
                assert!(!help.contains(word), "{path}: {word} in {help}");
            }
            assert!(help.contains("Uso: ") && help.contains("Opções:"), "{path}: {help}");
        }
        for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
            let path = format!("{path} {}", sub.get_name());
            verbs_rendered(sub, &path);
        }
    }
}
