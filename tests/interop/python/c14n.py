"""Exclusive C14N by libxml2 (through lxml), many documents in one process.

Frames as in ../java/C14n.java. Request: "with" or "without" (comments), the document, and optionally the local name of
the element to take alone and a list of inclusive prefixes. Reply: "ok", the canonical octets; or "error", what went wrong.
"""

import struct
import sys

from lxml import etree


def canonicalize(comments, document, local_name=None, prefixes=None):
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, strip_cdata=False, remove_blank_text=False
    )
    tree = etree.fromstring(document, parser).getroottree()
    node = tree.getroot().find("{*}" + local_name.decode()) if local_name else tree
    return etree.tostring(
        node,
        method="c14n",
        exclusive=True,
        with_comments=comments == b"with",
        with_tail=False,
        inclusive_ns_prefixes=prefixes.decode().split() if prefixes else None,
    )


def read(stream):
    head = stream.read(4)
    if len(head) < 4:
        return None
    return [stream.read(*struct.unpack(">I", stream.read(4))) for _ in range(*struct.unpack(">I", head))]


def main():
    while (request := read(sys.stdin.buffer)) is not None:
        try:
            reply = [b"ok", canonicalize(*request)]
        except Exception as problem:  # whatever it is, the test wants to see it
            reply = [b"error", repr(problem).encode()]
        out = [struct.pack(">I", len(reply))]
        for field in reply:
            out += [struct.pack(">I", len(field)), field]
        sys.stdout.buffer.write(b"".join(out))
        sys.stdout.buffer.flush()


main()
