"""A log that lost its end is ended by two people, and another goes on; the old one still verifies. Source: issue 5."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from audit import closing, tree
from audit.errors import SequenceError
from audit.events import Action
from audit.log import events, find, open_payload
from audit.receipt import make_receipt
from audit.tables import leaf as leaf_table
from audit.verify import verify_receipt
from gateway import audit_cli, log_export, log_succession
from gateway.context import Context
from gateway.ids import new_id
from gateway.log_check import check
from gateway.log_succession import LOST, ROTATED, SuccessionError
from gateway.logbook import LOG_ID, all_keys, former_keys, make_checkpoint, own_keys, published, witness_signer
from gateway.recording import LogSealer
from tests import builders, personas
from tests.integration.test_log_elsewhere import act, newest, set_back


@pytest.fixture
def kept(services, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    return replace(services, settings=replace(services.settings, checkpoint_dir=str(tmp_path / "elsewhere")))


def two(services):
    return [builders.account(services, who) for who in (personas.ADMINISTRATOR, personas.OFFICER)]


def go_on(services, why=LOST, **changes):
    values = {"why": why, "reason": "De schijf was stuk.", "people": two(services), **changes}
    return log_succession.go_on(services, Context(actor=None, now=services.clock(), request_id=new_id()), **values)


def lose_the_end(services):
    """Something happened and was signed, and a backup from before is put back; then something happens again."""
    act(services)
    size = newest(services).size
    act(services, 3)
    seen = newest(services).size
    set_back(services, size)
    act(services, 2)
    return size, seen


def an_event_of(services, leaf_index, log_id=LOG_ID):
    with services.db.reading() as session:
        seq = sa.select(leaf_table.c.event_seq).where(
            leaf_table.c.leaf_index == leaf_index, leaf_table.c.log_id == log_id
        )
        return session.scalar(
            sa.text("SELECT event_id FROM audit_event WHERE seq = :seq"), {"seq": session.scalar(seq)}
        )


def receipt(services, event_id):
    keyring = services.vault.keyring
    with services.db.reading() as session:
        return make_receipt(
            session.connection(),
            LOG_ID,
            event_id,
            keys=own_keys(keyring),
            former=former_keys(keyring),
            sealer=None,
        )


def test_after_a_backup_another_log_goes_on_and_the_old_one_still_verifies(kept, tmp_path):
    witness = witness_signer(kept.vault.keyring).key
    old = own_keys(kept.vault.keyring)[0]
    size, seen = lose_the_end(kept)
    early = an_event_of(kept, 0)
    before = receipt(kept, early)
    assert not check(kept).report.ok
    done = go_on(kept)
    assert (done.origin, done.kept, done.seen, done.lost) == (old.name, size, seen, range(size, seen))
    act(kept, 3)
    found = check(kept)
    assert found.report.ok, found.report.findings
    (ended,) = found.ended
    assert (ended.report.size, ended.closing) == (size, done)
    new = own_keys(kept.vault.keyring)[0]
    assert newest(kept).note.startswith(f"{new.name}\n{found.report.size}\n")
    assert done.following == new.name != old.name
    with kept.db.reading() as session:
        first = find(session.connection(), done.event_id)
        sealer = LogSealer(session, kept.vault, organisation_id="installation", year=first.at.year)
        said = open_payload(first, sealer)
    assert (first.action, first.object_id, first.leaf_index) == (Action.CONTINUE, old.name, 0)
    assert (said["kept"], said["seen"], said["reason"]) == (size, seen, "De schijf was stuk.")
    assert {first.actor, first.on_behalf_of} == {account.id for account in two(kept)}
    # what the old log said stays said: receipts of before, and receipts made now of events that stand there
    assert verify_receipt(before, [old]).leaf_index == 0
    keys = [str(key) for key in all_keys(kept.vault.keyring)]
    assert published(kept.vault.keyring, [])["log"] == keys
    assert verify_receipt(receipt(kept, early), all_keys(kept.vault.keyring)).checkpoint.origin == old.name
    # what no checkpoint of the old log covered, stands in the new one
    assert verify_receipt(receipt(kept, an_event_of(kept, 1)), [new]).checkpoint.origin == new.name
    assert witness_signer(kept.vault.keyring).key == witness, "those whom we witness know us as they did"
    place = tmp_path / "elsewhere" / new.name.replace("/", "-")
    assert len(list(place.glob("*.checkpoint"))) >= 1


def test_the_key_of_the_log_is_replaced_and_nothing_is_lost_twice_over(services):
    act(services)
    first = own_keys(services.vault.keyring)[0].name
    for _ in range(2):
        done = go_on(services, ROTATED)
        assert not done.lost
        act(services)
    found = check(services)
    assert found.report.ok, found.report.findings
    assert found.ended[0].closing.origin == first
    assert len(found.ended) == 2
    assert len(former_keys(services.vault.keyring)) == 2


@pytest.mark.parametrize("step", ["rotate", "close"])
def test_broken_off_at_any_step_nothing_is_signed_and_the_same_again_finishes_it(kept, monkeypatch, step, clock):
    size, seen = lose_the_end(kept)
    old = own_keys(kept.vault.keyring)[0]
    place = (kept.vault.keyring, "rotate_signing_key") if step == "rotate" else (closing, "close")

    def crash(*_, **__):
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(*place, crash)
        with pytest.raises(OSError, match="power"):
            go_on(kept)
    with pytest.raises(SequenceError):
        make_checkpoint(kept, clock())
    assert "closing-unfinished" in {each.code for each in check(kept).report.findings}
    rotated = own_keys(kept.vault.keyring)[0]
    assert (rotated == old) is (step == "rotate")
    done = go_on(kept)
    assert (done.origin, done.kept, done.seen) == (old.name, size, seen)
    if step == "close":
        assert own_keys(kept.vault.keyring)[0] == rotated, "the key is replaced once"
    act(kept)
    assert check(kept).report.ok, check(kept).report.findings


def test_an_export_names_for_each_event_the_log_in_which_it_has_its_leaf(services):
    act(services, 2)
    before = own_keys(services.vault.keyring)[0].name
    go_on(services, ROTATED)
    act(services)
    after = own_keys(services.vault.keyring)[0].name
    lines = [json.loads(line) for line in log_export.lines(services, log_export.Wanted(form="nen7513"))]
    # Newest first: the export itself still waits, then what followed the first event of the log of now.
    first = next(n for n, line in enumerate(lines) if line["eventTypeCode"] == "continue")
    assert {line["auditSourceID"] for line in lines[: first + 1]} == {after}
    assert {line["auditSourceID"] for line in lines[first + 1 :]} == {before}


def test_a_log_is_not_ended_without_reason_or_by_one_person(kept):
    act(kept)
    with pytest.raises(SuccessionError, match="Nothing is lost"):
        go_on(kept)
    administrator, _ = two(kept)
    strangers = [builders.account(kept, who) for who in (personas.OWNER, personas.PARTNER)]
    for people in ([administrator] * 2, [administrator], strangers):
        with pytest.raises(SuccessionError):
            go_on(kept, ROTATED, people=people)
    with pytest.raises(SuccessionError):
        go_on(kept, ROTATED, reason=" ")
    lose_the_end(kept)
    with pytest.raises(SuccessionError, match="audit restart"):
        go_on(kept, ROTATED)
    with kept.db.writing() as session:
        session.execute(sa.text("UPDATE audit_event SET outcome = 'refused' WHERE seq = 2"))
    with pytest.raises(SuccessionError, match="no lost tail"):
        go_on(kept)
    assert not former_keys(kept.vault.keyring), "nothing was begun"


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        ("UPDATE audit_closing SET note = replace(note, ' ', '  ')", "closing-changed"),
        ("DELETE FROM audit_closing", "closing-missing"),
        ("UPDATE audit_closing SET note = ''", "closing-unfinished"),
        ("DELETE FROM audit_checkpoint WHERE log_id <> 'dossierpoort'", "checkpoint-missing"),
        ("DELETE FROM audit_leaf WHERE log_id <> 'dossierpoort' AND leaf_index = 1", "leaf-missing"),
        ("UPDATE audit_leaf SET log_id = 'elsewhere' WHERE log_id <> 'dossierpoort'", "truncated"),
    ],
)
def test_tampering_with_a_log_that_ended_is_found(kept, tampering, code):
    lose_the_end(kept)
    go_on(kept)
    act(kept)
    with kept.db.writing() as session:
        session.execute(sa.text(tampering))
    assert code in {each.code for each in check(kept).report.findings}


def test_a_copy_of_more_than_was_declared_lost_is_found(kept, tmp_path):
    lose_the_end(kept)
    hidden = max((tmp_path / "elsewhere").glob("*.checkpoint"))
    note = hidden.read_bytes()
    hidden.unlink()
    if len(list((tmp_path / "elsewhere").glob("*.checkpoint"))) > 1:
        with pytest.raises(SuccessionError, match="Nothing is lost"):
            go_on(kept)
    go_on(kept, ROTATED)
    hidden.write_bytes(note)
    (found, *_) = check(kept).report.findings
    assert found.place.startswith("ended log "), found


def test_a_tree_is_cut_at_any_size_as_if_the_rest_had_never_been(services):
    act(services, 70)
    with services.db.reading() as session:
        size = tree.size(session.connection(), LOG_ID)
    for at in (64, 63, 33, 32, 31, 1, 0):
        with services.db.writing() as session:
            connection = session.connection()
            root = tree.root(connection, LOG_ID, at) if at else None
            assert len(tree.cut(connection, LOG_ID, at)) == size - at
            assert tree.size(connection, LOG_ID) == at
            if at:
                assert tree.root(connection, LOG_ID, at) == root
            left = "SELECT coalesce(sum(length(hashes)), 0) FROM audit_node WHERE level = 0"
            assert session.scalar(sa.text(left)) == 32 * at
        size = at


def test_the_command_asks_two_people_for_their_passwords(kept, monkeypatch):
    size, seen = lose_the_end(kept)
    monkeypatch.setattr(audit_cli, "_services", lambda: kept)
    monkeypatch.setattr(audit_cli, "_signed_in", lambda _services, email: builders.account(kept, email))
    words = ["--by", personas.ADMINISTRATOR, "--with", personas.OFFICER, "--reason", "Schijf stuk", "--yes"]
    made = CliRunner().invoke(audit_cli.audit, ["restart", *words])
    assert made.exit_code == 0, made.output
    assert f"leaves {size} to {seen - 1} are declared lost" in made.output
    shown = CliRunner().invoke(audit_cli.audit, ["verify"])
    assert f"leaves {size} to {seen - 1} declared lost" in shown.output
    assert shown.exit_code == 0, shown.output
    again = CliRunner().invoke(audit_cli.audit, ["restart", *words])
    assert (again.exit_code, "Nothing is lost" in again.output) == (1, True)


def test_who_types_another_password_ends_no_log(kept, monkeypatch):
    monkeypatch.setattr(audit_cli, "_services", lambda: kept)
    words = ["rotate-key", "--by", personas.ADMINISTRATOR, "--with", personas.OFFICER, "--reason", "Jaar voorbij"]
    made = CliRunner().invoke(audit_cli.audit, words, input="verkeerd\n")
    assert made.exit_code == 1
    assert not former_keys(kept.vault.keyring)
    with kept.db.reading() as session:
        assert events(session.connection(), action=Action.SIGN_IN_FAILED).rows
