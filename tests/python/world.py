"""Where things lie, and the wheel installed into an environment of its own."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = pathlib.Path(os.environ.get("LACRE_PACKAGES", ROOT / "target/wasm-packages"))

#: An instant at which the keys of tests/keys are valid.
AT = 1_780_272_000


def packaged(name: str) -> pathlib.Path:
    file = PACKAGES / name
    if not file.exists():
        raise FileNotFoundError(f"{file} is missing: `cargo xtask wasm` or `cargo xtask test` makes it")
    return file


def wheel() -> pathlib.Path:
    packaged("lacre.module.wasm")
    return max(PACKAGES.glob("lacre-*-py3-none-any.whl"))


def lines(name: str) -> list[dict]:
    # Not `splitlines`: what is no line end in JSON is one to Python.
    return [json.loads(line) for line in packaged(name).read_text(encoding="utf-8").strip("\n").split("\n")]


def key(name: str) -> bytes:
    return (ROOT / "tests/keys" / name).read_bytes()


def octets(text: str) -> bytes:
    return base64.b64decode(text)


def environment(folder: pathlib.Path) -> pathlib.Path:
    """A virtual environment with the wheel, installed by pip without an index; gives its Python. What the wheel depends on comes
    from the environment that the tests run in."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin/python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()
    pathlib.Path(site, "tests.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", wheel()], check=True)
    return python
