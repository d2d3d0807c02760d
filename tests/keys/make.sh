#!/bin/sh
# Makes every certificate and revocation list of this folder from the private keys that lie here, byte for byte the same
# each time: the serial numbers and dates are fixed and RSA PKCS#1 v1.5 signatures carry no randomness (the one elliptic
# curve here is only certified, it signs nothing). A key that is missing is made anew, and then everything changes.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/openssl.cnf" <<EOF
[ca]
default_ca = test
[test]
database = $work/index.txt
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = anything
unique_subject = no
email_in_dn = yes
default_crl_days = 3650
[anything]
commonName = optional
[req]
distinguished_name = empty
prompt = no
utf8 = yes
string_mask = \${ENV::STRINGS}
[empty]
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[signing_authority]
basicConstraints = CA:TRUE
keyUsage = digitalSignature, keyCertSign
[encryption]
keyUsage = critical, keyEncipherment, dataEncipherment
[nothing]
[partial_list]
issuingDistributionPoint = critical, @partial
[partial]
onlyuser = TRUE
[indirect_list]
issuingDistributionPoint = critical, @indirect
[indirect]
indirectCRL = TRUE
[delta_list]
deltaCRL = critical, DER:020101
EOF
export OPENSSL_CONF="$work/openssl.cnf" STRINGS=utf8only

rsa_key() { # name bits exponent
    [ -f "$1.key" ] || openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -pkeyopt "rsa_keygen_pubexp:$3" -out "$1.key"
}

# name key subject serial start end [issuer: certificate and key]; without an issuer the certificate signs itself
certificate() {
    openssl req -new -utf8 -multivalue-rdn -key "$2.key" -subj "$3" -out "$work/request.pem"
    : > "$work/index.txt"
    echo "$4" > "$work/serial"
    if [ $# -ge 7 ]; then set -- "$@" -cert "$7.pem" -keyfile "$8.key"; shift 8; else set -- "$@" -selfsign -keyfile "$2.key"; shift 6; fi
    set -- "$@" -in "$work/request.pem"
    openssl ca -batch -notext -utf8 -preserveDN -extensions "${EXTENSIONS:-leaf}" -startdate "$START" -enddate "$END" -out "$work/out.pem" "$@" 2> "$work/log" || { cat "$work/log"; exit 1; }
    cp "$work/out.pem" "$NAME.pem"
}

leaf() { # name key subject serial start end issuer issuer-key
    NAME=$1 START=$5 END=$6 certificate "$@"
}

authority() { # name key subject serial
    NAME=$1 START=20200101000000Z END=20451231235959Z EXTENSIONS=authority certificate "$1" "$2" "$3" "$4" - -
}

# name hash extensions, and lines "revocation-date serial" from stdin; the test authority is the issuer
revocation_list() {
    : > "$work/index.txt"
    while read -r date serial; do
        printf 'R\t451231235959Z\t%s\t%s\tunknown\t/CN=x\n' "$date" "$serial" >> "$work/index.txt"
    done
    openssl ca -gencrl -cert "$4.pem" -keyfile "$5.key" -md "$2" ${3:+-crlexts "$3"} \
        -crl_lastupdate 20260101000000Z -crl_nextupdate 20360101000000Z -out "$1.crl" 2> "$work/log" || { cat "$work/log"; exit 1; }
}

for name in ca bacen bacen-next psp psp-other odd-ca; do rsa_key "$name" 2048 65537; done
rsa_key rsa1024 1024 65537
rsa_key rsa4096 4096 65537
rsa_key exponent3 2048 3
[ -f ec.key ] || openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key

CA='/C=BR/O=ICP-Brasil/OU=CSPB-1/OU=Servico Inventado de Processamento de Dados - TESTE/CN=Autoridade Certificadora de Teste Final SSL'
BACEN='/C=BR/O=ICP-Brasil/OU=SISBACEN-00038/OU=ISPB-00038166/CN=Banco Central de Teste T001'
PSP='/C=BR/ST=SP/L=Sao Paulo/O=ICP-Brasil/OU=SISBACEN-12345/OU=ISPB-12345678/CN=Instituicao de Pagamento Inventada T001'
FROM=20250101000000Z
TO=20341231235959Z

authority ca ca "$CA" 01
leaf bacen bacen "$BACEN" 172FC1F9E7A4B6C5 $FROM $TO ca ca
leaf bacen-next bacen-next "$BACEN" 172FC1F9E7A4B6C6 $FROM $TO ca ca
leaf psp psp "$PSP" 5E1F0C3A77D2 $FROM $TO ca ca
leaf psp-other psp-other '/C=BR/O=ICP-Brasil/OU=SISBACEN-54321/OU=ISPB-87654321/CN=Outra Instituicao Inventada T001' 5E1F0C3A77D3 $FROM $TO ca ca
leaf expired bacen "$BACEN" 2001 20200101000000Z 20211231235959Z ca ca
leaf not-yet-valid bacen "$BACEN" 2002 20400101000000Z 20411231235959Z ca ca
leaf revoked bacen "$BACEN" 2003 $FROM $TO ca ca
leaf rsa1024 rsa1024 "$BACEN" 2004 $FROM $TO ca ca
leaf rsa4096 rsa4096 "$BACEN" 2005 $FROM $TO ca ca
leaf exponent3 exponent3 "$BACEN" 2006 $FROM $TO ca ca
leaf ec ec "$BACEN" 2007 $FROM $TO ca ca
leaf serial20 bacen "$BACEN" FEDCBA9876543210FEDCBA9876543210FEDCBA98 $FROM $TO ca ca
leaf forever bacen "$BACEN" 2008 19700101000000Z 99991231235959Z ca ca
EXTENSIONS=signing_authority leaf bacen-authority bacen "$BACEN" 2009 $FROM $TO ca ca
EXTENSIONS=encryption leaf only-encrypts bacen "$BACEN" 200A $FROM $TO ca ca
EXTENSIONS=nothing leaf plain bacen "$BACEN" 200B $FROM $TO ca ca

# Names that need care, and one serial number given by two issuers.
authority odd-ca odd-ca '/C=BR/L=São João do Açaí/O=Silva, Filhos \+ Cia; "Aspas" <x> #1\\2/OU= dois  espaços /serialNumber=12345678000195/CN=Ação = Reação/emailAddress=ac@teste.example' 01
leaf odd bacen "$BACEN" 3001 $FROM $TO odd-ca odd-ca
leaf odd-same-serial psp-other "$BACEN" 172FC1F9E7A4B6C5 $FROM $TO odd-ca odd-ca
authority multi-ca odd-ca '/C=BR/O=ICP-Brasil+OU=CSPB-1/CN=AC de Varios Valores+UID=77/2.5.4.97=CNPJ-12345678000195' 01
leaf multi bacen "$BACEN" 3002 $FROM $TO multi-ca odd-ca
STRINGS=MASK:0x0800 authority bmp-ca odd-ca '/O=ICP-Brasil/OU=Autenticação/CN=AC em BMPString' 01
leaf bmp bacen "$BACEN" 3003 $FROM $TO bmp-ca odd-ca
STRINGS=MASK:0x0004 authority teletex-ca odd-ca '/O=ICP-Brasil/OU=Autenticação/CN=AC em TeletexString' 01
leaf teletex bacen "$BACEN" 3004 $FROM $TO teletex-ca odd-ca

printf '250601000000Z 2003\n250701000000Z FEDCBA9876543210FEDCBA9876543210FEDCBA98\n' > "$work/revoked"
revocation_list sha256 sha256 '' ca ca < "$work/revoked"
revocation_list sha512 sha512 partial_list ca ca < "$work/revoked"
revocation_list empty sha384 '' ca ca < /dev/null
revocation_list indirect sha256 indirect_list ca ca < "$work/revoked"
revocation_list sha1 sha1 '' ca ca < "$work/revoked"

# The SHA-256 of "lacre", signed; and a cube root of a block that only begins as it should (for the exponent of 3).
for name in bacen rsa1024 rsa4096 exponent3; do
    printf lacre | openssl dgst -sha256 -sign "$name.key" -out "$name.sig"
done
python3 - <<EOF
import hashlib
digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(b"lacre").digest()
block = int.from_bytes(b"\0\1" + b"\xff" * 8 + b"\0" + digest + b"\0" * (256 - 11 - len(digest)), "big")
low, high = 0, 1 << 700
while low < high:
    middle = (low + high) // 2
    low, high = (middle + 1, high) if middle**3 < block else (low, middle)
assert (low**3 >> (8 * (256 - 11 - len(digest)))) == (block >> (8 * (256 - 11 - len(digest))))
open("forged.sig", "wb").write(low.to_bytes(256, "big"))
EOF
