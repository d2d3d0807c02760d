"""What must be accepted: whatever the standards allow and the hashes do not fix."""

from cases import DICT, SPI, both, case
from sign import DSIG, EXC, ISSUER, SERIAL, signature


def wrapped(end, width=76):
    return lambda value: end.join(value[i : i + width] for i in range(0, len(value), width))


def cases():
    wire()
    layout()
    names()
    ids()
    prefix_lists()
    content()
    issuers()
    certificates()


def wire():
    case(
        "bacen/spi-newer-jdk",
        "valid",
        "as BACEN sends it: lines of SignatureValue ended by a character reference and a line feed",
        "spi",
        form=wrapped("&#13;\n"),
    )
    case(
        "bacen/dict-newer-jdk",
        "valid",
        "as BACEN answers: no declaration, Signature first, wrapped SignatureValue",
        "dict",
        form=wrapped("&#13;\n"),
    )
    case(
        "bacen/spi-older-jdk",
        "valid",
        "lines of SignatureValue ended by line feeds, as in 2020",
        "spi",
        form=wrapped("\n"),
    )
    case(
        "bacen/dict-older-jdk",
        "valid",
        "lines of SignatureValue ended by line feeds, as in 2020",
        "dict",
        form=wrapped("\n"),
    )
    both("bacen/one-line", "valid", "SignatureValue on one line")
    both(
        "bacen/issuer-country-first",
        "valid",
        "the issuer in the order in which the certificate stores it",
        [(ISSUER, ", ".join(reversed(ISSUER.split(", "))))],
    )
    both(
        "bacen/issuer-rfc-2253",
        "valid",
        "the issuer without blanks behind the commas, as RFC 2253 writes it",
        [(", ", ",")],
    )
    case(
        "bacen/dict-signature-last",
        "valid",
        "the Signature as the last child of the root",
        "dict",
        message=DICT.replace("@SIG@", "").replace("</GetEntry", "@SIG@</GetEntry"),
    )
    case(
        "bacen/dict-signature-between",
        "valid",
        "the Signature between other children of the root",
        "dict",
        message=DICT.replace("@SIG@", "").replace("<Entry>", "@SIG@<Entry>"),
    )


def layout():
    spi_pretty = SPI.replace("><", ">\n  <")
    sig = signature("spi").replace("><", ">\n      <")
    case(
        "layout/spi-indented",
        "valid",
        "white space between all elements, signed as it stands",
        "spi",
        message=spi_pretty,
        sig=sig,
    )
    case(
        "layout/spi-indented-crlf",
        "valid",
        "the same with CR LF, which XML reads as LF",
        "spi",
        message=spi_pretty.replace("\n", "\r\n"),
        sig=sig.replace("\n", "\r\n"),
    )
    case(
        "layout/dict-indented",
        "valid",
        "white space between all elements, signed as it stands",
        "dict",
        message=DICT.replace("><", ">\n\t<").replace("@SIG@", "\n\t@SIG@\n"),
        sig=signature("dict").replace("><", ">\n\t\t<"),
    )
    case(
        "layout/dict-cr-only",
        "valid",
        "lone carriage returns, which XML reads as line feeds",
        "dict",
        message=DICT.replace("><", ">\r<").replace("@SIG@", "\r@SIG@\r"),
        sig=signature("dict").replace("><", ">\r<"),
    )
    case(
        "layout/spi-space-around-the-parts",
        "valid",
        "white space around AppHdr and Document after signing: no Reference covers it and it carries nothing",
        "spi",
        after=[("<AppHdr>", "\n <AppHdr>"), ("</AppHdr>", "</AppHdr>\r\n\t"), ("</Document>", "</Document> ")],
    )
    case(
        "layout/spi-space-in-sgntr",
        "valid",
        "white space on both sides of the Signature in Sgntr, signed as it stands",
        "spi",
        [("<Sgntr>", "<Sgntr>\n "), ("</Sgntr>", " \n</Sgntr>")],
    )
    case(
        "layout/dict-text-on-both-sides",
        "valid",
        "white space on both sides of the removed Signature becomes one text",
        "dict",
        [("<ds:Signature ", " \r\n <ds:Signature "), ("</ds:Signature>", "</ds:Signature>\r\n ")],
    )
    both(
        "layout/values-in-space",
        "valid",
        "white space around and inside base64 and around the serial number",
        [("@D1@", "\n @D1@\t"), (f">{SERIAL}<", f">\n{SERIAL} <"), ("@SV@", " @SV@\r\n")],
    )
    both("layout/digest-wrapped", "valid", "a DigestValue cut by line ends", form=wrapped(" \n", 4))
    both(
        "layout/tags-in-space",
        "valid",
        "white space inside tags after signing",
        after=[
            ("</ds:Reference>", "</ds:Reference\n>"),
            ("<ds:SignatureValue>", "<ds:SignatureValue >"),
            ("<ds:X509Data>", "<ds:X509Data\t>"),
        ],
    )
    both(
        "layout/empty-elements-in-pairs",
        "valid",
        "empty elements opened and closed after signing: the same canonical form",
        after=[
            ('xml-exc-c14n#"/><ds:SignatureMethod', 'xml-exc-c14n#"></ds:CanonicalizationMethod><ds:SignatureMethod')
        ],
    )
    both(
        "layout/single-quotes",
        "valid",
        "attributes in single quotes",
        after=[(f'xmlns:ds="{DSIG}"', f"xmlns:ds='{DSIG}'"), ('URI=""', "URI=''")],
    )
    both(
        "layout/space-around-equals",
        "valid",
        "white space around the equals sign of attributes",
        after=[('Id="key', 'Id = \n"key'), ('URI=""', 'URI= ""')],
    )
    both(
        "layout/attribute-order",
        "valid",
        "attributes in another order after signing",
        [('<ds:Reference URI=""', '<ds:Reference Id="r2" Type="urn:x" URI=""')],
        [('Id="r2" Type="urn:x" URI=""', 'URI="" Type="urn:x" Id="r2"')],
    )
    for name, declaration in {
        "none": "",
        "version-only": '<?xml version="1.0"?>',
        "single-quotes": "<?xml version='1.0' encoding='UTF-8' standalone='no'?>",
        "standalone-yes": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        "lower-case": '<?xml version="1.0" encoding="utf-8"?>',
        "standalone-only": '<?xml version="1.0" standalone="no"?>',
        "in-space": '<?xml\n version = "1.0"\tencoding = "UTF-8" ?>\r\n',
    }.items():
        case(
            f"declaration/spi-{name}",
            "valid",
            f"the XML declaration: {declaration.strip() or 'none'}".replace("\n", " ").replace("\t", " "),
            "spi",
            after=[('<?xml version="1.0" encoding="UTF-8" standalone="no"?>', declaration)],
        )
    case(
        "declaration/dict-declared",
        "valid",
        "DICT with a declaration: not part of what is signed",
        "dict",
        after=[("<GetEntryResponse>", '<?xml version="1.0" encoding="UTF-8"?>\n<GetEntryResponse>')],
    )
    case(
        "declaration/spi-bom",
        "valid",
        "one byte order mark before the declaration",
        "spi",
        after=[("<?xml", "\ufeff<?xml")],
    )
    case(
        "declaration/dict-bom",
        "valid",
        "one byte order mark before the root",
        "dict",
        after=[("<GetEntryResponse>", "\ufeff<GetEntryResponse>")],
    )
    case(
        "declaration/spi-space-after-root",
        "valid",
        "line ends behind the root",
        "spi",
        after=[("</Envelope>", "</Envelope>\r\n\n")],
    )
    case(
        "declaration/dict-space-after-root",
        "valid",
        "line ends behind the root",
        "dict",
        after=[("</GetEntryResponse>", "</GetEntryResponse>\n \n")],
    )


def names():
    both(
        "names/other-prefix",
        "valid",
        "another prefix for XMLDSig",
        [("<ds:", "<sig:"), ("</ds:", "</sig:"), ("xmlns:ds", "xmlns:sig")],
    )
    both(
        "names/default-namespace",
        "valid",
        "the Signature in the default namespace, without a prefix",
        [("<ds:", "<"), ("</ds:", "</"), ("xmlns:ds", "xmlns")],
    )
    both(
        "names/prefix-not-ascii",
        "valid",
        "a prefix with an accent",
        [("<ds:", "<ação:"), ("</ds:", "</ação:"), ("xmlns:ds", "xmlns:ação")],
    )
    both(
        "names/redeclared-inside",
        "valid",
        "KeyInfo declares a prefix of its own",
        [("<ds:KeyInfo Id", f'<k:KeyInfo xmlns:k="{DSIG}" Id'), ("</ds:KeyInfo>", "</k:KeyInfo>")],
    )
    both(
        "names/unused-declaration",
        "valid",
        "a declaration that nothing uses is not part of the canonical form",
        after=[("<ds:SignedInfo>", '<ds:SignedInfo xmlns:unused="urn:unused">')],
    )
    case(
        "names/spi-declared-on-envelope",
        "valid",
        "the XMLDSig prefix declared on Envelope: a declaration is no attribute",
        "spi",
        [(f'<ds:Signature xmlns:ds="{DSIG}">', "<ds:Signature>"), ("<Envelope ", f'<Envelope xmlns:ds="{DSIG}" ')],
    )
    case(
        "names/dict-declared-on-root",
        "valid",
        "the XMLDSig prefix declared on the root, which does not use it itself",
        "dict",
        [
            (f'<ds:Signature xmlns:ds="{DSIG}">', "<ds:Signature>"),
            ("<GetEntryResponse>", f'<GetEntryResponse xmlns:ds="{DSIG}">'),
        ],
    )
    prefixed = SPI.replace("<Envelope xmlns=", "<e:Envelope xmlns:e=").replace("</Envelope>", "</e:Envelope>")
    for tag in ("AppHdr", "Sgntr", "Document", "CreDt"):
        prefixed = prefixed.replace(f"<{tag}>", f"<e:{tag}>").replace(f"</{tag}>", f"</e:{tag}>")
    case(
        "names/spi-envelope-prefixed",
        "valid",
        "Envelope, AppHdr, Sgntr and Document with a prefix",
        "spi",
        message=prefixed,
    )
    two = SPI.replace("<AppHdr>", '<x:AppHdr xmlns:x="https://www.bcb.gov.br/pi/pacs.002/1.17">').replace(
        "</AppHdr>", "</x:AppHdr>"
    )
    case(
        "names/spi-same-namespace-two-spellings",
        "valid",
        "AppHdr with a prefix, Document without: the same namespace",
        "spi",
        message=two,
    )
    case(
        "names/spi-unknown-version",
        "valid",
        "a message version that nobody has seen yet",
        "spi",
        message=SPI.replace("pacs.002/1.17", "pacs.002/9.99"),
    )
    case(
        "names/dict-root-namespaced",
        "valid",
        "a DICT root in a namespace",
        "dict",
        message=DICT.replace("<GetEntryResponse>", '<GetEntryResponse xmlns="https://www.bcb.gov.br/pi/dict">'),
    )
    case(
        "names/dict-undeclared-default",
        "valid",
        "a child that takes the default namespace away",
        "dict",
        message=DICT.replace("<GetEntryResponse>", '<GetEntryResponse xmlns="urn:d">').replace(
            "<Owner>", '<Owner xmlns="">'
        ),
    )
    case(
        "names/spi-rebound-prefix",
        "valid",
        "a prefix bound anew further in",
        "spi",
        message=SPI.replace(
            "<TxSts>ACSC</TxSts>", '<p:a xmlns:p="urn:1" p:x="1"><p:b xmlns:p="urn:2" p:x="2"/><p:c/></p:a>'
        ),
    )
    case(
        "names/dict-attributes-sorted",
        "valid",
        "attributes of several namespaces sort by namespace, then by name",
        "dict",
        message=DICT.replace("<Owner>", '<Owner xmlns:b="urn:a" xmlns:a="urn:b" z="1" a:k="2" b:k="3" A="4" b:a="5">'),
    )
    # libxml2 leaves out the escape, which Canonical XML demands of every attribute value and namespace name.
    escaped = lambda octets: octets.replace(b'"urn:a&bc"', b'"urn:a&amp;bc"')
    case(
        "names/dict-namespace-with-reference",
        "valid",
        "a namespace name written with a character reference",
        "dict",
        change={"Own": escaped},
        message=DICT.replace("<Owner>", '<Owner xmlns:q="urn:a&amp;b&#x63;" q:r="&#9;&lt;&quot;">'),
    )
    case(
        "names/dict-xml-attributes",
        "valid",
        "attributes of the xml namespace",
        "dict",
        message=DICT.replace("<Owner>", '<Owner xml:lang="pt-BR" xml:space="preserve">').replace(
            "<GetEntryResponse>", '<GetEntryResponse xml:lang="en">'
        ),
    )
    case(
        "names/spi-local-names-in-document",
        "valid",
        "elements called Envelope, AppHdr and Sgntr inside Document mean nothing",
        "spi",
        message=SPI.replace("<TxSts>", "<AppHdr><Sgntr/></AppHdr><Envelope/><TxSts>"),
    )
    case(
        "names/dict-plain-signature-deeper",
        "valid",
        "an element called Signature in no namespace, further in",
        "dict",
        message=DICT.replace("<Branch>", "<Signature>x</Signature><Branch>"),
    )
    case(
        "names/dict-signature-of-others",
        "valid",
        "an element called Signature in a namespace of others, beside the Signature",
        "dict",
        message=DICT.replace("<Entry>", '<o:Signature xmlns:o="urn:o">x</o:Signature><Entry>'),
    )
    case(
        "names/spi-app-hdr-attribute",
        "valid",
        "an attribute of AppHdr is covered",
        "spi",
        message=SPI.replace("<AppHdr>", '<AppHdr versao="1">'),
    )
    case(
        "names/spi-sgntr-not-last",
        "valid",
        "Sgntr before other children of AppHdr",
        "spi",
        message=SPI.replace("<Sgntr>@SIG@</Sgntr>", "").replace("<AppHdr>", "<AppHdr><Sgntr>@SIG@</Sgntr>"),
    )


def ids():
    for name, id in {
        "uuid-digit-first": "5a1f0c6e-7b39-4d0a-9c3d-2f1f6a8e4b70",
        "isox": "ki-9f86d081884c7d65",
        "accents": "informação",
        "long": "k" * 300,
    }.items():
        both(f"ids/{name}", "valid", "any Id: " + (id if len(id) < 60 else "300 letters"), [("key-info-id", id)])
    for name, id in {
        "escaped": "a&amp;b",
        "colon": "a:b",
        "xpointer": "xpointer(/)",
        "blank": "key info",
    }.items():
        both(f"ids/{name}", "invalid key-info-id", "an Id that is no NCName: " + id, [("key-info-id", id)])
    both(
        "ids/all-optional-ids",
        "valid",
        "every Id attribute that the schema of XMLDSig has",
        [
            ("<ds:Signature ", '<ds:Signature Id="s" '),
            ("<ds:SignedInfo>", '<ds:SignedInfo Id="i">'),
            ("<ds:SignatureValue>", '<ds:SignatureValue Id="v">'),
            ('<ds:Reference URI="#', '<ds:Reference Id="r1" URI="#'),
            ('<ds:Reference URI=""', '<ds:Reference Id="r2" URI=""'),
        ],
    )
    both(
        "ids/reference-type",
        "valid",
        "a Reference may say its Type",
        [('<ds:Reference URI=""', '<ds:Reference Type="http://www.w3.org/2000/09/xmldsig#Object" URI=""')],
    )
    case(
        "ids/spi-other-ids",
        "valid",
        "Ids in the content, each once",
        "spi",
        message=SPI.replace("<GrpHdr>", '<GrpHdr Id="a" xml:id="b">').replace("<TxInfAndSts>", '<TxInfAndSts Id="c">'),
    )
    case(
        "ids/spi-value-that-ends-alike",
        "valid",
        "an Id that only contains KeyInfo's",
        "spi",
        message=SPI.replace("<GrpHdr>", '<GrpHdr Id="key-info-id2">').replace(
            "<TxInfAndSts>", '<TxInfAndSts Id="KEY-INFO-ID">'
        ),
    )


def listed(prefixes):
    return f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"/>'


def prefix_lists():
    transform = f'<ds:Transform Algorithm="{EXC}"/>'
    key_info = '<ds:Reference URI="#key-info-id"><ds:Transforms>' + transform
    method = f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'

    def with_list(element, prefixes):
        name = element.rsplit("<", 1)[1].split(" ")[0]
        return (element, element[:-2] + ">" + listed(prefixes) + f"</{name}>")

    declared = (f'<ds:Signature xmlns:ds="{DSIG}"', f'<ds:Signature xmlns:ds="{DSIG}" xmlns:x="urn:x"')
    x_on = lambda octets: octets.replace(b'xmldsig#"', b'xmldsig#" xmlns:x="urn:x"', 1)
    both("prefix-list/empty", "valid", "an empty PrefixList", [with_list(key_info, "")])
    both(
        "prefix-list/used-prefix",
        "valid",
        "a PrefixList of the prefix that is used anyway",
        [with_list(key_info, "ds"), with_list(method, "ds")],
    )
    both(
        "prefix-list/unknown-prefix",
        "valid",
        "a PrefixList of a prefix that is not bound",
        [with_list(key_info, "nobody")],
    )
    both(
        "prefix-list/key-info",
        "valid",
        "KeyInfo's Reference lists a prefix bound outside it",
        [declared, with_list(key_info, "x")],
        change={"KeyInfo": x_on},
    )
    both(
        "prefix-list/signed-info",
        "valid",
        "SignedInfo's canonicalization lists a prefix bound outside it",
        [declared, with_list(method, "x")],
        change={"SignedInfo": x_on},
    )
    both(
        "prefix-list/white-space-and-doubles",
        "valid",
        "a PrefixList with line ends and a prefix named twice",
        [declared, with_list(key_info, "&#10; x\tnobody  x&#13; ")],
        change={"KeyInfo": x_on},
    )
    ns = b'xmlns="https://www.bcb.gov.br/pi/pacs.002/1.17"'
    case(
        "prefix-list/spi-default",
        "valid",
        "KeyInfo's Reference lists the default namespace",
        "spi",
        [with_list(key_info, "#default")],
        change={"KeyInfo": lambda octets: octets.replace(b"<ds:KeyInfo ", b"<ds:KeyInfo " + ns + b" ", 1)},
    )
    case(
        "prefix-list/spi-app-hdr",
        "valid",
        "AppHdr's Reference lists a prefix bound on Envelope",
        "spi",
        [("<Envelope ", '<Envelope xmlns:x="urn:x" '), with_list(f'enveloped-signature"/>{transform}', "x")],
        change={"Own": lambda octets: octets.replace(b'1.17"', b'1.17" xmlns:x="urn:x"', 1)},
    )
    case(
        "prefix-list/spi-document",
        "valid",
        "Document's Reference lists a prefix bound on Envelope",
        "spi",
        [("<Envelope ", '<Envelope xmlns:x="urn:x" '), with_list(f"<ds:Reference><ds:Transforms>{transform}", "x")],
        change={"Document": lambda octets: octets.replace(b'1.17"', b'1.17" xmlns:x="urn:x"', 1)},
    )
    case(
        "prefix-list/dict-root",
        "valid",
        "the root's Reference lists a prefix that the root binds and does not use",
        "dict",
        [
            ("<GetEntryResponse>", '<GetEntryResponse xmlns:x="urn:x">'),
            with_list(f'enveloped-signature"/>{transform}', "x"),
        ],
        prefixes={"Own": ["x"]},
    )
    case(
        "prefix-list/dict-declared-anew",
        "valid",
        "listed prefixes that change their meaning further in, and back, used or not",
        "dict",
        [
            ("<GetEntryResponse>", '<GetEntryResponse xmlns:x="urn:x" xmlns:z="urn:z">'),
            ("<Entry>", '<Entry xmlns:x="urn:y" xmlns:z="urn:y">'),
            ("<Key>", '<Key xmlns:x="urn:x">'),
            ("<KeyType>", '<KeyType xmlns:x="urn:y" x:a="b">'),
            ("<Account>", '<Account xmlns="urn:d" xmlns:z="urn:z">'),
            ("<Participant>", '<Participant xmlns="">'),
            ("<Branch>", '<Branch xmlns:w="urn:w">'),
            with_list(f'enveloped-signature"/>{transform}', "x #default w"),
        ],
        prefixes={"Own": ["x", "#default", "w"]},
    )


def content():
    info = "Pagamento de São João &amp; Cia"
    case(
        "content/spi-comments",
        "valid",
        "comments in AppHdr and Document are not part of the canonical form",
        "spi",
        after=[
            ("<BizMsgIdr>", "<!-- a --><BizMsgIdr>"),
            ("Pagamento de", "Pagamento<!-- meio --> de"),
            ("</Document>", "<!----></Document>"),
        ],
    )
    case(
        "content/dict-comments",
        "valid",
        "comments in content and around the root",
        "dict",
        after=[
            ("<Entry>", "<!-- a <b> & --><Entry>"),
            ("Helena Prado", "Helena<!-- x --> Prado"),
            ("</GetEntryResponse>", "</GetEntryResponse><!-- fim -->"),
        ],
    )
    case(
        "content/spi-comment-in-sgntr",
        "valid",
        "a comment beside the Signature in Sgntr",
        "spi",
        after=[("<Sgntr>", "<Sgntr><!-- assinatura -->")],
    )
    case(
        "content/spi-processing-instructions",
        "valid",
        "processing instructions in content are signed as they stand",
        "spi",
        message=SPI.replace("<TxSts>", "<?alvo  dados <&>?><TxSts>").replace("<BizMsgIdr>", "<?vazio?><BizMsgIdr>"),
    )
    case(
        "content/dict-processing-instructions-outside",
        "valid",
        "processing instructions around a DICT root are covered",
        "dict",
        message="<?antes a?>" + DICT + "<?depois b?>",
    )
    case(
        "content/spi-cdata",
        "valid",
        "CDATA instead of escaped text, after signing",
        "spi",
        after=[(info, "<![CDATA[Pagamento de São]]> <![CDATA[João & Cia]]>")],
    )
    case(
        "content/dict-cdata",
        "valid",
        "CDATA with what would be markup",
        "dict",
        message=DICT.replace("Helena Prado", "<![CDATA[<b>&amp;]] >]]>"),
    )
    case(
        "content/spi-character-references",
        "valid",
        "characters written as references after signing",
        "spi",
        after=[("São", "S&#227;o"), ("João", "Jo&#xe3;o"), ("&amp;", "&#38;"), ("ACSC", "&#x41;CSC")],
    )
    case(
        "content/dict-signed-carriage-return",
        "valid",
        "a carriage return as a reference is signed as one",
        "dict",
        message=DICT.replace("Helena Prado", "Helena&#13;&#xD;\nPrado"),
    )
    case(
        "content/dict-attribute-white-space",
        "valid",
        "white space in attribute values, as it stands and as references",
        "dict",
        message=DICT.replace("<Owner>", '<Owner a=" x\ty\nz&#9;&#10;&#13; " b="&apos;&gt;">'),
    )
    case(
        "content/spi-astral",
        "valid",
        "characters beyond the basic plane",
        "spi",
        message=SPI.replace("São João", "\U0001f4b8 \U00020bb7\ufffd"),
    )
    case(
        "content/spi-greater-than",
        "valid",
        "a greater-than sign as it stands, which the canonical form escapes",
        "spi",
        message=SPI.replace("São João", "a > b ]] > c"),
    )
    case(
        "content/dict-names-not-ascii",
        "valid",
        "element names with accents",
        "dict",
        message=DICT.replace("<Owner>", "<Titular·ção/><Owner>"),
    )
    case(
        "content/dict-empty-root-text",
        "valid",
        "text directly in the root",
        "dict",
        message=DICT.replace("<Entry>", "texto<Entry>"),
    )
    case(
        "content/spi-empty-document",
        "valid",
        "a Document with nothing in it",
        "spi",
        message=SPI.split("<Document>")[0] + "<Document/></Envelope>",
    )
    case(
        "content/dict-only-signature",
        "valid",
        "a root that holds nothing but its Signature",
        "dict",
        message="<GetPolicyResponse>@SIG@</GetPolicyResponse>",
    )
    deep = "<a>" * 250 + "</a>" * 250
    case(
        "content/dict-nested-250",
        "valid",
        "elements nested almost as deep as the limit",
        "dict",
        message=DICT.replace("<Entry>", deep + "<Entry>"),
    )
    many = " ".join(f'a{i}="{i}"' for i in range(256))
    case(
        "content/dict-256-attributes",
        "valid",
        "as many attributes as the limit",
        "dict",
        message=DICT.replace("<Entry>", f"<m {many}/><Entry>"),
    )


def issuers():
    c_first = ", ".join(reversed(ISSUER.split(", ")))
    for name, issuer in {
        "semicolons": ISSUER.replace(", ", " ; "),
        "lower-case": ISSUER.lower(),
        "upper-case": ISSUER.upper(),
        "oids": ISSUER.replace("CN=", "2.5.4.3=").replace("OU=", "OID.2.5.4.11=").replace("C=BR", "oid.2.5.4.6=BR"),
        "long-keywords": ISSUER.replace("CN=", "commonName=")
        .replace("OU=", "organizationalUnitName=")
        .replace("O=ICP", "organizationName=ICP")
        .replace("C=BR", "countryName=BR"),
        "hexadecimal-der": ISSUER.replace("C=BR", "C=#13024252").replace("OU=CSPB-1", "OU=#0c06435350422d31"),
        "quoted": "CN=&quot;Autoridade Certificadora de Teste Final SSL&quot;, " + ISSUER.split(", ", 1)[1],
        "escaped-octets": ISSUER.replace("CSPB-1", "\\43SPB\\2d1"),
        "line-ends": ISSUER.replace(", ", ",\n    "),
        "spaces": "  " + ISSUER.replace("=", " = ").replace(" de ", "   de ") + "\n",
        "country-first-lower-case": c_first.lower(),
        "cdata": f"<![CDATA[{ISSUER}]]>",
        "character-references": ISSUER.replace("CN=", "&#67;N&#x3d;"),
    }.items():
        case(
            f"issuer/{name}",
            "valid",
            "the issuer's name " + {"cdata": "in CDATA"}.get(name, f"spelt with {name.replace('-', ' ')}"),
            "dict",
            [(ISSUER, issuer)],
        )
    odd = {
        "java": 'EMAILADDRESS=ac@teste.example, CN="Ação = Reação", SERIALNUMBER=12345678000195, OU=" dois  espaços ", O="Silva, Filhos + Cia; \\"Aspas\\" &lt;x&gt; #1\\\\2", L=São João do Açaí, C=BR',
        "rfc-2253": '1.2.840.113549.1.9.1=#161061634074657374652e6578616d706c65,CN=Ação \\= Reação,2.5.4.5=#130e3132333435363738303030313935,OU=\\ dois  espaços\\ ,O=Silva\\, Filhos \\+ Cia\\; \\"Aspas\\" \\&lt;x\\&gt; #1\\\\2,L=São João do Açaí,C=BR',
        "octets": "C=BR;L=S\\C3\\A3o Jo\\C3\\A3o do A\\C3\\A7a\\C3\\AD;O=Silva\\2C Filhos \\2B Cia\\3B \\22Aspas\\22 \\3Cx\\3E #1\\5C2;OU=dois espaços;serialNumber=12345678000195;CN=ação = reação;E=AC@teste.example",
    }
    for name, issuer in odd.items():
        case(
            f"issuer/odd-{name}",
            "valid",
            f"a name with separators, quotes and accents in its values, written as {name} would",
            "dict",
            [(ISSUER, issuer), (SERIAL, str(0x3001))],
            trust="odd",
        )
    for name, issuer in {
        "java": "OID.2.5.4.97=CNPJ-12345678000195, UID=77 + CN=AC de Varios Valores, OU=CSPB-1 + O=ICP-Brasil, C=BR",
        "other-order": "C=BR, O=ICP-Brasil+OU=CSPB-1, CN=AC de Varios Valores + UID=77, organizationIdentifier=cnpj-12345678000195",
    }.items():
        case(
            f"issuer/multi-{name}",
            "valid",
            "several values in one RDN, in any order",
            "dict",
            [(ISSUER, issuer), (SERIAL, str(0x3002))],
            trust="multi",
        )
    case(
        "issuer/bmp-string",
        "valid",
        "an issuer stored in BMPString",
        "dict",
        [(ISSUER, "CN=AC em BMPString, OU=Autenticação, O=ICP-Brasil"), (SERIAL, str(0x3003))],
        trust="bmp",
    )
    case(
        "issuer/teletex-string",
        "valid",
        "an issuer stored in TeletexString",
        "dict",
        [(ISSUER, "O=ICP-Brasil, OU=Autenticação, CN=AC em TeletexString"), (SERIAL, str(0x3004))],
        trust="teletex",
    )
    case(
        "issuer/serial-leading-zeros", "valid", "leading zeros of the serial number", "dict", [(SERIAL, "000" + SERIAL)]
    )


def certificates():
    case("certificate/first-second", "valid", "the first second of the validity belongs to it", "dict", at=1735689600)
    case("certificate/last-second", "valid", "the last second of the validity belongs to it", "dict", at=2051222399)
    case(
        "certificate/message-time",
        "valid",
        "the certificate has expired since, and was valid at the message's own time",
        "dict",
        [(SERIAL, str(0x2001)), ("2026-01-05T", "2021-06-01T")],
        trust="expired",
        at="message",
    )
    case(
        "certificate/spi-message-time",
        "valid",
        "the same for SPI, by CreDt",
        "spi",
        [(SERIAL, str(0x2001)), ("2026-01-05T12:00:00.000Z", "2021-06-01T12:00:00-03:00")],
        trust="expired",
        at="message",
    )
    time = "2026-01-05T12:00:00.000Z"
    for name, spelling, because in (
        ("cdata", "<![CDATA[2021-06-01T12:00:00.000Z]]>", "the message's time in a CDATA section"),
        ("in-pieces", "2021-06-<!-- -->01T12:&#48;0:00.000Z", "the message's time with a comment and a reference in it"),
        ("in-space", " " * 60 + "&#10;2021-06-01T12:00:00.000Z" + "\n" * 60, "the message's time in much white space"),
        ("end-of-day", "2021-06-01T24:00:00.000Z", "the message's time is the end of a day, by the hour 24"),
    ):
        case(
            f"certificate/message-time-{name}",
            "valid",
            because,
            "dict",
            [(SERIAL, str(0x2001)), (time, spelling)],
            trust="expired",
            at="message",
        )
    both(
        "certificate/two-trusted",
        "valid",
        "old and new certificate trusted at once, the new one signed",
        [(SERIAL, str(0x172FC1F9E7A4B6C6))],
        key="bacen-next",
        trust="bacen bacen-next",
    )
    case(
        "certificate/same-serial-elsewhere",
        "valid",
        "another issuer gave the same serial number",
        "dict",
        trust="odd-same-serial bacen",
    )
    case(
        "certificate/rsa-4096",
        "valid",
        "a key of 4096 bits",
        "dict",
        [(SERIAL, str(0x2005))],
        key="rsa4096",
        trust="rsa4096",
    )
    case(
        "certificate/exponent-3",
        "valid",
        "an exponent of 3",
        "dict",
        [(SERIAL, str(0x2006))],
        key="exponent3",
        trust="exponent3",
    )
    case(
        "certificate/serial-of-20-octets",
        "valid",
        "a serial number of 20 octets",
        "dict",
        [(SERIAL, str(0xFEDCBA9876543210FEDCBA9876543210FEDCBA98))],
        trust="serial20",
    )
    case(
        "certificate/year-9999",
        "valid",
        "a certificate without an end",
        "dict",
        [(SERIAL, str(0x2008))],
        trust="forever",
        at=4102444800,
    )
    case(
        "certificate/before-revocation",
        "valid",
        "revoked only after the instant asked for",
        "dict",
        [(SERIAL, str(0x2003))],
        trust="revoked",
        at=1748735999,
        crl="sha256",
    )
    case("certificate/crl-of-others", "valid", "a revocation list that names other certificates", "dict", crl="sha512")
