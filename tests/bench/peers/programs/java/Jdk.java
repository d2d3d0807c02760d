import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.security.auth.x500.X500Principal;
import javax.xml.crypto.AlgorithmMethod;
import javax.xml.crypto.Data;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.KeySelectorException;
import javax.xml.crypto.KeySelectorResult;
import javax.xml.crypto.URIDereferencer;
import javax.xml.crypto.URIReference;
import javax.xml.crypto.URIReferenceException;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.X509Data;
import javax.xml.crypto.dsig.keyinfo.X509IssuerSerial;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jcp.xml.dsig.internal.dom.DOMSubTreeData;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * The JDK's XMLDSig in the hands of somebody who tuned it: builder and factory made once, the issuer's name parsed once, and
 * parts of a message handed over as subtrees of the JDK's own kind, which it canonicalises without collecting their nodes.
 * The protocol is in ../../peer.rs.
 */
public final class Jdk {
    /** The JDK's clock of the whole process moves by 10 ms: shorter batches would not be measured. */
    private static final long BATCH_NS = 400_000_000;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    private final DocumentBuilder builder;
    private final KeySelector keys;

    private Jdk(X509Certificate certificate) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setFeature("http://apache.org/xml/features/dom/defer-node-expansion", false);
        builder = factory.newDocumentBuilder();
        keys = new ByIssuerAndSerial(certificate);
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        long budget = Long.parseLong(arguments[1]) * 1_000_000;
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        byte[] pem = Files.readAllBytes(folder.resolve("certificate.pem"));
        Jdk jdk = new Jdk((X509Certificate) certificates.generateCertificate(new ByteArrayInputStream(pem)));
        System.out.println("version JDK " + System.getProperty("java.version") + ", tuned");
        if (jdk.verifies(Files.readAllBytes(folder.resolve("changed.xml")), false)) {
            throw new IllegalStateException("accepts a message that was changed");
        }
        for (String name : Arrays.copyOfRange(arguments, 2, arguments.length)) {
            byte[] message = Files.readAllBytes(folder.resolve(name + ".xml"));
            System.out.println(name + " ns " + jdk.best(message, name.startsWith("spi"), budget));
        }
    }

    private boolean verifies(byte[] octets, boolean spi) throws Exception {
        Document message = builder.parse(new ByteArrayInputStream(octets));
        Element root = message.getDocumentElement();
        Element parent = spi ? child(child(root, "AppHdr"), "Sgntr") : root;
        DOMValidateContext context = new DOMValidateContext(keys, child(parent, "Signature"));
        if (spi) {
            context.setURIDereferencer(new SpiDereferencer(root));
        }
        XMLSignature signature = FACTORY.unmarshalXMLSignature(context);
        return signature.getSignedInfo().getReferences().size() == (spi ? 3 : 2) && signature.validate(context);
    }

    /** The least processor time of one call, the compiler's and the collector's included. It is given time to warm up. */
    private long best(byte[] message, boolean spi, long budget) throws Exception {
        long until = SYSTEM.getProcessCpuTime() + budget;
        long least = Long.MAX_VALUE;
        long times = 1;
        while (SYSTEM.getProcessCpuTime() < until || least == Long.MAX_VALUE) {
            long took = timed(message, spi, times);
            if (took < BATCH_NS) {
                times *= 2;
            } else {
                least = Math.min(least, took / times);
            }
        }
        return least;
    }

    private long timed(byte[] message, boolean spi, long times) throws Exception {
        long begun = SYSTEM.getProcessCpuTime();
        for (long i = 0; i < times; i++) {
            if (!verifies(message, spi)) {
                throw new IllegalStateException("a message that was valid is no longer");
            }
        }
        return SYSTEM.getProcessCpuTime() - begun;
    }

    private static Element child(Element parent, String localName) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element && localName.equals(node.getLocalName())) {
                return (Element) node;
            }
        }
        throw new IllegalArgumentException("no " + localName + " in " + parent.getNodeName());
    }

    /** The certificate's key, if KeyInfo names its issuer and serial. */
    private static final class ByIssuerAndSerial extends KeySelector {
        private final X509Certificate certificate;
        private String lastName = "";

        ByIssuerAndSerial(X509Certificate certificate) {
            this.certificate = certificate;
        }

        @Override
        public KeySelectorResult select(KeyInfo keyInfo, Purpose purpose, AlgorithmMethod method,
                XMLCryptoContext context) throws KeySelectorException {
            X509Data data = (X509Data) keyInfo.getContent().get(0);
            X509IssuerSerial named = (X509IssuerSerial) data.getContent().get(0);
            if (isIssuer(named.getIssuerName()) && named.getSerialNumber().equals(certificate.getSerialNumber())) {
                Key key = certificate.getPublicKey();
                return () -> key;
            }
            throw new KeySelectorException("KeyInfo does not name the certificate by issuer and serial");
        }

        private boolean isIssuer(String name) {
            if (!name.equals(lastName) && new X500Principal(name).equals(certificate.getIssuerX500Principal())) {
                lastName = name;
            }
            return name.equals(lastName);
        }
    }

    /** SPI's own meaning of a Reference's URI. */
    private static final class SpiDereferencer implements URIDereferencer {
        private final Element root;

        SpiDereferencer(Element root) {
            this.root = root;
        }

        @Override
        public Data dereference(URIReference reference, XMLCryptoContext context) throws URIReferenceException {
            if (reference.getURI() == null) {
                return new DOMSubTreeData(child(root, "Document"), true);
            }
            if (reference.getURI().isEmpty()) {
                return new DOMSubTreeData(child(root, "AppHdr"), true);
            }
            return FACTORY.getURIDereferencer().dereference(reference, context);
        }
    }
}
