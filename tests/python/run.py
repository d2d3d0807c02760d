"""Runs the tests of one file: `run.py lacre|spark`. Its last line counts them as the test programs of Rust do."""

import sys
import unittest


def main(name: str) -> bool:
    suite = unittest.defaultTestLoader.loadTestsFromName(f"test_{name}")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    passed = result.testsRun - failed - skipped
    held = failed == 0 and passed > 0
    print(f"test result: {'ok' if held else 'FAILED'}. {passed} passed; {failed} failed; {skipped} ignored")
    return held


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1]) else 1)
