"""The keyring `aws-kms` against a real server process on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from crypto import rescue
from crypto.context import SealContext
from crypto.errors import CryptoError, KeyDestroyed, KeyringError
from crypto.keyring import FileKeyring, generate_root_secret
from crypto.keyring_kms import KmsKeyring, kms_client
from gateway import rescue_export
from gateway.context import Context
from gateway.dossiers import usecases
from gateway.ids import new_id
from gateway.vault import renewal
from gateway.vault.tables import KeyRenewal
from tests import builders
from tests.services.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONTEXT = SealContext(purpose="dossier-key", organisation="o1", dossier="d1")
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A KMS that keeps its state in memory, in a process of its own."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            else:
                pytest.fail("the KMS server did not start")
            yield url
        finally:
            process.terminate()


@pytest.fixture
def kms(endpoint: str) -> Any:
    client = kms_client(region="eu-central-1", endpoint_url=endpoint, access_key="test", secret_key="test")
    yield client
    client.close()


@pytest.fixture
def keyring(tmp_path: Path, kms: Any) -> KmsKeyring:
    secret = generate_root_secret().encode()
    FileKeyring.create(tmp_path / "keys" / "keyring", secret)
    return KmsKeyring(tmp_path / "keys" / "keyring", secret, kms)


def test_what_is_wrapped_opens_again_also_in_another_process(keyring: KmsKeyring, kms: Any) -> None:
    key_id = keyring.ensure_period_key("o1", "2026Q4")
    wrapped = keyring.wrap(key_id, KEY, CONTEXT)
    token = keyring.token(key_id, "bsn", b"123456782")
    other = KmsKeyring(keyring._path, keyring._root_secret, kms)
    assert other.unwrap(wrapped, CONTEXT) == KEY
    assert other.token(key_id, "bsn", b"123456782") == token


def test_the_file_alone_does_not_open_a_wrap(keyring: KmsKeyring) -> None:
    wrapped = keyring.wrap(keyring.ensure_period_key("o1", "2026Q4"), KEY, CONTEXT)
    with pytest.raises((CryptoError, ValueError)):
        FileKeyring(keyring._path, keyring._root_secret).unwrap(wrapped, CONTEXT)


def test_a_destroyed_key_is_disabled_at_once_and_scheduled_for_deletion(keyring: KmsKeyring, kms: Any) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    wrapped = keyring.wrap(old, KEY, CONTEXT)
    new = keyring.supersede(old)
    keyring.destroy(old)
    keyring.destroy(old)
    with pytest.raises(KeyDestroyed):
        keyring.unwrap(wrapped, CONTEXT)
    told = kms.describe_key(KeyId="alias/dossierpoort-" + old.replace(".", "-"))["KeyMetadata"]
    assert told["KeyState"] == "PendingDeletion"
    assert not told["Enabled"]
    # That KMS refuses to decrypt in this state is its own promise; the server used here does not keep it.
    assert new != old


def test_a_destruction_is_final_on_the_day_after_the_deletion_and_not_before(keyring: KmsKeyring, kms: Any) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    keyring.supersede(old)
    with pytest.raises(KeyringError):
        keyring.destruction(old, builders.Clock().now.date())
    keyring.destroy(old)
    deleted = kms.describe_key(KeyId="alias/dossierpoort-" + old.replace(".", "-"))["KeyMetadata"][
        "DeletionDate"
    ].date()
    assert keyring.destruction(old, deleted) == "provisional"
    assert keyring.destruction(old, deleted + timedelta(days=2)) == "final"


def test_a_destruction_broken_off_after_kms_is_ended_by_the_next_try(keyring: KmsKeyring) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    keyring.supersede(old)
    kms_id = json.loads(keyring._current().state.keys[old].secret)[0]
    keyring._schedule_deletion(kms_id)  # and here the process was killed
    keyring.destroy(old)
    with pytest.raises(KeyDestroyed):
        keyring.describe(old)


def test_kms_that_does_not_answer_is_an_error_and_nothing_is_kept(keyring: KmsKeyring) -> None:
    keyring._kms = kms_client(
        region="eu-central-1", endpoint_url=f"http://127.0.0.1:{free_port()}", access_key="test", secret_key="test"
    )
    with pytest.raises(KeyringError):
        keyring.ensure_period_key("o1", "2026Q4")
    assert not keyring.period_keys()


def _allow(endpoint: str, *, calls: str) -> None:
    """Let the server take this many calls ("inf": all) of a user without rights, and refuse every one after them."""
    plain = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset-auth", calls.encode(), plain)).close()


@pytest.fixture
def without_rights(endpoint: str) -> Iterator[Callable[[], None]]:
    """Take the rights of this installation's KMS user away."""
    yield lambda: _allow(endpoint, calls="0")
    _allow(endpoint, calls="inf")


def test_kms_that_refuses_is_an_error_and_a_destruction_that_did_not_happen_is_not_told(
    keyring: KmsKeyring, kms: Any, without_rights: Callable[[], None]
) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    wrapped = keyring.wrap(old, KEY, CONTEXT)
    keyring.supersede(old)
    without_rights()
    other = KmsKeyring(keyring._path, keyring._root_secret, kms)
    with pytest.raises(KeyringError, match="check the rights"):
        other.unwrap(wrapped, CONTEXT)
    with pytest.raises(KeyringError, match="check the rights"):
        keyring.destroy(old)
    assert keyring.describe(old).id == old, "the key is still there, and so is the erasure to do"


def test_a_key_that_kms_no_longer_has_is_destroyed_for_good(keyring: KmsKeyring, kms: Any) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    keyring.supersede(old)
    keyring.destroy(old)
    kms.delete_alias(AliasName="alias/dossierpoort-" + old.replace(".", "-"))  # as AWS does when the window has passed
    assert keyring.destruction(old, builders.Clock().now.date()) == "final"


def test_a_key_that_was_removed_in_kms_by_hand_is_destroyed_here_too(keyring: KmsKeyring, endpoint: str) -> None:
    old = keyring.ensure_period_key("o1", "2026Q4")
    keyring.supersede(old)
    urllib.request.urlopen(f"{endpoint}/moto-api/reset", b"").close()  # the server has no key at all any more
    keyring.destroy(old)
    assert keyring.destruction(old, builders.Clock().now.date()) == "final"


def test_a_period_key_is_disabled_first_and_has_the_window_that_was_chosen(tmp_path: Path, kms: Any) -> None:
    secret = generate_root_secret().encode()
    FileKeyring.create(tmp_path / "keys" / "keyring", secret)
    keyring = KmsKeyring(tmp_path / "keys" / "keyring", secret, kms, window_days=30)
    old = keyring.ensure_period_key("o1", "2026Q4")
    keyring.supersede(old)
    keyring.destroy(old)
    told = kms.describe_key(KeyId="alias/dossierpoort-" + old.replace(".", "-"))["KeyMetadata"]
    assert not told["Enabled"]
    assert (told["DeletionDate"].date() - told["CreationDate"].date()).days in {30, 31}


def test_an_export_opens_without_kms_and_holds_a_destruction_back_until_it_is_replaced(
    keyring: KmsKeyring, kms: Any, tmp_path: Path
) -> None:
    day = builders.Clock().now.date()
    safe = tmp_path / "safe"
    safe.mkdir(mode=0o700)
    old = keyring.ensure_period_key("o1", "2026Q4")
    wrapped = keyring.wrap(old, KEY, CONTEXT)
    keyring.write_copy(safe / "copy", place="kluis", on=day)
    keyring.write_copy(safe / "export", place="kluis rescue", on=day, opens_alone=True)
    assert FileKeyring(safe / "export", keyring._root_secret).unwrap(wrapped, CONTEXT) == KEY
    with pytest.raises((CryptoError, ValueError)):
        FileKeyring(safe / "copy", keyring._root_secret).unwrap(wrapped, CONTEXT)
    keyring.supersede(old)
    keyring.destroy(old)
    alias = "alias/dossierpoort-" + old.replace(".", "-")
    late = kms.describe_key(KeyId=alias)["KeyMetadata"]["DeletionDate"].date() + timedelta(days=2)
    assert [copy.place for copy in keyring.copies_holding(old, late)] == ["kluis rescue"]
    assert keyring.destruction(old, late) == "provisional", "KMS has deleted it, the export has not"
    keyring.write_copy(safe / "export", place="kluis rescue", on=day, opens_alone=True)
    assert keyring.destruction(old, late) == "final"
    keyring.register_copy(safe / "copy", place="kluis", on=day)
    assert [copy.opens_alone for copy in keyring.copies()] == [False, True]


def test_the_rescue_decryptor_opens_everything_with_an_export_and_without_kms(tmp_path: Path, endpoint: str) -> None:
    changes = {"keyring_kind": "aws-kms", "kms_endpoint": endpoint, "kms_access_key": "test", "kms_secret_key": "test"}
    with builders.demo_installation(tmp_path, **changes) as services:
        keyring, safe = services.vault.keyring, tmp_path / "safe"
        safe.mkdir(mode=0o700)
        (safe / "secret").write_text(services.settings.root_secret)
        keyring.write_copy(safe / "export", place="kluis", on=services.clock().date(), opens_alone=True)
        lines = "".join(json.dumps(line) + "\n" for line in rescue_export.lines(services))
        (safe / "wraps").write_text(lines)
        given = {"keyring": safe / "export", "root-secret-file": safe / "secret", "wraps": safe / "wraps"}
        given |= {"objects": services.settings.object_dir, "out": tmp_path / "out"}
        arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
        assert rescue.main(arguments) == 0
        index = [json.loads(line) for line in (tmp_path / "out" / "index.jsonl").read_text().splitlines()]
        assert {line["result"] for line in index} == {"opened"}
        documents = [line for line in index if line["context"]["purpose"] == "document"]
        assert documents
        assert all(line["name"] for line in documents), "each document with the name that it had"
        by_kms_only = [*arguments[:1], str(services.settings.keyring), *arguments[2:-1], str(tmp_path / "out2")]
        assert rescue.main(by_kms_only) == 1, "the keyring itself opens by KMS only"


def test_an_installation_on_kms_erases_and_renews(tmp_path: Path, endpoint: str) -> None:
    clock = builders.Clock()
    changes = {"keyring_kind": "aws-kms", "kms_endpoint": endpoint, "kms_access_key": "test", "kms_secret_key": "test"}
    with builders.demo_installation(tmp_path, clock=clock, **changes) as services:
        assert isinstance(services.vault.keyring, KmsKeyring)
        gone = builders.draft(services)
        kept = builders.draft(services, first_name="Blijft")
        usecases.erase_draft(services, builders.context(services, "school@demo.example"), gone)
        renewal.renew(services.db, services.vault, Context(actor=None, now=clock(), request_id=new_id()))
        with services.db.reading() as session:
            assert services.vault.find(
                session, builders.account(services, "school@demo.example").tenant_id, "name", "blijft"
            ) == {kept}
            assert {row.state for row in session.scalars(select(KeyRenewal))} == {"voorlopig"}
