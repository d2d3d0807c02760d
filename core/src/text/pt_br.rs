//! Brazilian Portuguese.

use super::{Text, text};
use crate::reason::Reason as R;

pub(super) const fn of(reason: R) -> Text {
    match reason {
        R::TooLarge => text(
            "a mensagem tem mais de 128 MiB",
            "confira se o arquivo é uma só mensagem, e não um pacote com várias",
        ),
        R::NotUtf8 => text(
            "os bytes não são UTF-8",
            "um texto em ISO-8859-1, Windows-1252 ou UTF-16 deve ser gravado em UTF-8 antes de assinado; um corpo gzip deve ser descompactado antes",
        ),
        R::Encoding => text(
            "a declaração XML indica codificação diferente de `UTF-8` ou versão diferente de `1.0`",
            "o SPI e o DICT usam XML 1.0 em UTF-8: grave e declare assim antes de assinar; converter uma mensagem assinada quebra a assinatura",
        ),
        R::Doctype => text(
            "o documento tem DOCTYPE",
            "remova o DOCTYPE no emissor: ele nunca é aceito, pois pode mudar o significado do documento",
        ),
        R::TooDeep => text(
            "há elementos aninhados além de 256 níveis",
            "nenhuma mensagem do SPI ou do DICT é tão profunda: trate-a como hostil ou danificada",
        ),
        R::TooManyAttributes => text(
            "um elemento tem mais de 256 atributos",
            "nenhuma mensagem do SPI ou do DICT tem tantos atributos: trate-a como hostil ou danificada",
        ),
        R::TooManyNamespaces => text(
            "há mais de 256 namespaces em vigor",
            "nenhuma mensagem do SPI ou do DICT declara tantos namespaces: trate-a como hostil ou danificada",
        ),
        R::TooManyIds => text(
            "o documento tem mais de 65536 atributos Id",
            "nenhuma mensagem do SPI ou do DICT identifica tantos elementos: trate-a como hostil ou danificada",
        ),
        R::CanonicalTooLarge => text(
            "a forma canônica é muito maior que a mensagem",
            "um nome de namespace longo se repete em muitos elementos: trate a mensagem como hostil",
        ),
        R::XmlDeclaration => text(
            "a declaração XML está fora do lugar ou mal escrita",
            "ela deve ser o começo exato do arquivo: `<?xml version=\"1.0\" encoding=\"UTF-8\"?>`, sem nada antes",
        ),
        R::IllegalCharacter => text(
            "há um caractere que o XML 1.0 não permite",
            "remova o caractere onde o campo é preenchido, antes de assinar: caracteres de controle costumam vir de texto copiado sem limpeza",
        ),
        R::IllegalReference => text(
            "há uma referência a entidade ou caractere que o XML não conhece",
            "escreva um `&` simples como `&amp;`; um número como `&#31;`, que indica caractere de controle, também não é permitido: remova-o onde o campo é preenchido",
        ),
        R::IllegalName => text(
            "há um nome que o XML ou seus namespaces não permitem",
            "nomes começam por letra ou `_`, não têm espaços e têm no máximo um sinal de dois-pontos",
        ),
        R::TagSyntax => text(
            "uma tag viola a gramática do XML",
            "veja o byte indicado: a causa comum é um `<` solto no texto, que deve ser escrito `&lt;`",
        ),
        R::AttributeSyntax => text(
            "um atributo viola a gramática do XML",
            "escreva `nome=\"valor\"`, com um espaço antes e sem `<` entre as aspas",
        ),
        R::DuplicateAttribute => text(
            "um elemento tem dois atributos de mesmo nome",
            "remova um deles no emissor; dois prefixos ligados ao mesmo namespace contam como o mesmo nome",
        ),
        R::EndTagMismatch => text(
            "uma tag de fim não corresponde à de início",
            "veja o byte indicado: um elemento foi fechado cedo demais, tarde demais ou com outro nome",
        ),
        R::Unclosed => text(
            "o documento acaba antes do fim do elemento raiz",
            "a mensagem foi cortada: compare o tamanho com o da origem e obtenha-a de lá outra vez",
        ),
        R::NoRoot => text(
            "não há elemento raiz",
            "a entrada está vazia ou não é XML: confira qual arquivo ou corpo foi entregue",
        ),
        R::OutsideRoot => text(
            "há algo antes ou depois do elemento raiz",
            "entregue um só documento XML e nada mais: separe antes um corpo multipart ou várias mensagens, e retire a mensagem do JSON, base64 ou log em volta dela",
        ),
        R::CommentSyntax => text(
            "um comentário viola a gramática do XML",
            "um comentário não contém `--` e termina com `-->`",
        ),
        R::PiSyntax => text(
            "uma instrução de processamento viola a gramática do XML",
            "ela se escreve `<?nome texto?>`, e o nome não é `xml`",
        ),
        R::CdataSyntax => text(
            "há `]]>` no texto, ou uma seção CDATA que não foi fechada",
            "escreva `]]&gt;` no texto; uma seção CDATA vai de `<![CDATA[` até `]]>`",
        ),
        R::UnboundPrefix => text(
            "é usado um prefixo que nenhuma declaração define",
            "declare-o com `xmlns:prefixo=\"..\"`: costuma perder-se quando um elemento é recortado do documento",
        ),
        R::NamespaceDeclaration => text(
            "há uma declaração de namespace que não é permitida",
            "um prefixo não pode ficar sem nome, e `xml` e `xmlns` não podem ser redefinidos",
        ),
        R::RelativeNamespace => text(
            "há um nome de namespace relativo, que o XML canônico não processa",
            "use um nome absoluto, como `https://www.bcb.gov.br/pi/pacs.008/1.16`",
        ),
        R::DuplicateId => text(
            "dois elementos têm o mesmo Id",
            "cada Id deve ser único no documento: repeti-lo é sinal de ataque de signature wrapping",
        ),
        R::Unsigned => text(
            "não há assinatura no lugar em que o perfil a põe",
            "confira se esta é a mensagem assinada, e não a anterior à assinatura, e se o perfil é o certo: SPI ou DICT",
        ),
        R::NotEnvelope => text(
            "a raiz não é `Envelope`",
            "uma mensagem do SPI começa com `Envelope`: para um corpo do DICT use o perfil `dict`",
        ),
        R::EnvelopeInDict => text(
            "a raiz é um `Envelope`, que não existe no DICT",
            "esta é uma mensagem do SPI: use o perfil `spi`",
        ),
        R::EnvelopeAttribute => text(
            "`Envelope` tem um atributo, que nenhuma assinatura cobre",
            "envie `Envelope` só com declarações de namespace: qualquer outra coisa poderia ser alterada sem aviso",
        ),
        R::EnvelopeContent => text(
            "`Envelope` contém texto, comentário ou instrução de processamento, que nenhuma assinatura cobre",
            "deixe apenas espaço em branco em volta de `AppHdr` e `Document`",
        ),
        R::EnvelopeChildren => text(
            "`Envelope` não contém exatamente um `AppHdr` e um `Document` no seu próprio namespace",
            "procure elemento ausente, repetido ou a mais, ou outro namespace: o que a assinatura não cobre é recusado",
        ),
        R::Sgntr => text(
            "`AppHdr` não tem `Sgntr`, tem dois, ou o tem dentro de outro elemento",
            "`Sgntr` é o último filho de `AppHdr`, uma única vez",
        ),
        R::SgntrContent => text(
            "`Sgntr` tem atributos ou contém algo além de uma `Signature`",
            "deixe em `Sgntr` só a assinatura: espaço em branco acrescentado ali também muda o hash de `AppHdr`",
        ),
        R::OutsideContent => text(
            "há comentário ou instrução de processamento fora da raiz, onde nenhuma assinatura cobre",
            "remova-o no emissor",
        ),
        R::SignatureMisplaced => text(
            "há uma `Signature` onde o perfil não a põe",
            "no SPI fica em `Envelope/AppHdr/Sgntr`, no DICT é filha da raiz: outro lugar é tentativa de wrapping",
        ),
        R::SignatureSecond => text(
            "há mais de uma `Signature`",
            "uma mensagem é assinada uma só vez: remova a assinatura antiga antes de assinar; não confie em mensagem que chegou com duas",
        ),
        R::SignatureChildren => text(
            "um elemento dentro de `Signature` falta, repete-se, está fora de ordem ou é desconhecido",
            "uma assinatura é `SignedInfo`, `SignatureValue`, `KeyInfo`, na ordem do XMLDSig, e nenhum `Object`",
        ),
        R::SignatureAttribute => text(
            "um elemento dentro de `Signature` tem atributo que o XMLDSig não lhe dá",
            "remova-o em quem assina: ali só cabem `Id`, `URI`, `Type` e `Algorithm`",
        ),
        R::SignatureText => text(
            "há texto, comentário ou instrução de processamento dentro de `Signature`, onde o XMLDSig não os tem",
            "deixe apenas espaço em branco entre os elementos de `Signature`",
        ),
        R::CanonicalizationMethod => text(
            "a canonicalização não é C14N exclusiva sem comentários",
            "assine com `http://www.w3.org/2001/10/xml-exc-c14n#`, como exige o BACEN",
        ),
        R::SignatureMethod => text(
            "o método de assinatura não é RSA com SHA-256",
            "assine com `http://www.w3.org/2001/04/xmldsig-more#rsa-sha256`, como exige o BACEN",
        ),
        R::DigestMethod => text(
            "um método de hash (resumo criptográfico) não é SHA-256",
            "calcule o hash com `http://www.w3.org/2001/04/xmlenc#sha256`, como exige o BACEN",
        ),
        R::Transforms => text(
            "as transformações de uma Reference não são as do perfil",
            "C14N exclusiva em toda Reference, e enveloped-signature antes dela na de `URI=\"\"`, nenhuma outra",
        ),
        R::PrefixList => text(
            "um `InclusiveNamespaces` não tem `PrefixList`, ou ela não é uma lista de prefixos",
            "omita `InclusiveNamespaces`, como faz o BACEN, ou liste prefixos separados por espaços",
        ),
        R::ReferenceCount => text(
            "há mais ou menos References do que o perfil tem",
            "o SPI assina três coisas (`KeyInfo`, `AppHdr`, `Document`), o DICT duas (`KeyInfo`, a raiz)",
        ),
        R::ReferenceUri => text(
            "uma Reference aponta para algo que o perfil não assina ou que já está coberto",
            "use `#` com o Id do `KeyInfo` desta assinatura, `URI=\"\"` e, no SPI, uma Reference sem URI",
        ),
        R::KeyInfoContent => text(
            "`KeyInfo` não contém exatamente um `X509Data` com um `X509IssuerSerial`",
            "indique o certificado só por emissor e número de série: certificado ou chave embutidos nunca são usados",
        ),
        R::KeyInfoId => text(
            "o Id de KeyInfo não é um nome que um Id possa ter (letras, algarismos, `.`, `-`, `_`)",
            "quem assina deve dar a KeyInfo um Id como `key-info-id`: outros podem ser lidos como outro lugar da mensagem",
        ),
        R::IssuerName => text(
            "`X509IssuerName` não é um nome distinto (DN)",
            "escreva o emissor do certificado (não o titular), como `CN=.., OU=.., O=ICP-Brasil, C=BR`",
        ),
        R::SerialNumber => text(
            "`X509SerialNumber` não é um número decimal de até 20 bytes",
            "escreva o número de série do certificado em decimal, não em hexadecimal",
        ),
        R::DigestValue => text(
            "um `DigestValue` não é base64 de 32 bytes",
            "deve ser o SHA-256 dos bytes canônicos em base64: 44 caracteres, o último `=`",
        ),
        R::SignatureValue => text(
            "`SignatureValue` não é base64",
            "o valor foi cortado ou alterado no caminho: quebras de linha, mesmo como `&#13;`, são aceitas, outros caracteres não",
        ),
        R::DigestMismatch => text(
            "hash (resumo criptográfico) divergente: os bytes não são os que foram assinados",
            "a mensagem foi alterada, ou reescrita (indentada, recodificada), depois de assinada: use-a como chegou pela rede e compare",
        ),
        R::SignatureMismatch => text(
            "a assinatura não confere com `SignedInfo` sob a chave do certificado",
            "assinou outra chave que não a do certificado indicado, ou `SignedInfo` não é o que foi assinado: não confie na mensagem, peça-a de novo ao signatário",
        ),
        R::SignatureLength => text(
            "a assinatura não é um número que a chave do certificado possa gerar: é curta, longa ou grande demais",
            "o valor foi cortado ou feito com outra chave: compare a chave de quem assinou com o certificado",
        ),
        R::KeyTooSmall => text(
            "a chave RSA do certificado tem menos de 2048 bits",
            "o BACEN pede RSA de 2048 bits ou mais: emita um certificado para uma chave maior",
        ),
        R::CertificateUnknown => text(
            "nenhum certificado de confiança tem o emissor e o número de série que a mensagem indica",
            "sem ele nada se pode dizer da mensagem: obtenha o certificado com o próprio signatário, confira a procedência e acrescente-o aos de confiança",
        ),
        R::CertificateExpired => text(
            "o certificado estava vencido no instante considerado",
            "uma mensagem arquivada é julgada na sua própria data ou na do recebimento; uma nova precisa de certificado válido: procure o signatário",
        ),
        R::CertificateNotYetValid => text(
            "o certificado ainda não era válido no instante considerado",
            "confira o relógio desta máquina e o instante pedido; o signatário também pode ter trocado de certificado cedo demais",
        ),
        R::CertificateRevoked => text(
            "o certificado estava revogado no instante considerado",
            "não confie nesta mensagem: peça ao signatário uma feita com o certificado atual",
        ),
        R::CertificateUsage => text(
            "o certificado é de uma autoridade certificadora ou não tem digitalSignature no uso da chave: a chave dele não assina mensagens",
            "informe o certificado de assinatura do próprio participante, não o da autoridade; `openssl req -x509` cria uma autoridade se não tiver `-addext basicConstraints=CA:FALSE`",
        ),
        R::SenderMismatch => text(
            "`Fr` em `AppHdr` não é o participante que assina: não é o do certificado, ou não é o do caminho",
            "compare `Fr` com `OU=ISPB-..` no certificado e com o caminho: quem envia a mensagem deve ser quem a assina",
        ),
        R::MessageTime => text(
            "a mensagem não traz data própria que se possa ler",
            "julgue-a num instante conhecido por outro meio, como o do recebimento",
        ),
        R::AlreadySigned => text(
            "a mensagem já traz uma assinatura",
            "entregue a mensagem sem assinatura, ou peça que a existente seja substituída",
        ),
        R::SignaturePlace => text(
            "o lugar da assinatura está repetido ou contém outra coisa",
            "deixe um `Sgntr` vazio em `AppHdr` (SPI) ou uma `Signature` vazia sob a raiz (DICT), ou nenhum dos dois",
        ),
        R::NeverSigned => text("este corpo nunca é assinado", "envie `CheckKeysRequest` ao DICT como está"),
        R::WrongKey => text(
            "a assinatura não foi feita com a chave do certificado",
            "informe a chave e o certificado que formam par: o certificado deve ter sido emitido para esta chave",
        ),
        R::CertificateSyntax => text(
            "o certificado não pode ser lido",
            "informe certificados X.509 em PEM, DER ou PKCS#7 (.p7b): requisição ou chave não servem",
        ),
        R::CertificatePem => text(
            "um bloco PEM está danificado",
            "cada `-----BEGIN ..-----` e o seu `-----END ..-----` têm cinco hifens e as mesmas palavras, com base64 entre eles: copie o arquivo de novo",
        ),
        R::Pkcs12 => text(
            "é um arquivo PKCS#12 (.pfx, .p12), que exige senha",
            "extraia os certificados: `openssl pkcs12 -in ARQUIVO -nokeys -out CERTIFICADOS.pem`, com `-legacy` se for antigo",
        ),
        R::CertificateKey => text(
            "a chave do certificado não é uma chave RSA utilizável",
            "o BACEN assina com RSA de 2048 a 8192 bits: curvas elípticas e expoentes estranhos são recusados",
        ),
        R::CrlSyntax => text(
            "a lista de certificados revogados não pode ser lida",
            "informe uma LCR X.509 completa em DER ou PEM: listas delta e indiretas não são usadas",
        ),
        R::CrlIssuer => text(
            "a lista de certificados revogados não foi emitida pelo certificado informado",
            "informe a lista junto com o certificado da autoridade que a emitiu",
        ),
        R::CrlSignature => text(
            "a assinatura da lista de certificados revogados não corresponde à chave do emissor",
            "obtenha a lista de novo na autoridade: ela foi alterada, ou assinada com outra chave ou com algoritmo que não é RSA com SHA-2",
        ),
        R::RequestMethod => text(
            "o canal não tem esse método",
            "use os métodos dos manuais do BACEN: `GET` e `POST`, no DICT também `PUT`, no SPI também `DELETE`",
        ),
        R::RequestPath => text(
            "o caminho não é deste canal",
            "os caminhos do DICT começam por `/api/v2` ou `/api-np/v2`, os do SPI por `/api/v1`; codifique chaves como `+55..` com `%`",
        ),
        R::HeaderSyntax => text(
            "há um cabeçalho que não pode ser repassado como está",
            "envie valores de cabeçalho sem quebras de linha nem caracteres de controle, cada cabeçalho uma vez; páginas em navegadores (`Origin`, `Referer`, `Sec-Fetch-Site`) não são atendidas",
        ),
        R::HostUnknown => text(
            "o cabeçalho `Host` não é um nome deste proxy",
            "chame o proxy como `localhost` ou pelo endereço em que ele escuta; qualquer outro nome que os chamadores usem precisa antes ser configurado",
        ),
        R::ContentEncoding => text(
            "a codificação do conteúdo não é uma que o BACEN aceite aqui",
            "o SPI aceita `gzip` sobre o corpo inteiro, o DICT nenhuma: use `Content-Encoding`, não `Transfer-Encoding`",
        ),
        R::Gzip => text(
            "o corpo gzip está danificado ou cortado",
            "repasse o corpo como bytes: lê-lo como texto o destrói",
        ),
        R::GzipTooLarge => text(
            "o corpo gzip descompactado passa do limite",
            "dez mensagens são bem menores: trate o corpo como hostil ou, se ele for seu, envie menos mensagens por vez ou aumente o limite da requisição descompactada",
        ),
        R::Multipart => text(
            "o corpo multipart viola a sua gramática",
            "compare o `boundary` do Content-Type com as linhas entre as partes e com a última, que termina em `--`",
        ),
        R::MultipartAmbiguous => text(
            "o corpo multipart pode ser separado em partes de mais de uma maneira",
            "não escreva nada em volta das partes, use um só `boundary` simples, cada cabeçalho de parte uma vez e em uma linha, e nenhum Content-Transfer-Encoding além de `8bit`; as respostas do BACEN são assim: se uma não for, descubra o que está no caminho",
        ),
        R::ContentType => text(
            "o rótulo do corpo pode fazer outro leitor ver uma mensagem diferente",
            "as mensagens do BACEN vêm como `application/xml` em UTF-8 e, só no SPI, várias como `multipart/mixed`: veja os cabeçalhos da resposta no registro e o que está no caminho",
        ),
        R::TooManyParts => {
            text("o corpo multipart tem mais de 10 partes", "envie no máximo 10 mensagens por requisição")
        }
        R::BodyPresence => text(
            "há corpo onde o canal não o tem, ou falta onde ele é preciso",
            "`POST` ao SPI e escritas no DICT precisam de corpo; `GET` e `DELETE` não têm",
        ),
        R::Unreachable => text(
            "não foi possível alcançar o BACEN; nada foi enviado",
            "reenviar é seguro; confira a rota até a RSFN, o DNS, o endereço e os certificados mTLS",
        ),
        R::TimedOut => text(
            "o BACEN não respondeu a tempo; pode ter aceitado a requisição",
            "reenvie a mesma mensagem com o mesmo BizMsgIdr ou RequestId: o BACEN a reconhece e nada faz duas vezes",
        ),
        R::ConnectionLost => text(
            "a conexão caiu antes da resposta completa; o BACEN pode ter aceitado a requisição",
            "repita a requisição sem mudanças, com o mesmo BizMsgIdr ou RequestId, ou consulte antes a situação",
        ),
        R::ProcessEnded => text(
            "o proxy terminou antes de registrar a resposta; o BACEN pode ter aceitado a requisição",
            "consulte a situação da requisição, ou repita-a sem mudanças, com o mesmo BizMsgIdr ou RequestId",
        ),
        R::ValueInterrupted => text(
            "um comentário, uma instrução de processamento ou uma seção CDATA está dentro de um valor: há leitores que veem só uma parte dele",
            "peça ao remetente que escreva os valores como texto simples; `interrupted_values = \"pass\"` na política deixa passar tais mensagens",
        ),
        R::AnswerMismatch => text(
            "a resposta é de outra pergunta: a raiz é de outra operação, ou um identificador não é o que a requisição indicou",
            "não a use; consulte a situação antes de repetir a requisição e informe ao BACEN qual foi a troca",
        ),
        R::AnswerUnbound => text(
            "o lacre não conhece esta operação, e nada vincula a resposta à pergunta",
            "compare os identificadores da resposta com os da requisição e procure uma versão mais nova do lacre",
        ),
        R::ResponseSyntax => text(
            "a resposta viola o HTTP",
            "procure um equipamento intermediário entre o proxy e o BACEN que altere respostas",
        ),
        R::ResponseTooLarge => text(
            "a resposta é maior que o limite",
            "aumente na configuração o limite do tamanho da resposta, se uma resposta assim é esperada",
        ),
        R::RequestTooLarge => text(
            "a requisição é maior que o limite",
            "envie menos mensagens por vez, ou aumente na configuração o limite do tamanho da requisição",
        ),
        R::SigningFailed => text(
            "o lugar que guarda a chave não assinou",
            "confira se o serviço ou módulo da chave está no ar e se há permissão para assinar",
        ),
        R::AuditUnavailable => text(
            "o registro de auditoria não pode ser guardado em lugar nenhum, por isso nada é enviado",
            "libere espaço e dê permissão de escrita à pasta de auditoria ou ao seu spool, e envie outra vez",
        ),
        R::Busy => text(
            "há requisições grandes demais em andamento ao mesmo tempo; por isso, nada é enviado",
            "envie de novo em instantes: nada foi enviado; envie menos requisições grandes ao mesmo tempo",
        ),
        R::NotConfigured => text(
            "o proxy não tem uma configuração com que possa trabalhar, por isso nada é enviado",
            "quem opera o proxy encontra cada falha no log dele; envie outra vez depois de corrigidas",
        ),
        R::RecordColumns => text(
            "a linha não é um registro de auditoria: falta uma coluna ou ela contém o que não pode",
            "confira se o arquivo é de auditoria do proxy e se foi escrito por inteiro",
        ),
        R::RecordSeal => text(
            "o registro não é o que foi selado: o hash de suas colunas não é o seu `chain_hash`",
            "o arquivo de auditoria foi alterado ou danificado depois de escrito: compare com uma cópia guardada em outro lugar",
        ),
        R::RecordRules => text(
            "o registro indica regras que esta versão não conhece; por isso, não pode ser julgado por elas",
            "julgue-o com um lacre que não seja mais antigo do que o proxy que o escreveu",
        ),
    }
}
