"""`verify_archive.py` on real archives in Spark, against what `lacre audit verify` says of the same records."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import duckdb

import world

ROWS, TAMPERED = 1_200, 24
#: What a row of both has to agree in.
SAME = ("row", "exchange_id", "verdict", "code", "message", "help", "side", "recorded_verdict", "recorded_otherwise", "rules_version", "seal", "chain_id", "chain_sequence")


def program(name: str) -> pathlib.Path:
    target = pathlib.Path(os.environ.get("LACRE_TARGET", world.ROOT / "target"))
    file = target / "debug" / name
    if not file.exists():
        raise FileNotFoundError(f"{file} is missing: `cargo xtask test` makes it")
    return file


def archive(folder: pathlib.Path, rows: int, tampered: int) -> dict:
    options = ["--rows", str(rows), "--tampered", str(tampered), "--format", "parquet", "--out", folder]
    return json.loads(subprocess.run([program("archive_maker"), *options], check=True, capture_output=True).stdout)


def native(folder: pathlib.Path, *arguments: str) -> tuple[int, dict]:
    """Exit code and report. Files of other kinds, which the command counts, are none that Spark looks at."""
    command = [program("lacre"), "audit", "verify", "--trust", "bacen.pem", *arguments, "--json", "log"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert report["counts"].pop("passed_over") == 0
    return done.returncode, report


def in_spark(python: pathlib.Path, folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {
        "PYSPARK_PYTHON": str(python),
        "PYSPARK_DRIVER_PYTHON": str(python),
        "SPARK_CONF_DIR": str(world.ROOT / "tests/python"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "spark"),
    }
    script = world.ROOT / "host-wasm/spark/verify_archive.py"
    return subprocess.run([python, script, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


class Spark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lacre-spark-")
        cls.addClassCleanup(cls.folder.cleanup)
        base = pathlib.Path(cls.folder.name)
        cls.python = world.environment(base / "environment")
        cls.tampered, cls.untouched = base / "tampered", base / "untouched"
        cls.made = archive(cls.tampered, ROWS, TAMPERED)
        archive(cls.untouched, 60, 0)

    def test_every_row_and_the_totals_are_those_of_lacre_audit_verify(self):
        code, report = native(self.tampered, "--own", "own.pem", "--lang", "pt-BR")
        done = in_spark(
            self.python, self.tampered,
            "--trust", "bacen.pem", "--own", "own.pem", "--lang", "pt-BR", "--out", "verdicts", "log/spi", "log/dict",
        )
        self.assertEqual((code, done.returncode), (1, 1), done.stderr[-2000:])
        told = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((told["schema"], told["at"]), (report["schema"], report["at"]))
        self.assertEqual(told["counts"], report["counts"])
        self.assertEqual(self.verdicts(), {self.place(row): {name: row[name] for name in SAME} for row in report["results"]})

    def verdicts(self) -> dict:
        found = duckdb.connect().execute(f"select * from '{self.tampered}/verdicts/*.parquet'")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row)) for row in found.fetchall()]
        self.assertEqual(len(rows), ROWS)
        for row in rows:
            for name in ("year", "month", "day", "hour"):
                self.assertIn(f"/{name}={row[name]}/", row["file"])
        return {self.place(row): {name: row[name] for name in SAME} for row in rows}

    def place(self, row: dict) -> tuple[str, int]:
        return "log/" + row["file"].rpartition("log/")[2], row["row"]

    def test_an_archive_in_order_ends_with_0_and_what_cannot_be_read_with_2(self):
        code, report = native(self.untouched)
        done = in_spark(self.python, self.untouched, "--trust", "bacen.pem", "--out", "verdicts", "log")
        self.assertEqual((code, done.returncode), (0, 0), done.stderr[-2000:])
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["counts"], report["counts"])
        (self.untouched / "garbage").mkdir()
        (self.untouched / "garbage/part.parquet").write_bytes(b"PAR1 and no more")
        for arguments, words in [
            (["--trust", "bacen.pem", "--out", "verdicts", "log"], "already exists"),
            (["--trust", "bacen.pem", "--out", "others", "garbage"], "part.parquet"),
        ]:
            done = in_spark(self.python, self.untouched, *arguments)
            self.assertEqual(done.returncode, 2, done.stderr[-2000:])
            self.assertIn(words, done.stderr)

    def test_a_call_that_cannot_be_starts_no_spark(self):
        (self.untouched / "empty").mkdir()
        for arguments, words in [
            (["--out", "none", "log"], "--trust"),
            (["--trust", "empty", "--out", "none", "log"], "no certificate"),
            (["--trust", "log", "--out", "none"], "INPUT"),
            (["--trust", "bacen.pem", "--at", "yesterday", "--out", "none", "log"], "an instant like"),
        ]:
            done = in_spark(self.python, self.untouched, *arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
