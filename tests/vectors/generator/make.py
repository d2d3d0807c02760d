#!/usr/bin/env python3
"""Writes every vector anew, byte for byte the same: python3 with lxml and cryptography, keys from tests/keys."""

import re
import shutil

import accepted
import attacks_algorithms
import attacks_keys
import attacks_names
import attacks_padding
import attacks_references
import attacks_wrapping
import attacks_xml
import refused_certificate
import refused_sender
import refused_signature
import refused_structure
import refused_xml
from cases import VECTORS, written


def main():
    for folder in VECTORS.iterdir():
        if folder.is_dir() and folder.name != "generator":
            shutil.rmtree(folder)
    modules = [accepted, refused_xml, refused_structure, refused_signature, refused_certificate, refused_sender]
    modules += [attacks_wrapping, attacks_algorithms, attacks_keys, attacks_padding, attacks_references, attacks_names]
    modules += [attacks_xml]
    for module in modules:
        module.cases()
    lines = (VECTORS / "generator" / "README.head.md").read_text() + counts()
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


def counts():
    """How many of each topic came to which verdict."""
    verdicts = ["valid", "invalid", "indeterminate", "unsigned", "malformed"]
    rows = {}
    for name, (expect, _) in written.items():
        for row in (name.split("/")[0], "all"):
            rows.setdefault(row, dict.fromkeys(verdicts, 0))[expect.split()[0]] += 1
    lines = "\n## How many\n\n`cargo xtask vectors` counts them anew.\n\n"
    lines += f"| topic | {' | '.join(verdicts)} | together |\n|---|{'---:|' * 6}\n"
    for row in sorted(rows, key=lambda row: (row == "all", row)):
        numbers = [rows[row][verdict] for verdict in verdicts]
        lines += f"| {row} | {' | '.join(map(str, numbers))} | {sum(numbers)} |\n"
    return lines + by_reason()


def by_reason():
    """How many are refused for which reason, in the order of the core's catalogue."""
    catalogue = (VECTORS.parents[1] / "core/src/reason.rs").read_text()
    lines = "\n| reason | verdict | vectors | topics |\n|---|---|---:|---|\n"
    for code in re.findall(r'^    \w+ = "([a-z0-9-]+)", \w+;$', catalogue, re.M):
        found = [(name, expect) for name, (expect, _) in written.items() if expect.split()[1:] == [code]]
        if found:
            topics = ", ".join(sorted({name.split("/")[0] for name, _ in found}))
            lines += f"| {code} | {found[0][1].split()[0]} | {len(found)} | {topics} |\n"
    return lines


main()
