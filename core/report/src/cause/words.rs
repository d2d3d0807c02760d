//! Every cause with its words.

use lacre_core::Language;

/// Makes the enum of causes with `ALL`, `code`, `text` and `help`.
macro_rules! causes {
    ($( $(#[$doc:meta])* $name:ident = $code:literal
        en $en:literal $(help $en_help:literal)?
        pt $pt:literal $(help $pt_help:literal)?; )+) => {
        /// What may have happened to a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Cause {
            $( $(#[$doc])* $name, )+
        }

        impl Cause {
            /// Every cause there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )+];

            /// Its stable name.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )+ }
            }

            /// What happened, in plain words.
            #[must_use]
            pub const fn text(self, language: Language) -> &'static str {
                match language {
                    Language::PtBr => match self { $( Self::$name => $pt, )+ },
                    _ => match self { $( Self::$name => $en, )+ },
                }
            }

            /// What to do, where the reason's own remedy does not fit.
            #[must_use]
            pub const fn help(self, language: Language) -> Option<&'static str> {
                match language {
                    Language::PtBr => match self { $( Self::$name => optional!($($pt_help)?), )+ },
                    _ => match self { $( Self::$name => optional!($($en_help)?), )+ },
                }
            }
        }
    };
}

macro_rules! optional {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

causes! {
    // ---- the signature over SignedInfo tells, or fails to ----
    /// The digests agree, the signature does not.
    OtherKey = "other-key"
        en "nothing can be concluded about the content: the digests agree, but anybody can compute them; the signature was made with another key, or it was transplanted from another message, or `SignedInfo` was edited"
        pt "nada se pode concluir sobre o conteúdo: os hashes conferem, mas qualquer um pode calculá-los; a assinatura foi feita com outra chave, ou transplantada de outra mensagem, ou `SignedInfo` foi editado";
    /// The mathematics cannot be checked: the signer's certificate is not in the trust.
    UnknownSigner = "unknown-signer"
        en "nothing can be concluded: the certificate that the message names is not among the trusted ones, so anybody may have made, altered and signed it"
        pt "nada se pode concluir: o certificado que a mensagem indica não está entre os de confiança, logo qualquer um pode tê-la feito, alterado e assinado";
    /// The signature holds and the certificate was valid at the message's own time, not at the instant.
    Rotation = "rotation"
        en "the signature holds; the certificate was valid at the time that the message itself claims, not at the instant it is held against: an old message, or one backdated with an old key"
        pt "a assinatura confere; o certificado era válido na data que a própria mensagem alega, não no instante considerado: mensagem antiga, ou antedatada com uma chave antiga";
    /// The signature holds, and the certificate was not valid even at the time that the message claims.
    NeverValid = "never-valid"
        en "the signature fits the key, but the certificate was valid neither at the instant it is held against nor at a time that the message claims: whoever held the key then may have signed"
        pt "a assinatura é da chave, mas o certificado não era válido nem no instante considerado nem numa data que a mensagem alegue: pode ter assinado qualquer um que tivesse a chave";
    /// The certificate was revoked.
    Revoked = "revoked"
        en "the signature fits the key, but the certificate was revoked: whoever came by the key may have signed"
        pt "a assinatura é da chave, mas o certificado foi revogado: pode ter assinado qualquer um que tenha obtido a chave";

    // ---- what differs ----
    /// Every part differs.
    Reserialised = "reserialised"
        en "every part differs at once: a program probably wrote the message anew (re-serialised or re-encoded it) after signing; nothing shows that the content stayed the same"
        pt "todas as partes divergem de uma vez: um programa provavelmente reescreveu a mensagem (nova serialização ou codificação) depois de assinada; nada mostra que o conteúdo ficou igual";
    /// SPI: header and content differ, SignedInfo and KeyInfo hold.
    Transplanted = "transplanted"
        en "the signature does not belong to this message: neither header nor content is what it was made for; it was transplanted from another message, or both were replaced"
        pt "a assinatura não pertence a esta mensagem: nem o cabeçalho nem o conteúdo são aqueles para os quais foi feita; foi transplantada de outra mensagem, ou ambos foram trocados";
    /// Only the payment or the business data changed.
    ContentChanged = "content-changed"
        en "the content is not what was signed: it was altered after signing, or the signature was transplanted from another message"
        pt "o conteúdo não é o que foi assinado: foi alterado depois da assinatura, ou a assinatura foi transplantada de outra mensagem";
    /// Only the header changed.
    HeaderChanged = "header-changed"
        en "`AppHdr` is not what was signed and the content is: a header field was altered, or something was put beside the signature in `Sgntr`"
        pt "`AppHdr` não é o que foi assinado e o conteúdo é: um campo do cabeçalho foi alterado, ou algo foi posto junto da assinatura em `Sgntr`";
    /// Only KeyInfo changed.
    KeyInfoChanged = "key-info-changed"
        en "`KeyInfo` is not what was signed and the rest is: the name, the serial or the white space in it was rewritten after signing"
        pt "`KeyInfo` não é o que foi assinado e o restante é: o nome, o número de série ou o espaço em branco nele foi reescrito depois da assinatura";
    /// The part that differs holds replacement characters.
    CharactersLost = "characters-lost"
        en "the part that differs holds replacement characters (U+FFFD): a program read it in the wrong encoding, and letters are lost"
        help "take the message as it came over the wire: the letters cannot be had from this copy"
        pt "a parte que diverge contém caracteres de substituição (U+FFFD): um programa a leu na codificação errada, e letras se perderam"
        help "use a mensagem como chegou pela rede: as letras não se recuperam desta cópia";

    // ---- experiments: with the change undone the digest is the one that was signed ----
    /// Only the white space between elements changed.
    PrettyPrinted = "pretty-printed"
        en "only the white space between its elements was changed after signing (indented, or its indentation removed): with it undone every digest agrees"
        help "take the message as it came over the wire, or tell the program that stores it not to format it"
        pt "só o espaço em branco entre os elementos mudou depois da assinatura (indentação acrescentada ou removida): desfeita a mudança, todos os hashes conferem"
        help "use a mensagem como chegou pela rede, ou configure o programa que a guarda para não a formatar";
    /// Letters were composed or decomposed.
    Normalised = "unicode-normalised"
        en "only the way in which accented letters are coded was changed after signing (Unicode NFC and NFD): with it undone every digest agrees"
        help "take the message as it came over the wire: a program or a file system normalised its text"
        pt "só o modo de codificar letras acentuadas mudou depois da assinatura (NFC e NFD do Unicode): desfeita a mudança, todos os hashes conferem"
        help "use a mensagem como chegou pela rede: um programa ou sistema de arquivos normalizou o texto";
    /// UTF-8 was read as another encoding and written as UTF-8 again.
    Mojibake = "mojibake"
        en "a program read the text in the wrong encoding and wrote it as UTF-8 again after signing (`Ã£` for `ã`): with it undone every digest agrees"
        help "take the message as it came over the wire: a program between decoded UTF-8 as ISO-8859-1, Windows-1252 or CP850"
        pt "um programa leu o texto na codificação errada e o regravou em UTF-8 depois da assinatura (`Ã£` em vez de `ã`): desfeita a mudança, todos os hashes conferem"
        help "use a mensagem como chegou pela rede: algum programa leu UTF-8 como ISO-8859-1, Windows-1252 ou CP850";
    /// The signer hashed the text in ISO-8859-1.
    SignerEncoding = "signer-encoding"
        en "the signer computed the digest over the text in ISO-8859-1 instead of UTF-8: computed so, every digest agrees"
        help "the signer has to correct its program: canonical bytes are always UTF-8"
        pt "quem assinou calculou o hash sobre o texto em ISO-8859-1 em vez de UTF-8: calculados assim, todos os hashes conferem"
        help "quem assina precisa corrigir o seu programa: os bytes canônicos são sempre UTF-8";
    /// Accents were taken away.
    AccentsStripped = "accents-stripped"
        en "accents were taken away or letters lost after signing: with them put back every digest agrees"
        help "take the message as it came over the wire: a program between replaced accented letters"
        pt "acentos foram retirados ou letras se perderam depois da assinatura: repostos, todos os hashes conferem"
        help "use a mensagem como chegou pela rede: algum programa trocou letras acentuadas";

    // ---- what the bytes are, if not a message ----
    /// Nothing, or white space.
    Empty = "empty"
        en "the input is empty"
        help "check which file or body was handed over, and whether it was written before it was read"
        pt "a entrada está vazia"
        help "confira qual arquivo ou corpo foi entregue, e se foi gravado antes de ser lido";
    /// JSON.
    Json = "json"
        en "this is JSON, not XML"
        help "give the XML itself: where it is a value of the JSON, take it out and undo the escapes (`\\\"`, `\\n`, `\\u003c`)"
        pt "isto é JSON, não XML"
        help "entregue o próprio XML: se ele é um valor do JSON, retire-o e desfaça os escapes (`\\\"`, `\\n`, `\\u003c`)";
    /// Base64.
    Base64 = "base64"
        en "this is base64, and what it encodes looks like the message"
        help "decode the base64 and give what comes out, byte for byte"
        pt "isto é base64, e o que ele codifica parece ser a mensagem"
        help "decodifique o base64 e entregue o resultado, byte por byte";
    /// Hexadecimal digits.
    Hexadecimal = "hexadecimal"
        en "these are hexadecimal digits of what looks like the message"
        help "turn the digits into bytes and give those"
        pt "isto são dígitos hexadecimais do que parece ser a mensagem"
        help "transforme os dígitos em bytes e entregue-os";
    /// A gzip stream.
    Gzipped = "gzip"
        en "this is gzip, still packed"
        help "unpack it and give what comes out: `Content-Encoding: gzip` belongs to the transport, not to the message"
        pt "isto é gzip, ainda compactado"
        help "descompacte e entregue o resultado: `Content-Encoding: gzip` é do transporte, não da mensagem";
    /// A zip archive.
    Zipped = "zip"
        en "this is a zip archive"
        help "unpack it and give the messages in it"
        pt "isto é um pacote zip"
        help "descompacte e entregue as mensagens que ele contém";
    /// UTF-16.
    Utf16 = "utf-16"
        en "the text is in UTF-16"
        help "SPI and DICT use UTF-8: write the message so before it is signed; a signed one must be taken as it came"
        pt "o texto está em UTF-16"
        help "o SPI e o DICT usam UTF-8: grave a mensagem assim antes de assinar; uma já assinada deve ser usada como chegou";
    /// A one-byte encoding that the message declares.
    EncodingDeclared = "encoding-declared"
        en "the text is in the encoding that its declaration names, and that is not UTF-8"
        help "SPI and DICT use UTF-8: write and declare the message so before it is signed; whoever converts a signed one breaks its signature"
        pt "o texto está na codificação que a sua declaração indica, e não é UTF-8"
        help "o SPI e o DICT usam UTF-8: grave e declare a mensagem assim antes de assinar; converter uma já assinada quebra a assinatura";
    /// The declaration names another encoding than the bytes have.
    EncodingMisdeclared = "encoding-misdeclared"
        en "the bytes are UTF-8, and the declaration names something else"
        help "have the program that writes the message declare `encoding=\"UTF-8\"` and `version=\"1.0\"`"
        pt "os bytes são UTF-8, e a declaração indica outra coisa"
        help "faça o programa que grava a mensagem declarar `encoding=\"UTF-8\"` e `version=\"1.0\"`";
    /// A one-byte encoding that nothing declares.
    EncodingOther = "encoding-other"
        en "the text is probably in ISO-8859-1 or Windows-1252: a program stored or sent it without converting it to UTF-8, or the bytes were damaged"
        help "take the message as it came over the wire; if it is your own, write it in UTF-8 before it is signed"
        pt "o texto está provavelmente em ISO-8859-1 ou Windows-1252: um programa o gravou ou enviou sem convertê-lo para UTF-8, ou os bytes foram danificados"
        help "use a mensagem como chegou pela rede; se é sua, grave-a em UTF-8 antes de assinar";
    /// A certificate or key in PEM.
    Pem = "pem"
        en "this is PEM: a certificate, a key or a request, not a message"
        help "check which file was handed over; certificates are given apart from messages"
        pt "isto é PEM: certificado, chave ou requisição, não uma mensagem"
        help "confira qual arquivo foi entregue; certificados são informados à parte das mensagens";
    /// A multipart body, or a part of one with its head.
    Multipart = "multipart-body"
        en "this is a MIME body: several parts, or one with its head"
        help "split it at its boundary and give each part's content without the head"
        pt "isto é um corpo MIME: várias partes, ou uma com o seu cabeçalho"
        help "separe-o no boundary e entregue o conteúdo de cada parte sem o cabeçalho";
    /// A request or an answer with its head.
    Http = "http"
        en "this is an HTTP request or answer with its head"
        help "give the body alone: what stands behind the first empty line, unpacked and unchunked"
        pt "isto é uma requisição ou resposta HTTP com o cabeçalho"
        help "entregue só o corpo: o que vem depois da primeira linha vazia, descompactado e sem chunks";
    /// A page for a browser.
    Html = "html"
        en "this is an HTML page, as a proxy, a login or an error handler sends it in place of an answer"
        help "read the page to see who sent it, and look for what stands between you and BACEN"
        pt "isto é uma página HTML, como a que um proxy, um login ou um tratador de erros envia em vez da resposta"
        help "leia a página para ver quem a enviou, e procure o que está entre você e o BACEN";
    /// XML with its markup escaped.
    Escaped = "escaped"
        en "this is XML with its markup escaped (`&lt;` or `%3C` for `<`)"
        help "undo the escapes once, and give what comes out"
        pt "isto é XML com as marcas escapadas (`&lt;` ou `%3C` em vez de `<`)"
        help "desfaça os escapes uma vez e entregue o resultado";
    /// Something stands before or behind the message.
    TextAround = "text-around"
        en "something that is not XML stands before or behind the message, as in a log or an e-mail"
        help "give the message alone, from its first `<` to its last `>`"
        pt "algo que não é XML está antes ou depois da mensagem, como num log ou e-mail"
        help "entregue só a mensagem, do primeiro `<` ao último `>`";
    /// Text without any markup.
    Text = "text"
        en "this is text, not XML"
        help "check which file or body was handed over"
        pt "isto é texto, não XML"
        help "confira qual arquivo ou corpo foi entregue";
    /// Two documents in one.
    TwoMessages = "two-messages"
        en "there is more than one message here, one behind the other"
        help "give each message in a file of its own"
        pt "há mais de uma mensagem aqui, uma atrás da outra"
        help "entregue cada mensagem num arquivo próprio";
    /// White space before the declaration.
    BlankBefore = "blank-before"
        en "white space stands before the XML declaration"
        help "remove what stands before `<?xml`: neither signature nor digest covers it"
        pt "há espaço em branco antes da declaração XML"
        help "remova o que está antes de `<?xml`: nem assinatura nem hash o cobrem";
    /// The end is missing.
    Truncated = "truncated"
        en "the message is cut: its end is missing"
        help "compare its length with that at its source, and take it from there again"
        pt "a mensagem está cortada: falta o fim"
        help "compare o tamanho com o da origem e obtenha-a de lá outra vez";
    /// The beginning is missing.
    BeginsMidway = "begins-midway"
        en "the message is cut: its beginning is missing"
        help "take the message from its source again, from its first `<` on"
        pt "a mensagem está cortada: falta o começo"
        help "obtenha a mensagem da origem outra vez, desde o primeiro `<`";
    /// A reference to a character that XML does not have.
    ControlReference = "control-reference"
        en "a number after `&#` names a control character, which XML 1.0 does not have in any spelling"
        help "remove it where the field is filled, before signing: another escape does not help"
        pt "um número depois de `&#` indica um caractere de controle, que o XML 1.0 não admite em grafia nenhuma"
        help "remova-o onde o campo é preenchido, antes de assinar: outro escape não resolve";
    /// A bare ampersand.
    BareAmpersand = "bare-ampersand"
        en "an `&` stands for itself, as in a company's name, or begins a name that XML does not have"
        help "have the program that fills the field write `&amp;`, before signing"
        pt "um `&` está por si mesmo, como em razão social, ou inicia um nome que o XML não tem"
        help "faça o programa que preenche o campo escrever `&amp;`, antes de assinar";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_its_own_words() {
        let distinct =
            |word: fn(&Cause) -> &'static str| Cause::ALL.iter().map(word).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|cause| cause.code()), Cause::ALL.len());
        assert_eq!(distinct(|cause| cause.text(Language::En)), Cause::ALL.len());
        assert_eq!(distinct(|cause| cause.text(Language::PtBr)), Cause::ALL.len());
        for cause in Cause::ALL {
            assert_ne!(cause.text(Language::En), cause.text(Language::PtBr));
            assert_eq!(cause.help(Language::En).is_some(), cause.help(Language::PtBr).is_some(), "{cause:?}");
        }
    }

    #[test]
    fn no_cause_says_that_nothing_happened() {
        for cause in Cause::ALL {
            for word in ["no tampering", "intact", "nothing says", "harmless", "safe"] {
                assert!(!cause.text(Language::En).contains(word), "{cause:?}");
            }
            for word in ["não adulteração", "intact", "nada indica", "segur"] {
                assert!(!cause.text(Language::PtBr).contains(word), "{cause:?}");
            }
        }
    }
}
