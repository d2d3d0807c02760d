//! The search for letters that lost their accents, or were lost: first the words that everybody knows, then one letter, then two.
//! Every try costs a digest of the part, so that tries are counted in bytes.

use super::letters;

/// Most bytes that are hashed in search of a part's accents.
const HASHED_BYTES_MAX: usize = 8 << 20;

/// Words of names, places and payments, as they are written. Endings that tell of themselves are in [`ENDINGS`].
const WORDS: &str = "josé joão andré antônio antônia luís luísa inês caíque sebastião damião estevão leão simão abraão adão césar \
    cátia cássia cássio flávio flávia fábio fábia fabrício fabrícia márcio márcia mário cláudio cláudia lúcio \
    lúcia lucília júlio júlia sérgio rogério vinícius mônica verônica ângela ângelo tânia sônia vânia fátima \
    lázaro moisés tomás célia cecília amélia otávio otávia valério valéria aparício inácio bonifácio eugênio \
    eugênia virgínia hélio nélson érica érico patrícia letícia natália débora bárbara ásia íris íria ítalo élcio \
    élida élvio éder heloísa raí thaís taís laís aluísio aloísio anísio dionísio benício maurício patrício \
    simplício fabíola mírian míriam mércia mércio nívea núbia lívia lídia lília olívia otília sílvia sílvio \
    cíntia cínthia cícero cícera joaquína zélia noêmia nazaré salomé tomé josué barnabé gonçalves gonçalo araújo \
    magalhães guimarães simões mendonça lourenço assunção conceição brandão galvão falcão frazão aragão negrão \
    leitão romão paixão ascensão encarnação ressurreição anunciação purificação patrocínio sá félix muñoz nuñez \
    péricles vilaça mourão hipólito cândido cândida plácido plácida clóvis jesuíno jesuína avelã águas águeda \
    élio antônios nícolas são paraná ceará goiás amapá piauí maranhão brasília rondônia espírito vitória \
    florianópolis cuiabá goiânia maceió macapá belém jundiaí niterói ribeirão guarujá taubaté caçapava paranaguá \
    maringá iguaçu açailândia marília tatuapé itaquerá guaíra pólis não já você três mês mêses após único única \
    último última número números código códigos crédito créditos débito débitos serviço serviços preço preços \
    comércio comércios indústria farmácia médico médica médicos clínica clínicas odontológica jurídico jurídica \
    condomínio imóvel imóveis veículo veículos automóvel automóveis ônibus água gás óleo café pão açaí açougue \
    açúcar móvel móveis elétrica elétrico eletrônica eletrônico eletrônicos tecnológica técnico técnica \
    informática logística básico básica salário salários férias décimo sócio sócios matrícula prêmio empréstimo \
    câmbio câmara município municípios secretária secretário ministério judiciária depósito depósitos próprio \
    própria próximo próxima referência transferência agência agências conferência conveniência ciência \
    experiência residência assistência emergência gerência licença finanças segurança poupança cobrança \
    cobranças mudança herança fiança aliança criança bebê lã irmã irmãos irmão mãe mãos mão pães cães órgão \
    órgãos bênção cartão cartões caminhão balcão patrão verão padrão";

/// Endings whose accents are certain.
const ENDINGS: [(&str, &str); 14] = [
    ("coes", "ções"),
    ("cao", "ção"),
    ("soes", "sões"),
    ("sao", "são"),
    ("tao", "tão"),
    ("gao", "gão"),
    ("encias", "ências"),
    ("encia", "ência"),
    ("ancias", "âncias"),
    ("ancia", "ância"),
    ("arios", "ários"),
    ("ario", "ário"),
    ("orio", "ório"),
    ("avel", "ável"),
];

/// Whether accents can be put back so that the part fits.
pub(super) fn put_back(text: &str, fits: &impl Fn(&str) -> bool) -> bool {
    let mut search = Search { fits, left: HASHED_BYTES_MAX };
    let known = with_known_words(text);
    if known != text && search.try_one(&known) {
        return true;
    }
    search.singles(text) || known != text && search.singles(&known) || search.doubles(text)
}

/// The tries that are left, in bytes.
struct Search<'a, F> {
    fits: &'a F,
    left: usize,
}

impl<F: Fn(&str) -> bool> Search<'_, F> {
    /// Whether this is it; not tried once the budget is spent.
    fn try_one(&mut self, candidate: &str) -> bool {
        match self.left.checked_sub(candidate.len()) {
            Some(left) => {
                self.left = left;
                (self.fits)(candidate)
            }
            None => false,
        }
    }

    /// Whether there is nothing left for one more try.
    fn is_spent(&self, text: &str) -> bool {
        // Two letters add at most four bytes to what they replace.
        self.left < text.len().saturating_add(8)
    }

    /// One letter with an accent, or one lost letter found.
    fn singles(&mut self, text: &str) -> bool {
        for place in places(text) {
            for choice in choices(place.letter) {
                if self.is_spent(text) {
                    return false;
                }
                if self.try_one(&place.replaced(text, choice)) {
                    return true;
                }
            }
        }
        false
    }

    /// Two letters, both of one value: more would be guessing.
    fn doubles(&mut self, text: &str) -> bool {
        let mut seconds = places(text);
        while let Some(place) = seconds.next() {
            for choice in choices(place.letter) {
                if self.is_spent(text) {
                    return false;
                }
                let first = place.replaced(text, choice);
                let grown = first.len().saturating_sub(text.len());
                if self.second_of(
                    &first,
                    grown,
                    seconds.clone().take_while(|other| other.value == place.value),
                ) {
                    return true;
                }
            }
        }
        false
    }

    fn second_of(&mut self, first: &str, grown: usize, others: impl Iterator<Item = Place>) -> bool {
        for other in others {
            let place = Place { at: other.at.saturating_add(grown), ..other };
            for choice in choices(place.letter) {
                if self.is_spent(first) {
                    return false;
                }
                if self.try_one(&place.replaced(first, choice)) {
                    return true;
                }
            }
        }
        false
    }
}

/// A letter between tags that may have had an accent, or a mark that stands for a lost letter.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    letter: char,
    /// The number of the value that it stands in.
    value: usize,
}

impl Place {
    fn replaced(self, text: &str, choice: char) -> String {
        let mut whole = String::with_capacity(text.len().saturating_add(4));
        whole.push_str(text.get(..self.at).unwrap_or_default());
        whole.push(choice);
        whole.push_str(text.get(self.at.saturating_add(self.letter.len_utf8())..).unwrap_or_default());
        whole
    }
}

fn places(text: &str) -> impl Iterator<Item = Place> + Clone {
    let (mut in_tag, mut value) = (false, 0_usize);
    text.char_indices().filter_map(move |(at, letter)| {
        match letter {
            '<' => in_tag = true,
            '>' => (in_tag, value) = (false, value.saturating_add(1)),
            _ => {}
        }
        (!in_tag && choices(letter).next().is_some()).then_some(Place { at, letter, value })
    })
}

/// What a letter may have been.
fn choices(letter: char) -> impl Iterator<Item = char> {
    /// In the order of their frequency.
    const LOST: &str = "ãçáéíóõêâôúàüÃÇÁÉÍÓÕÊÂÔÚÀÜº°ª";
    let lost = if matches!(letter, '?' | '\u{fffd}') { LOST } else { "" };
    lost.chars().chain(letters::accented(letter))
}

/// The text with every known word between tags as it is written.
fn with_known_words(text: &str) -> String {
    let known: std::collections::BTreeMap<String, &str> =
        WORDS.split_ascii_whitespace().map(|word| (letters::stripped(word), word)).collect();
    let mut whole = String::with_capacity(text.len());
    for piece in text.split_inclusive('>') {
        let (content, tag) = piece.split_at(piece.find('<').unwrap_or(piece.len()));
        for part in content.split_inclusive(|letter: char| !letter.is_ascii_alphabetic()) {
            let word = part.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
            let rest = part.get(word.len()..).unwrap_or_default();
            match spelt(word, &known) {
                Some(spelt) => whole.push_str(&spelt),
                None => whole.push_str(word),
            }
            whole.push_str(rest);
        }
        whole.push_str(tag);
    }
    whole
}

/// A word with its accents, in the capitals that it has.
fn spelt(word: &str, known: &std::collections::BTreeMap<String, &str>) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let accented = match known.get(&lower) {
        Some(accented) => (*accented).to_owned(),
        None => {
            let (bare, accented) =
                ENDINGS.iter().find(|(bare, _)| lower.len() > bare.len() && lower.ends_with(bare))?;
            format!("{}{accented}", lower.strip_suffix(bare)?)
        }
    };
    let capitals = word.chars().zip(accented.chars());
    Some(
        capitals
            .map(|(like, letter)| if like.is_ascii_uppercase() { upper(letter) } else { letter })
            .collect(),
    )
}

fn upper(letter: char) -> char {
    letter.to_uppercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    fn found(received: &str, signed: &str) -> bool {
        put_back(received, &|candidate| candidate == signed)
    }

    #[test]
    fn known_words_get_all_their_accents_at_once() {
        let signed = "<a b=\"acao\"><Nm>JOSÉ Antônio Gonçalves da Conceição</Nm><x>transferência, devolução e salário</x></a>";
        assert_eq!(with_known_words(&letters::stripped(signed)), signed);
        assert!(found(&letters::stripped(signed), signed));
    }

    #[test]
    fn one_or_two_letters_of_any_word_are_found() {
        assert!(found("<Nm>Zenobio Xavier</Nm>", "<Nm>Zenóbio Xavier</Nm>"));
        assert!(found("<Nm>Zenobio Xavier Queiros</Nm>", "<Nm>Zenóbio Xavier Queirós</Nm>"));
        assert!(found("<Nm>Concei??o</Nm>", "<Nm>Conceição</Nm>"));
        assert!(found("<Nm>Jos\u{fffd} X</Nm>", "<Nm>José X</Nm>"));
        assert!(!found("<Nm>abc</Nm>", "<Nm>abd</Nm>"));
    }

    #[test]
    fn tags_keep_their_letters() {
        assert_eq!(places("<acao a=\"e\">x</acao>").count(), 0);
        assert_eq!(with_known_words("<acao>acao</acao>"), "<acao>ação</acao>");
    }

    #[test]
    fn the_search_is_bounded() {
        let text = format!("<a>{}</a>", "aeiouc ".repeat(1000));
        let hashed = Cell::new(0);
        let search = |candidate: &str| {
            hashed.set(hashed.get() + candidate.len());
            false
        };
        assert!(!put_back(&text, &search));
        assert!(hashed.get() <= HASHED_BYTES_MAX, "{}", hashed.get());
    }
}
