"""The Python package, installed from its wheel, and the components as they are."""

import datetime
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile
import threading
import unittest

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils

import world

_folder = tempfile.TemporaryDirectory(prefix="lacre-python-")
PYTHON = world.environment(pathlib.Path(_folder.name))
# This process uses what was installed there, as a program in that environment does.
sys.path[:0] = [str(path) for path in pathlib.Path(_folder.name).glob("lib/python*/site-packages")]

import lacre  # noqa: E402

MESSAGES = [world.ROOT / "host-native/samples" / name for name in ("spi/pacs.008.xml", "dict/create-entry.xml")]


def compact(row: dict) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def sign(name: str, digest: bytes) -> bytes:
    private = serialization.load_pem_private_key(world.key(name), None)
    return private.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))


class Package(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        _folder.cleanup()

    def test_every_vector_gives_byte_for_byte_the_rows_that_native_code_gives(self):
        vectors = world.lines("expected-rows.ndjson")
        self.assertGreaterEqual(len(vectors), 755)
        for vector in vectors:
            with lacre.Trust(*(pem.encode() for pem in vector["trust"])) as trust:
                if vector["crl"] is not None:
                    trust.add_crl(world.octets(vector["crl"]), vector["crl_issuer"].encode())
                for call, language, row in [
                    (lacre.verify, "en", "en"),
                    (lacre.verify, "pt-BR", "ptBr"),
                    (lacre.inspect, "en", "inspectEn"),
                    (lacre.inspect, "pt-BR", "inspectPt"),
                ]:
                    told = call(
                        world.octets(vector["document"]), trust, profile=vector["profile"], at=vector["at"],
                        language=language, file=vector["name"],
                    )
                    self.assertEqual(compact(told), vector["rows"][row])

    def test_every_audit_record_gives_byte_for_byte_the_rows_that_native_code_gives(self):
        for record in world.lines("expected-records.ndjson"):
            bacen, own = lacre.Trust(record["bacen"].encode()), lacre.Trust(record["own"].encode())
            options = {"at": "message", "file": "archive", "row": record["row"]}
            told = lacre.verify_record(record["record"], bacen, **options)
            self.assertEqual(compact(told), record["rows"]["bacenEn"])
            columns = json.loads(record["record"])
            told = lacre.verify_record(columns, bacen, own, language="pt-BR", **options)
            self.assertEqual(compact(told), record["rows"]["bothPtBr"])

    def test_a_key_signs_by_call_back_and_the_message_is_valid(self):
        certificate = world.key("psp.pem")
        trust = lacre.Trust(certificate)
        for file in MESSAGES:
            signed = lacre.sign(file.read_bytes(), certificate, lambda digest: sign("psp.key", digest))
            row = lacre.verify(signed, trust, at=datetime.datetime.fromtimestamp(world.AT, datetime.timezone.utc))
            self.assertEqual(row["verdict"], "valid", row)
            with self.assertRaises(lacre.LacreError) as refused:
                lacre.prepare(signed, certificate)
            self.assertEqual(refused.exception.code, "already-signed")
            lacre.prepare(signed, certificate, resign=True)

    def test_a_signature_by_another_key_never_becomes_a_signed_message(self):
        prepared = lacre.prepare(MESSAGES[0].read_bytes(), world.key("psp.pem"), profile="spi")
        self.assertEqual(len(prepared.digest), 32)
        with self.assertRaises(lacre.LacreError) as refused:
            prepared.finish(sign("psp-other.key", prepared.digest))
        self.assertEqual(refused.exception.code, "wrong-key")
        self.assertTrue(refused.exception.help)

    def test_what_the_key_raises_comes_through(self):
        def locked(_digest):
            raise PermissionError("the HSM is locked")

        with self.assertRaisesRegex(PermissionError, "the HSM is locked"):
            lacre.sign(MESSAGES[0].read_bytes(), world.key("psp.pem"), locked)

    def test_threads_share_a_trust_that_grows(self):
        trust, rows = lacre.Trust(), []
        signed = lacre.sign(MESSAGES[0].read_bytes(), world.key("psp.pem"), lambda d: sign("psp.key", d))
        grown, started = threading.Event(), threading.Barrier(5)

        def work():
            before = lacre.verify(signed, trust, at=world.AT)["code"]
            started.wait()
            grown.wait()
            for _ in range(20):
                rows.append((before, lacre.verify(signed, trust, at=world.AT)["verdict"]))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        started.wait()
        trust.add(world.key("psp.pem"))
        grown.set()
        for thread in threads:
            thread.join()
        self.assertEqual(rows, [("certificate-unknown", "valid")] * 80)

    def test_a_trust_can_be_pickled_and_closed(self):
        trust = lacre.Trust(world.key("psp.pem"), world.key("bacen.pem"))
        self.assertEqual(len(trust), 2)
        copy = pickle.loads(pickle.dumps(trust))
        trust.close()
        self.assertEqual(copy.certificates()[0]["ispb"], "12345678")
        with self.assertRaises(lacre.LacreError):
            lacre.verify(b"<a/>", trust)
        self.assertEqual(lacre.verify(b"<a/>", copy)["verdict"], "unsigned")

    def test_a_call_that_cannot_be_says_what_can(self):
        trust = lacre.Trust()
        naive = datetime.datetime(2026, 1, 1)
        for options in [{"profile": "sip"}, {"language": "pt"}, {"at": "yesterday"}, {"at": naive}, {"at": 1 << 70}]:
            with self.assertRaises(lacre.LacreError) as refused:
                lacre.verify(b"<a/>", trust, **options)
            self.assertEqual(refused.exception.code, "usage", options)
            self.assertTrue(refused.exception.help)
        damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        for octets in [b"", b"no certificate", world.key("psp.pem") + damaged]:
            with self.assertRaises(lacre.LacreError):
                trust.add(octets)
        self.assertEqual(len(trust), 0)
        for record in ["[]", "{", '{"request_body": 1.5}', "\ud800"]:
            with self.assertRaises(lacre.LacreError) as refused:
                lacre.verify_record(record, trust)

    def test_input_that_ends_an_instance_is_told_and_the_next_call_has_another(self):
        program = f"""
import lacre, lacre._instance as instance
instance.MEMORY_BYTES_MAX = 3 << 20
trust = lacre.Trust(open({str(world.ROOT / "tests/keys/psp.pem")!r}, "rb").read())
ids = b"<a>" + b"".join(b'<b Id="%d"/>' % number for number in range(65_000)) + b"</a>"
for hostile in [ids, b" " * (8 << 20)]:
    try:
        print(lacre.verify(hostile, trust))
    except lacre.LacreError as error:
        print(error.code, error.__cause__ is None)
print(lacre.verify(b"<a/>", trust, at="message")["verdict"], len(trust))
"""
        done = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), ["resources", "False", "resources", "True", "unsigned", "1"])

    def test_the_wheel_is_typed_and_the_same_each_time(self):
        import lacre as package

        self.assertTrue(pathlib.Path(package.__file__).with_name("py.typed").exists())
        self.assertTrue(str(package.__file__).startswith(_folder.name), "what was installed is what is tested")
        with tempfile.TemporaryDirectory() as out:
            module = world.packaged("lacre.module.wasm")
            build = world.ROOT / "host-wasm/python/build_wheel.py"
            subprocess.run([sys.executable, build, lacre.version(), module, out], check=True, capture_output=True)
            again = next(pathlib.Path(out).iterdir())
            self.assertEqual(again.name, world.wheel().name)
            self.assertEqual(again.read_bytes(), world.wheel().read_bytes())


class Components(unittest.TestCase):
    """The components without the package: what any host of components does."""

    def setUp(self):
        import wasmtime
        from wasmtime import component

        self.component, self.store = component, wasmtime.Store()

    def open(self, file, **imports):
        loaded = self.component.Component.from_file(self.store.engine, str(world.packaged(file)))
        linker = self.component.Linker(self.store.engine)
        if imports:
            with linker.root() as root, root.add_instance("lacre:pix/key@0.1.0") as key:
                for name, function in imports.items():
                    key.add_func(name, function)
        return linker.instantiate(self.store, loaded)

    def function(self, instance, interface, name):
        index = instance.get_export_index(self.store, f"lacre:pix/{interface}@0.1.0")
        return instance.get_func(self.store, instance.get_export_index(self.store, name, index))

    def test_the_component_verifies_without_any_import(self):
        instance = self.open("lacre.component.wasm")
        trust = self.function(instance, "messages", "[constructor]trust")(self.store)
        add = self.function(instance, "messages", "[method]trust.add")
        added = add(self.store, trust, world.key("psp.pem"), "en")
        self.assertEqual(added[0].ispb, "12345678")

    def test_the_host_in_python_signs_with_its_key(self):
        asked = []

        def key(_store, digest):
            asked.append(bytes(digest))
            return sign("psp.key", bytes(digest))

        instance = self.open("lacre-signer.component.wasm", sign=key)
        read = self.function(instance, "messages", "[static]certificate.read")
        certificate = read(self.store, world.key("psp.pem"), "en")
        how = self.component.Record()
        how.profile, how.language = None, "en"
        setattr(how, "dict-last", False)
        how.resign = False
        sign_message = self.function(instance, "signing", "sign-message")
        signed = sign_message(self.store, MESSAGES[0].read_bytes(), certificate, how)
        self.assertEqual([len(digest) for digest in asked], [32])
        self.assertEqual(lacre.verify(bytes(signed), lacre.Trust(world.key("psp.pem")), at=world.AT)["verdict"], "valid")


if __name__ == "__main__":
    unittest.main()
