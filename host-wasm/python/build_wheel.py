"""Builds the wheel of the Python package: `build_wheel.py VERSION MODULE OUT`. Python alone is enough, and the same module makes
the same file."""

import base64
import hashlib
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).parent
# The oldest instant that a zip can name.
TIME = (1980, 1, 1, 0, 0, 0)


def main(version: str, module: str, out: str) -> None:
    info = f"lacre-{version}.dist-info"
    files = {f"lacre/{path.name}": path.read_bytes() for path in sorted((HERE / "lacre").iterdir()) if path.is_file()}
    files["lacre/lacre.wasm"] = pathlib.Path(module).read_bytes()
    files[f"{info}/METADATA"] = metadata(version)
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: lacre\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = record(files, info)
    wheel = pathlib.Path(out) / f"lacre-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, octets in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, octets)
    print(f"{wheel.name}: {wheel.stat().st_size} bytes")


def metadata(version: str) -> bytes:
    head = (HERE / "METADATA.in").read_text(encoding="utf-8").replace("VERSION", version, 1)
    return (head + "\n" + (HERE / "README.md").read_text(encoding="utf-8")).encode()


def record(files: dict[str, bytes], info: str) -> bytes:
    lines = [f"{name},sha256={digest(octets)},{len(octets)}" for name, octets in files.items()]
    return "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()


def digest(octets: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(octets).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
