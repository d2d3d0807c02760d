"""Verifies and signs the XML messages of Pix (SPI and DICT). The core is WebAssembly; see README.md."""

from ._instance import MEMORY_BYTES_MAX, LacreError
from ._lacre import Prepared, Trust, inspect, prepare, sign, verify, verify_record, version

__all__ = [
    "MEMORY_BYTES_MAX",
    "LacreError",
    "Prepared",
    "Trust",
    "inspect",
    "prepare",
    "sign",
    "verify",
    "verify_record",
    "version",
]
