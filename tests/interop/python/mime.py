"""Multipart bodies as Python's `email` takes them apart, by both of its policies, many in one process.

Frames as in ../java/C14n.java. Request: the header fields, the body. Reply: the name of a reader and what it found in a part, again
and again.
"""

import email.parser
import email.policy
import struct
import sys


def leaves(message):
    return (part for part in message.walk() if not part.is_multipart())


def octets(content):
    return content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogateescape")


def found(headers, body):
    whole = headers + b"\r\n" + body
    old = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(whole)
    for part in leaves(old):
        yield b"email, compat32", part.get_payload(decode=True)
    new = email.parser.BytesParser(policy=email.policy.default).parsebytes(whole)
    for part in leaves(new):
        yield b"email, payload", part.get_payload(decode=True)
        try:
            yield b"email, content", octets(part.get_content())
        except (KeyError, LookupError):  # no reader of this type, no such charset
            pass


def read(stream):
    head = stream.read(4)
    if len(head) < 4:
        return None
    return [stream.read(*struct.unpack(">I", stream.read(4))) for _ in range(*struct.unpack(">I", head))]


def main():
    while (request := read(sys.stdin.buffer)) is not None:
        reply = []
        try:
            for reader, part in found(*request):
                reply += [reader, part or b""]
        except Exception:  # what was found until then stands
            pass
        out = [struct.pack(">I", len(reply))]
        for field in reply:
            out += [struct.pack(">I", len(field)), field]
        sys.stdout.buffer.write(b"".join(out))
        sys.stdout.buffer.flush()


main()
