"""OpenPGP: real keys, real gpg, and nothing left behind."""

import io
import json
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto import openpgp, package
from crypto.errors import CryptoError, DecryptError, OpenPGPError, PackageError, SignatureError
from crypto.signing import PublicKey, key_id_of

TODAY = datetime.now(UTC).date()  # gpg judges by the machine's clock, so these tests cannot have a date of their own
SENTENCE = b"Dit is een fictieve zin uit een fictief verslag. " * 4000
MANIFEST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MANIFEST_KEYS = [
    PublicKey(
        key_id=key_id_of(MANIFEST_KEY.public_key()),
        purpose="package",
        raw=MANIFEST_KEY.public_key().public_bytes_raw(),
        current=True,
    )
]


@pytest.fixture(scope="module")
def keys() -> Iterator["Keys"]:
    home = Path(tempfile.mkdtemp(prefix="t", dir="/dev/shm"))
    try:
        yield Keys(home)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def scratch() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="s", dir="/dev/shm"))
    yield directory
    left = [str(path) for path in directory.rglob("*")]
    shutil.rmtree(directory)
    assert left == [], "something was left in scratch"
    until = time.monotonic() + 10  # an agent that was told to end takes a moment
    while str(directory) in running() and time.monotonic() < until:
        time.sleep(0.05)
    assert str(directory) not in running(), "an agent was left running"


def running() -> str:
    commands = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                commands.append((process / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return "\n".join(commands)


class Keys:
    """Makes keys with gpg itself, in a home of the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.partner = self.make("Partner Proef <partner@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr")
        self.gateway = self.make("Poort Proef <poort@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr")
        self.stranger = self.make("Vreemd Proef <vreemd@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr")

    def gpg(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--yes", "--quiet", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(self, name: str, spec: str, expire: str = "0", *options: str) -> str:
        primary, _, subkey = spec.partition("+")
        algorithm, usage = primary.split("/")
        status = self.gpg(
            *options, "--status-fd", "1", "--passphrase", "", "--quick-generate-key", name, algorithm, usage, expire
        )
        fingerprint = status.decode().split("KEY_CREATED P ")[1].split()[0]
        if subkey:
            algorithm, usage = subkey.split("/")
            self.gpg(*options, "--passphrase", "", "--quick-add-key", fingerprint, algorithm, usage, expire)
        return fingerprint

    def public(self, fingerprint: str) -> bytes:
        return self.gpg("--armor", "--export", fingerprint)

    def secret(self, fingerprint: str) -> bytes:
        return self.gpg("--armor", "--export-secret-keys", fingerprint)

    def recipient(self, fingerprint: str) -> openpgp.Recipient:
        return openpgp.Recipient(key=self.public(fingerprint), fingerprint=fingerprint)

    def revoke(self, fingerprint: str) -> None:
        certificate = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self.gpg("--import", stdin=certificate.replace(":-----BEGIN", "-----BEGIN").encode())


def reason_of(key: bytes, scratch: Path, on: date = TODAY) -> str:
    with pytest.raises(OpenPGPError) as caught:
        openpgp.inspect_public_key(key, on=on, scratch=scratch)
    assert str(caught.value) == openpgp.REFUSALS[caught.value.reason]
    return caught.value.reason


# -- registering a key -------------------------------------------------------------------------------------------------


def test_a_good_key_is_told_with_its_fingerprint_and_comes_back_cleaned(keys: Keys, scratch: Path) -> None:
    info = openpgp.inspect_public_key(keys.public(keys.partner), on=TODAY, scratch=scratch)
    assert (info.fingerprint, info.algorithm, info.expires_on) == (keys.partner, "ed25519", None)
    assert info.user_ids == ("Partner Proef <partner@voorbeeld.example>",)
    assert openpgp.inspect_public_key(info.key, on=TODAY, scratch=scratch) == info
    assert "Partner" not in repr(info)


def test_a_long_rsa_key_is_good_and_a_short_one_weak(keys: Keys, scratch: Path) -> None:
    good = keys.make("RSA Proef <rsa@voorbeeld.example>", "rsa3072/cert,sign+rsa3072/encr")
    assert openpgp.inspect_public_key(keys.public(good), on=TODAY, scratch=scratch).algorithm == "RSA 3072"
    short = keys.make("Kort Proef <kort@voorbeeld.example>", "rsa2048/cert,sign+rsa2048/encr")
    assert reason_of(keys.public(short), scratch) == "weak"


def test_a_strong_key_with_a_weak_encryption_subkey_is_weak(keys: Keys, scratch: Path) -> None:
    mixed = keys.make("Gemengd Proef <gemengd@voorbeeld.example>", "ed25519/cert,sign+rsa2048/encr")
    assert reason_of(keys.public(mixed), scratch) == "weak"


def test_dsa_and_elgamal_are_weak(keys: Keys, scratch: Path) -> None:
    old = keys.make("Oud Proef <oud@voorbeeld.example>", "dsa2048/cert,sign+elg2048/encr")
    assert reason_of(keys.public(old), scratch) == "weak"


def test_a_key_that_rests_on_sha1_is_weak(keys: Keys, scratch: Path) -> None:
    sha1 = keys.make(
        "Sha Proef <sha@voorbeeld.example>", "rsa3072/cert,sign+rsa3072/encr", "0", "--cert-digest-algo", "SHA1"
    )
    assert reason_of(keys.public(sha1), scratch) == "weak"


def test_a_key_that_expires_tells_when_and_is_refused_after_it(keys: Keys, scratch: Path) -> None:
    ends = TODAY + timedelta(days=30)
    key = keys.public(
        keys.make("Eind Proef <eind@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr", ends.isoformat())
    )
    assert openpgp.inspect_public_key(key, on=TODAY, scratch=scratch).expires_on == ends
    assert reason_of(key, scratch, on=ends + timedelta(days=1)) == "expired"


def test_an_expired_key_is_refused(keys: Keys, scratch: Path) -> None:
    gone = keys.make(
        "Verlopen Proef <verlopen@voorbeeld.example>",
        "ed25519/cert,sign+cv25519/encr",
        "1d",
        "--faked-system-time",
        "20250101T000000",
    )
    assert reason_of(keys.public(gone), scratch) == "expired"


def test_a_key_whose_encryption_subkey_alone_expired_is_refused(keys: Keys, scratch: Path) -> None:
    half = keys.make("Half Proef <half@voorbeeld.example>", "ed25519/cert,sign")
    keys.gpg("--passphrase", "", "--quick-add-key", half, "cv25519", "encr", (TODAY + timedelta(days=2)).isoformat())
    key = keys.public(half)
    assert openpgp.inspect_public_key(key, on=TODAY, scratch=scratch).expires_on == TODAY + timedelta(days=2)
    assert reason_of(key, scratch, on=TODAY + timedelta(days=3)) == "expired"


def test_a_revoked_key_is_refused(keys: Keys, scratch: Path) -> None:
    fingerprint = keys.make("Ingetrokken Proef <in@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr")
    keys.revoke(fingerprint)
    assert reason_of(keys.public(fingerprint), scratch) == "revoked"


def test_a_key_whose_encryption_subkey_was_revoked_is_refused(keys: Keys, scratch: Path) -> None:
    fingerprint = keys.make("Sub Proef <sub@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr")
    arguments = [
        "--no-tty",
        "--command-fd",
        "0",
        "--no-batch",
        "--pinentry-mode",
        "loopback",
        "--edit-key",
        fingerprint,
    ]
    keys.gpg(*arguments, stdin=b"key 1\nrevkey\ny\n0\n\ny\nsave\n")
    assert reason_of(keys.public(fingerprint), scratch) == "revoked"


def test_a_key_that_only_signs_is_refused(keys: Keys, scratch: Path) -> None:
    fingerprint = keys.make("Teken Proef <teken@voorbeeld.example>", "ed25519/cert,sign")
    assert reason_of(keys.public(fingerprint), scratch) == "no-encryption"


def test_a_secret_key_two_keys_and_no_key_are_refused(keys: Keys, scratch: Path) -> None:
    assert reason_of(keys.secret(keys.partner), scratch) == "secret"
    assert reason_of(keys.public(keys.partner) + keys.public(keys.stranger), scratch) == "several"
    assert reason_of(b"not a key", scratch) == "unreadable"
    assert reason_of(b"", scratch) == "unreadable"
    assert reason_of(keys.public(keys.partner)[:300], scratch) == "unreadable"


# -- the gateway's own key ---------------------------------------------------------------------------------------------


def test_the_gateways_own_key_is_one_that_it_would_accept(scratch: Path) -> None:
    ends = TODAY + timedelta(days=365)
    secret = openpgp.generate_secret_key("Poort Proef", "poort@voorbeeld.example", expires_on=ends, scratch=scratch)
    info = openpgp.inspect_public_key(openpgp.public_key_of(secret, scratch=scratch), on=TODAY, scratch=scratch)
    assert info.expires_on == ends
    assert b"PRIVATE" in secret
    assert b"PRIVATE" not in info.key


def test_a_key_that_cannot_be_made_is_an_error(scratch: Path) -> None:
    with pytest.raises(OpenPGPError):
        # Of yesterday: until noon gpg still makes a key that ends today.
        openpgp.generate_secret_key("", "", expires_on=TODAY - timedelta(days=1), scratch=scratch)
    with pytest.raises(OpenPGPError):
        openpgp.public_key_of(b"not a key", scratch=scratch)


# -- messages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "message.pgp"


def encrypt(keys: Keys, output: Path, scratch: Path, chunks=(SENTENCE,), recipients=None) -> Path:
    openpgp.encrypt(
        chunks,
        output,
        recipients=[keys.recipient(keys.partner)] if recipients is None else recipients,
        secret_key=keys.secret(keys.gateway),
        on=TODAY,
        scratch=scratch,
    )
    return output


def opening(keys: Keys, message: Path, scratch: Path, sender: str | None = None, largest: int = 10**7):
    return openpgp.open_message(
        message,
        secret_key=keys.secret(keys.partner),
        senders=[keys.recipient(sender or keys.gateway)],
        on=TODAY,
        scratch=scratch,
        largest=largest,
    )


def test_a_message_opens_for_its_recipient_and_tells_who_signed_it(keys: Keys, output: Path, scratch: Path) -> None:
    encrypt(keys, output, scratch, chunks=[SENTENCE[:100], b"", SENTENCE[100:]])
    with opening(keys, output, scratch) as opened:
        assert opened.path.read_bytes() == SENTENCE
        assert opened.path.is_relative_to(scratch)
        assert opened.signed_by == keys.gateway
    assert not opened.path.exists()


def test_the_plaintext_goes_when_its_reader_fails(keys: Keys, output: Path, scratch: Path) -> None:
    encrypt(keys, output, scratch)
    with pytest.raises(ZeroDivisionError), opening(keys, output, scratch):
        raise ZeroDivisionError


def test_gpg_itself_leaves_the_plaintext_of_a_tampered_message_and_we_leave_nothing(
    keys: Keys, output: Path, scratch: Path
) -> None:
    encrypt(keys, output, scratch)
    changed = bytearray(output.read_bytes())
    changed[-5] ^= 1
    output.write_bytes(changed)
    left = keys.home / "left"
    keys_of_gpg = ["gpg", "--homedir", str(keys.home), "--batch", "--yes", "--output", str(left), "--decrypt"]
    by_itself = subprocess.run([*keys_of_gpg, str(output)], capture_output=True, check=False)
    assert by_itself.returncode != 0
    assert left.read_bytes()[: len(SENTENCE)] == SENTENCE, "gpg no longer leaves it: this guard can be thought over"
    with pytest.raises(OpenPGPError) as caught, opening(keys, output, scratch):
        pytest.fail("a tampered message was opened")
    assert caught.value.reason == "not-opened"


@pytest.mark.parametrize("cut", [1, 30, 5000])
def test_a_message_cut_short_is_refused(keys: Keys, output: Path, scratch: Path, cut: int) -> None:
    encrypt(keys, output, scratch)
    output.write_bytes(output.read_bytes()[:-cut])
    with pytest.raises(OpenPGPError), opening(keys, output, scratch):
        pytest.fail("a cut message was opened")


def test_a_message_for_someone_else_is_refused(keys: Keys, output: Path, scratch: Path) -> None:
    encrypt(keys, output, scratch, recipients=[keys.recipient(keys.stranger)])
    with pytest.raises(OpenPGPError) as caught, opening(keys, output, scratch):
        pytest.fail("a message for someone else was opened")
    assert caught.value.reason == "not-opened"


def test_a_message_signed_by_someone_else_or_by_nobody_is_refused(keys: Keys, output: Path, scratch: Path) -> None:
    encrypt(keys, output, scratch)
    with pytest.raises(OpenPGPError) as caught, opening(keys, output, scratch, sender=keys.stranger):
        pytest.fail("signed by someone else")
    assert caught.value.reason == "not-signed"
    output.write_bytes(keys.gpg("--trust-model", "always", "-r", keys.partner, "--encrypt", stdin=SENTENCE))
    with pytest.raises(OpenPGPError) as caught, opening(keys, output, scratch):
        pytest.fail("signed by nobody")
    assert caught.value.reason == "not-signed"


def test_a_message_that_grows_too_large_is_refused(keys: Keys, output: Path, scratch: Path) -> None:
    bomb = keys.gpg(
        *("--trust-model", "always", "-r", keys.partner, "-u", keys.gateway, "--sign", "--encrypt"), stdin=bytes(10**7)
    )
    assert len(bomb) < 10**5
    output.write_bytes(bomb)
    with pytest.raises(OpenPGPError) as caught, opening(keys, output, scratch, largest=10**6):
        pytest.fail("a bomb was opened")
    assert caught.value.reason == "not-opened"
    with opening(keys, output, scratch, largest=10**7 + 1) as opened:
        assert opened.path.stat().st_size == 10**7


@pytest.mark.parametrize("junk", [b"", b"no message", os.urandom(70_000)])
def test_something_that_is_no_message_is_refused(keys: Keys, output: Path, scratch: Path, junk: bytes) -> None:
    output.write_bytes(junk)
    with pytest.raises(OpenPGPError), opening(keys, output, scratch):
        pytest.fail("junk was opened")


def test_a_text_signed_by_itself_tells_who_said_exactly_this(keys: Keys, scratch: Path) -> None:
    made = openpgp.sign_detached(SENTENCE, secret_key=keys.secret(keys.gateway), scratch=scratch)

    def signed_by(content: bytes, signature: str, *senders: str) -> str:
        known = [keys.recipient(each) for each in senders]
        return openpgp.verify_detached(content, signature, senders=known, on=TODAY, scratch=scratch)

    assert signed_by(SENTENCE, made, keys.partner, keys.gateway) == keys.gateway
    for content, signature, sender in (
        (SENTENCE + b" ", made, keys.gateway),
        (SENTENCE, made, keys.partner),
        (SENTENCE, "geen handtekening", keys.gateway),
    ):
        with pytest.raises(OpenPGPError) as caught:
            signed_by(content, signature, sender)
        assert caught.value.reason == "not-signed"


def test_a_key_that_ended_signs_nothing(keys: Keys, scratch: Path) -> None:
    past = ("1d", "--faked-system-time", "20250101T000000")
    ended = keys.make("Afgelopen Proef <afgelopen@voorbeeld.example>", "ed25519/cert,sign+cv25519/encr", *past)
    with pytest.raises(OpenPGPError) as caught:
        openpgp.sign_detached(SENTENCE, secret_key=keys.secret(ended), scratch=scratch)
    assert caught.value.reason == "not-made"


def test_one_bad_recipient_stops_the_whole_message(keys: Keys, output: Path, scratch: Path) -> None:
    signs_only = keys.make("Bijna Proef <bijna@voorbeeld.example>", "ed25519/cert,sign")
    with pytest.raises(OpenPGPError) as caught:
        encrypt(keys, output, scratch, recipients=[keys.recipient(keys.partner), keys.recipient(signs_only)])
    assert caught.value.reason == "no-encryption"
    swapped = openpgp.Recipient(key=keys.public(keys.stranger), fingerprint=keys.partner)
    with pytest.raises(OpenPGPError) as caught:
        encrypt(keys, output, scratch, recipients=[swapped])
    assert caught.value.reason == "other-key"
    with pytest.raises(OpenPGPError) as caught:
        encrypt(keys, output, scratch, recipients=[])
    assert caught.value.reason == "no-recipient"
    assert list(output.parent.iterdir()) == []


def test_a_source_that_fails_half_way_makes_no_message(keys: Keys, output: Path, scratch: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield SENTENCE
        raise DecryptError

    with pytest.raises(DecryptError):
        encrypt(keys, output, scratch, chunks=broken())
    assert list(output.parent.iterdir()) == []


def test_a_source_that_is_interrupted_ends_too(keys: Keys, output: Path, scratch: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield SENTENCE
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encrypt(keys, output, scratch, chunks=interrupted())
    assert list(output.parent.iterdir()) == []


def test_a_server_without_gpg_says_so(keys: Keys, scratch: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert reason_of(b"any key", scratch) == "no-gpg"


def test_a_message_that_is_not_there_is_the_callers_error(keys: Keys, output: Path, scratch: Path) -> None:
    with pytest.raises(FileNotFoundError), opening(keys, output, scratch):
        pytest.fail("nothing was opened")


def test_a_message_that_cannot_be_written_is_an_error(keys: Keys, scratch: Path, tmp_path: Path) -> None:
    with pytest.raises(OpenPGPError) as caught:
        encrypt(keys, tmp_path / "missing" / "message.pgp", scratch, chunks=[SENTENCE] * 20)
    assert caught.value.reason == "not-made"


def test_scratch_must_be_private_and_short(keys: Keys, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    long = tmp_path / ("x" * 90)
    long.mkdir(mode=0o700)
    for wrong in (shared, long, tmp_path / "missing"):
        assert reason_of(keys.public(keys.partner), wrong) == "scratch"


def test_nothing_of_keys_or_names_reaches_a_log(keys: Keys, output: Path, scratch: Path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    encrypt(keys, output, scratch)
    with opening(keys, output, scratch):
        pass
    assert "Proef" not in caplog.text
    assert "PRIVATE" not in caplog.text


# -- interoperability --------------------------------------------------------------------------------------------------


class Sequoia:
    """Another implementation of OpenPGP, by the stateless interface that does not change (Debian's sqop)."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.key = self.run("generate-key", "Sequoia Proef <sequoia@voorbeeld.example>")
        self.certificate = self.run("extract-cert", stdin=self.key)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["sqop", *arguments], input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def file(self, name: str, content: bytes) -> str:
        (self.home / name).write_bytes(content)
        return str(self.home / name)

    def decrypt(self, message: bytes, sender: bytes) -> bytes:
        """The content; sqop itself fails when the sender did not sign it."""
        told = self.home / f"verified-{time.monotonic_ns()}"
        arguments = ["--verifications-out", str(told), "--verify-with", self.file("sender", sender)]
        plain = self.run("decrypt", *arguments, self.file("key", self.key), stdin=message)
        assert told.read_text().strip(), "no signature was verified"
        return plain

    def encrypt(self, content: bytes, recipient: bytes) -> bytes:
        arguments = ["--no-armor", "--sign-with", self.file("key", self.key), self.file("recipient", recipient)]
        return self.run("encrypt", *arguments, stdin=content)


@pytest.fixture
def sequoia(tmp_path: Path) -> Sequoia:
    home = tmp_path / "sequoia"
    home.mkdir(mode=0o700)
    return Sequoia(home)


def test_sequoia_opens_our_messages_and_we_open_those_of_sequoia(
    keys: Keys, sequoia: Sequoia, output: Path, scratch: Path
) -> None:
    info = openpgp.inspect_public_key(sequoia.certificate, on=TODAY, scratch=scratch)
    theirs = openpgp.Recipient(key=info.key, fingerprint=info.fingerprint)
    encrypt(keys, output, scratch, recipients=[keys.recipient(keys.partner), theirs])
    assert sequoia.decrypt(output.read_bytes(), keys.public(keys.gateway)) == SENTENCE

    message = output.with_name("in.pgp")
    message.write_bytes(sequoia.encrypt(SENTENCE, keys.public(keys.gateway)))
    known = {"secret_key": keys.secret(keys.gateway), "on": TODAY, "scratch": scratch, "largest": 10**7}
    with openpgp.open_message(message, senders=[theirs], **known) as opened:
        assert opened.path.read_bytes() == SENTENCE
        assert opened.signed_by == info.fingerprint
    with (
        pytest.raises(OpenPGPError) as caught,
        openpgp.open_message(message, senders=[keys.recipient(keys.stranger)], **known),
    ):
        pytest.fail("signed by someone else")
    assert caught.value.reason == "not-signed"


def test_sequoia_opens_our_packages_and_any_tar_and_the_manifest_verify(
    keys: Keys, sequoia: Sequoia, output: Path, scratch: Path, tmp_path: Path
) -> None:
    info = openpgp.inspect_public_key(sequoia.certificate, on=TODAY, scratch=scratch)
    openpgp.make_package(
        some_files(),
        {"verstrekking": "v1"},
        output,
        recipients=[openpgp.Recipient(key=info.key, fingerprint=info.fingerprint)],
        secret_key=keys.secret(keys.gateway),
        manifest_key=MANIFEST_KEY,
        on=TODAY,
        scratch=scratch,
    )
    inside = tmp_path / "inside.tar"
    inside.write_bytes(sequoia.decrypt(output.read_bytes(), keys.public(keys.gateway)))
    assert unpacked(inside).manifest["verstrekking"] == "v1"


# -- packages ----------------------------------------------------------------------------------------------------------


def some_files() -> list[package.PackageFile]:
    return [
        package.PackageFile(name="verslag één.pdf", size=len(SENTENCE), chunks=[SENTENCE[:7], SENTENCE[7:]]),
        package.PackageFile(name="leeg.txt", size=0, chunks=[]),
        package.PackageFile(name="x" * 190 + ".txt", size=512, chunks=[bytes(512)]),
    ]


def test_a_package_goes_to_its_recipient_with_a_signed_manifest(keys: Keys, output: Path, scratch: Path) -> None:
    openpgp.make_package(
        some_files(),
        {"verstrekking": "v1"},
        output,
        recipients=[keys.recipient(keys.partner), keys.recipient(keys.stranger)],
        secret_key=keys.secret(keys.gateway),
        manifest_key=MANIFEST_KEY,
        on=TODAY,
        scratch=scratch,
    )
    assert b"verslag" not in output.read_bytes()
    with openpgp.open_package(
        output,
        secret_key=keys.secret(keys.stranger),
        senders=[keys.recipient(keys.gateway)],
        manifest_keys=MANIFEST_KEYS,
        on=TODAY,
        scratch=scratch,
        largest=10**7,
    ) as opened:
        assert opened.manifest["verstrekking"] == "v1"
        assert opened.signed_by == MANIFEST_KEYS[0]
        assert [path.read_bytes() for path in opened.files.values()] == [SENTENCE, b"", bytes(512)]
        assert list(opened.files) == ["verslag één.pdf", "leeg.txt", "x" * 190 + ".txt"]


def packed(tmp_path: Path, files=None, key=MANIFEST_KEY) -> Path:
    path = tmp_path / "package.tar"
    path.write_bytes(b"".join(package.pack(some_files() if files is None else files, {}, key)))
    return path


def repacked(source: Path, change) -> Path:
    """The same tar with its members changed by a function of (name, content)."""
    target = source.with_name("changed.tar")
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in [m for m in old if m.isreg()]:
            for name, raw in change(member.name, old.extractfile(member).read()):
                entry = tarfile.TarInfo(name)
                entry.size = len(raw)
                new.addfile(entry, io.BytesIO(raw))
    return target


def unpacked(path: Path, keys=tuple(MANIFEST_KEYS)) -> package.PackageContent:
    directory = Path(tempfile.mkdtemp(dir=path.parent))
    return package.unpack(path, directory, keys)


def test_a_package_is_a_plain_tar_that_any_tool_opens(tmp_path: Path) -> None:
    with tarfile.open(packed(tmp_path)) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
    assert names[-2:] == ["manifest.json", "manifest.sig.json"]
    assert [file["name"] for file in manifest["files"]] == names[:-2]


def test_an_empty_package_opens(tmp_path: Path) -> None:
    assert unpacked(packed(tmp_path, files=[])).files == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda name, raw: [(name, raw[:-1] + b"?")] if name == "verslag één.pdf" else [(name, raw)],
        lambda name, raw: [] if name == "leeg.txt" else [(name, raw)],
        lambda name, raw: [(name, raw), ("extra.txt", b"")] if name == "leeg.txt" else [(name, raw)],
        lambda name, raw: [(name, raw)] * 2,
        lambda name, raw: [("renamed.txt" if name == "leeg.txt" else name, raw)],
        lambda name, raw: [("../escape" if name == "leeg.txt" else name, raw)],
        lambda name, raw: [("/absolute" if name == "leeg.txt" else name, raw)],
        lambda name, raw: [(name, bytes(5 * 2**20))] if name == "manifest.json" else [(name, raw)],
    ],
)
def test_a_package_that_is_not_its_manifest_is_refused(tmp_path: Path, change) -> None:
    with pytest.raises(PackageError):
        unpacked(repacked(packed(tmp_path), change))


@pytest.mark.parametrize(
    "change",
    [
        lambda name, raw: [(name, raw.replace(b'"format":1', b'"format":2'))],
        lambda name, raw: [] if name == "manifest.json" else [(name, raw)],
        lambda name, raw: [] if name == "manifest.sig.json" else [(name, raw)],
        lambda name, raw: [(name, b"{}" if name == "manifest.sig.json" else raw)],
        lambda name, raw: [(name, b"[" if name == "manifest.sig.json" else raw)],
        lambda name, raw: [(name, b'{"key_id":"x","value":"!"}' if name == "manifest.sig.json" else raw)],
    ],
)
def test_a_manifest_that_nobody_known_signed_is_refused(tmp_path: Path, change) -> None:
    with pytest.raises(SignatureError):
        unpacked(repacked(packed(tmp_path), change))
    with pytest.raises(SignatureError):
        unpacked(packed(tmp_path), keys=())


@pytest.mark.parametrize("document", [b"[]", b'{"format":1}', b'{"format":1,"files":[1]}', b'{"format":9,"files":[]}'])
def test_a_signed_manifest_of_another_shape_is_refused(tmp_path: Path, monkeypatch, document: bytes) -> None:
    make = package._json
    monkeypatch.setattr(package, "_json", lambda given: document if "files" in given else make(given))
    path = packed(tmp_path, files=[])
    with pytest.raises(PackageError):
        unpacked(path)


def test_links_and_what_is_no_tar_are_refused(tmp_path: Path) -> None:
    link = tmp_path / "link.tar"
    with tarfile.open(link, "w") as tar:
        entry = tarfile.TarInfo("link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    junk = tmp_path / "junk.tar"
    junk.write_bytes(b"no tar" * 1000)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(packed(tmp_path).read_bytes()[:3000])
    for path in (link, junk, cut):
        with pytest.raises(PackageError):
            unpacked(path)


@pytest.mark.parametrize("name", ["", ".hidden", "..", "a/b", "a\\b", "a\nb", "a\u202eb", "manifest.json", "é" * 101])
def test_an_unsafe_name_is_not_packed(name: str) -> None:
    with pytest.raises(CryptoError):
        list(package.pack([package.PackageFile(name=name, size=0, chunks=[])], {}, MANIFEST_KEY))


def test_a_name_twice_and_a_wrong_size_are_not_packed() -> None:
    once = package.PackageFile(name="a", size=1, chunks=[b"a"])
    for files in (
        [once, once],
        [package.PackageFile(name="a", size=2, chunks=[b"a"])],
        [package.PackageFile(name="a", size=1, chunks=[b"a", b"b"])],
    ):
        with pytest.raises(CryptoError):
            list(package.pack(files, {}, MANIFEST_KEY))
