import java.io.FileInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.security.auth.x500.X500Principal;

/**
 * Reads pairs of arguments, a certificate's file and a distinguished name. For each prints one line, its fields apart by tabs:
 * whether the JDK reads the name as the certificate's issuer, and the issuer as the JDK writes it in three forms.
 */
public class Names {
    public static void main(String[] arguments) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (int index = 0; index + 1 < arguments.length; index += 2) {
            try (FileInputStream in = new FileInputStream(arguments[index])) {
                X509Certificate certificate = (X509Certificate) factory.generateCertificate(in);
                X500Principal issuer = certificate.getIssuerX500Principal();
                System.out.println(String.join("\t",
                    String.valueOf(new X500Principal(arguments[index + 1]).equals(issuer)),
                    certificate.getIssuerDN().toString(),
                    issuer.getName(X500Principal.RFC2253),
                    issuer.getName(X500Principal.RFC1779)));
            }
        }
    }
}
