import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.crypto.Data;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.dom.DOMCryptoContext;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;

/**
 * Exclusive C14N of whole documents by the JDK, many in one process.
 *
 * Reads requests from standard input and writes replies to standard output. A request is a number of fields, a reply
 * too: the count, then each field's length and bytes, all numbers as four octets, the highest first.
 * Request: "with" or "without" (comments), the document. Reply: "ok", the canonical octets; or "error", what went wrong.
 */
public final class C14n {
    /** The JDK's canonicalizers ask for a context, but keep nothing in it. */
    private static final class Context extends DOMCryptoContext {
    }

    public static void main(String[] arguments) throws Exception {
        DataInputStream in = new DataInputStream(System.in);
        DataOutputStream out = new DataOutputStream(System.out);
        while (true) {
            byte[][] request = read(in);
            if (request == null) {
                return;
            }
            boolean comments = text(request[0]).equals("with");
            byte[][] reply;
            try {
                reply = new byte[][] {bytes("ok"), canonicalize(request[1], comments)};
            } catch (Exception problem) {
                reply = new byte[][] {bytes("error"), bytes(String.valueOf(problem))};
            }
            write(out, reply);
        }
    }

    private static byte[] canonicalize(byte[] document, boolean comments) throws Exception {
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        String algorithm = comments ? CanonicalizationMethod.EXCLUSIVE_WITH_COMMENTS : CanonicalizationMethod.EXCLUSIVE;
        CanonicalizationMethod method = factory.newCanonicalizationMethod(algorithm, (C14NMethodParameterSpec) null);
        XMLCryptoContext context = new Context();
        Data octets = method.transform(new OctetStreamData(new ByteArrayInputStream(document)), context);
        try (InputStream stream = ((OctetStreamData) octets).getOctetStream()) {
            return stream.readAllBytes();
        }
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
