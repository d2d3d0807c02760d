import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.mail.BodyPart;
import javax.mail.Multipart;
import javax.mail.Part;
import javax.mail.Session;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;
import javax.mail.util.ByteArrayDataSource;
import org.apache.james.mime4j.dom.Body;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;

/**
 * Multipart bodies as JavaMail and Apache mime4j take them apart, many in one process.
 *
 * Frames as in C14n.java. Request: the header fields, the body. Reply: the name of a reader and what it found in a part, again and
 * again.
 */
public final class Mime {
    private static final Session SESSION = Session.getInstance(new Properties());

    private final List<byte[]> found = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        DataInputStream in = new DataInputStream(System.in);
        DataOutputStream out = new DataOutputStream(System.out);
        for (byte[][] request = read(in); request != null; request = read(in)) {
            Mime mime = new Mime();
            byte[] headers = request[0];
            byte[] body = request[1];
            byte[] whole = joined(headers, bytes("\r\n"), body);
            // What a reader found before it gave up stands.
            attempt(() -> mime.message("JavaMail", new MimeMessage(SESSION, new ByteArrayInputStream(whole))));
            attempt(() -> mime.body("JavaMail, body", contentType(headers), body));
            attempt(() -> mime.entity(new DefaultMessageBuilder().parseMessage(new ByteArrayInputStream(whole)), 0));
            write(out, mime.found);
        }
    }

    private void body(String reader, String contentType, byte[] body) throws Exception {
        if (contentType != null) {
            multipart(reader, new MimeMultipart(new ByteArrayDataSource(body, contentType)), 0);
        }
    }

    private void message(String reader, Part part) throws Exception {
        part(reader, part, 0);
    }

    private void multipart(String reader, Multipart multipart, int depth) throws Exception {
        int count = multipart.getCount();
        for (int number = 0; number < count; number++) {
            BodyPart part = multipart.getBodyPart(number);
            part(reader, part, depth + 1);
        }
    }

    private void part(String reader, Part part, int depth) throws Exception {
        if (depth < 8 && part.isMimeType("multipart/*") && part.getContent() instanceof Multipart inner) {
            multipart(reader, inner, depth);
        } else if (depth < 8 && part.isMimeType("message/rfc822") && part.getContent() instanceof Part inner) {
            part(reader, inner, depth + 1);
        } else {
            try (InputStream content = part.getInputStream()) {
                add(reader, content.readAllBytes());
            }
        }
    }

    private void entity(Entity entity, int depth) throws Exception {
        Body body = entity.getBody();
        if (depth < 8 && body instanceof org.apache.james.mime4j.dom.Multipart multipart) {
            for (Entity part : multipart.getBodyParts()) {
                entity(part, depth + 1);
            }
        } else if (depth < 8 && body instanceof Message message) {
            entity(message, depth + 1);
        } else if (body instanceof SingleBody single) {
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            single.writeTo(octets);
            add("mime4j", octets.toByteArray());
        }
    }

    private void add(String reader, byte[] part) {
        found.add(bytes(reader));
        found.add(part);
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static void attempt(Attempt attempt) {
        try {
            attempt.run();
        } catch (Exception problem) {
            // It refuses, which is what a reader may do.
        }
    }

    private static String contentType(byte[] headers) {
        for (String line : new String(headers, StandardCharsets.ISO_8859_1).split("\r\n")) {
            if (line.regionMatches(true, 0, "content-type:", 0, 13)) {
                return line.substring(13).strip();
            }
        }
        return null;
    }

    private static byte[] joined(byte[]... pieces) throws Exception {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            whole.write(piece);
        }
        return whole.toByteArray();
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

    private static void write(DataOutputStream out, List<byte[]> fields) throws Exception {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        DataOutputStream framed = new DataOutputStream(whole);
        framed.writeInt(fields.size());
        for (byte[] field : fields) {
            framed.writeInt(field.length);
            framed.write(field);
        }
        out.write(whole.toByteArray());
        out.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
