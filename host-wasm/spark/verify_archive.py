"""Verifies a partitioned Parquet archive of the audit trail in Spark: what `lacre audit verify` says of each record, for archives
that outgrow one machine. The executors judge; the core runs there as WebAssembly, through the package `lacre`.

    spark-submit --py-files lacre-0.1.0-py3-none-any.whl verify_archive.py --trust bacen.pem --out verdicts s3a://bucket/log/spi

The executors need `wasmtime`, `pyarrow` and `pandas`. A row of OUT for each row of the archive; totals in JSON on standard output.
Exit codes: 0 everything in it is in order, 1 at least one record is not, 2 usage, or something could not be read.
"""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

import lacre

SCHEMA = "lacre.audit/1"
VERDICTS = ("valid", "invalid", "indeterminate", "unsigned", "malformed")
#: The columns that a row of `lacre audit verify --json` has, flattened: text, but for the numbers.
TEXTS = (
    "exchange_id", "channel", "request_date", "outcome", "verdict", "code", "message", "help", "side",
    "recorded_verdict", "seal", "chain_id",
)
#: Not a column of `lacre audit verify --json` but the code in one.
STRICTER = "stricter_since"
OUT_SCHEMA = (
    "file string, row long, year string, month string, day string, hour string, "
    + ", ".join(f"{name} string" for name in TEXTS)
    + ", chain_sequence long, elsewhere int, messages_judged int, recorded_otherwise boolean, messages string"
    + f", rules_version long, {STRICTER} string"
)
OUT_ARROW = pa.schema(
    [("file", pa.string()), ("row", pa.int64())]
    + [(name, pa.string()) for name in ("year", "month", "day", "hour", *TEXTS)]
    + [
        ("chain_sequence", pa.int64()), ("elsewhere", pa.int32()), ("messages_judged", pa.int32()),
        ("recorded_otherwise", pa.bool_()), ("messages", pa.string()),
        ("rules_version", pa.int64()), (STRICTER, pa.string()),
    ]
)
#: The files of a folder that certificates are taken from.
ENDINGS = (".pem", ".crt", ".cer", ".der")
FILE, ROW = "__file", "__row"


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    bacen = trusted(options.trust)
    own = trusted(options.own) if options.own else None
    started = time.monotonic()
    spark = SparkSession.builder.appName("lacre verify_archive").getOrCreate()
    try:
        archive = read(spark, options.input)
        records = archive.count()
        archive.mapInArrow(judging(bacen, own, options.at, options.lang), OUT_SCHEMA).write.mode("errorifexists").parquet(
            options.out
        )
        totals = count(spark.read.schema(OUT_SCHEMA).parquet(options.out))
    except (PySparkException, Py4JJavaError) as error:
        return usage(reason(error))
    finally:
        spark.stop()
    if totals["records"] != records:
        print(f"verify_archive: {records} records were read and {totals['records']} judged", file=sys.stderr)
        return 2
    judged_at = options.at if options.at == "message" else str(instant_text(options.at))
    print(json.dumps({"schema": SCHEMA, "at": judged_at, "counts": totals, "seconds": round(time.monotonic() - started, 2)}))
    if totals["unreadable"] or not records:
        return 2
    in_order = totals["valid"] + totals["nothing_to_prove"]
    return 0 if in_order == records and not totals["elsewhere"] and not totals["recorded_otherwise"] else 1


def reason(error: PySparkException | Py4JJavaError) -> str:
    """What went wrong, in one line; the rest is where in Spark. Of what Java threw, that is what its first cause says."""
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    words = str(error) if cause is None else cause.toString()
    return words.strip().splitlines()[0]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="verify_archive", description=__doc__.split("\n\n")[0])
    parser.add_argument("--trust", action="append", required=True, metavar="PATH", help="BACEN's certificates")
    parser.add_argument("--own", action="append", default=[], metavar="PATH", help="the institution's own, for its requests")
    parser.add_argument("--at", default="message", type=instant, help="`message`, `now` or an instant of RFC 3339")
    parser.add_argument("--lang", default="en", choices=["en", "pt-BR"])
    parser.add_argument("--out", required=True, metavar="DIR", help="where verdicts go, as Parquet; must not exist")
    parser.add_argument("input", metavar="INPUT", nargs="+", help="the archive: folders of Parquet, partitioned or not")
    return parser.parse_args(arguments)


def instant(text: str) -> int | str:
    if text == "message":
        return text
    if text == "now":
        # Read once, so that a long run judges all records alike.
        return int(time.time())
    try:
        given = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        given = None
    if given is None or given.tzinfo is None:
        raise argparse.ArgumentTypeError("give `message`, `now` or an instant like 2026-01-31T12:00:00Z")
    return int(given.timestamp() // 1)


def instant_text(unix_s: int) -> str:
    return datetime.datetime.fromtimestamp(unix_s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def trusted(paths: list[str]) -> lacre.Trust:
    """The certificates of some files and folders. One that cannot be used ends it: a trust that lacks something is not guessed."""
    trust = lacre.Trust()
    for path in map(pathlib.Path, paths):
        files = [path] if not path.is_dir() else sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS)
        for file in files:
            try:
                trust.add(file.read_bytes())
            except (OSError, lacre.LacreError) as error:
                raise SystemExit(usage(f"{file}: {error}")) from error
    if not len(trust):
        raise SystemExit(usage(f"there is no certificate in {', '.join(paths)}"))
    return trust


def usage(words: str) -> int:
    print(f"verify_archive: {words}", file=sys.stderr)
    return 2


def read(spark: SparkSession, inputs: list[str]) -> DataFrame:
    """Every record with all its columns, which its seal covers, and the file and row that it stands in. A column that only
    newer files have is read too, so their schemas are merged. Folders `log/spi` and `log/dict` may stand side by side: partitions
    are read from the path of each file."""
    found = (
        spark.read.option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.parquet")
        .option("mergeSchema", "true")
        .parquet(*inputs)
    )
    return found.select("*", f.col("_metadata.file_path").alias(FILE), f.col("_metadata.row_index").alias(ROW))


def judging(bacen: lacre.Trust, own: lacre.Trust | None, at: int | str, language: str) -> Any:
    """What a worker does with its batches. The module is compiled once per worker, a trust parsed once per task."""

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = [judged(columns, bacen, own, at, language) for columns in records_of(batch)]
            yield pa.RecordBatch.from_pylist(rows, OUT_ARROW)

    return judge


def records_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch. Text is taken as octets: what an archive holds need not be UTF-8, and must not end the task."""
    columns = []
    for field, column in zip(batch.schema, batch.columns):
        is_text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        values = column.cast(pa.binary() if pa.types.is_string(field.type) else pa.large_binary()) if is_text else column
        columns.append([text(value) if is_text else value for value in values.to_pylist()])
    names = batch.schema.names
    return (dict(zip(names, values)) for values in zip(*columns))


def text(octets: bytes | None) -> str | None:
    return None if octets is None else octets.decode("utf-8", "surrogateescape")


def judged(
    columns: dict[str, Any], bacen: lacre.Trust, own: lacre.Trust | None, at: Any, language: Any
) -> dict[str, Any]:
    """One row for one record, whatever is in it."""
    file, row = columns.pop(FILE), columns.pop(ROW)
    partition = dict(part.split("=", 1) for part in file.split("/") if "=" in part)
    told: dict[str, Any] = {"file": file, "row": row, **{name: partition.get(name) for name in ("year", "month", "day", "hour")}}
    try:
        found = lacre.verify_record(columns, bacen, own, at=at, language=language, file=file, row=row)
    except (lacre.LacreError, TypeError, ValueError) as error:
        return told | refused(error)
    messages = found["messages"]
    return told | {name: found[name] for name in TEXTS} | {
        "chain_sequence": found["chain_sequence"],
        "elsewhere": len(found["elsewhere"]),
        "messages_judged": len(messages),
        "recorded_otherwise": found["recorded_otherwise"],
        "messages": json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
        "rules_version": found["rules_version"],
        STRICTER: (found[STRICTER] or {}).get("code"),
    }


def refused(error: Exception) -> dict[str, Any]:
    """A record that is none: text that is no UTF-8, a column that holds neither text nor a whole number. What the module could
    not judge for lack of memory has no verdict."""
    code = getattr(error, "code", "record-columns")
    without_verdict = code == "resources"
    return {
        "verdict": None if without_verdict else "malformed",
        "code": code if without_verdict else "record-columns",
        "message": getattr(error, "message", "the columns are not those of an audit record"),
        "help": getattr(error, "help", "look at the file with a reader of Parquet"),
        "elsewhere": 0,
        "messages_judged": 0,
        "recorded_otherwise": False,
        "messages": "[]",
    }


def count(verdicts: DataFrame) -> dict[str, int]:
    """The totals of `lacre audit verify --json`."""
    none = f.col("verdict").isNull()
    unreadable = none & (f.col("code") == "resources")
    of = {verdict: f.col("verdict") == verdict for verdict in VERDICTS} | {
        "nothing_to_prove": none & ~f.coalesce(unreadable, f.lit(False)) & (f.col("elsewhere") == 0),
        "not_kept": none & (f.col("elsewhere") > 0),
        "unreadable": unreadable,
        "seal_broken": f.col("seal") == "broken",
        "seal_absent": f.col("seal") == "absent",
        "recorded_otherwise": f.col("recorded_otherwise"),
        STRICTER: f.col(STRICTER).isNotNull(),
    }
    columns = [f.count(f.lit(1)).alias("records"), *(f.count_if(held).alias(name) for name, held in of.items())]
    columns += [f.coalesce(f.sum(name), f.lit(0)).alias(total) for name, total in [("elsewhere", "elsewhere"), ("messages_judged", "messages")]]
    return {name: int(total) for name, total in verdicts.agg(*columns).first().asDict().items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
