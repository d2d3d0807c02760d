"""One instance of the module per thread: its memory, its buffers, and what is known in it by a handle.

The module's contract stands in host-wasm/src/module.rs. This file knows numbers and octets; what they mean is told in `_lacre.py`.
"""

from __future__ import annotations

import json
import threading
import weakref
from importlib import resources
from typing import Any, Protocol

import wasmtime

#: The most memory that an instance may have.
MEMORY_BYTES_MAX = 1 << 30

_ABI = 1
_SCRATCH_BYTES = 64 << 10


class LacreError(Exception):
    """Why a call could not be done."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(f"{message}; {help}" if help else message)
        #: The stable code, for programs.
        self.code = code
        #: What is wrong, and where.
        self.message = message
        #: What to do.
        self.help = help

    def __reduce__(self) -> tuple[type[LacreError], tuple[str, str, str]]:
        return (LacreError, (self.code, self.message, self.help))


class Kept(Protocol):
    """What an instance holds for a thread under a handle."""

    closed: bool

    def bring_up_to_date(self, instance: Instance, handle: int, known: int) -> int:
        """Adds what is new since the first `known` steps; gives how many there are now."""


_compiled: tuple[wasmtime.Engine, wasmtime.Module] | None = None
_compiling = threading.Lock()
_threads = threading.local()


def current() -> Instance:
    """The calling thread's instance."""
    instance: Instance | None = getattr(_threads, "instance", None)
    if instance is None or instance.dead:
        instance = _threads.instance = Instance()
    return instance


def _module() -> tuple[wasmtime.Engine, wasmtime.Module]:
    global _compiled
    with _compiling:
        if _compiled is None:
            engine = wasmtime.Engine()
            octets = resources.files(__package__).joinpath("lacre.wasm").read_bytes()
            _compiled = (engine, wasmtime.Module(engine, octets))
        return _compiled


class Instance:
    """The module with a memory of its own. Used by one thread only."""

    def __init__(self) -> None:
        engine, module = _module()
        self._store = wasmtime.Store(engine)
        self._store.set_limits(memory_size=MEMORY_BYTES_MAX)
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._exports: Any = exports
        self._memory: Any = exports["memory"]
        #: Whether it ended in a trap. What it held is gone then.
        self.dead = False
        self._handles: dict[int, tuple[weakref.ref[Any], int, int]] = {}
        self._certificate = (b"", 0)
        if self._number("lacre_abi") != _ABI:
            raise LacreError("usage", "the module keeps another contract than this package", "install both anew")
        # Most inputs are small: two buffers that stay spare two calls for each.
        self._scratch = [self._alloc(_SCRATCH_BYTES) for _ in range(2)]

    def call(self, function: str, *arguments: int | bytes) -> bytes:
        """Calls a function: octets among the arguments are put into buffers. Gives the result."""
        status, result = self._called(function, arguments)
        if status != 0:
            raise _refusal(result)
        return result

    def make(self, function: str, *arguments: int | bytes) -> int:
        """The same for a function that gives a handle."""
        handle, result = self._called(function, arguments)
        if handle == 0:
            raise _refusal(result)
        return handle

    def handle_of(self, kept: Kept) -> int:
        """What something is known by here. It is made, or brought up to date, on the way."""
        if kept.closed:
            raise LacreError("usage", "this trust is closed", "make another")
        reference, handle, known = self._handles.get(id(kept), (None, 0, 0))
        if reference is None or reference() is not kept:
            self.forget_closed()
            reference, handle, known = weakref.ref(kept), self.make("lacre_trust_new"), 0
            self._handles[id(kept)] = (reference, handle, known)
        self.has_seen(kept, kept.bring_up_to_date(self, handle, known))
        return handle

    def has_seen(self, kept: Kept, known: int) -> None:
        """Notes that something needs no bringing up to date until it has more steps than these."""
        reference, handle, _ = self._handles[id(kept)]
        self._handles[id(kept)] = (reference, handle, known)

    def certificate(self, octets: bytes, language: int) -> int:
        """The handle of a certificate to sign with. The last one is kept: programs sign with one for years."""
        known, handle = self._certificate
        if known != octets:
            if handle:
                self._certificate = (b"", 0)
                self.call("lacre_handle_free", handle)
            handle = self.make("lacre_certificate_new", octets, language)
            self._certificate = (octets, handle)
        return handle

    def forget_closed(self) -> None:
        """Lets go of what was closed or is used no more."""
        for key, (reference, handle, _) in list(self._handles.items()):
            kept = reference()
            if kept is None or kept.closed:
                del self._handles[key]
                self.call("lacre_handle_free", handle)

    def _called(self, function: str, arguments: tuple[int | bytes, ...]) -> tuple[int, bytes]:
        buffers: list[int] = []
        try:
            given = self._given(arguments, buffers)
            answer = self._number(function, *given)
            return answer, self._result()
        except (wasmtime.Trap, wasmtime.WasmtimeError) as trap:
            self.dead = True
            words = "the module ended over this input, most likely for lack of memory"
            raise LacreError("resources", words, "treat the input as hostile") from trap
        finally:
            for buffer in () if self.dead else buffers:
                self._number("lacre_free", buffer)

    def _given(self, arguments: tuple[int | bytes, ...], buffers: list[int]) -> list[int]:
        """The arguments as numbers. What has to be freed after the call is noted in `buffers`."""
        given: list[int] = []
        scratch = iter(self._scratch)
        for argument in arguments:
            if isinstance(argument, int):
                given.append(argument)
                continue
            length = len(argument)
            address = next(scratch, 0) if length <= _SCRATCH_BYTES else 0
            if address == 0:
                address = self._alloc(length)
                buffers.append(address)
            self._memory.write(self._store, argument, address)
            given += [address, length]
        return given

    def _alloc(self, length: int) -> int:
        address = self._number("lacre_alloc", length) if length < 1 << 31 else 0
        if address == 0:
            raise LacreError("resources", f"there is no room for {length} octets", "give less at a time")
        return address

    def _result(self) -> bytes:
        address, length = self._number("lacre_result"), self._number("lacre_result_len")
        return bytes(self._memory.read(self._store, address, address + length))

    def _number(self, function: str, *arguments: int) -> int:
        # Numbers of 32 bits come back signed, whatever they stand for.
        return int(self._exports[function](self._store, *arguments)) & 0xFFFFFFFF


def _refusal(result: bytes) -> LacreError:
    told = json.loads(result)
    return LacreError(told["code"], told["message"], told["help"])
