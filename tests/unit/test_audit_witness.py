"""A witness signs what extends what it signed before, and nothing else; one row is its memory. Pure SQLite in memory."""

import base64
import importlib.util
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, cosignatures, merkle, tree, witness
from audit.errors import AuditError, NoteError, ProofError
from audit.expiry import note_text, read_leaves
from audit.note import COSIGNATURE, Checkpoint, Signer, VerifierKey, open_checkpoint, open_note, sign_note
from audit.tables import checkpoint as checkpoint_table
from audit.tables import cosignature as cosignature_table
from audit.tables import leaf as leaf_table
from audit.tables import metadata

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


def signer(number, name, kind=1):
    return Signer(name=name, private=Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32), kind=kind)


LOG = signer(1, "log.example/main")
WITNESS = signer(2, "witness.example/w1", COSIGNATURE)
OTHER = signer(3, "witness.example/w2", COSIGNATURE)


@pytest.fixture
def db():
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def grow(db, texts, log_id="main"):
    start = tree.size(db, log_id)
    # The leaf's event does not matter here: two logs in one table must only not share its number.
    rows = [
        {"log_id": log_id, "leaf_index": start + at, "event_seq": start + at + 1000 * (log_id != "main")}
        for at in range(len(texts))
    ]
    db.execute(sa.insert(leaf_table), rows)
    tree.grow(db, log_id, start, [merkle.leaf_hash(text) for text in texts])
    return checkpoint.make(db, log_id, signers=[LOG], now=AT)


def ask(db, stored, old, log_id="main", **changes):
    body = witness.make_request(db, log_id, stored.note, stored.size, old).body
    return cosign(db, body, **changes)


def cosign(db, body, keys=(LOG.key,), now=AT, by=WITNESS):
    names = {LOG.name, *(key.name for key in keys)}
    return witness.cosign(db, body, keys_of=lambda origin: keys if origin in names else (), signer=by, now=now)


@pytest.fixture
def log(db):
    """Eleven leaves, of which the witness signed the first five."""
    witness.enrol(db, LOG.name)
    five = grow(db, [b"%d" % number for number in range(5)])
    assert ask(db, five, 0).status == 200
    return grow(db, [b"%d" % number for number in range(5, 11)])


def held(db):
    return witness.witnessed(db, LOG.name)


def test_a_checkpoint_that_extends_the_last_is_signed_with_the_time(db, log):
    answer = ask(db, log, 5, now=AT + timedelta(hours=1))
    assert (answer.status, answer.refused) == (200, "")
    _, note = open_checkpoint(log.note + answer.body, key=LOG.key, others=[WITNESS.key])
    assert [each.at for each in note.signatures if each.key == WITNESS.key] == [AT + timedelta(hours=1)]
    assert (held(db).size, held(db).note) == (11, log.note)


def test_the_same_checkpoint_again_is_signed_again(db, log):
    assert [ask(db, log, old).status for old in (5, 11, 11)] == [200, 200, 200]


@pytest.mark.parametrize("old", [0, 3, 11])
def test_a_stale_size_is_answered_with_the_right_one_and_nothing_is_signed(db, log, old):
    answer = ask(db, log, old)
    assert (answer.status, answer.body, answer.media_type) == (409, "5\n", "text/x.tlog.size")
    assert (held(db).size, held(db).refused) == (5, None)


def test_a_log_that_the_witness_does_not_know_is_not_found(db, log):
    assert cosign(db, b"old 0\n\n" + log.note.replace("log.example", "elsewhere").encode()).status == 404
    assert ask(db, log, 5, keys=()).status == 404


def test_a_log_that_was_never_enrolled_is_not_found(db):
    assert cosign(db, b"old 0\n\n" + sign_note(f"{LOG.name}\n0\n{'A' * 43}=\n", [LOG], at=AT).encode()).status == 404


def test_a_checkpoint_of_another_key_is_forbidden(db, log):
    stranger = signer(9, LOG.name)
    note = sign_note(Checkpoint(origin=LOG.name, size=11, root=b"r" * 32).text, [stranger], at=AT)
    assert cosign(db, b"old 5\n\n" + note.encode()).status == 403
    assert ask(db, log, 5, keys=[stranger.key]).status == 403
    assert held(db).size == 5


def test_a_log_whose_key_was_replaced_does_not_go_on_under_its_old_origin(db, log):
    second = signer(9, LOG.name)
    note = sign_note(open_checkpoint(log.note, key=LOG.key)[0].text, [second], at=AT)
    assert cosign(db, b"old 5\n\n" + note.encode(), keys=[second.key]).status == 403


def test_a_proof_that_does_not_hold_is_refused_and_kept_as_evidence(db, log):
    body = witness.make_request(db, "main", log.note, 11, 5).body
    first, second = body.split(b"\n")[1:3]
    for spoiled in (
        body.replace(first, second, 1),
        body.replace(first + b"\n", b"", 1),
        body.replace(first, first + b"\n" + first, 1),
        body.replace(first, base64.b64encode(b"x" * 31), 1),
    ):
        answer = cosign(db, spoiled)
        assert (answer.status, answer.refused) == (422, "proof")
    assert (held(db).size, held(db).refused, held(db).refused_note) == (5, "proof", log.note)
    assert ask(db, log, 5).status == 200, "a refusal does not spoil the log"


@pytest.mark.parametrize("old", [0, 11])
def test_a_proof_where_none_belongs_is_refused(db, old):
    witness.enrol(db, LOG.name)
    eleven = grow(db, [b"%d" % number for number in range(11)])
    if old:
        assert ask(db, eleven, 0).status == 200
    body = f"old {old}\n{base64.b64encode(bytes(32)).decode()}\n\n{eleven.note}".encode()
    assert cosign(db, body).status == 422


def test_a_forked_log_is_refused_whatever_its_size(db, log):
    assert ask(db, log, 5).status == 200
    fork = grow(db, [b"%d" % number for number in range(10)] + [b"another"], "fork")
    answer = ask(db, fork, 11, "fork")
    assert (answer.status, answer.refused) == (409, "fork")
    assert {held(db).note, held(db).refused_note} == {log.note, fork.note}, "two notes of one size prove the fork"
    longer = grow(db, [b"more"], "fork")
    assert ask(db, longer, 11, "fork").status == 422
    assert (held(db).refused, held(db).refused_note) == ("fork", fork.note), "weaker evidence replaces none"
    assert held(db).size == 11


def test_a_log_that_was_cut_and_grown_again_is_refused(db, log):
    assert ask(db, log, 5).status == 200
    shorter = grow(db, [b"%d" % number for number in range(8)], "cut")
    with pytest.raises(ProofError, match="holds 11 leaves"):
        ask(db, shorter, 11, "cut")
    assert ask(db, shorter, 8, "cut").body == "11\n"
    assert ask(db, grow(db, [b"x"] * 5, "cut"), 11, "cut").status == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0",
        b"old 0\n",
        b"old -1\n\nnote",
        b"old 05\n\nnote",
        b"old 0 \n\nnote",
        b"old 9999999999999999999\n\nnote",
        b"OLD 0\n\nnote",
        b"old 0\n????\n\nnote",
        b"old 0\n\xff\n\nnote",
        b"old 0\n" + b"AAAA\n" * 64 + b"\nnote",
        b"old 0\n\n" + b"x" * witness.MOST_BYTES,
    ],
)
def test_what_is_no_request_is_a_bad_one(db, log, body):
    assert cosign(db, body).status == 400


def test_an_old_size_beyond_the_checkpoint_is_a_bad_request(db, log):
    assert cosign(db, b"old 12\n\n" + log.note.encode()).status == 400


def test_an_empty_log_can_be_signed_and_only_with_the_empty_root(db):
    witness.enrol(db, LOG.name)
    empty = sign_note(Checkpoint(origin=LOG.name, size=0, root=merkle.EMPTY_ROOT).text, [LOG], at=AT)
    other = sign_note(Checkpoint(origin=LOG.name, size=0, root=b"r" * 32).text, [LOG], at=AT)
    assert cosign(db, b"old 0\n\n" + empty.encode()).status == 200
    assert cosign(db, b"old 0\n\n" + other.encode()).status == 409


def test_what_strangers_wrote_under_the_note_is_not_kept(db, log):
    body = witness.make_request(db, "main", log.note, 11, 5).body + OTHER.line("x", AT).encode()
    assert cosign(db, body).status == 200
    assert held(db).note == log.note


def test_a_request_is_read_as_it_was_made(db, log):
    made = witness.make_request(db, "main", log.note, 11, 5)
    assert witness.parse_request(made.body) == made


def test_a_log_key_is_no_cosigner(db, log):
    with pytest.raises(AuditError):
        ask(db, log, 5, by=LOG)


def test_enrolling_again_forgets_nothing(db, log):
    witness.enrol(db, LOG.name)
    assert held(db).size == 5


# --- the log's side: what witnesses signed, and what covers a leaf ------------------------------------------------------


KEYS = (WITNESS.key, OTHER.key)


def sign(db, stored, by, at=AT):
    checkpoint_text = open_checkpoint(stored.note, key=LOG.key)[0].text
    return cosignatures.keep(db, "main", stored, key=by.key, answer=by.line(checkpoint_text, at))


def test_a_leaf_is_covered_by_the_checkpoint_that_most_witnesses_signed(db):
    stored = [grow(db, [b"%d" % number]) for number in range(4)]
    assert cosignatures.covering(db, "main", 4, expected=KEYS) is None
    assert cosignatures.covering(db, "main", 0, expected=()).size == 4
    nobody = cosignatures.covering(db, "main", 0, expected=KEYS)
    assert (nobody.size, nobody.confirmed, nobody.unconfirmed) == (4, (), KEYS)
    sign(db, stored[1], WITNESS)
    sign(db, stored[1], OTHER)
    sign(db, stored[2], WITNESS)
    both = cosignatures.covering(db, "main", 1, expected=KEYS)
    assert (both.size, both.confirmed, both.unconfirmed) == (2, KEYS, ())
    _, note = open_checkpoint(both.note, key=LOG.key, others=KEYS)
    assert {each.key for each in note.signatures} == {LOG.key, *KEYS}
    one = cosignatures.covering(db, "main", 2, expected=KEYS)
    assert (one.size, one.confirmed, one.unconfirmed) == (3, (WITNESS.key,), (OTHER.key,))
    sign(db, stored[3], OTHER)
    newest = cosignatures.covering(db, "main", 2, expected=KEYS)
    assert (newest.size, newest.confirmed) == (4, (OTHER.key,)), "of two that one witness signed, the newest"
    grow(db, [b"5"])
    none = cosignatures.covering(db, "main", 4, expected=KEYS)
    assert (none.size, none.confirmed, none.unconfirmed) == (5, (), KEYS)


def test_only_a_right_cosignature_is_kept(db):
    stored = grow(db, [b"1"])
    text = open_checkpoint(stored.note, key=LOG.key)[0].text
    for answer in ("", "nothing\n", OTHER.line(text, AT), WITNESS.line("other\n", AT)):
        with pytest.raises(NoteError):
            cosignatures.keep(db, "main", stored, key=WITNESS.key, answer=answer)
    with pytest.raises(NoteError):
        cosignatures.keep(db, "main", stored, key=LOG.key, answer=LOG.line(text, AT))
    assert cosignatures.newest_size(db, "main", WITNESS.key) == 0
    answer = OTHER.line(text, AT) + WITNESS.line(text, AT)
    assert cosignatures.keep(db, "main", stored, key=WITNESS.key, answer=answer) == AT
    assert sign(db, stored, WITNESS, AT + timedelta(hours=1)) == AT + timedelta(hours=1)
    assert cosignatures.newest_size(db, "main", WITNESS.key) == 1
    lines = db.execute(sa.select(cosignature_table.c.line)).scalars().all()
    assert lines == [WITNESS.line(text, AT)], "the first stays, and nothing of others comes in"


def test_a_cosignature_that_was_tampered_with_counts_as_none(db):
    stored = grow(db, [b"1"])
    sign(db, stored, WITNESS)
    db.execute(sa.update(cosignature_table).values(line="— witness.example/w1 AAAAAAAA\n"))
    found = cosignatures.covering(db, "main", 0, expected=KEYS)
    assert (found.note, found.confirmed) == (stored.note, ())


def test_a_cosignature_without_its_checkpoint_covers_nothing(db):
    sign(db, grow(db, [b"1"]), WITNESS)
    db.execute(sa.delete(checkpoint_table))
    assert cosignatures.covering(db, "main", 0, expected=KEYS) is None


def test_a_fingerprint_is_forty_digits_that_can_be_read_aloud():
    assert WITNESS.key.fingerprint.count(" ") == 9
    assert len(WITNESS.key.fingerprint.replace(" ", "")) == 40
    again = VerifierKey.parse(str(WITNESS.key))
    assert again.fingerprint == WITNESS.key.fingerprint != OTHER.key.fingerprint


# --- vectors -----------------------------------------------------------------------------------------------------------

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "audit"
REQUESTS = json.loads((VECTORS / "witness-requests.json").read_text(encoding="utf-8"))


def test_the_vectors_are_those_that_the_script_makes():
    spec = importlib.util.spec_from_file_location("make_witness", VECTORS / "make_witness.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    for name, text in made.files().items():
        assert (VECTORS / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", REQUESTS["cases"])
def test_a_witness_answers_each_vector_as_the_format_says(db, name):
    key = VerifierKey.parse(REQUESTS["log_key"])
    by = Signer(
        name="witness.example/vectors", private=Ed25519PrivateKey.from_private_bytes(b"\x44" * 32), kind=COSIGNATURE
    )
    now = datetime.fromtimestamp(REQUESTS["now"], UTC)
    witness.enrol(db, key.name)
    first = cosign(db, b"old 0\n\n" + REQUESTS["held"].encode(), [key], now, by)
    assert (first.status, str(by.key)) == (200, REQUESTS["witness_key"])
    case = REQUESTS["cases"][name]
    answer = cosign(db, case["body"].encode(), [key], now, by)
    assert answer.status == case["status"]
    if name == "signed-grown":
        assert answer.body == REQUESTS["cosignature"]
    if answer.status == 409:
        assert answer.body == "5\n"


def test_the_vector_of_an_expiry_note_is_signed_and_names_its_leaves():
    vector = json.loads((VECTORS / "expiry.json").read_text(encoding="utf-8"))
    key = VerifierKey.parse(vector["log_key"])
    text = open_note(vector["note"], [key]).text
    assert text == note_text(key.name, vector["leaves"], vector["event_id"])
    assert sum(len(span) for span in read_leaves(vector["leaves"])) == vector["count"]
    with pytest.raises(NoteError):
        Checkpoint.parse(text)
    assert [leaves for leaves in vector["refused_leaves"] if read_leaves(leaves)] == []
