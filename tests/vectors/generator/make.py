#!/usr/bin/env python3
"""Writes every vector anew, byte for byte the same: python3 with lxml and cryptography, keys from tests/keys."""

import shutil

import accepted
import refused_certificate
import refused_signature
import refused_structure
import refused_xml
from cases import VECTORS, written


def main():
    for folder in VECTORS.iterdir():
        if folder.is_dir() and folder.name != "generator":
            shutil.rmtree(folder)
    for module in (accepted, refused_xml, refused_structure, refused_signature, refused_certificate):
        module.cases()
    lines = (VECTORS / "generator" / "README.head.md").read_text()
    topic = None
    for name in sorted(written):
        expect, because = written[name]
        folder, short = name.split("/")
        if folder != topic:
            topic = folder
            lines += f"\n## {topic}\n\n| vector | expected | because |\n|---|---|---|\n"
        lines += (
            f"| `{short}` | {expect.replace(' ', ' · ')} | {because.replace('|', '&#124;').replace('<', '&lt;')} |\n"
        )
    (VECTORS / "README.md").write_text(lines)
    refused = sum(not expect.startswith("valid") for expect, _ in written.values())
    print(f"{len(written)} vectors, {refused} of them refusals")


main()
