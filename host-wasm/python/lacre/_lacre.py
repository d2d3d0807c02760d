"""What the module's calls mean."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Literal

from ._instance import Instance, LacreError, current

Profile = Literal["auto", "spi", "dict"]
Language = Literal["en", "pt-BR"]
#: An aware datetime, seconds since 1970 UTC, or the message's own time.
At = datetime | int | Literal["message"]

_PROFILES = {"auto": 0, "spi": 1, "dict": 2}
_LANGUAGES = {"en": 0, "pt-BR": 1}
_AT_MESSAGE = -(1 << 63)


class Trust:
    """The certificates that signatures may be checked with, and what was revoked. Any thread may use it."""

    def __init__(self, *certificates: bytes, language: Language = "en") -> None:
        self._language: Language = language
        self._steps: list[tuple[str, tuple[bytes, ...]]] = []
        self._adding = threading.Lock()
        #: Whether it was closed.
        self.closed = False
        for octets in certificates:
            self.add(octets)

    def add(self, certificates: bytes) -> list[dict[str, Any]]:
        """Trusts every certificate of some PEM, or one of DER; tells of each. If one cannot be used, none is trusted."""
        return list(self._add("lacre_trust_add", certificates))

    def add_crl(self, crl: bytes, issuer: bytes) -> int:
        """Takes in a revocation list that `issuer` (a certificate) signed; gives the number of its entries."""
        return int(self._add("lacre_trust_add_crl", crl, issuer))

    def certificates(self) -> list[dict[str, Any]]:
        """What is trusted."""
        instance = current()
        return list(json.loads(instance.call("lacre_trust_certificates", instance.handle_of(self))))

    def close(self) -> None:
        """Lets the certificates go."""
        self.closed = True
        current().forget_closed()

    def bring_up_to_date(self, instance: Instance, handle: int, known: int) -> int:
        """Adds to an instance what it has not seen yet."""
        steps = self._steps[known:]
        for function, octets in steps:
            instance.call(function, handle, *octets, _LANGUAGES[self._language])
        return known + len(steps)

    def _add(self, function: str, *octets: bytes) -> Any:
        octets = tuple(bytes(part) for part in octets)
        with self._adding:
            instance = current()
            handle = instance.handle_of(self)
            told = json.loads(instance.call(function, handle, *octets, _word(_LANGUAGES, self._language, "language")))
            self._steps.append((function, octets))
            # This instance has it already.
            instance.has_seen(self, len(self._steps))
            return told

    def __len__(self) -> int:
        return len(self.certificates())

    def __bool__(self) -> bool:
        # Trust in nobody is a trust too.
        return True

    def __enter__(self) -> Trust:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"language": self._language, "steps": list(self._steps), "closed": self.closed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._language, self._steps, self.closed = state["language"], state["steps"], state["closed"]
        self._adding = threading.Lock()


class Prepared:
    """A message that waits for the key's one act."""

    def __init__(self, message: bytes, certificate: bytes, options: tuple[int, int, int], digest: bytes) -> None:
        self._message, self._certificate, self._options = message, certificate, options
        #: The 32 octets that the key signs: RSASSA-PKCS1-v1_5 over this SHA-256 digest.
        self.digest = digest

    def finish(self, signature: bytes) -> bytes:
        """Checks the signature with the certificate and gives the signed message."""
        return _with_certificate(self._certificate, "lacre_finish", self._options, self._message, bytes(signature))


def verify(
    message: bytes,
    trust: Trust,
    *,
    profile: Profile = "auto",
    at: At | None = None,
    language: Language = "en",
    file: str = "-",
) -> dict[str, Any]:
    """Proof, or why there is none: the row of `lacre verify --json`. Without `at`, judged at this moment."""
    return _judge("lacre_verify", message, trust, profile, at, language, file)


def inspect(
    message: bytes,
    trust: Trust,
    *,
    profile: Profile = "auto",
    at: At | None = None,
    language: Language = "en",
    file: str = "-",
) -> dict[str, Any]:
    """Every check, both digests and the likely cause: the row of `lacre inspect --json`."""
    return _judge("lacre_inspect", message, trust, profile, at, language, file)


def verify_record(
    record: str | bytes | Mapping[str, str | int | None],
    bacen: Trust,
    own: Trust | None = None,
    *,
    at: At | None = None,
    language: Language = "en",
    file: str = "-",
    row: int = 0,
) -> dict[str, Any]:
    """A record of the audit trail as a row of `lacre audit verify --json`. Requests are judged only if there is `own`."""
    if isinstance(record, Mapping):
        record = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    if isinstance(record, str):
        # Half of a surrogate pair is no text: the core says so, instead of an encoder here.
        record = record.encode("utf-8", "surrogatepass")
    instance = current()
    handles = instance.handle_of(bacen), 0 if own is None else instance.handle_of(own)
    how = _at(at), _word(_LANGUAGES, language, "language")
    told = instance.call("lacre_verify_record", *handles, bytes(record), *how, file.encode(), row)
    return dict(json.loads(told))


def prepare(
    message: bytes,
    certificate: bytes,
    *,
    profile: Profile = "auto",
    dict_last: bool = False,
    resign: bool = False,
    language: Language = "en",
) -> Prepared:
    """Digests what the profile signs. `certificate` (PEM or DER) is that of the key that will sign the digest."""
    flags = (1 if dict_last else 0) | (2 if resign else 0)
    options = _word(_PROFILES, profile, "profile"), flags, _word(_LANGUAGES, language, "language")
    message, certificate = bytes(message), bytes(certificate)
    return Prepared(message, certificate, options, _with_certificate(certificate, "lacre_prepare", options, message))


def sign(
    message: bytes,
    certificate: bytes,
    key: Callable[[bytes], bytes],
    *,
    profile: Profile = "auto",
    dict_last: bool = False,
    resign: bool = False,
    language: Language = "en",
) -> bytes:
    """The signed message. `key` is given the 32-octet digest and gives the signature; what it raises comes through."""
    prepared = prepare(
        message, certificate, profile=profile, dict_last=dict_last, resign=resign, language=language
    )
    return prepared.finish(key(prepared.digest))


def version() -> str:
    """The version of the core."""
    return current().call("lacre_version").decode()


def _judge(
    function: str, message: bytes, trust: Trust, profile: str, at: At | None, language: str, file: str
) -> dict[str, Any]:
    instance = current()
    how = _word(_PROFILES, profile, "profile"), _at(at), _word(_LANGUAGES, language, "language")
    told = instance.call(function, instance.handle_of(trust), bytes(message), *how, file.encode())
    return dict(json.loads(told))


def _with_certificate(certificate: bytes, function: str, options: tuple[int, int, int], *octets: bytes) -> bytes:
    instance = current()
    handle = instance.certificate(certificate, options[2])
    return instance.call(function, handle, *octets, *options)


def _at(at: At | None) -> int:
    if at is None:
        return int(time.time())
    if at == "message":
        return _AT_MESSAGE
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise LacreError("usage", "an instant without a time zone", "give an aware datetime")
        return int(at.timestamp() // 1)
    if isinstance(at, int) and not isinstance(at, bool) and _AT_MESSAGE < at < 1 << 63:
        return at
    raise LacreError("usage", f"`{at!r:.40}` is no instant", "give a datetime, seconds since 1970 UTC, or `message`")


def _word(words: dict[str, int], word: str, what: str) -> int:
    try:
        return words[word]
    except (KeyError, TypeError):
        choice = ", ".join(f"`{known}`" for known in words)
        raise LacreError("usage", f"`{word!s:.40}` is no {what}", f"give one of {choice}") from None
