"""What both Python peers share: files in, the least processor time of one verification out. The protocol is in ../../peer.rs."""

import sys
import time
from pathlib import Path

BATCH_NS = 20_000_000


def best(verify, message, budget_ns):
    """The least processor time of one call: the mean of a batch, in the fastest batch that the budget allows."""
    until = time.process_time_ns() + budget_ns
    took = timed(verify, message, 1)
    times = max(1, BATCH_NS // max(1, took))
    best_ns = took
    while time.process_time_ns() < until:
        took = timed(verify, message, times) / times
        best_ns = min(best_ns, took)
        times = max(1, int(BATCH_NS / took))
    return round(best_ns)


def timed(verify, message, times):
    begun = time.process_time_ns()
    for _ in range(times):
        if not verify(message):
            raise SystemExit("a message that was valid is no longer")
    return time.process_time_ns() - begun


def run(version, verify, why_not_spi):
    """`verify` takes octets and tells whether they are signed by the prepared key."""
    folder, budget_ms, *names = sys.argv[1:]
    print("version", version, flush=True)
    if verify((Path(folder) / "changed.xml").read_bytes()):
        raise SystemExit("accepts a message that was changed")
    for name in names:
        if name.startswith("spi"):
            print(name, "cannot", why_not_spi, flush=True)
            continue
        message = (Path(folder) / f"{name}.xml").read_bytes()
        print(name, "ns", best(verify, message, int(budget_ms) * 1_000_000), flush=True)
