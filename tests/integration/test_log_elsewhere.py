"""Checkpoints in a separate place, the end of the log's term, and the commands, on whole installations.

Source: issue 5 (checkpoints, expiry, commands).
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from botocore.exceptions import ClientError
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, cosignatures
from audit.log import events
from audit.note import COSIGNATURE, Signer, open_checkpoint
from audit.tables import event as event_table
from audit.tables import leaf as leaf_table
from audit.tables import node as node_table
from gateway import audit_cli, doctor, doctor_log, log_copies
from gateway.config import ConfigurationError, load
from gateway.dossiers.tables import Dossier
from gateway.log_check import check
from gateway.log_export import open_subject
from gateway.logbook import LOG_ID, own_keys
from gateway.outside import Outside, keep_up
from gateway.oversight import log_term
from gateway.recording import Action, record
from gateway.storage import StorageError, StorageRefused
from gateway.witness.tables import WitnessParty
from gateway.worker import Worker
from tests import builders, personas
from tests.portal import environment

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.services import Services


def act(services: Services, count: int = 1) -> None:
    """Something happens, and everything that is due is done."""
    with services.db.writing() as session:
        for _ in range(count):
            record(session, services.vault, builders.context(services, personas.SWV), Action.SEARCH)
    builders.work(services)
    builders.work(services)


def newest(services: Services) -> checkpoint.StoredCheckpoint:
    with services.db.reading() as session:
        found = checkpoint.latest(session.connection(), LOG_ID)
        assert found is not None
        return found


def set_back(services: Services, size: int) -> None:
    """What a backup of that moment would do: everything after it is gone, checkpoints too, and nothing is left over."""
    with services.db.writing() as session:
        connection = session.connection()
        kept = sa.select(leaf_table.c.event_seq).where(leaf_table.c.leaf_index < size)
        connection.execute(sa.delete(event_table).where(event_table.c.seq.not_in(kept)))
        connection.execute(sa.delete(leaf_table).where(leaf_table.c.leaf_index >= size))
        connection.execute(sa.text("DELETE FROM audit_pending"))
        connection.execute(sa.text("DELETE FROM audit_checkpoint WHERE size > :size"), {"size": size})
        for level, chunk, hashes in connection.execute(
            sa.select(node_table.c.level, node_table.c.chunk, node_table.c.hashes)
        ).all():
            rest = ((size >> level) - chunk * 32) * 32
            at = (node_table.c.level == level, node_table.c.chunk == chunk)
            if rest <= 0:
                connection.execute(sa.delete(node_table).where(*at))
            else:
                connection.execute(sa.update(node_table).where(*at).values(hashes=hashes[:rest]))


def with_settings(services: Services, **changes: Any) -> Services:
    return replace(services, settings=replace(services.settings, **changes))


# --- a directory on another mount --------------------------------------------------------------------------------------


@pytest.fixture
def kept(services: Services, tmp_path: Path) -> Services:
    """An installation with a directory for its checkpoints."""
    (tmp_path / "elsewhere").mkdir()
    return with_settings(services, checkpoint_dir=str(tmp_path / "elsewhere"))


def test_a_log_that_was_set_back_with_its_checkpoints_is_found_by_the_copies_and_signed_no_more(kept, tmp_path, clock):
    act(kept)
    first = newest(kept).size
    act(kept, 3)
    last = newest(kept).size
    names = sorted(path.name for path in (tmp_path / "elsewhere").iterdir())
    assert {f"{first:018d}.checkpoint", f"{last:018d}.checkpoint"} <= set(names)
    assert check(kept).report.ok
    set_back(kept, first)
    assert check(with_settings(kept, checkpoint_dir="")).report.ok, "by itself it looks whole"
    report = check(kept).report
    (found,) = [each for each in report.findings if f"checkpoint {last} in the directory" in each.place]
    assert (found.code, f"leaves {first} to {last - 1} are gone" in found.message) == ("truncated", True)
    act(kept, 5)
    assert newest(kept).size == first, "what the copies contradict gets no signature"
    keep_up(kept, clock())
    with kept.db.reading() as session:
        told = events(session.connection(), action=Action.CHECK, limit=500).rows
    assert len([row for row in told if row.object_type == "log"]) == 1, "told once a day"
    with pytest.raises(log_copies.ContradictedError, match="Nothing is signed"):
        doctor_log.look_at_copies(kept.settings)


def test_a_place_that_is_away_holds_up_nothing_and_gets_everything_later(kept, tmp_path):
    act(kept)
    shutil.move(tmp_path / "elsewhere", tmp_path / "unmounted")
    before = newest(kept).size
    act(kept)
    act(kept)
    assert newest(kept).size > before
    assert "NOT" not in str(check(kept).report.findings)
    assert check(kept).places_away
    assert doctor_log.look_at_copies(kept.settings)[0] == "bad"
    shutil.move(tmp_path / "unmounted", tmp_path / "elsewhere")
    act(kept)
    with kept.db.reading() as session:
        stored = checkpoint.after(session.connection(), LOG_ID, 0, limit=500)
    copies = [path for path in (tmp_path / "elsewhere").iterdir() if path.suffix == ".checkpoint"]
    assert len(copies) == len(stored)


def test_the_round_outside_runs_beside_the_work_and_one_at_a_time(services, monkeypatch, clock):
    import threading

    from gateway import outside

    entered, leave, rounds = threading.Event(), threading.Event(), []

    def slow(*_):
        rounds.append(1)
        entered.set()
        leave.wait(20)
        raise OSError("partner hangs")

    monkeypatch.setattr(outside, "keep_up", slow)
    beside = Outside(services)
    beside.begin(clock())
    assert entered.wait(10)
    beside.begin(clock())
    with services.db.writing() as session:  # the work goes on meanwhile
        record(session, services.vault, builders.context(services, personas.SWV), Action.SEARCH)
    Worker(services)._sequence()
    leave.set()
    beside.wait(20)
    assert rounds == [1]
    beside.begin(clock())
    beside.wait(20)
    assert rounds == [1, 1], "a round that failed is not the last"


def test_the_doctor_says_what_is_missing_around_the_log(services, tmp_path):
    assert doctor_log.look_at_copies(services.settings)[0] == "warn"
    assert doctor_log.look_at_witnesses(services.settings)[0] == "warn"
    same = with_settings(services, checkpoint_dir=str(tmp_path))
    assert doctor_log.look_at_copies(same.settings) == (
        "warn",
        f"{tmp_path} lies on the file system of the data: who can change one can change both",
    )
    whats = {finding.what: finding.state for finding in doctor.examine(services.settings)}
    assert {"checkpoints elsewhere", "witnesses"} <= set(whats)


# --- a bucket with Object Lock, on the real server ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def locked(tmp_path_factory, s3_service):
    """An installation that keeps its checkpoints in a bucket of its own."""
    clock = builders.Clock(now=datetime.now(UTC))
    with builders.demo_installation(tmp_path_factory.mktemp("locked"), clock=clock) as made:
        yield with_settings(made, **bucket(s3_service, object_lock=True))


def bucket(service, *, object_lock):
    return {
        "checkpoint_s3_bucket": service.new_bucket(object_lock=object_lock),
        "checkpoint_s3_endpoint": service.endpoint_url,
        "checkpoint_s3_region": service.region,
        "checkpoint_s3_access_key": service.access_key,
        "checkpoint_s3_secret_key": service.secret_key,
    }


def test_a_copy_in_the_bucket_stays_for_the_log_term_whoever_holds_the_key(locked, s3_service):
    act(locked)
    act(locked)
    size, name = newest(locked).size, locked.settings.checkpoint_s3_bucket
    found = log_copies.trusted(locked)
    assert f"copy of checkpoint {size} in the bucket {name}" in found
    client = s3_service.client()
    versions = client.list_object_versions(Bucket=name)["Versions"]
    first = versions[0]
    assert first["Key"].endswith(f"-{size}.checkpoint"), "the newest comes first by name"
    lock = client.get_object_retention(Bucket=name, Key=first["Key"], VersionId=first["VersionId"])["Retention"]
    assert lock["Mode"] == "COMPLIANCE"
    assert abs(lock["RetainUntilDate"] - log_term.keep_until(locked, locked.clock())) < timedelta(days=1)
    assert lock["RetainUntilDate"].year == locked.clock().year + 5
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=name, Key=first["Key"], VersionId=first["VersionId"])
    with pytest.raises(ClientError):
        client.put_object_retention(
            Bucket=name,
            Key=first["Key"],
            VersionId=first["VersionId"],
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(seconds=5)},
        )
    for each in versions:
        client.delete_object(Bucket=name, Key=each["Key"])  # only hides
    client.put_object(Bucket=name, Key=first["Key"], Body=b"something else")  # only lies on top
    assert f"copy of checkpoint {size} in the bucket {name}" in log_copies.trusted(locked)
    assert doctor_log.look_at_copies(locked.settings) == ("good", "a bucket with Object Lock")


def test_a_log_that_was_set_back_is_found_by_the_bucket(locked):
    act(locked)
    before = newest(locked).size
    act(locked)
    after = newest(locked).size
    set_back(locked, before)
    places = {each.place: each.message for each in check(locked).report.findings if each.code == "truncated"}
    name = f"copy of checkpoint {after} in the bucket {locked.settings.checkpoint_s3_bucket}"
    assert f"leaves {before} to {after - 1} are gone" in places[name]
    act(locked)
    assert newest(locked).size == before


def test_a_bucket_without_object_lock_is_no_place_for_checkpoints(locked, s3_service):
    plain = with_settings(locked, **bucket(s3_service, object_lock=False))
    with pytest.raises(StorageRefused, match="no Object Lock"):
        doctor_log.look_at_copies(plain.settings)
    with pytest.raises(StorageError):
        log_copies.copy(plain, plain.clock(), keep_until=plain.clock() + timedelta(days=1))


def test_the_dossiers_never_lie_in_a_bucket_with_object_lock(locked, s3_service):
    own = {
        "storage": "s3",
        "s3_endpoint": s3_service.endpoint_url,
        "s3_region": s3_service.region,
        "s3_access_key": s3_service.access_key,
        "s3_secret_key": s3_service.secret_key,
    }
    for lock, state in ((False, "good"), (True, "bad")):
        settings = replace(locked.settings, **own, s3_bucket=s3_service.new_bucket(object_lock=lock))
        assert _storage_state(settings) == state
    same = replace(locked.settings, **own, s3_bucket=locked.settings.checkpoint_s3_bucket)
    values = {name: value for name, value in environment(same).items() if name.startswith("DOSSIERPOORT_")}
    with pytest.raises(ConfigurationError, match="bucket of their own"):
        load(values)


def _storage_state(settings):
    return next(finding.state for finding in doctor.examine(settings) if finding.what == "storage")


# --- the end of the log's term -----------------------------------------------------------------------------------------


def test_rows_go_at_the_end_of_the_term_but_never_before_their_dossier(services, clock):
    dossier_id, _ = builders.submitted(services)
    act(services)
    with services.db.reading() as session:
        rows = events(session.connection(), limit=500).rows
        living = set(session.scalars(sa.select(Dossier.id)))
    old = [row for row in rows if row.dossier not in living]
    assert len(old) < len(rows)
    clock.forward(days=5 * 365 - 1)
    assert log_term.expire_due(services, clock()) == 0
    clock.forward(days=3)
    act(services)
    with services.db.reading() as session:
        left = events(session.connection(), limit=500).rows
    assert not {row.event_id for row in old} & {row.event_id for row in left}
    assert {row.event_id for row in rows if row.dossier == dossier_id} <= {row.event_id for row in left}
    (expiry,) = [row for row in left if row.action is Action.EXPIRE]
    assert (expiry.object_type, expiry.actor) == ("log-range", None)
    report = check(services).report
    assert (report.findings, report.expired) == ((), len(old))
    with services.db.writing() as session:
        session.execute(sa.delete(event_table).where(event_table.c.dossier == dossier_id))
    assert {each.code for each in check(services).report.findings} == {"event-missing"}


def test_an_event_says_on_whose_behalf_it_was(services):
    """NEN 7513: the gateway carries on what a person began, and a guardian acts for the pupil."""
    dossier_id, _ = builders.submitted(services)
    with services.db.writing() as session:
        guardian = builders.context(services, personas.GUARDIAN)
        record(session, services.vault, guardian, Action.CONSULT, dossier_id=dossier_id)
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier_id, limit=50).rows
    behalf = {(row.action, row.role): row.on_behalf_of for row in rows}
    assert behalf[Action.CONSULT, "guardian"] == f"pupil/{dossier_id}"
    assert behalf[Action.CHECK, None] == builders.account(services, personas.OWNER).id
    assert behalf[Action.SUBMIT, "school_staff"] is None


# --- the commands ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(services, monkeypatch):
    """Run a command of `dossierpoort audit` on this installation."""
    monkeypatch.setattr(audit_cli, "_services", lambda: services)

    def run(*words: str) -> Any:
        return CliRunner().invoke(audit_cli.audit, list(words))

    return run


def test_verify_says_whole_or_names_the_place_and_what_it_means(services, command, tmp_path):
    act(services, 3)
    whole = command("verify")
    assert (whole.exit_code, whole.output.startswith("whole: ")) == (0, True)
    note = tmp_path / "note"
    note.write_text(command("checkpoint").output)
    act(services)
    later = command("verify", "--from", str(note), "--payloads")
    assert (later.exit_code, "looked at from leaf" in later.output) == (0, True)
    with services.db.writing() as session:
        session.execute(sa.text("UPDATE audit_event SET outcome = 'refused' WHERE seq = 2"))
    found = command("verify", "--offline")
    assert found.exit_code == 1
    assert "FOUND event " in found.output
    assert "(row 2): its columns do not say what its bytes say (columns-changed)" in found.output
    assert "Do not repair anything." in found.output
    note.write_bytes(b"\xff")
    assert command("verify", "--from", str(note)).exit_code == 2


def test_prove_gives_a_proof_that_the_offline_verifier_takes(services, command):
    from audit.verify import verify_receipt

    act(services)
    with services.db.reading() as session:
        row = next(each for each in events(session.connection(), limit=50).rows if each.leaf_index == 1)
    proof = command("prove", row.event_id)
    assert verify_receipt(proof.output, own_keys(services.vault.keyring)).event.event_id == row.event_id
    growth = json.loads(command("prove", "--consistency", "2", "5").output)
    assert (growth["old"]["size"], growth["new"]["size"]) == (2, 5)
    assert command("prove", "f" * 32).exit_code == 1
    assert command("prove").exit_code == 2


def test_prove_carries_what_the_witnesses_confirmed(services, command, clock):
    from audit.verify import verify_receipt

    act(services)
    witness = Signer(name="witness.example", private=Ed25519PrivateKey.generate(), kind=COSIGNATURE)
    stored = newest(services)
    with services.db.writing() as session:
        at = {"registered_at": clock(), "confirmed_at": clock()}
        tenant = builders.account(services, personas.SWV).tenant_id
        session.add(
            WitnessParty(tenant_id=tenant, side="witness", name="G", key=str(witness.key), state="confirmed", **at)
        )
        text = open_checkpoint(stored.note, key=own_keys(services.vault.keyring)[0])[0].text
        cosignatures.keep(session.connection(), LOG_ID, stored, key=witness.key, answer=witness.line(text, clock()))
        row = events(session.connection(), limit=1).rows[0]
    proof = command("prove", row.event_id).output
    keys = own_keys(services.vault.keyring)
    assert verify_receipt(proof, keys, witnesses=[witness.key]).event.event_id == row.event_id
    assert str(witness.key) in json.loads(proof)["keys"]


def test_export_gives_opaque_ids_only_and_stands_in_the_log(services, command):
    dossier_id, _ = builders.submitted(services)
    act(services)
    lines = [json.loads(line) for line in command("export").output.splitlines()]
    submit = next(line for line in lines if line["eventTypeCode"] == "submit" and line["participantDossierID"])
    assert (submit["eventActionCode"], submit["eventOutcomeIndicator"]) == ("U", 0)
    assert submit["userID"] == builders.account(services, personas.OWNER).id
    assert submit["networkAccessPointID"] == "192.0.2.0/24"
    text = command("export", "--form", "csv").output
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["participantDossierID"] for row in rows} >= {dossier_id}
    assert "Zwollebol" not in text
    ldv = [json.loads(line) for line in command("export", "--form", "logboek").output.splitlines()]
    account = builders.account(services, personas.OWNER).id
    assert not any(account in json.dumps(line) for line in ldv), "the Logboek dataverwerkingen names no user"
    about = [line for line in ldv if "dpl.core.data_subject_id" in line["attributes"]]
    assert not any(dossier_id in json.dumps(line) for line in about), "and no subject in clear"
    with services.db.reading() as session:
        of_dossier = events(session.connection(), dossier=dossier_id, limit=1).rows[0]
    line = next(each for each in about if each["span_id"] == of_dossier.event_id[16:])
    sealed = line["attributes"]["dpl.core.data_subject_id"]
    assert open_subject(services, dossier_id, of_dossier.event_id, sealed) == dossier_id
    assert command("subject", dossier_id, of_dossier.event_id, sealed).output.strip() == dossier_id
    assert command("subject", dossier_id, "0" * 32, sealed).exit_code == 1
    assert line["start_time"] == line["end_time"] == int(of_dossier.at.timestamp() * 1000)
    assert (len(line["trace_id"]), len(line["span_id"]), line["status_code"]) == (32, 16, "STATUS_CODE_OK")
    with services.db.reading() as session:
        exports = events(session.connection(), action=Action.EXPORT, limit=50).rows
    assert len(exports) >= 3
    assert command("export", "--swv", "bestaat-niet").exit_code == 1
    assert command("export", "--since", "gisteren").exit_code == 2
    assert command("export", "--until", "2020-01-01").output == ""


def test_a_partner_is_registered_from_the_command_line_and_confirmed_on_the_screen(services, command):
    keys = command("witness", "keys").output
    assert keys.count("fingerprint") == 2
    assert keys.rstrip().endswith("/getuige")
    assert "no confirmed witness" in command("witness", "ask").output
    assert "signed up to" in command("witness", "list").output
