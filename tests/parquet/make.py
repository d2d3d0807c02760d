#!/usr/bin/env python3
"""Writes the Parquet files of this folder anew, byte for byte the same, and `cases.json`: what every reader of archives says of each."""

import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
I32, STRUCT, TEXT, NUMBER = 5, 12, 6, 1
ZSTD = 6
MOST = 2**31 - 1


def varint(value: int) -> bytes:
    octets = b""
    while value > 0x7F:
        octets += bytes([value & 0x7F | 0x80])
        value >>= 7
    return octets + bytes([value])


def integer(step: int, value: int, kind: int = 5) -> bytes:
    return bytes([step << 4 | kind]) + varint(value << 1 if value >= 0 else (-value << 1) - 1)


def long(step: int, value: int) -> bytes:
    return integer(step, value, 6)


def text(step: int, value: str) -> bytes:
    return bytes([step << 4 | 8]) + varint(len(value)) + value.encode()


def items(step: int, kind: int, of: list[bytes]) -> bytes:
    return bytes([step << 4 | 9, 0xF0 | kind]) + varint(len(of)) + b"".join(of)


def inner(step: int, fields: bytes) -> bytes:
    return bytes([step << 4 | 12]) + fields + b"\0"


def zstd(start: bytes, blanks: int) -> bytes:
    """Blanks behind some octets (RFC 8878): blocks of one octet that is repeated."""
    def block(last: bool, kind: int, size: int) -> bytes:
        return (int(last) | kind << 1 | size << 3).to_bytes(3, "little")

    frame = b"\x28\xb5\x2f\xfd\xc0\x50" + struct.pack("<Q", len(start) + blanks) + block(blanks == 0, 0, len(start)) + start
    for at in range(0, blanks, 128 << 10):
        size = min(128 << 10, blanks - at)
        frame += block(at + size == blanks, 1, size) + b" "
    return frame


def page(kind: int, unpacked: int, packed: bytes, length: int | None, field: int, fields: bytes) -> bytes:
    said = len(packed) if length is None else length
    return integer(1, kind) + integer(1, unpacked) + integer(1, said) + inner(field, fields) + b"\0" + packed


def file(columns: list[dict], rows: int, children: int | None = None, more_elements: list[bytes] = (), groups: int | None = None) -> bytes:
    """A file of these columns; everything that it says of itself may be a lie."""
    body, chunks, elements = b"PAR1", [], []
    for column in columns:
        start = len(body)
        body += column["pages"]
        at = column.get("offset", start)
        length = len(column["pages"])
        fields = integer(1, column["type"]) + items(1, I32, [b"\0", b"\6"])
        fields += items(1, 8, [varint(len(column["name"])) + column["name"].encode()])
        fields += integer(1, column.get("codec", 0)) + long(1, column.get("values", rows))
        fields += long(1, length) + long(1, length)
        fields += long(2, at + column.get("data", 0))
        if column.get("data"):
            fields += long(2, at)
        chunks.append(long(2, at) + inner(1, fields) + b"\0")
        leaf = integer(1, column["type"]) + integer(2, column.get("repetition", 0)) + text(1, column["name"])
        elements.append(leaf + (integer(2, column["converted"]) if "converted" in column else b"") + b"\0")
    size = len(body)
    body += bytes(max(0, min(rows, 10_000)))
    root = text(4, "audit") + integer(1, len(columns) if children is None else children) + b"\0"
    group = items(1, STRUCT, chunks) + long(1, size) + long(1, rows) + b"\0"
    footer = integer(1, 1) + items(1, STRUCT, [root, *more_elements, *elements])
    footer += long(1, rows if groups is None else groups) + items(1, STRUCT, [group]) + b"\0"
    return body + footer + struct.pack("<I", len(footer)) + b"PAR1"


def number(**lies) -> dict:
    """`response_status_code`, one value in one page."""
    kind = lies.pop("dictionary", False)
    fields = integer(1, lies.pop("values", 1)) + integer(1, lies.pop("encoding", 0))
    fields += b"" if kind else integer(1, 3) + integer(1, 3)
    pages = page(2 if kind else 0, lies.pop("page_unpacked", 4), struct.pack("<i", 200), lies.pop("packed", None), 4 if kind else 2, fields)
    return {"name": "response_status_code", "type": NUMBER, "pages": pages} | lies


def pointing(rows: int, size: int, name: str = "response_body") -> dict:
    """Every row points at the one text of a dictionary."""
    dictionary = page(2, size + 4, zstd(struct.pack("<I", size), size), None, 4, integer(1, 1) + integer(1, 0))
    run = b"\1" + varint(rows << 1) + b"\0"
    data = page(0, len(run), zstd(run, 0), None, 2, integer(1, rows) + integer(1, 8) + integer(1, 3) + integer(1, 3))
    return {"name": name, "type": TEXT, "converted": 0, "codec": ZSTD, "pages": dictionary + data, "data": len(dictionary)}


def cases() -> dict[str, tuple[bool, bytes]]:
    nested = [text(4, "g") + integer(1, 1) + b"\0"] * 100
    many = [number(name=f"column_{n}") for n in range(257)]
    return {
        "honest": (True, file([number()], 1)),
        "shared-text": (True, file([pointing(60, 100)], 60)),
        "two-columns": (True, file([number(), pointing(1, 10)], 1)),
        "children": (False, file([number()], 1, children=MOST)),
        "no-children": (False, file([number()], 1, children=-1)),
        "nested": (False, file([number()], 1, more_elements=nested)),
        "columns": (False, file(many, 1)),
        "column-twice": (False, file([pointing(3, 10), pointing(3, 10)], 3)),
        "repeated-values": (False, file([number(repetition=2)], 1)),
        "decimal": (False, file([number(converted=5)], 1)),
        "rows": (False, file([number()], 2**63 - 1)),
        "rows-beyond-bytes": (False, file([number(values=100_000)], 100_000)),
        "fewer-rows": (False, file([number()], -1)),
        "two-rows": (False, file([number()], 2)),
        "rows-of-groups": (False, file([number()], 1, groups=2)),
        "values": (False, file([number(values=MOST)], 1)),
        "fewer-values": (False, file([number(values=-1)], 1)),
        "unpacked": (False, file([number(page_unpacked=MOST)], 1)),
        "negative": (False, file([number(page_unpacked=-5, packed=-5)], 1)),
        "packed": (False, file([number(packed=MOST)], 1)),
        "dictionary": (False, file([number(dictionary=True, values=MOST)], 1)),
        "delta": (False, file([number(encoding=5)], 1)),
        "no-encoding": (False, file([number(encoding=99)], 1)),
        "before-the-file": (False, file([number(offset=-4)], 1)),
        "behind-the-file": (False, file([number(offset=MOST)], 1)),
        "text-beyond-a-record": (False, file([pointing(64, 90 << 20)], 64)),
        "text-of-a-gigabyte": (False, file([pointing(1200, 1 << 20)], 1200)),
    }


def main():
    for old in HERE.glob("*.parquet"):
        old.unlink()
    told = {}
    for name, (is_read, octets) in cases().items():
        (HERE / f"{name}.parquet").write_bytes(octets)
        told[name] = "read" if is_read else "refused"
    (HERE / "cases.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
