"""Which keys stay in the memory of a process: those of a request end with it, a destroyed one with the next look.

What is shown is that nothing refers to them any more. Python does not overwrite what it frees, so a key's bytes may lie
in freed memory for a while: see docs/threat-model.md, "What we do not defend against".
"""

from __future__ import annotations

import gc
import io
import secrets

import pytest

from tests import builders, personas
from tests.personas import visitor

PURPOSES = ("fields", "audit")


def held(*wanted: bytes) -> int:
    """How many living containers and objects hold one of these values."""
    gc.collect()
    found, todo = 0, [each for each in gc.get_objects() if each is not wanted]
    while todo:
        for ref in gc.get_referents(todo.pop()):
            if type(ref) is bytes:
                found += ref in wanted
            elif type(ref) in (dict, tuple) and ref is not wanted and not gc.is_tracked(ref):
                todo.append(ref)  # the collector does not list these by themselves
    return found


def keys_of(services, dossier_id):
    """Copies of the data keys of a dossier, read in a session of their own."""
    with services.db.reading() as session:
        return tuple(bytes(bytearray(services.vault.data_key(session, dossier_id, each))) for each in PURPOSES)


def test_the_search_finds_a_key_that_is_kept():
    secret = secrets.token_bytes(32)
    keeper = [{"kept": bytes(bytearray(secret))}]
    assert held(secret)
    del keeper
    assert held(secrets.token_bytes(32)) == 0


def test_data_keys_end_with_the_request_that_opened_them(app, services):
    dossier_id, document_ids = builders.submitted(services)
    school, swv = visitor(app, personas.OWNER), visitor(app, personas.SWV)
    opened = keys_of(services, dossier_id)
    for someone in (school, swv):
        answer = someone.get(f"/dossiers/{dossier_id}")
        assert answer.status_code == 200
        answer.close()
    document = document_ids[0] if isinstance(document_ids, (list, tuple)) else document_ids
    answer = school.post(f"/dossiers/{dossier_id}/stukken/{document}/downloaden")
    assert answer.status_code == 200
    io.BytesIO(answer.get_data()).close()
    answer.close()
    del answer, school, swv, someone
    assert held(*opened) == 0


@pytest.mark.parametrize("fails", [LookupError, RuntimeError])
def test_data_keys_end_with_a_request_that_fails(services, fails):
    dossier_id, _ = builders.submitted(services)
    opened = keys_of(services, dossier_id)

    def fail():
        with services.db.reading() as session:
            services.vault.data_key(session, dossier_id, "fields")
            raise fails

    with pytest.raises(fails):
        fail()
    assert held(*opened) == 0


def test_a_destroyed_period_key_leaves_the_process_at_its_next_look(services):
    keyring = services.vault.keyring
    organisation = "0" * 31 + "9"
    key_id = keyring.ensure_period_key(organisation, "2026-Q1")
    secret = bytes(bytearray(keyring._current().state.keys[key_id].secret))
    keyring.token(key_id, "bsn", b"123456782")
    assert held(secret)
    keyring.destroy(key_id)
    keyring.live_key_ids(organisation)
    assert held(secret) == 0
