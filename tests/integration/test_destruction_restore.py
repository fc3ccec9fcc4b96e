"""A backup of the database and a copy of the keyring from before a destruction do not bring the dead back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.errors import KeyDestroyed
from crypto.keyring import FileKeyring
from gateway.destruction import journal, replaying, run
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.errors import InvalidInputError
from gateway.recording import Action
from gateway.vault import renewal
from tests import builders
from tests.destruction_sets import SHORT, documents, health_last, record_of, the_day
from tests.destruction_sets import announced as set_announced
from tests.destructions import LAST, announced, bare, events_of, go_to, is_there, nobody, standing, vouchers
from tests.personas import ADMINISTRATOR, OFFICER

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sqlite(tmp_path, clock, sqlite_model):
    with builders.copy_of(sqlite_model, tmp_path, clock=clock) as built:
        yield built


def copied(services, place):
    """The database and the keyring as they are now, elsewhere."""
    run.forget_old_rows(services.db)
    services.db.dispose()
    place.mkdir()
    shutil.copy(services.db.url.database, place / "database")
    shutil.copy(services.settings.keyring, place / "keyring")


def put_back(services, place, *what):
    services.db.dispose()
    if "database" in what:
        for old in Path(services.db.url.database).parent.glob(Path(services.db.url.database).name + "-*"):
            old.unlink()
        shutil.copy(place / "database", services.db.url.database)
    if "keyring" in what:
        shutil.copy(place / "keyring", services.settings.keyring)
        keyring = FileKeyring(services.settings.keyring, services.settings.root_secret.encode())
        services.vault.keyring = keyring


def name_of(services, dossier_id):
    with services.db.reading() as session:
        return pupil_of(session, services.vault, session.get_one(Dossier, dossier_id)).name


def destroyed(services, place):
    """A dossier that is gone with its keys, and copies of the day before."""
    dossier_id = bare(services)
    announced(services, dossier_id)
    go_to(services, LAST + timedelta(days=1))
    gone_with_its_keys(services, place)
    return dossier_id


def gone_with_its_keys(services, place):
    """Today's run and the night after it, and copies of before."""
    copied(services, place)
    assert run.run(services).erased == 1
    builders.work(services)
    run.go_on(services)
    renewal.renew(services.db, services.vault, nobody(services))


def test_an_old_database_alone_opens_nothing_and_is_erased_again_before_the_portal_opens(sqlite, tmp_path):
    dossier_id = destroyed(sqlite, tmp_path / "backup")
    assert replaying.reason_not_to_open(sqlite) == ""
    put_back(sqlite, tmp_path / "backup", "database")
    assert is_there(sqlite, dossier_id)
    with pytest.raises(KeyDestroyed):
        name_of(sqlite, dossier_id)
    assert "retention replay" in replaying.reason_not_to_open(sqlite)
    assert replaying.replay(sqlite, nobody(sqlite)).erased == 1
    assert not is_there(sqlite, dossier_id)
    assert replaying.reason_not_to_open(sqlite) == ""
    assert standing(sqlite, dossier_id).state == "erased"


def test_with_an_old_keyring_too_it_can_be_read_until_the_replay_and_never_after(sqlite, tmp_path):
    dossier_id = destroyed(sqlite, tmp_path / "backup")
    put_back(sqlite, tmp_path / "backup", "database", "keyring")
    assert name_of(sqlite, dossier_id) == "Jip van Zwollebol"
    assert "retention replay" in replaying.reason_not_to_open(sqlite)
    replaying.replay(sqlite, nobody(sqlite))
    renewal.renew(sqlite.db, sqlite.vault, nobody(sqlite))
    builders.work(sqlite)
    run.go_on(sqlite)
    assert standing(sqlite, dossier_id).state == "final"
    put_back(sqlite, tmp_path / "backup", "database")
    with pytest.raises(KeyDestroyed):
        name_of(sqlite, dossier_id)


def test_a_journal_that_began_and_holds_nothing_is_no_lost_one(sqlite):
    journal.begin(sqlite)
    replaying.mark(sqlite.settings, sqlite.clock().isoformat())
    assert replaying.replay(sqlite, nobody(sqlite)).lines == 0
    assert replaying.reason_not_to_open(sqlite) == ""
    first = journal.directories(sqlite.settings)[0] / journal.BEGUN
    replaying.mark(sqlite.settings, sqlite.clock().isoformat())
    first.write_text(first.read_text().replace("begun/v1", "begun/v2"))
    with pytest.raises(journal.JournalError, match="signed"):
        replaying.replay(sqlite, nobody(sqlite))
    first.unlink()
    with pytest.raises(journal.JournalError, match="two people"):
        replaying.replay(sqlite, nobody(sqlite))


def test_a_journal_that_was_lost_does_not_begin_anew(sqlite, tmp_path):
    destroyed(sqlite, tmp_path / "backup")
    for path in journal.directories(sqlite.settings)[0].glob("*.json"):
        path.unlink()
    journal.begin(sqlite)
    assert not journal.is_begun(sqlite)


def test_the_first_line_goes_with_the_first_destruction_and_vouches_for_no_journal_that_lost_its_lines(
    sqlite, tmp_path
):
    journal.begin(sqlite)
    assert journal.is_begun(sqlite)
    destroyed(sqlite, tmp_path / "backup")
    assert not journal.is_begun(sqlite)
    for path in journal.directories(sqlite.settings)[0].glob("*.json"):
        path.unlink()
    replaying.mark(sqlite.settings, "2029-01-01")
    with pytest.raises(journal.JournalError):
        replaying.replay(sqlite, nobody(sqlite))


def test_an_old_keyring_alone_is_noticed_and_its_key_asked_to_go_again(sqlite, tmp_path):
    dossier_id = destroyed(sqlite, tmp_path / "backup")
    run.go_on(sqlite)
    assert standing(sqlite, dossier_id).state == "final"
    put_back(sqlite, tmp_path / "backup", "keyring")
    assert "keyring" in replaying.reason_not_to_open(sqlite)
    assert replaying.replay(sqlite, nobody(sqlite)).keys == 1
    assert replaying.reason_not_to_open(sqlite) == ""
    run.go_on(sqlite)
    assert standing(sqlite, dossier_id).state == "certified", "a key that opens it lives: nothing is definite"
    renewal.renew(sqlite.db, sqlite.vault, nobody(sqlite))
    (entry,) = journal.entries(sqlite)
    with pytest.raises(KeyDestroyed):
        sqlite.vault.keyring.describe(entry.key)


def set_destroyed(services, place):
    """A dossier whose set of categories went with two of its fields, its keys renewed, and copies of the day before."""
    case = health_last(services)
    set_announced(services, SHORT)
    the_day(services, SHORT)
    gone_with_its_keys(services, place)
    return case


def test_a_set_does_not_come_back_with_an_old_database_and_keyring(sqlite, tmp_path):
    case = set_destroyed(sqlite, tmp_path / "backup")
    assert replaying.reason_not_to_open(sqlite) == ""
    put_back(sqlite, tmp_path / "backup", "database", "keyring")
    assert (case.other in documents(sqlite, case), bool(record_of(sqlite, case).bsn)) == (True, True)
    assert "retention replay" in replaying.reason_not_to_open(sqlite)
    assert replaying.replay(sqlite, nobody(sqlite)).erased == 1
    assert replaying.reason_not_to_open(sqlite) == ""
    after = record_of(sqlite, case)
    assert (documents(sqlite, case), after.bsn, after.reason) == ({case.health, case.mixed}, "", "")
    assert after.name == "Jip van Zwollebol", "the dossier lives on"
    assert replaying.replay(sqlite, nobody(sqlite)).erased == 0, "twice is once"
    renewal.renew(sqlite.db, sqlite.vault, nobody(sqlite))
    (entry,) = journal.entries(sqlite)
    with pytest.raises(KeyDestroyed):
        sqlite.vault.keyring.describe(entry.key)


def test_an_old_database_of_a_set_alone_opens_nothing_and_its_rows_go_again(sqlite, tmp_path):
    case = set_destroyed(sqlite, tmp_path / "backup")
    put_back(sqlite, tmp_path / "backup", "database")
    with pytest.raises(KeyDestroyed):
        record_of(sqlite, case)
    assert "retention replay" in replaying.reason_not_to_open(sqlite)
    assert replaying.replay(sqlite, nobody(sqlite)).erased == 1
    assert documents(sqlite, case) == {case.health, case.mixed}
    assert replaying.reason_not_to_open(sqlite) == ""


def test_without_a_journal_two_people_must_say_that_it_is_lost(sqlite):
    replaying.mark(sqlite.settings, "2029-01-01")
    assert "replay" in replaying.reason_not_to_open(sqlite)
    with pytest.raises(journal.JournalError):
        replaying.replay(sqlite, nobody(sqlite))
    for emails in ((ADMINISTRATOR,), (ADMINISTRATOR, ADMINISTRATOR), (ADMINISTRATOR, "school@demo.example")):
        with pytest.raises(InvalidInputError):
            replaying.declare_lost(sqlite, nobody(sqlite), vouchers(sqlite, *emails))
        sqlite.clock.forward(seconds=60)
    for wrong in ({"password": "anders"}, {"code": "000000"}):
        mine, other = vouchers(sqlite, ADMINISTRATOR, OFFICER)
        with pytest.raises(InvalidInputError):
            replaying.declare_lost(sqlite, nobody(sqlite), [mine, replace(other, **wrong)])
        sqlite.clock.forward(seconds=60)
    assert len(events_of(sqlite, Action.SIGN_IN_FAILED.value)) >= 2
    assert replaying.reason_not_to_open(sqlite) != ""
    replaying.declare_lost(sqlite, nobody(sqlite), vouchers(sqlite, ADMINISTRATOR, OFFICER))
    assert replaying.reason_not_to_open(sqlite) == ""


def test_a_line_of_the_journal_that_somebody_wrote_counts_for_nothing(sqlite, tmp_path):
    destroyed(sqlite, tmp_path / "backup")
    (path,) = journal.directories(sqlite.settings)[0].glob("*.json")
    path.write_text(path.read_text().replace("PR12.1", "PR12.2"))
    with pytest.raises(journal.JournalError):
        list(journal.entries(sqlite))


KILLED = """
import os, signal, sys
from dataclasses import replace
from datetime import datetime, UTC
from gateway.config import load
from gateway.services import build
from gateway.destruction import run, executing, journal, certificate
def die(*_a, **_m):
    os.kill(os.getpid(), signal.SIGKILL)
places = {"journal": journal, "executing": executing, "certificate": certificate,
          "executing.asking": executing.asking, "executing.objects": executing.objects}
setattr(places[sys.argv[1]], sys.argv[2], die)
services = replace(build(load()), clock=lambda: datetime.fromisoformat(sys.argv[3]))
run.run(services)
"""


BEFORE_COMMIT = [("executing", "erase_all"), ("executing", "record")]
KILLS = [("executing", "record"), ("journal", "write")]
MORE_KILLS = [
    ("executing", "erase_all"),
    ("executing", "_ask_recipients"),
    ("executing.asking", "ask_all"),
    ("executing.objects", "waiting_of"),
    ("certificate", "make"),
]


@pytest.mark.parametrize("place", [*KILLS, *(pytest.param(each, marks=pytest.mark.long) for each in MORE_KILLS)])
def test_a_process_killed_in_a_run_leaves_a_destruction_that_the_next_run_ends(services, place):
    dossier_id = bare(services)
    announced(services, dossier_id)
    go_to(services, LAST + timedelta(days=1))
    services.db.dispose()
    own = services.settings
    known = {
        "DOSSIERPOORT_DATA_DIR": own.data_dir, "DOSSIERPOORT_KEYRING": own.keyring, "DOSSIERPOORT_SCRATCH": own.scratch,
        "DOSSIERPOORT_ROOT_SECRET": own.root_secret, "DOSSIERPOORT_COOKIE_SECRET": own.cookie_secret,
    }  # fmt: skip
    environment = {**os.environ, **{name: str(value) for name, value in known.items()}}
    command = [sys.executable, "-c", KILLED, *place, services.clock().isoformat()]
    if not services.db.is_sqlite:
        environment["DOSSIERPOORT_DATABASE_URL"] = services.db.url.render_as_string(hide_password=False)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert is_there(services, dossier_id) == (place in BEFORE_COMMIT)
    run.run(services)
    builders.work(services)
    run.run(services)
    assert (standing(services, dossier_id).state, is_there(services, dossier_id)) == ("certified", False)
