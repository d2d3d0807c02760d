// xml-crypto in Node. The Signature is cut out of the text, so that the message is parsed once and not twice.
const { createPublicKey, X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { SignedXml } = require("xml-crypto");

const BATCH_NS = 20e6;
const [folder, budgetMs, ...names] = process.argv.slice(2);
const certificate = new X509Certificate(readFileSync(join(folder, "certificate.pem")));
const publicCert = createPublicKey(certificate.publicKey.export({ type: "spki", format: "pem" }));

function verify(octets) {
  const message = octets.toString("utf8");
  const signature = new SignedXml({ publicCert });
  const end = "</ds:Signature>";
  signature.loadSignature(message.slice(message.indexOf("<ds:Signature "), message.indexOf(end) + end.length));
  try {
    return signature.checkSignature(message);
  } catch {
    return false;
  }
}

// What the whole process spent: the collector's and the compiler's threads are its own.
function spentNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function timed(message, times) {
  const begun = spentNs();
  for (let i = 0; i < times; i++) {
    if (!verify(message)) throw new Error("a message that was valid is no longer");
  }
  return Math.max(1, spentNs() - begun);
}

function best(message) {
  const until = spentNs() + Number(budgetMs) * 1e6;
  let took = timed(message, 1);
  let least = took;
  while (spentNs() < until) {
    const times = Math.max(1, Math.floor(BATCH_NS / took));
    took = timed(message, times) / times;
    least = Math.min(least, took);
  }
  return Math.round(least);
}

console.log(`version xml-crypto ${require("xml-crypto/package.json").version}, Node ${process.versions.node}`);
if (verify(readFileSync(join(folder, "changed.xml")))) throw new Error("accepts a message that was changed");
for (const name of names) {
  if (name.startsWith("spi")) {
    console.log(`${name} cannot it fails at a Reference without a URI`);
  } else {
    console.log(`${name} ns ${best(readFileSync(join(folder, `${name}.xml`)))}`);
  }
}
