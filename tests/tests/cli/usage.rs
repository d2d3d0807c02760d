//! What holds for every verb: help, version, wrong use, languages, what is generated from the definition.

use super::house::{House, run};

/// The verbs that people are promised.
const VERBS: [&str; 15] = [
    "demo",
    "dev",
    "sign",
    "verify",
    "inspect",
    "c14n",
    "simulator",
    "proxy",
    "csr",
    "doctor",
    "verifier",
    "audit",
    "pki",
    "completions",
    "man",
];

#[test]
fn the_help_names_every_verb_and_every_exit_code() {
    let house = House::new();
    let help = run(&mut house.lacre(["--help"]));
    assert_eq!(help.code, 0);
    for verb in VERBS {
        assert!(
            help.out.lines().any(|line| line.trim_start().starts_with(&format!("{verb} "))),
            "{verb} is missing"
        );
    }
    assert!(help.out.contains("Examples:") && help.out.contains("Exit codes:"));
    assert!(help.err.is_empty());
}

#[test]
fn every_verb_explains_itself() {
    let house = House::new();
    for verb in VERBS {
        let help = run(&mut house.lacre([verb, "--help"]));
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{verb}");
        assert!(help.out.contains(&format!("Usage: lacre {verb}")), "{verb}: {}", help.out);
    }
}

#[test]
fn the_version_is_one_line_on_standard_output() {
    let version = run(&mut House::new().lacre(["--version"]));
    assert_eq!((version.code, version.err.as_str()), (0, ""));
    assert_eq!(version.out, format!("lacre {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_use_exits_with_2_and_says_so_on_standard_error() {
    let house = House::new();
    let wrong: [&[&str]; 19] = [
        &[],
        &["--nonsense"],
        &["nonsense"],
        &["verify"],
        &["verify", "spi.xml"],
        &["verify", "--trust", "cert.pem"],
        &["verify", "--trust", "cert.pem", "--at", "yesterday", "spi.xml"],
        &["verify", "--trust", "cert.pem", "--at", "2026-01-31", "spi.xml"],
        &["verify", "--trust", "cert.pem", "--profile", "pix", "spi.xml"],
        &["verify", "--trust", "cert.pem", "--lang", "fr", "spi.xml"],
        &["inspect"],
        &["inspect", "--canonical", "0", "spi.xml"],
        &["inspect", "--canonical", "1", "--json", "spi.xml"],
        &["sign", "--key", "key.pem", "--cert", "cert.pem", "spi.xml"],
        &["sign", "--profile", "spi", "--cert", "cert.pem", "spi.xml"],
        &["completions", "cmd"],
        &["man"],
        &["proxy"],
        &["simulator", "--dict", "nowhere"],
    ];
    for arguments in wrong {
        let mut command = house.lacre([]);
        let wrong = run(command.args(arguments));
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{arguments:?}");
        assert!(wrong.err.contains("Usage:") || wrong.err.contains("error:"), "{arguments:?}: {}", wrong.err);
    }
}

#[test]
fn completions_exist_for_every_shell() {
    let house = House::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&mut house.lacre(["completions", shell]));
        assert_eq!((script.code, script.err.as_str()), (0, ""), "{shell}");
        assert!(script.out.contains("inspect") && script.out.contains("trust"), "{shell}");
    }
}

#[test]
fn there_is_a_manual_page_for_every_verb() {
    let house = House::new();
    assert_eq!(run(&mut house.lacre(["man", "--out", "pages/man1"])).code, 0);
    assert!(house.text("pages/man1/lacre.1").contains(".TH"));
    let help = run(&mut house.lacre(["--help"])).out;
    for page in std::fs::read_dir(house.path("pages/man1")).unwrap() {
        let page = page.unwrap().file_name().into_string().unwrap();
        if let Some(verb) = page.strip_prefix("lacre-").and_then(|page| page.strip_suffix(".1")) {
            let first = verb.split('-').next().unwrap();
            assert!(help.contains(&format!("\n  {first} ")), "`lacre --help` does not know {verb}");
        }
    }
    for verb in VERBS {
        let page = house.text(&format!("pages/man1/lacre-{verb}.1"));
        assert!(page.contains(".SH") && page.contains("lacre"), "{verb}");
    }
}

#[test]
fn the_language_is_asked_for_or_that_of_the_locale() {
    let house = House::new();
    let asked = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = house.lacre(["c14n", "missing.xml"]);
        run(command.args(arguments).envs(environment.iter().copied())).err
    };
    let portuguese = "erro: ";
    assert!(asked(&["--lang", "pt-BR"], &[]).starts_with(portuguese));
    assert!(asked(&[], &[("LANG", "pt_BR.UTF-8")]).starts_with(portuguese));
    assert!(asked(&[], &[("LANG", "en_US.UTF-8"), ("LC_ALL", "pt_BR")]).starts_with(portuguese));
    assert!(!asked(&[], &[("LANG", "pt_BR.UTF-8"), ("LC_ALL", "C")]).starts_with(portuguese));
    assert!(!asked(&["--lang", "en"], &[("LANG", "pt_BR.UTF-8")]).starts_with(portuguese));
    assert!(!asked(&[], &[]).starts_with(portuguese));
}

#[test]
fn the_help_and_a_wrong_use_are_in_portuguese_too() {
    let house = House::new();
    for verb in VERBS {
        let help = run(&mut house.lacre([verb, "--lang", "pt-BR", "--help"]));
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{verb}");
        assert!(help.out.contains(&format!("Uso: lacre {verb}")), "{verb}: {}", help.out);
        for english in ["Usage", "Options", "default:", "Print "] {
            assert!(!help.out.contains(english), "{verb}: {english} in {}", help.out);
        }
    }
    let by_locale = run(house.lacre(["--help"]).env("LANG", "pt_BR.UTF-8"));
    assert!(
        by_locale.out.contains("Exemplos:") && by_locale.out.contains("Códigos de saída:"),
        "{}",
        by_locale.out
    );
    let told: [(&[&str], &str); 10] = [
        (&["--nonsense"], "argumento desconhecido: `--nonsense`"),
        (&["verifi"], "comando desconhecido: `verifi`"),
        (&["verify", "spi.xml"], "falta um argumento obrigatório: `--trust <CAMINHO>`"),
        (
            &["verify", "--trust", "cert.pem", "--at", "ontem", "spi.xml"],
            "informe `now`, `message` ou um instante",
        ),
        (
            &["verify", "--trust", "cert.pem", "--profile", "pix", "spi.xml"],
            "valores possíveis: `auto`, `spi`, `dict`",
        ),
        (&["verify", "--trust"], "falta um valor para `--trust <CAMINHO>`"),
        (&["inspect", "--canonical", "0", "spi.xml"], "(fora de 1..=4)"),
        (&["inspect", "--canonical", "x", "spi.xml"], "(não é um número)"),
        (&["inspect", "--canonical", "1", "--json", "spi.xml"], "não pode ser usado junto com `--json`"),
        (&["simulator", "--fault", "x"], "falhas conhecidas: "),
    ];
    for (arguments, words) in told {
        let mut command = house.lacre(["--lang=pt-BR"]);
        let wrong = run(command.args(arguments));
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{arguments:?}");
        assert!(wrong.err.starts_with("erro: ") && wrong.err.contains(words), "{arguments:?}: {}", wrong.err);
        assert!(
            !wrong.err.contains("Usage") && wrong.err.contains("use `--help`"),
            "{arguments:?}: {}",
            wrong.err
        );
    }
}

#[test]
fn numbers_and_their_words_agree_in_portuguese() {
    let house = House::with_signed_messages();
    let told = |files: &[&str]| {
        let mut verify = house.verify(["--lang", "pt-BR"]);
        run(verify.args(files)).err
    };
    assert_eq!(told(&["signed.xml"]), "1 mensagem: 1 válida; revogação não verificada\n");
    assert_eq!(
        told(&["signed.xml", "signed-dict.xml"]),
        "2 mensagens: 2 válidas; revogação não verificada\n"
    );
    house.put("one/signed.xml", house.read("signed.xml"));
    house.put("one/a.txt", "x");
    assert_eq!(told(&["one"]), "1 mensagem: 1 válida, 1 deixado de lado; revogação não verificada\n");
    house.put("one/b.txt", "x");
    assert_eq!(told(&["one"]), "1 mensagem: 1 válida, 2 deixados de lado; revogação não verificada\n");
}
