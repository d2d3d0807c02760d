"""Runs the emulator until its standard input ends, that is, until the tests are over, however they ended."""

import os
import shutil
import signal
import sys
import threading


def end_with_the_tests():
    sys.stdin.buffer.read()
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    # Functions that it runs are processes of its group.
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_the_tests, daemon=True).start()

from ministack.app import main  # noqa: E402: nothing is read from the input before

sys.argv = ["ministack"]
main()
