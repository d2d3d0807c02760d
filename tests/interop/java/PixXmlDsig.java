import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import javax.security.auth.x500.X500Principal;
import javax.xml.crypto.AlgorithmMethod;
import javax.xml.crypto.Data;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.KeySelectorException;
import javax.xml.crypto.KeySelectorResult;
import javax.xml.crypto.NodeSetData;
import javax.xml.crypto.URIDereferencer;
import javax.xml.crypto.URIReference;
import javax.xml.crypto.URIReferenceException;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.XMLStructure;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.keyinfo.X509Data;
import javax.xml.crypto.dsig.keyinfo.X509IssuerSerial;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * BACEN's two profiles by the JDK's own XMLDSig, many messages in one process.
 *
 * A standard library needs one thing explained: in SPI, the Reference with an empty URI means AppHdr and the Reference
 * without a URI means Document. In DICT, the empty URI means what the standard says, the whole message.
 *
 * Frames as in C14n.java. Requests:
 *   sign-spi | sign-dict, message, certificate, PKCS#8 key, options (lines of name=value) -> "ok", the signed message
 *   verify-spi | verify-dict, message, certificate                                          -> "valid" | "invalid", why
 * Options: prefix (of the Signature, may be empty; ds), key-info-id, position (first or last child of the root), prefixes
 * (an InclusiveNamespaces PrefixList on every Transform and on CanonicalizationMethod), issuer (text to write).
 */
public final class PixXmlDsig {
    private static final String SHA256 = DigestMethod.SHA256;
    private static final String RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] arguments) throws Exception {
        DataInputStream in = new DataInputStream(System.in);
        DataOutputStream out = new DataOutputStream(System.out);
        for (byte[][] request = read(in); request != null; request = read(in)) {
            byte[][] reply;
            try {
                reply = answer(request);
            } catch (Exception problem) {
                reply = new byte[][] {bytes("error"), bytes(problem + ": " + problem.getCause())};
            }
            write(out, reply);
        }
    }

    private static byte[][] answer(byte[][] request) throws Exception {
        String verb = text(request[0]);
        Document message = parse(request[1]);
        X509Certificate certificate = certificate(request[2]);
        switch (verb) {
            case "sign-spi":
            case "sign-dict":
                sign(message, verb.endsWith("spi"), certificate, key(request[3]), options(request[4]));
                return new byte[][] {bytes("ok"), serialize(message)};
            case "verify-spi":
            case "verify-dict":
                String fault = fault(message, verb.endsWith("spi"), certificate);
                return new byte[][] {bytes(fault == null ? "valid" : "invalid"), bytes(String.valueOf(fault))};
            default:
                throw new IllegalArgumentException("no such verb: " + verb);
        }
    }

    private static void sign(Document message, boolean spi, X509Certificate certificate, PrivateKey key,
            Properties options) throws Exception {
        Element root = message.getDocumentElement();
        Element parent = spi ? emptied(child(child(root, "AppHdr"), "Sgntr")) : root;
        String id = options.getProperty("key-info-id", "key-info-id");
        String prefixes = options.getProperty("prefixes");

        KeyInfoFactory keys = FACTORY.getKeyInfoFactory();
        String issuer = options.getProperty("issuer", certificate.getIssuerX500Principal().toString());
        X509IssuerSerial issuerSerial = keys.newX509IssuerSerial(issuer, certificate.getSerialNumber());
        X509Data x509Data = keys.newX509Data(Collections.singletonList(issuerSerial));
        KeyInfo keyInfo = keys.newKeyInfo(Collections.singletonList(x509Data), id);

        List<Reference> references = new ArrayList<>();
        references.add(reference("#" + id, false, prefixes));
        references.add(reference("", true, prefixes));
        if (spi) {
            references.add(reference(null, false, prefixes));
        }
        C14NMethodParameterSpec parameters = prefixes == null ? null : prefixList(prefixes);
        CanonicalizationMethod c14n = FACTORY.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, parameters);
        SignedInfo signedInfo =
                FACTORY.newSignedInfo(c14n, FACTORY.newSignatureMethod(RSA_SHA256, null), references);

        DOMSignContext context = options.getProperty("position", "first").equals("first")
                        && parent.getFirstChild() != null
                ? new DOMSignContext(key, parent, parent.getFirstChild())
                : new DOMSignContext(key, parent);
        context.setDefaultNamespacePrefix(options.getProperty("prefix", "ds"));
        if (spi) {
            context.setURIDereferencer(new SpiDereferencer(message));
        }
        FACTORY.newXMLSignature(signedInfo, keyInfo).sign(context);
    }

    private static Reference reference(String uri, boolean enveloped, String prefixes) throws Exception {
        List<Transform> transforms = new ArrayList<>();
        if (enveloped) {
            transforms.add(FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null));
        }
        TransformParameterSpec parameters = prefixes == null ? null : prefixList(prefixes);
        transforms.add(FACTORY.newTransform(CanonicalizationMethod.EXCLUSIVE, parameters));
        return FACTORY.newReference(uri, FACTORY.newDigestMethod(SHA256, null), transforms, null, null);
    }

    private static ExcC14NParameterSpec prefixList(String prefixes) {
        return new ExcC14NParameterSpec(Arrays.asList(prefixes.trim().split(" +")));
    }

    /** Null if the signature holds under the profile's rules, otherwise what does not. */
    private static String fault(Document message, boolean spi, X509Certificate certificate) throws Exception {
        Element root = message.getDocumentElement();
        Element signatureElement = child(spi ? child(child(root, "AppHdr"), "Sgntr") : root, "Signature");
        DOMValidateContext context = new DOMValidateContext(new ByIssuerAndSerial(certificate), signatureElement);
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        if (spi) {
            context.setURIDereferencer(new SpiDereferencer(message));
        }
        XMLSignature signature = FACTORY.unmarshalXMLSignature(context);
        List<String> uris = new ArrayList<>();
        for (Object reference : signature.getSignedInfo().getReferences()) {
            uris.add(((Reference) reference).getURI());
        }
        List<String> wanted = new ArrayList<>(List.of("#" + signature.getKeyInfo().getId(), ""));
        if (spi) {
            wanted.add(null);
        }
        if (!uris.equals(wanted)) {
            return "the References are " + uris;
        }
        StringBuilder faults = new StringBuilder();
        for (Object reference : signature.getSignedInfo().getReferences()) {
            if (!((Reference) reference).validate(context)) {
                faults.append("digest of ").append(((Reference) reference).getURI()).append("; ");
            }
        }
        if (!signature.getSignatureValue().validate(context)) {
            faults.append("signature value; ");
        }
        boolean whole = signature.validate(context);
        if (whole != (faults.length() == 0)) {
            faults.append("the parts and the whole disagree");
        }
        return faults.length() == 0 ? null : faults.toString();
    }

    /** The certificate's key, if KeyInfo names its issuer and serial: the JDK compares the names as X.500 does. */
    private static final class ByIssuerAndSerial extends KeySelector {
        private final X509Certificate certificate;

        ByIssuerAndSerial(X509Certificate certificate) {
            this.certificate = certificate;
        }

        @Override
        public KeySelectorResult select(KeyInfo keyInfo, Purpose purpose, AlgorithmMethod method,
                XMLCryptoContext context) throws KeySelectorException {
            for (XMLStructure structure : keyInfo.getContent()) {
                for (Object entry : ((X509Data) structure).getContent()) {
                    X509IssuerSerial named = (X509IssuerSerial) entry;
                    X500Principal issuer = new X500Principal(named.getIssuerName());
                    if (issuer.equals(certificate.getIssuerX500Principal())
                            && named.getSerialNumber().equals(certificate.getSerialNumber())) {
                        Key key = certificate.getPublicKey();
                        return () -> key;
                    }
                }
            }
            throw new KeySelectorException("KeyInfo does not name the certificate by issuer and serial");
        }
    }

    /** SPI's own meaning of a Reference's URI. */
    private static final class SpiDereferencer implements URIDereferencer {
        private final Document message;

        SpiDereferencer(Document message) {
            this.message = message;
        }

        @Override
        public Data dereference(URIReference reference, XMLCryptoContext context) throws URIReferenceException {
            if (reference.getURI() == null) {
                return new Subtree(child(message.getDocumentElement(), "Document"));
            }
            if (reference.getURI().isEmpty()) {
                return new Subtree(child(message.getDocumentElement(), "AppHdr"));
            }
            return FACTORY.getURIDereferencer().dereference(reference, context);
        }
    }

    /** An element with all that it holds, as an XPath node set: elements, attributes, text; no comments. */
    private static final class Subtree implements NodeSetData<Node> {
        private final List<Node> nodes = new ArrayList<>();

        Subtree(Element apex) {
            add(apex);
        }

        private void add(Node node) {
            if (node.getNodeType() == Node.COMMENT_NODE) {
                return;
            }
            nodes.add(node);
            NamedNodeMap attributes = node.getAttributes();
            for (int i = 0; attributes != null && i < attributes.getLength(); i++) {
                nodes.add(attributes.item(i));
            }
            for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
                add(child);
            }
        }

        @Override
        public Iterator<Node> iterator() {
            return nodes.iterator();
        }
    }

    private static Element child(Element parent, String localName) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node.getNodeType() == Node.ELEMENT_NODE && Objects.equals(node.getLocalName(), localName)) {
                return (Element) node;
            }
        }
        throw new IllegalArgumentException("no " + localName + " in " + parent.getNodeName());
    }

    private static Element emptied(Element element) {
        while (element.getFirstChild() != null) {
            element.removeChild(element.getFirstChild());
        }
        return element;
    }

    private static Document parse(byte[] message) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(message));
    }

    private static byte[] serialize(Document message) throws Exception {
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
        transformer.setOutputProperty(OutputKeys.INDENT, "no");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        transformer.transform(new DOMSource(message), new StreamResult(out));
        return out.toByteArray();
    }

    private static X509Certificate certificate(byte[] der) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    }

    private static PrivateKey key(byte[] pkcs8) throws Exception {
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    private static Properties options(byte[] lines) throws Exception {
        Properties options = new Properties();
        options.load(new StringReader(text(lines)));
        return options;
    }

    private static byte[][] read(DataInputStream in) throws Exception {
        int count;
        try {
            count = in.readInt();
        } catch (EOFException end) {
            return null;
        }
        byte[][] fields = new byte[count][];
        for (int i = 0; i < count; i++) {
            fields[i] = new byte[in.readInt()];
            in.readFully(fields[i]);
        }
        return fields;
    }

    private static void write(DataOutputStream out, byte[][] fields) throws Exception {
        out.writeInt(fields.length);
        for (byte[] field : fields) {
            out.writeInt(field.length);
            out.write(field);
        }
        out.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
