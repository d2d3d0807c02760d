// Multipart bodies as mailparser takes them apart, many in one process.
//
// Frames as in ../java/C14n.java. Request: the header fields, the body. Reply: the name of a reader and what it found in a part, again
// and again.
import { simpleParser } from 'mailparser';

async function* requests() {
  let waiting = Buffer.alloc(0);
  for await (const piece of process.stdin) {
    waiting = Buffer.concat([waiting, piece]);
    for (let end; (end = lengthOf(waiting)) !== undefined; waiting = waiting.subarray(end)) {
      yield fieldsOf(waiting);
    }
  }
}

function lengthOf(octets) {
  if (octets.length < 4) return undefined;
  let at = 4;
  for (let left = octets.readUInt32BE(0); left > 0; left -= 1) {
    if (octets.length < at + 4) return undefined;
    at += 4 + octets.readUInt32BE(at);
  }
  return octets.length < at ? undefined : at;
}

function fieldsOf(octets) {
  const fields = [];
  for (let at = 4; fields.length < octets.readUInt32BE(0); ) {
    const end = at + 4 + octets.readUInt32BE(at);
    fields.push(octets.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

async function found([headers, body]) {
  const mail = await simpleParser(Buffer.concat([headers, Buffer.from('\r\n'), body]));
  const parts = mail.attachments.map(({ content }) => ['mailparser', content]);
  for (const text of [mail.text, mail.html]) {
    if (text) parts.push(['mailparser, text', Buffer.from(text)]);
  }
  return parts.flat();
}

function framed(fields) {
  const pieces = [length(fields.length)];
  for (const field of fields) {
    const octets = Buffer.from(field);
    pieces.push(length(octets.length), octets);
  }
  return Buffer.concat(pieces);
}

function length(count) {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(count);
  return octets;
}

for await (const request of requests()) {
  process.stdout.write(framed(await found(request).catch(() => [])));
}
