"""`dossierpoort backup` and `restore`: what comes back, what is refused, and that the dead stay dead (issue 10)."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from crypto.errors import KeyDestroyed, KeyringError
from crypto.keyring import FileKeyring
from gateway.backup import checking, database, making, parts, places, restoring, rows
from gateway.backup import keyring as keyring_copies
from gateway.backup.parts import BackupError
from gateway.cli import main
from gateway.destruction import journal, replaying, run
from gateway.destruction.shares import SHARES
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.services import build
from gateway.storage import S3Storage
from gateway.vault import renewal
from tests import builders
from tests.destructions import LAST, announced, ended, go_to, is_there, nobody, standing
from tests.portal import environment

NAME = "Jip van Zwollebol"


def quiet(_line):
    """No progress."""


def yes(_checked, _holds):
    return True


def made(services, tmp_path):
    return making.make(services, tmp_path / "backups", tell=quiet)[0]


def put_back(services, backup, *, over=True, agreed=yes):
    return restoring.restore(services, backup, over=over, agreed=agreed, tell=quiet)


def name_of(services, dossier_id):
    with services.db.reading() as session:
        return pupil_of(session, services.vault, session.get_one(Dossier, dossier_id)).name


def keys_in_storage(services):
    return set(services.storage.keys(services.clock() + timedelta(days=40_000)))


def everything(services):
    """What is there: each row of some tables, each object with its bytes."""
    with services.db.reading() as session:
        tables = ("dossier", "document_version", "account", "subject_key", "audit_event")
        found = {name: sorted(map(str, session.execute(text(f"SELECT * FROM {name}")).all())) for name in tables}
    return found, {key: b"".join(services.storage.read(key)) for key in keys_in_storage(services)}


def emptied(services):
    """The disks are lost: no database, no objects."""
    for key in keys_in_storage(services):
        services.storage.delete(key)
    services.db.dispose()
    if services.db.is_sqlite:
        for path in Path(services.db.url.database).parent.glob("*.sqlite3*"):
            path.unlink()
        return
    with services.db.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def test_what_was_backed_up_comes_back_and_the_portal_opens_after_the_replay(services, tmp_path, monkeypatch):
    dossier_id, _ = builders.submitted(services)
    builders.work(services)
    backup, checked = making.make(services, tmp_path / "backups", tell=quiet)
    assert checked.put_back
    assert checked.leaves > 0
    assert (checked.destroyed, checked.unknown) == (0, 0)
    assert checked.manifest.objects == len(keys_in_storage(services)) > 0
    before = everything(services)
    with pytest.raises(BackupError, match="holds data"):
        put_back(services, backup, over=False)
    with pytest.raises(BackupError, match="Nothing was changed"):
        put_back(services, backup, agreed=lambda _checked, _holds: False)
    assert everything(services) == before
    assert replaying.reason_not_to_open(services) == ""
    emptied(services)
    put_back(services, backup, over=False)
    assert everything(services) == before
    assert name_of(services, dossier_id) == NAME
    assert "retention replay" in replaying.reason_not_to_open(services)
    with pytest.raises(BackupError, match="retention replay"):
        made(services, tmp_path)
    builders.draft(services)
    put_back(services, backup)
    assert everything(services) == before, "what came after the backup is replaced"
    monkeypatch.setattr(database, "_made_database", lambda _db, _name: False)
    looked = restoring.look(services, backup, tell=quiet)
    assert looked.put_back == services.db.is_sqlite, "a role that may make no database reads the archive to its end"
    assert replaying.replay(services, nobody(services)).lines == 0, "nothing was ever destroyed: the journal says so"
    assert replaying.reason_not_to_open(services) == ""
    text_of_all = b"".join(path.read_bytes() for path in backup.rglob("*") if path.is_file())
    for clear in (NAME.encode(), dossier_id.encode(), services.settings.root_secret.encode()):
        assert clear not in text_of_all
    assert not list((tmp_path / "data" / places.WORK).glob("*"))


@pytest.fixture
def sqlite(tmp_path, clock, sqlite_model):
    with builders.copy_of(sqlite_model, tmp_path, clock=clock) as built:
        yield built


@pytest.fixture
def filled(sqlite, tmp_path):
    """An installation with an object, and its backup."""
    builders.submitted(sqlite)
    return sqlite, made(sqlite, tmp_path)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def an_object(backup):
    return next(path for path in (backup / "objects").rglob("*") if path.is_file())


def test_what_is_not_whole_is_refused_and_changes_nothing(filled, tmp_path, clock):
    services, backup = filled
    clock.now += timedelta(seconds=1)
    other = made(services, tmp_path)
    before = everything(services)
    sealed = ["manifest.sealed", "database.sealed", "objects-list.sealed"]
    cases = [(name, spoil) for name in [*sealed, "object"] for spoil in (flip, truncate, Path.unlink)]
    cases += [(name, lambda path: shutil.copy(other / path.name, path)) for name in [*sealed, "backup.json"]]
    cases += [("backup.json", flip), ("database.sealed", lambda p: shutil.copy(p.with_name("manifest.sealed"), p))]
    for number, (name, spoil) in enumerate(cases):
        broken = tmp_path / f"broken-{number}"
        shutil.copytree(backup, broken)
        spoil(an_object(broken) if name == "object" else broken / name)
        with pytest.raises(BackupError):
            put_back(services, broken)
        assert replaying.reason_not_to_open(services) == "", (name, spoil)
    assert everything(services) == before
    put_back(services, backup)


def test_a_backup_of_another_installation_is_refused(filled, tmp_path):
    _, backup = filled
    with builders.installation(tmp_path / "other") as other, pytest.raises(BackupError, match="another installation"):
        put_back(other, backup)


def test_an_object_that_was_destroyed_meanwhile_may_be_missing_and_no_other(sqlite, tmp_path, monkeypatch):
    _, kept = builders.submitted(sqlite)
    backup_of = rows.objects

    def meanwhile(connection):
        found = list(backup_of(connection))
        with sqlite.db.writing() as session:
            row = session.get_one(DocumentVersion, session.query(DocumentVersion.id).first()[0])
            key = row.object_key
            session.delete(row)
        sqlite.storage.delete(key)
        return iter(found)

    monkeypatch.setattr(rows, "objects", meanwhile)
    _, checked = making.make(sqlite, tmp_path / "backups", tell=quiet)
    assert checked.manifest.gone > 0
    monkeypatch.undo()
    builders.submitted(sqlite)
    with sqlite.db.reading() as session:
        key = session.query(DocumentVersion.object_key).first()[0]
    sqlite.storage.delete(key)
    with pytest.raises(BackupError, match="not in storage"):
        made(sqlite, tmp_path / "second")
    assert not list((tmp_path / "second" / "backups").iterdir()), "what failed leaves nothing that looks like a backup"
    assert kept


def destroyed(services, tmp_path):
    """A dossier that is gone with its keys, and a backup of the day before, of the database and of the keyring."""
    dossier_id = ended(services)
    announced(services, dossier_id)
    go_to(services, LAST + timedelta(days=1))
    backup = made(services, tmp_path)
    keyring_copies.prepare(services.settings, tmp_path / "safe", same_disk=True)
    keyring_copies.write(
        services.settings, services.vault.keyring, tmp_path / "safe", place="kluis", on=nobody(services).today
    )
    assert run.run(services).erased == 1
    builders.work(services)
    run.go_on(services)
    renewal.renew(services.db, services.vault, nobody(services))
    run.go_on(services)
    return dossier_id, backup


def reopened(services):
    services.vault.keyring = FileKeyring(services.settings.keyring, services.settings.root_secret.encode())


def test_a_backup_of_before_a_destruction_does_not_bring_the_dead_back(sqlite, tmp_path):
    dossier_id, backup = destroyed(sqlite, tmp_path)
    assert standing(sqlite, dossier_id).state == "certified", "a registered copy of the keyring holds the key"
    named = "\n".join(str(path) for path in [*backup.rglob("*"), *(tmp_path / "safe").rglob("*")])
    assert journal.NAME not in named, "the journal travels with neither"
    checked = put_back(sqlite, backup)
    assert checked.destroyed > 0
    assert is_there(sqlite, dossier_id)
    with pytest.raises(KeyDestroyed):
        name_of(sqlite, dossier_id)
    assert "retention replay" in replaying.reason_not_to_open(sqlite)
    assert told(sqlite, "migrate").exit_code == 0, "what does not open any more stands in the way of nothing"
    assert replaying.replay(sqlite, nobody(sqlite)).erased == 1
    assert not is_there(sqlite, dossier_id)
    assert replaying.reason_not_to_open(sqlite) == ""


def test_with_the_keyring_of_before_it_is_readable_until_replay_and_renewal_and_never_after(sqlite, tmp_path):
    dossier_id, backup = destroyed(sqlite, tmp_path)
    sqlite.settings.keyring.unlink()
    keyring_copies.put_back(sqlite.settings, tmp_path / "safe", sqlite.clock(), over=False)
    reopened(sqlite)
    assert replaying.marker(sqlite.settings).exists()
    put_back(sqlite, backup)
    assert name_of(sqlite, dossier_id) == NAME, "with both of before, all of before"
    replaying.replay(sqlite, nobody(sqlite))
    assert not is_there(sqlite, dossier_id)
    renewal.renew(sqlite.db, sqlite.vault, nobody(sqlite))
    builders.work(sqlite)
    run.go_on(sqlite)
    assert standing(sqlite, dossier_id).state == "certified", "the copy in the safe still opens the backup"
    (entry,) = journal.entries(sqlite)
    with pytest.raises(KeyDestroyed):
        sqlite.vault.keyring.describe(entry.key)
    place = "kluis"
    keyring_copies.write(sqlite.settings, sqlite.vault.keyring, tmp_path / "safe", place=place, on=nobody(sqlite).today)
    renewal.settle(sqlite.db, sqlite.vault, nobody(sqlite))
    run.go_on(sqlite)
    assert standing(sqlite, dossier_id).state == "final"
    put_back(sqlite, backup)
    with pytest.raises(KeyDestroyed):
        name_of(sqlite, dossier_id)
    sqlite.settings.keyring.unlink()
    keyring_copies.put_back(sqlite.settings, tmp_path / "safe", sqlite.clock(), over=False)
    reopened(sqlite)
    with pytest.raises(KeyDestroyed):
        name_of(sqlite, dossier_id)


def killed(services, module, function, act):
    """A process of its own does this, and is killed when it comes to that function."""
    services.db.dispose()
    child = os.fork()
    if not child:
        try:
            setattr(module, function, lambda *_words, **_more: os.kill(os.getpid(), signal.SIGKILL))
            act()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


PLACES = [(restoring, "_one_back"), (database, "put_back"), (restoring, "_end_sessions")]


def test_a_restore_that_was_killed_keeps_the_portal_shut_and_ends_whole_when_run_again(filled):
    services, backup = filled
    before = everything(services)
    for module, function in PLACES:
        emptied(services)
        killed(services, module, function, lambda: put_back(services, backup))
        assert "restore" in replaying.reason_not_to_open(services), function
        with pytest.raises(journal.JournalError, match="broken off"):
            replaying.replay(services, nobody(services))
        put_back(services, backup, over=False)
        assert everything(services) == before, function
        assert not replaying.restoring(services.settings).exists()
        replaying.marker(services.settings).unlink()


def test_a_restore_broken_off_when_postgresql_was_emptied_is_told_and_ends_whole(
    tmp_path, clock, postgres_model, postgres_server, monkeypatch
):
    with builders.copy_of(postgres_model, tmp_path, clock=clock, server=postgres_server) as services:
        backup, before = made(services, tmp_path), everything(services)
        empty = database._empty_postgres

        def broken_off(db):
            empty(db)
            raise KeyboardInterrupt

        monkeypatch.setattr(database, "_empty_postgres", broken_off)
        with pytest.raises(KeyboardInterrupt):
            put_back(services, backup)
        monkeypatch.undo()
        assert "restore" in told(services, "worker", "--once").output, "not: run `migrate`"
        put_back(services, backup, over=False)
        assert everything(services) == before


def test_an_object_that_changes_after_the_look_is_not_put_back(filled, monkeypatch):
    services, backup = filled
    before, looked = everything(services), checking.check

    def changed_after(*words, **more):
        found = looked(*words, **more)
        flip(an_object(backup))
        return found

    emptied(services)
    monkeypatch.setattr(checking, "check", changed_after)
    with pytest.raises(BackupError, match="changed while"):
        put_back(services, backup, over=False)
    monkeypatch.undo()
    flip(an_object(backup))
    put_back(services, backup, over=False)
    assert everything(services) == before


def test_a_backup_that_was_killed_never_looks_whole_and_goes_with_the_next(filled, tmp_path, clock):
    services, backup = filled
    place = backup.parent
    clock.now += timedelta(seconds=1)
    killed(services, parts, "write_manifest", lambda: made(services, tmp_path))
    left = [path for path in place.iterdir() if path != backup]
    assert [path.name[:12] for path in left] == [places.UNFINISHED]
    assert [each.path for each in places.listed(place, services.vault.keyring)] == [backup]
    second = made(services, tmp_path)
    assert sorted(place.iterdir()) == [backup, second]


def test_objects_in_a_bucket_go_and_come_back_too(sqlite, tmp_path, s3_service):
    builders.submitted(sqlite)
    bucket = S3Storage(
        bucket=s3_service.new_bucket(),
        endpoint_url=s3_service.endpoint_url,
        region=s3_service.region,
        access_key=s3_service.access_key,
        secret_key=s3_service.secret_key,
    )
    for key in keys_in_storage(sqlite):
        with bucket.writer(key) as writer:
            writer.write(b"".join(sqlite.storage.read(key)))
            writer.commit()
    there = replace(sqlite, storage=bucket)
    backup, before = made(there, tmp_path), everything(there)
    emptied(there)
    put_back(there, backup, over=False)
    assert everything(there) == before


def test_keyring_and_backups_are_kept_apart(filled, tmp_path):
    services, backup = filled
    settings = services.settings
    for near in (backup.parent, backup, backup.parent / "keys", settings.data_dir, settings.keyring.parent):
        with pytest.raises(BackupError):
            keyring_copies.prepare(settings, near, same_disk=True)
    with pytest.raises(BackupError, match="same disk"):
        keyring_copies.prepare(settings, tmp_path / "safe", same_disk=False)
    keyring_copies.prepare(settings, tmp_path / "safe", same_disk=True)
    today = nobody(services).today
    for again in (False, True):
        written = keyring_copies.write(settings, services.vault.keyring, tmp_path / "safe", place="kluis", on=today)
        assert written == again, "a copy is replaced, not added to"
    assert [copy.place for copy in services.vault.keyring.copies()] == ["kluis"]
    for near in (tmp_path / "safe", tmp_path / "safe" / "backups", settings.keyring.parent, settings.data_dir / "b"):
        with pytest.raises(BackupError):
            making.make(services, near, tell=quiet)
    with pytest.raises(BackupError, match="--over"):
        keyring_copies.put_back(settings, tmp_path / "safe", services.clock(), over=False)
    assert not replaying.marker(settings).exists()
    flip(tmp_path / "safe" / "keyring")
    with pytest.raises(BackupError, match="cannot be put back"):
        keyring_copies.put_back(settings, tmp_path / "safe", services.clock(), over=True)
    assert not replaying.marker(settings).exists()


def test_old_backups_go_when_their_days_are_over_and_the_newest_stays(filled, tmp_path, clock):
    services, first = filled
    keyring = services.vault.keyring
    clock.now += timedelta(days=36)
    assert places.prune(first.parent, keyring, days=35, today=clock.now.date()) == []
    assert places.standing(services.settings, clock.now)[0] == "warn", "the newest is too old to count on"
    second = made(services, tmp_path)
    assert places.standing(services.settings, clock.now)[0] == "good"
    assert places.prune(first.parent, keyring, days=35, today=clock.now.date()) == [first]
    assert list(first.parent.iterdir()) == [second]


def test_two_at_once_refuse_and_so_does_a_restore_under_a_portal_at_work(filled):
    services, backup = filled
    with places.alone(services.settings), pytest.raises(BackupError, match="running"):
        put_back(services, backup)
    busy = build(services.settings)
    with busy.db.reading() as session:
        session.execute(text("SELECT 1 FROM tenant"))
        with pytest.raises(BackupError, match="Stop portal and worker"):
            put_back(services, backup)
    busy.db.dispose()
    assert replaying.reason_not_to_open(services) == ""


def test_every_table_that_names_an_object_is_backed_up_or_names_what_must_go():
    named = {column.split(".")[0] for share in SHARES for column in share.objects}
    assert named == set(rows.QUERIES) | {"erasure"}


def told(services, *words, typed=""):
    services.db.dispose()
    own = {name: None for name in os.environ if name.startswith("DOSSIERPOORT_")}
    return CliRunner().invoke(
        main, [str(word) for word in words], env={**own, **environment(services.settings)}, input=typed
    )


def test_the_commands_say_what_they_did_what_is_wrong_and_what_comes_next(sqlite, tmp_path):
    builders.submitted(sqlite)
    place, safe = tmp_path / "backups", tmp_path / "safe"
    done = told(sqlite, "backup", place)
    assert done.exit_code == 0, done.output
    (backup,) = place.iterdir()
    assert f"made: {backup}" in done.output
    assert "until" in told(sqlite, "backup", place, "--list").output
    done = told(sqlite, "backup", "--keyring", safe)
    assert done.exit_code == 1
    assert "--same-disk" in done.output
    assert told(sqlite, "backup", "--keyring", safe, "--same-disk", "--place", "kluis").exit_code == 0
    assert "kluis" in told(sqlite, "keys", "copies", "list").output
    assert "It is whole" in told(sqlite, "restore", backup, "--check").output
    done = told(sqlite, "restore", backup)
    assert (done.exit_code, "--over" in done.output) == (1, True)
    assert "Nothing was changed" in told(sqlite, "restore", backup, "--over", typed="yes\n").output
    done = told(sqlite, "restore", backup, "--over", typed="PUT IT BACK\n")
    assert done.exit_code == 0, done.output
    assert "dossierpoort retention replay" in done.output
    assert "A backup was put back" in told(sqlite, "worker", "--once").output
    assert "Nothing was changed" in told(sqlite, "restore", "--keyring", safe, "--over", typed="\n").output
    done = told(sqlite, "restore", "--keyring", safe, "--over", typed="PUT IT BACK\n")
    assert done.exit_code == 0, done.output
    assert told(sqlite, "restore", tmp_path / "nothing").exit_code == 1
    assert json.loads((backup / "backup.json").read_text())["format"] == parts.FORMAT


def test_a_copy_of_the_keyring_opens_with_its_root_secret_only(tmp_path):
    FileKeyring.create(tmp_path / "keys" / "keyring", b"r" * 40)
    FileKeyring.check_copy(tmp_path / "keys" / "keyring", b"r" * 40)
    with pytest.raises(KeyringError):
        FileKeyring.check_copy(tmp_path / "keys" / "keyring", b"x" * 40)


def test_an_object_may_be_away_when_no_row_names_it_and_is_called_destroyed_when_its_dossier_is(sqlite):
    builders.submitted(sqlite)
    with sqlite.db.reading() as session:
        key, dossier_id = session.query(DocumentVersion.object_key, DocumentVersion.dossier_id).first()
        connection = session.connection()
        assert rows.why_gone(connection, key, {dossier_id}, dossier_id) == "", "its row is there"
        assert rows.why_gone(connection, "f" * 32, {dossier_id}, dossier_id) == "destroyed"
        assert rows.why_gone(connection, "f" * 32, set(), dossier_id) == "erased"
        assert rows.why_gone(connection, "f" * 32, {dossier_id}, None) == "erased"
