"""The log on real databases: SQLite and PostgreSQL."""

import json
import os
import threading
import uuid
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import blockcheck, checkpoint, merkle, parallel, tree, treecheck
from audit.errors import AuditError, EventError, NoteError, PayloadMismatchError, ProofError, SealError, SequenceError
from audit.events import FIELD_ORDER, Action, Event, Outcome
from audit.expiry import expire
from audit.log import append, events, find, forget_payloads, open_payload, open_plain, reseal
from audit.note import COSIGNATURE, Signer, open_checkpoint, sign_note
from audit.receipt import NotYetError, make_receipt
from audit.sequencer import sequence
from audit.tables import event as event_table
from audit.tables import leaf as leaf_table
from audit.tables import metadata
from audit.tables import node as node_table
from audit.tables import pending as pending_table
from audit.verify import ReceiptError, verify_log, verify_receipt

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
LOG_ID = "main"
KEY = Signer(name="log.example/main", private=Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
CLOCK = Signer(name="log.example/time", private=Ed25519PrivateKey.from_private_bytes(b"\2" * 32), kind=COSIGNATURE)
KEYS = [KEY.key, CLOCK.key]


class RealSealer:
    """AES-GCM bound to dossier and event, under a key that can be destroyed."""

    def __init__(self, key=b"k" * 32):
        self.cipher = AESGCM(key)

    def seal(self, *, dossier, event_id, plain):
        nonce = os.urandom(12)
        return nonce + self.cipher.encrypt(nonce, plain, f"{dossier}/{event_id}".encode())

    def open(self, *, dossier, event_id, sealed):
        return self.cipher.decrypt(sealed[:12], sealed[12:], f"{dossier}/{event_id}".encode())


SEALER = RealSealer()


def sqlite_engine(path):
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})

    @sa.event.listens_for(engine, "connect")
    def _pragmas(raw, _record):
        raw.isolation_level = None  # SQLAlchemy's begin event says how a transaction opens
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def _immediate(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def postgres_engine(url):
    schema = f"audit_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(url, connect_args={"options": f"-c search_path={schema}"})
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    try:
        yield engine
    finally:
        with engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(schema, cascade=True))
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path / "log.db")
        metadata.create_all(made)
        yield made
        made.dispose()
        return
    with postgres_engine(request.getfixturevalue("postgres_url")) as made:
        metadata.create_all(made)
        yield made


@pytest.fixture
def sqlite(tmp_path):
    made = sqlite_engine(tmp_path / "log.db")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def postgres(request):
    with postgres_engine(request.getfixturevalue("postgres_url")) as made:
        metadata.create_all(made)
        yield made


def make(number=0, **changes):
    return Event.new(
        **{
            "action": Action.CONSULT,
            "outcome": Outcome.SUCCESS,
            "at": AT + timedelta(seconds=number),
            "software": "test",
            **changes,
        }
    )


def write(engine, count, **changes):
    with engine.begin() as connection:
        return [append(connection, make(number, **changes), SEALER) for number in range(count)]


def run_sequencer(engine, limit=1000):
    with engine.begin() as connection:
        return sequence(connection, LOG_ID, limit)


def make_checkpoint(engine, now=AT):
    with engine.begin() as connection:
        return checkpoint.make(connection, LOG_ID, signers=[KEY, CLOCK], now=now)


def check(engine, **options):
    with engine.begin() as connection:
        return verify_log(connection, LOG_ID, **{"keys": KEYS, **options})


def leaf_event_ids(engine):
    with engine.connect() as connection:
        joined = leaf_table.join(event_table, event_table.c.seq == leaf_table.c.event_seq)
        return list(
            connection.execute(
                sa.select(event_table.c.event_id).select_from(joined).order_by(leaf_table.c.leaf_index)
            ).scalars()
        )


def root_by_definition(entries):
    hashes = [merkle.leaf_hash(entry) for entry in entries]

    def mth(part):
        if len(part) == 1:
            return part[0]
        cut = 1
        while cut * 2 < len(part):
            cut *= 2
        return merkle.node_hash(mth(part[:cut]), mth(part[cut:]))

    return mth(hashes)


# --- writing and reading -------------------------------------------------------------------------


def test_an_event_and_its_act_stand_or_fall_together(engine):
    event = make()
    with engine.connect() as connection, connection.begin() as act:
        append(connection, event, SEALER)
        act.rollback()  # the act fails
    assert events_of(engine) == []
    with engine.begin() as connection:
        assert append(connection, event, SEALER) == event.event_id
    assert [row.event_id for row in events_of(engine)] == [event.event_id]


def events_of(engine, **options):
    with engine.connect() as connection:
        return list(events(connection, **options).rows)


def test_the_same_event_twice_is_refused_without_quoting_it(engine):
    event = make(actor="someone")
    with engine.begin() as connection:
        append(connection, event, SEALER)
    with pytest.raises(AuditError) as refused, engine.begin() as connection:
        append(connection, event, SEALER)
    assert "someone" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_payload_lies_sealed_and_opens_as_it_was_logged(engine):
    payload = {"name": "Demo Persoon", "bsn": "999990019", "list": [1, None, "é"]}
    (event_id,) = write(engine, 1, payload=payload, dossier="d1")
    with engine.connect() as connection:
        row = find(connection, event_id)
        stored = connection.execute(sa.select(event_table)).mappings().one()
    assert open_payload(row, SEALER) == payload
    assert not any(
        "Demo" in str(value) or b"Demo" in bytes(value)
        for value in stored.values()
        if isinstance(value, (str, bytes)) and not isinstance(value, str)
    )
    assert b"Demo" not in stored["canonical"]
    assert b"999990019" not in stored["canonical"]


def test_two_events_with_one_payload_do_not_show_that_they_have(engine):
    write(engine, 2, payload={"term": "naam van een kind"})
    first, second = events_of(engine)
    assert first.commitment != second.commitment


def test_an_event_without_payload_has_no_sealed_bytes(engine):
    write(engine, 1)
    (row,) = events_of(engine)
    assert (row.sealed, row.commitment, open_payload(row, SEALER), open_plain(row, SEALER)) == (None, None, {}, None)


def test_a_payload_that_cannot_be_sealed_stops_the_act(engine):
    class Broken(RealSealer):
        def seal(self, **_):
            raise OSError("key store away")

    with pytest.raises(SealError), engine.begin() as connection:
        append(connection, make(payload={"a": 1}), Broken())


def test_a_payload_of_another_event_gone_or_changed_does_not_open(engine):
    write(engine, 2, payload={"a": 1}, dossier="d1")
    first, second = events_of(engine)
    swapped = first.__class__(
        **{name: getattr(first, name) for name in first.__dataclass_fields__} | {"sealed": second.sealed}
    )
    with pytest.raises(SealError) as refused:
        open_payload(swapped, SEALER)
    assert isinstance(refused.value.__cause__, InvalidTag)
    gone = first.__class__(**{name: getattr(first, name) for name in first.__dataclass_fields__} | {"sealed": None})
    with pytest.raises(SealError, match="gone"):
        open_payload(gone, SEALER)
    forged = SEALER.seal(dossier="d1", event_id=first.event_id, plain=b'{"payload":{"a":2},"salt":""}')
    changed = first.__class__(
        **{name: getattr(first, name) for name in first.__dataclass_fields__} | {"sealed": forged}
    )
    with pytest.raises(PayloadMismatchError):
        open_payload(changed, SEALER)


def test_pages_go_through_the_whole_log_newest_first_without_gap_or_double(engine):
    ids = write(engine, 7) + write(engine, 5)  # the second five have the same instants as the first
    seen, cursor = [], None
    while True:
        with engine.connect() as connection:
            page = events(connection, before=cursor, limit=3)
        seen += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(row.event_id for row in seen) == sorted(ids)
    assert [(row.at, row.seq) for row in seen] == sorted(((row.at, row.seq) for row in seen), reverse=True)


def test_filters_choose_rows(engine):
    write(engine, 2, tenant="t1", actor="a1", dossier="d1")
    write(engine, 3, tenant="t2", actor="a2", dossier="d2", action=Action.DISCLOSE)
    for options, count in (
        ({"tenant": "t1"}, 2),
        ({"actor": "a2"}, 3),
        ({"dossier": "d2"}, 3),
        ({"dossier": "d2", "tenant": "t1"}, 0),
        ({"action": Action.DISCLOSE}, 3),
        ({"action": {Action.DISCLOSE, Action.CONSULT}}, 5),
        ({"since": AT + timedelta(seconds=1)}, 3),
        ({"until": AT + timedelta(seconds=1)}, 2),
    ):
        assert len(events_of(engine, **options)) == count, options


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 501}, {"before": "x"}, {"before": f"{'x' * 27}_1"}])
def test_a_page_that_is_no_page_is_refused(engine, options):
    with pytest.raises(EventError):
        events_of(engine, **options)


def test_an_unknown_event_is_not_found(engine):
    with engine.connect() as connection:
        assert find(connection, "0" * 32) is None


# --- the sequencer -------------------------------------------------------------------------------


def test_leaves_come_in_batches_and_make_the_tree_of_the_definition(engine):
    ids = write(engine, 75)
    assert [run_sequencer(engine, limit) for limit in (1, 2, 30, 31, 1000, 5)] == [1, 2, 30, 31, 11, 0]
    assert leaf_event_ids(engine) == ids
    with engine.connect() as connection:
        stored = {row.leaf_index: row.canonical for row in _all(connection)}
        entries = [stored[index] for index in range(75)]
        for size in range(1, 76):
            assert tree.root(connection, LOG_ID, size) == root_by_definition(entries[:size])
        root = tree.root(connection, LOG_ID, 75)
        for index in (0, 31, 32, 64, 74):
            proof = tree.inclusion_proof(connection, LOG_ID, index, 75)
            merkle.verify_inclusion(leaf=merkle.leaf_hash(entries[index]), index=index, size=75, proof=proof, root=root)
        for old in (1, 32, 33, 75):
            proof = tree.consistency_proof(connection, LOG_ID, old, 75)
            merkle.verify_consistency(
                old=old, new=75, old_root=tree.root(connection, LOG_ID, old), new_root=root, proof=proof
            )
        with pytest.raises(ProofError):
            tree.inclusion_proof(connection, LOG_ID, 3, 76)
        with pytest.raises(SequenceError):
            tree.root(connection, LOG_ID, 128)
    assert check(engine).ok


def _all(connection):
    rows, cursor = [], None
    while True:
        page = events(connection, before=cursor, limit=500)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows


@pytest.mark.parametrize("limit", [0, 10_001])
def test_a_batch_has_a_size(engine, limit):
    with pytest.raises(SequenceError):
        run_sequencer(engine, limit)


def test_an_event_that_commits_late_is_not_lost(postgres):
    early, late = postgres.connect(), postgres.connect()
    first = early.begin()
    early_id = append(early, make(0), SEALER)
    second = late.begin()
    late_id = append(late, make(1), SEALER)
    second.commit()
    assert run_sequencer(postgres) == 1
    assert leaf_event_ids(postgres) == [late_id]
    first.commit()
    assert run_sequencer(postgres) == 1
    assert leaf_event_ids(postgres) == [late_id, early_id]
    with postgres.connect() as connection:
        assert find(connection, early_id).seq < find(connection, late_id).seq
    assert check(postgres).ok
    early.close()
    late.close()


def test_a_clock_that_goes_back_changes_no_order(engine):
    with engine.begin() as connection:
        ids = [append(connection, make(-number), SEALER) for number in range(5)]
    run_sequencer(engine)
    assert leaf_event_ids(engine) == ids
    assert check(engine).ok


def test_a_second_sequencer_does_nothing_while_one_is_at_it(postgres):
    write(postgres, 3)
    with postgres.begin() as first:
        assert sequence(first, LOG_ID) == 3
        with postgres.begin() as second:
            assert sequence(second, LOG_ID) == 0
            assert checkpoint.make(second, LOG_ID, signers=[KEY], now=AT) is None
    assert check(postgres).size == 3


def test_sequencers_beside_writers_leave_no_gap_and_no_double(engine):
    done = threading.Event()
    errors = []

    def guarded(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's error is told to the test
            errors.append(error)

    def sequencing():
        while not done.is_set():
            run_sequencer(engine, 7)
            done.wait(0.002)

    def writing():
        for number in range(40):
            write(engine, 1, request_id=f"r{number}")

    workers = [threading.Thread(target=guarded, args=[sequencing]) for _ in range(2)]
    writers = [threading.Thread(target=guarded, args=[writing]) for _ in range(3)]
    for each in (*workers, *writers):
        each.start()
    for each in writers:
        each.join()
    done.set()
    for each in workers:
        each.join()
    assert errors == []
    while run_sequencer(engine):
        pass
    make_checkpoint(engine)
    report = check(engine)
    assert (report.size, report.waiting, report.findings) == (120, 0, ())
    assert len(set(leaf_event_ids(engine))) == 120


STATEMENTS = [
    "INSERT INTO audit_event",
    "INSERT INTO audit_pending",
    "INSERT INTO audit_leaf",
    "INSERT INTO audit_node",
    "UPDATE audit_node",
    "DELETE FROM audit_pending",
    "INSERT INTO audit_checkpoint",
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_crash_at_any_step_leaves_no_gap_no_double_and_no_fork(engine, statement, after):
    write(engine, 31)  # the next leaf completes a chunk and a level: every kind of statement comes by
    run_sequencer(engine)
    before = make_checkpoint(engine)
    write(engine, 1)

    class CrashError(Exception):
        pass

    hits = []

    def crash(_connection, _cursor, text, *_rest):
        if statement in text:
            hits.append(text)
            raise CrashError

    name = "after_cursor_execute" if after else "before_cursor_execute"
    sa.event.listen(engine, name, crash)
    for step in (lambda: write(engine, 1), lambda: run_sequencer(engine), lambda: make_checkpoint(engine)):
        with suppress(CrashError):
            step()
    sa.event.remove(engine, name, crash)
    assert hits
    write(engine, 1)
    while run_sequencer(engine):
        pass
    make_checkpoint(engine)
    report = check(engine, trusted=[before.note])
    assert (report.findings, report.waiting) == ((), 0)
    assert report.confirmed == report.size
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(event_table)).scalar_one() == report.size


def steps_of_a_proof(path, size):
    """What SQLite does for one inclusion proof, in its own steps; the hashes do not matter here."""
    engine = sqlite_engine(path)
    metadata.create_all(engine)
    rows = [
        {"log_id": LOG_ID, "level": level, "chunk": chunk, "hashes": bytes(tree.CHUNK_BYTES)}
        for level in range(size.bit_length())
        for chunk in range(-(-(size >> level) // tree.WIDTH))
    ]
    steps = []
    with engine.begin() as connection:
        connection.execute(sa.insert(node_table), rows)
        connection.execute(sa.insert(leaf_table), {"log_id": LOG_ID, "leaf_index": size - 1, "event_seq": 1})
        raw = connection.connection.driver_connection
        raw.set_progress_handler(lambda: steps.append(1), 1)
        proof = tree.inclusion_proof(connection, LOG_ID, size // 3, size)
        raw.set_progress_handler(None, 1)
    engine.dispose()
    assert len(proof) == (size - 1).bit_length()
    return len(steps)


def test_a_proof_from_a_log_many_times_as_long_costs_hardly_more(tmp_path):
    small, large = steps_of_a_proof(tmp_path / "small.db", 1_000), steps_of_a_proof(tmp_path / "large.db", 100_000)
    assert large < 5 * small, (small, large)


# --- checkpoints ---------------------------------------------------------------------------------


def test_a_checkpoint_is_made_when_there_is_news_and_only_then(engine):
    assert make_checkpoint(engine) is None
    write(engine, 3)
    assert make_checkpoint(engine) is None
    run_sequencer(engine)
    made = make_checkpoint(engine)
    opened, note = open_checkpoint(made.note, key=KEY.key, others=[CLOCK.key])
    assert (made.size, opened.size, made.made_at) == (3, 3, AT)
    assert note.signed_by(CLOCK.key)
    assert make_checkpoint(engine) is None
    with engine.connect() as connection:
        assert opened.root == tree.root(connection, LOG_ID, 3)
        assert checkpoint.latest(connection, LOG_ID) == made
        assert checkpoint.first_over(connection, LOG_ID, 2) == made
        assert checkpoint.first_over(connection, LOG_ID, 3) is None


@pytest.mark.parametrize("signers", [[], [CLOCK]])
def test_a_checkpoint_is_signed_by_the_log_itself(engine, signers):
    with pytest.raises(NoteError), engine.begin() as connection:
        checkpoint.make(connection, LOG_ID, signers=signers, now=AT)


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM audit_leaf WHERE leaf_index = 39",
        "UPDATE audit_checkpoint SET note = replace(note, 'log.example/main', 'log.example/fork')",
        "UPDATE audit_checkpoint SET size = 39",
        "UPDATE audit_node SET hashes = (SELECT hashes FROM audit_node WHERE level = 1 AND chunk = 0) WHERE level = 5",
    ],
)
def test_no_checkpoint_is_signed_over_a_tree_that_does_not_extend_the_last(engine, tampering):
    write(engine, 40)
    run_sequencer(engine)
    make_checkpoint(engine)
    write(engine, 1)
    with engine.begin() as connection:
        connection.exec_driver_sql(tampering)
    with pytest.raises(SequenceError):  # noqa: PT012 - whichever of the two comes upon it
        run_sequencer(engine)
        make_checkpoint(engine)


def test_an_event_with_a_leaf_does_not_get_another(engine):
    write(engine, 3)
    run_sequencer(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(pending_table), {"event_seq": 2})
    with pytest.raises(SequenceError, match="taken"):
        run_sequencer(engine)


def test_a_sequencer_stops_at_a_tree_with_a_cut_edge(engine):
    write(engine, 3)
    run_sequencer(engine)
    write(engine, 1)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_node WHERE level = 0")
    with pytest.raises(SequenceError, match="level 0"):
        run_sequencer(engine)


# --- tampering by SQL is found and the place named -------------------------------------------------


def filled(engine):
    """100 events, a checkpoint at 60 and one at 100; the last one's text."""
    write(engine, 60, actor="a1", payload={"n": 1}, dossier="d1")
    run_sequencer(engine)
    make_checkpoint(engine)
    write(engine, 40, actor="a2", tenant="t1", purpose="onderwijs'ondersteuning é")
    run_sequencer(engine)
    return make_checkpoint(engine).note


BYTES_AS_TEXT = {
    "sqlite": "CAST(replace(CAST(canonical AS TEXT), '{0}', '{1}') AS BLOB)",
    "postgresql": "convert_to(replace(convert_from(canonical, 'UTF8'), '{0}', '{1}'), 'UTF8')",
}


def tamper(engine, *statements):
    replaced = BYTES_AS_TEXT[engine.dialect.name]
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(
                statement.replace("EDIT(", "").replace(")EDIT", "")
                if "EDIT(" not in statement
                else _edit(statement, replaced)
            )


def _edit(statement, replaced):
    start, end = statement.index("EDIT("), statement.index(")EDIT")
    old, new = statement[start + 5 : end].split(",")
    return statement[:start] + replaced.format(old, new) + statement[end + 5 :]


def test_a_whole_log_has_no_findings(engine):
    trusted = filled(engine)
    write(engine, 2)
    report = check(engine, trusted=[trusted], sealer=SEALER)
    assert report.ok
    assert (report.size, report.waiting, report.checkpoints, report.confirmed, report.unopened) == (100, 2, 2, 100, 0)
    report.raise_for_findings()


TAMPERINGS = {
    "change": (
        ["UPDATE audit_event SET canonical = EDIT(consult,print)EDIT WHERE seq = 18"],
        "event-changed",
        "leaf 17",
    ),
    "change columns": (["UPDATE audit_event SET actor = 'a9' WHERE seq = 18"], "columns-changed", "(row 18)"),
    "blank a column": (["UPDATE audit_event SET dossier = NULL WHERE seq = 18"], "columns-changed", "(row 18)"),
    "delete": (["DELETE FROM audit_event WHERE seq = 18"], "event-missing", "leaf 17"),
    "delete a leaf": (["DELETE FROM audit_leaf WHERE leaf_index = 17"], "leaf-missing", "leaf 17"),
    "delete a leaf and its event": (
        ["DELETE FROM audit_leaf WHERE leaf_index = 17", "DELETE FROM audit_event WHERE seq = 18"],
        "leaf-missing",
        "leaf 17",
    ),
    "reorder": (
        [
            "UPDATE audit_leaf SET event_seq = 100000 WHERE leaf_index = 17",
            "UPDATE audit_leaf SET event_seq = 18 WHERE leaf_index = 70",
            "UPDATE audit_leaf SET event_seq = 71 WHERE leaf_index = 17",
        ],
        "reordered",
        "leaf 17",
    ),
    "delete nodes": (["DELETE FROM audit_node WHERE level = 0 AND chunk = 1"], "node-missing", "level 0 chunk 1"),
    "change a node": (
        [
            "UPDATE audit_node SET hashes = (SELECT hashes FROM audit_node WHERE level = 2 AND chunk = 0) WHERE level = 3"
        ],
        "node-changed",
        "level 3 node 0",
    ),
    "truncate the tail": (
        ["DELETE FROM audit_leaf WHERE leaf_index >= 90", "DELETE FROM audit_event WHERE seq > 90"],
        "truncated",
        "checkpoint 100",
    ),
    "leave nodes": (
        ["DELETE FROM audit_leaf WHERE leaf_index >= 32", "DELETE FROM audit_event WHERE seq > 32"],
        "node-extra",
        "level 0 chunk 3",
    ),
    "swap the checkpoint": (
        ["UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint WHERE size = 60) WHERE size = 100"],
        "checkpoint-changed",
        "checkpoint 100",
    ),
    "forge the checkpoint": (
        ["UPDATE audit_checkpoint SET note = replace(note, '100', '101') WHERE size = 100"],
        "checkpoint-changed",
        "checkpoint 100",
    ),
    "drop a checkpoint": (
        ["DELETE FROM audit_checkpoint WHERE size = 100"],
        "checkpoint-missing",
        "checkpoint from elsewhere",
    ),
    "loose event": (["DELETE FROM audit_leaf WHERE leaf_index = 99"], "event-loose", "(row 100)"),
    "wait again": (["INSERT INTO audit_pending (event_seq) VALUES (5)"], "waiting-twice", "row 5"),
    "wait for nothing": (["INSERT INTO audit_pending (event_seq) VALUES (5000)"], "event-missing", "row 5000"),
    "swap payloads": (
        ["UPDATE audit_event SET sealed = (SELECT sealed FROM audit_event WHERE seq = 3) WHERE seq = 4"],
        None,
        None,
    ),
}


def check_on_two(engine, monkeypatch, **options):
    """The check with a second processor, which a log as short as this does not get."""
    monkeypatch.setattr(treecheck, "BLOCK", treecheck.WIDTH)
    monkeypatch.setattr(parallel, "MANY_BLOCKS", 1)
    # From SQLite one that takes no write lock.
    other = sa.create_engine(engine.url) if engine.dialect.name == "sqlite" else engine
    with engine.connect() as connection, other.connect() as beside:
        return verify_log(connection, LOG_ID, keys=KEYS, beside=beside, **options)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_by_sql_is_found_and_its_place_named(engine, name, monkeypatch):
    trusted = filled(engine)
    statements, code, place = TAMPERINGS[name]
    tamper(engine, *statements)
    report = check(engine, trusted=[trusted], sealer=SEALER)
    assert set(check_on_two(engine, monkeypatch, trusted=[trusted], sealer=SEALER).findings) == set(report.findings)
    if code is None:
        assert (report.unopened, report.findings) == (1, ())
        return
    assert [each for each in report.findings if each.code == code and place in each.place], report.findings
    with pytest.raises(AuditError, match=report.findings[0].code):
        report.raise_for_findings()


ROW, LEAF = st.integers(1, 100), st.integers(0, 99)
SPOILT = {
    "sqlite": {
        "text": "CAST(canonical AS TEXT)",
        "newline": "CAST(canonical || x'0a' AS BLOB)",
        "two in one": "CAST(canonical || x'0a' || ({0}) AS BLOB)",
    },
    "postgresql": {
        "text": "canonical",
        "newline": r"canonical || '\x0a'::bytea",
        "two in one": r"canonical || '\x0a'::bytea || ({0})",
    },
}
NEXT = "SELECT canonical FROM audit_event AS other WHERE other.seq = {0} + 1"
ACTS = st.one_of(
    st.tuples(st.just("UPDATE audit_event SET {1} = {2} WHERE seq = {0}"), ROW, st.sampled_from(FIELD_ORDER[3:-1]),
              st.sampled_from(["'x'", "''", "'null'"])),
    st.tuples(st.just("UPDATE audit_event SET canonical = (SELECT canonical FROM audit_event AS other WHERE"
                      " other.seq = {1}) WHERE seq = {0}"), ROW, ROW),
    st.tuples(st.just("UPDATE audit_event SET canonical = EDIT(consult,print)EDIT WHERE seq = {0}"), ROW),
    st.tuples(st.just("UPDATE audit_event SET canonical = newline WHERE seq = {0}"), ROW),
    st.tuples(st.just("UPDATE audit_event SET canonical = as text WHERE seq = {0}"), ROW),
    st.tuples(st.just("UPDATE audit_event SET canonical = two in one WHERE seq = {0}"), ROW),
    st.tuples(st.just("DELETE FROM audit_event WHERE seq = {0}"), ROW),
    st.tuples(st.just("DELETE FROM audit_leaf WHERE leaf_index = {0}"), LEAF),
    st.tuples(st.just("DELETE FROM audit_node WHERE level = {0} AND chunk = {1}"), st.integers(0, 6), st.integers(0, 3)),
    st.tuples(st.just("UPDATE audit_node SET hashes = (SELECT hashes FROM audit_node AS other WHERE other.level = {2}"
                      " AND other.chunk = 0) WHERE level = {0} AND chunk = {1}"), st.integers(0, 2), st.integers(0, 3),
              st.integers(0, 2)),
    st.tuples(st.just("INSERT INTO audit_pending (event_seq) VALUES ({0})"), st.integers(1, 200)),
)  # fmt: skip


def test_the_quick_check_and_the_careful_one_find_the_same_whatever_was_done(engine, monkeypatch):
    monkeypatch.setattr(
        treecheck, "BLOCK", treecheck.WIDTH
    )  # four blocks: what is wrong in one hides nothing in another
    filled(engine)
    write(engine, 3)
    assert check(engine).ok
    spoilt = SPOILT[engine.dialect.name]

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(acts=st.lists(ACTS, min_size=1, max_size=4))
    def agree(acts):
        with engine.connect() as connection:
            outer = connection.begin()
            for statement, *values in acts:
                text = statement.replace("canonical = newline", "canonical = " + spoilt["newline"])
                text = text.replace("canonical = as text", "canonical = " + spoilt["text"])
                text = text.replace("canonical = two in one", "canonical = " + spoilt["two in one"].format(NEXT))
                text = text if "EDIT(" not in text else _edit(text, BYTES_AS_TEXT[engine.dialect.name])
                with suppress(sa.exc.IntegrityError), connection.begin_nested():
                    connection.exec_driver_sql(text.format(*values))
            reports = [
                verify_log(connection, LOG_ID, keys=KEYS, sealer=SEALER, careful=careful) for careful in (True, False)
            ]
            outer.rollback()
        assert set(reports[0].findings) == set(reports[1].findings)
        assert replace(reports[0], findings=()) == replace(reports[1], findings=())

    agree()


@pytest.mark.parametrize("value", ["x'6131'", "'a1' || char(0) || 'x'"])
def test_a_column_with_bytes_or_a_hidden_end_is_found(sqlite, value, monkeypatch):
    trusted = filled(sqlite)  # PostgreSQL keeps neither in a column of text
    tamper(sqlite, f"UPDATE audit_event SET actor = {value} WHERE seq = 18")
    for report in (check(sqlite, trusted=[trusted]), check_on_two(sqlite, monkeypatch, trusted=[trusted])):
        assert [(each.code, "(row 18)" in each.place) for each in report.findings] == [("columns-changed", True)]


def test_a_column_that_was_emptied_past_its_rule_is_found(postgres, monkeypatch):
    trusted = filled(postgres)  # SQLite does not drop the rule of a column
    tamper(
        postgres,
        "ALTER TABLE audit_event ALTER COLUMN software DROP NOT NULL",
        "UPDATE audit_event SET software = NULL WHERE seq = 18",
    )
    for report in (check(postgres, trusted=[trusted]), check_on_two(postgres, monkeypatch, trusted=[trusted])):
        assert [(each.code, "(row 18)" in each.place) for each in report.findings] == [("columns-changed", True)]


@pytest.mark.parametrize("said", ["", "no", '{"a": 1}', "[]"])
def test_when_a_process_beside_fails_its_half_is_looked_at_here(sqlite, monkeypatch, tmp_path, said):
    trusted = filled(sqlite)
    tamper(sqlite, "UPDATE audit_event SET actor = 'a9' WHERE seq IN (18, 81)")
    broken = tmp_path / "python"
    broken.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{said}'\nexit 3\n")
    broken.chmod(0o700)
    monkeypatch.setattr("audit.parallel.sys.executable", str(broken))
    report = check_on_two(sqlite, monkeypatch, trusted=[trusted])
    assert sorted(each.place[-8:] for each in report.findings) == ["(row 18)", "(row 81)"]


def test_the_process_beside_names_the_blocks_that_are_not_right(sqlite, capsys):
    filled(sqlite)
    tamper(sqlite, "UPDATE audit_event SET actor = 'a9' WHERE seq = 81")
    blocks = blockcheck.Blocks(log_id=LOG_ID, first=0, end=100, length=treecheck.WIDTH, width=treecheck.WIDTH)
    assert blockcheck.main([blockcheck.describe(sqlite.url.database, blocks)]) == 0
    assert json.loads(capsys.readouterr().out) == [64]


def test_a_log_in_memory_has_no_file_for_another_process_and_is_checked_here(monkeypatch):
    memory = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(memory)
    trusted = filled(memory)
    monkeypatch.setattr(treecheck, "BLOCK", treecheck.WIDTH)
    monkeypatch.setattr(parallel, "MANY_BLOCKS", 1)
    with memory.connect() as connection:
        assert verify_log(connection, LOG_ID, keys=KEYS, trusted=[trusted], beside=connection).ok


def test_a_process_beside_is_ended_when_the_check_stops(engine, monkeypatch):
    filled(engine)
    monkeypatch.setattr("audit.logcheck.check_levels", lambda scope: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check_on_two(engine, monkeypatch)
    left = [each.cmdline() for each in psutil.Process().children()]
    assert not [line for line in left if blockcheck.__name__ in line]


def test_an_inserted_event_is_found(engine):
    trusted = filled(engine)
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(event_table).where(event_table.c.seq == 18)).mappings().one())
        del row["seq"]
        row["event_id"] = "f" * 32
        seq = connection.execute(sa.insert(event_table), row).inserted_primary_key[0]
    report = check(engine, trusted=[trusted])
    assert {each.code for each in report.findings} == {"columns-changed", "event-loose"}
    with engine.begin() as connection:  # and given a leaf at the end, by hand
        connection.execute(sa.insert(leaf_table), {"log_id": LOG_ID, "leaf_index": 100, "event_seq": seq})
    report = check(engine, trusted=[trusted])
    assert [each.place for each in report.findings if each.code == "node-missing"] == ["level 0 chunk 3"]


def test_an_event_inserted_in_the_middle_is_found(engine):
    trusted = filled(engine)
    with engine.begin() as connection:
        new = append(connection, make(500), SEALER)
        seq = find(connection, new).seq
        connection.execute(sa.delete(pending_table))
        connection.execute(sa.update(leaf_table).where(leaf_table.c.leaf_index == 50).values(event_seq=seq))
    report = check(engine, trusted=[trusted])
    assert {(each.code, each.place) for each in report.findings} >= {("event-changed", "leaf 50")}
    assert "event-loose" in {each.code for each in report.findings}


def test_a_tree_rebuilt_over_changed_events_is_not_the_one_that_was_signed(engine):
    trusted = filled(engine)
    tamper(engine, "UPDATE audit_event SET canonical = EDIT(consult,print)EDIT, action = 'print' WHERE seq = 18")
    tamper(engine, "DELETE FROM audit_leaf", "DELETE FROM audit_node")
    with engine.begin() as connection:
        seqs = connection.execute(sa.select(event_table.c.seq)).scalars().all()
        connection.execute(sa.insert(pending_table), [{"event_seq": seq} for seq in seqs])
        assert sequence(connection, LOG_ID) == 100
    report = check(engine, trusted=[trusted])
    assert [each.code for each in report.findings] == ["root-changed"] * 3
    assert report.confirmed == 0
    # Even with the checkpoint table emptied, and signed anew by whoever stole the key, the copy elsewhere tells.
    tamper(engine, "DELETE FROM audit_checkpoint")
    make_checkpoint(engine)
    report = check(engine, trusted=[trusted])
    assert [(each.code, each.place) for each in report.findings] == [("root-changed", "checkpoint from elsewhere")]


def test_a_tail_cut_together_with_the_checkpoints_is_found_from_elsewhere(engine):
    trusted = filled(engine)
    tamper(
        engine,
        "DELETE FROM audit_checkpoint WHERE size = 100",
        "DELETE FROM audit_leaf WHERE leaf_index >= 60",
        "DELETE FROM audit_event WHERE seq > 60",
    )
    assert "truncated" in {each.code for each in check(engine, trusted=[trusted]).findings}


def test_a_payload_changed_with_the_key_in_hand_is_found(engine):
    filled(engine)
    with engine.begin() as connection:
        row = events(connection, limit=1, actor="a1").rows[0]
        forged = SEALER.seal(dossier="d1", event_id=row.event_id, plain=b'{"payload":{"n":2},"salt":"00"}')
        connection.execute(sa.update(event_table).where(event_table.c.seq == row.seq).values(sealed=forged))
    findings = check(engine, sealer=SEALER).findings
    assert [(each.code, each.place) for each in findings] == [
        ("payload-changed", f"event {row.event_id} (row {row.seq})")
    ]


def test_bytes_that_are_no_event_any_more_are_found_by_the_payload_check_too(engine):
    filled(engine)
    tamper(engine, "UPDATE audit_event SET canonical = EDIT(consult,dance)EDIT WHERE seq = 18")
    codes = [each.code for each in check(engine, sealer=SEALER).findings]
    assert codes == ["event-changed", "columns-changed", "event-changed"]


def test_a_foreign_key_confirms_nothing(engine):
    filled(engine)
    other = Signer(name=KEY.name, private=Ed25519PrivateKey.generate())
    report = check(engine, keys=[CLOCK.key, other.key])
    assert {each.code for each in report.findings} == {"checkpoint-changed"}
    assert report.confirmed == 0


def test_a_checkpoint_of_elsewhere_that_is_not_ours_is_a_finding(engine):
    filled(engine)
    report = check(engine, trusted=[sign_note("nothing\n", [KEY], at=AT), "nothing"])
    assert [each.place for each in report.findings] == ["checkpoint from elsewhere"] * 2


def test_an_empty_log_is_whole(engine):
    report = check(engine)
    assert (report.size, report.root, report.findings) == (0, merkle.EMPTY_ROOT, ())


# --- destruction and new keys --------------------------------------------------------------------


def test_a_destroyed_dossier_leaves_its_events_and_a_whole_tree_without_its_persons(engine):
    trusted = filled(engine)
    with engine.begin() as connection:
        assert forget_payloads(connection, "d1") == 60
        assert forget_payloads(connection, "d1") == 0
    report = check(engine, trusted=[trusted], sealer=SEALER)
    assert (report.findings, report.unopened, report.size) == ((), 60, 100)
    row = events_of(engine, dossier="d1", limit=1)[0]
    assert row.commitment is not None
    with pytest.raises(SealError, match="gone"):
        open_payload(row, SEALER)


def test_a_payload_sealed_anew_changes_no_leaf(engine):
    trusted = filled(engine)
    other = RealSealer(key=b"n" * 32)
    with engine.begin() as connection:
        for row in events(connection, limit=500).rows:
            reseal(connection, row, SEALER, other)
    assert check(engine, trusted=[trusted], sealer=other).ok
    assert check(engine, trusted=[trusted], sealer=SEALER).unopened == 60
    assert open_payload(events_of(engine, dossier="d1", limit=1)[0], other) == {"n": 1}


# --- receipts ------------------------------------------------------------------------------------


def receipt_of(engine, event_id, sealer=SEALER, keys=KEYS):
    with engine.begin() as connection:
        return make_receipt(connection, LOG_ID, event_id, keys=keys, sealer=sealer)


def test_a_receipt_proves_the_event_and_opens_it_for_who_is_entitled(engine):
    filled(engine)
    row = events_of(engine, actor="a1", limit=1)[0]
    verified = verify_receipt(receipt_of(engine, row.event_id), KEYS)
    assert (verified.event.event_id, verified.payload, verified.leaf_index) == (row.event_id, {"n": 1}, row.leaf_index)
    assert verify_receipt(receipt_of(engine, row.event_id, sealer=None), KEYS).payload is None


def test_a_receipt_waits_for_its_checkpoint(engine):
    (event_id,) = write(engine, 1)
    with pytest.raises(NotYetError):
        receipt_of(engine, event_id)
    run_sequencer(engine)
    with pytest.raises(NotYetError):
        receipt_of(engine, event_id)
    make_checkpoint(engine)
    assert verify_receipt(receipt_of(engine, event_id), KEYS).payload == {}
    (later,) = write(engine, 1)
    run_sequencer(engine)
    with pytest.raises(NotYetError):
        receipt_of(engine, later)


def test_there_is_no_receipt_of_an_event_that_is_not_there(engine):
    with pytest.raises(AuditError, match="no such event"):
        receipt_of(engine, "0" * 32)


def test_no_receipt_goes_out_that_does_not_hold(engine):
    filled(engine)
    event_id = events_of(engine, actor="a1", limit=1)[0].event_id
    other = Signer(name=KEY.name, private=Ed25519PrivateKey.generate())
    with pytest.raises(NoteError):
        receipt_of(engine, event_id, keys=[other.key])
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit_leaf SET leaf_index = 200 WHERE leaf_index = 0"))
        connection.execute(sa.text("UPDATE audit_leaf SET leaf_index = 0 WHERE leaf_index = 59"))
    with pytest.raises(ReceiptError) as refused:
        receipt_of(engine, event_id)
    assert refused.value.code == "proof"


# --- the end of the log's term -------------------------------------------------------------------


def run_expiry(engine, before, signer=KEY):
    with engine.begin() as connection:
        return expire(
            connection, LOG_ID, before=before, signer=signer, sealer=SEALER, software="test", actor=None, now=AT
        )


def test_expired_events_are_gone_and_the_log_still_verifies(engine):
    trusted = filled(engine)
    done = run_expiry(engine, AT + timedelta(seconds=25))
    assert done.leaves == (range(25), range(60, 85))  # by when it happened, not by place
    run_sequencer(engine)
    make_checkpoint(engine)
    report = check(engine, trusted=[trusted], sealer=SEALER)
    assert (report.findings, report.expired, report.size) == ((), 50, 101)
    assert len(_all_rows(engine)) == 51
    again = run_expiry(
        engine, AT + timedelta(days=1)
    )  # now everything under the checkpoint, but the expiry events stay
    assert (again.first, again.end, again.count) == (25, 100, 50)
    run_sequencer(engine)
    report = check(engine, trusted=[trusted])
    assert (report.findings, report.expired, report.size) == ((), 100, 102)
    assert {row.action for row in _all_rows(engine)} == {Action.EXPIRE}
    assert make_checkpoint(engine).size == 102


def _all_rows(engine):
    with engine.connect() as connection:
        return _all(connection)


def test_nothing_expires_that_is_young_or_not_under_a_checkpoint(engine):
    write(engine, 3)
    run_sequencer(engine)
    assert run_expiry(engine, AT + timedelta(days=1)) is None
    make_checkpoint(engine)
    assert run_expiry(engine, AT) is None


def test_nothing_expires_that_does_not_match_its_leaf(engine):
    filled(engine)
    tamper(engine, "UPDATE audit_event SET canonical = EDIT(consult,print)EDIT WHERE seq = 7")
    with pytest.raises(SequenceError, match="leaf 6"):
        run_expiry(engine, AT + timedelta(days=1))
    assert len(_all_rows(engine)) == 100


def test_an_event_that_was_taken_away_before_does_not_become_lawful_by_a_later_expiry(engine):
    filled(engine)
    tamper(engine, "DELETE FROM audit_event WHERE seq = 7")
    done = run_expiry(engine, AT + timedelta(seconds=25))
    assert done.leaves[0] == range(6)
    assert [(each.code, each.place) for each in check(engine).findings] == [("event-missing", "leaf 6")]


def test_what_must_stay_stays_and_can_go_later(engine):
    trusted = filled(engine)
    held = event_table.c.dossier.is_(None)  # the first sixty are of a dossier that still lives
    with engine.begin() as connection:
        options = {"signer": KEY, "sealer": SEALER, "software": "test", "actor": None, "now": AT}
        done = expire(connection, LOG_ID, before=AT + timedelta(days=1), going=held, **options)
        assert (done.first, done.end, done.count) == (60, 100, 40)
        assert expire(connection, LOG_ID, before=AT + timedelta(days=1), going=held, **options) is None
    run_sequencer(engine)
    make_checkpoint(engine)
    assert (check(engine, trusted=[trusted]).findings, check(engine).expired) == ((), 40)
    tamper(engine, "DELETE FROM audit_event WHERE seq = 18")
    assert [(each.code, each.place) for each in check(engine).findings] == [("event-missing", "leaf 17")]


def test_an_expiry_is_signed_by_the_log_itself(engine):
    with pytest.raises(NoteError):
        run_expiry(engine, AT, signer=CLOCK)


def test_bytes_missing_outside_a_signed_range_are_tampering(engine):
    filled(engine)
    run_expiry(engine, AT + timedelta(seconds=25))
    tamper(engine, "DELETE FROM audit_event WHERE seq = 26")
    assert [(each.code, each.place) for each in check(engine).findings] == [("event-missing", "leaf 25")]


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit_expiry SET leaves = '0-59'",
        "UPDATE audit_expiry SET leaves = '0-24,24-30'",
        "UPDATE audit_expiry SET leaves = 'all'",
        "UPDATE audit_expiry SET note = replace(note, 'v1', 'v2')",
        "DELETE FROM audit_event WHERE action = 'expire'",
    ],
)
def test_a_range_that_nobody_signed_or_no_event_names_does_not_count(engine, forgery):
    filled(engine)
    run_expiry(engine, AT + timedelta(seconds=25))
    run_sequencer(engine)
    tamper(engine, forgery)
    findings = check(engine, keys=[CLOCK.key, KEY.key]).findings
    assert {each.code for each in findings} >= {"expiry-changed", "event-missing"}
    assert "expiry from leaf 0" in {each.place for each in findings}


def test_a_range_signed_by_another_key_does_not_count(engine):
    filled(engine)
    run_expiry(engine, AT + timedelta(seconds=25), signer=Signer(name=KEY.name, private=Ed25519PrivateKey.generate()))
    assert "expiry-changed" in {each.code for each in check(engine).findings}


def test_a_note_of_another_range_does_not_count(engine):
    filled(engine)
    run_expiry(engine, AT + timedelta(seconds=25))
    other = sign_note("another text\n", [KEY], at=AT)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit_expiry SET note = :note"), {"note": other})
    assert "expiry-changed" in {each.code for each in check(engine).findings}


# --- from a checkpoint on, and copies with a name ----------------------------------------------------------------------


def test_a_check_from_a_checkpoint_looks_at_what_came_after_and_holds_the_rest_against_its_root(engine):
    filled(engine)
    with engine.connect() as connection:
        sixty = checkpoint.at_size(connection, LOG_ID, 60).note
    report = check(engine, since=sixty)
    assert (report.findings, report.start, report.size) == ((), 60, 100)
    tamper(engine, "UPDATE audit_event SET canonical = EDIT(consult,print)EDIT WHERE seq IN (18, 81)")
    assert [each.place for each in check(engine, since=sixty).findings if each.code == "event-changed"] == ["leaf 80"]
    tamper(engine, "UPDATE audit_event SET actor = 'a9' WHERE seq IN (19, 82)")
    places = [each.place for each in check(engine, since=sixty).findings if each.code == "columns-changed"]
    assert len(places) == 2, "row 81 differs from its columns by its bytes, row 82 by its column, 18 and 19 lie before"


def test_a_checkpoint_that_does_not_fit_is_no_place_to_start(engine):
    filled(engine)
    tamper(engine, "UPDATE audit_event SET canonical = EDIT(consult,print)EDIT WHERE seq = 18")
    other = Signer(name=KEY.name, private=Ed25519PrivateKey.generate())
    report = check(engine, since=sign_note(open_checkpoint(filled_note(engine), key=KEY.key)[0].text, [other], at=AT))
    assert {"the checkpoint to start from", "leaf 17"} <= {each.place for each in report.findings}
    assert report.start == 0


def filled_note(engine):
    with engine.connect() as connection:
        return checkpoint.latest(connection, LOG_ID).note


def test_a_copy_tells_its_place_and_which_leaves_are_gone(engine):
    copy = filled(engine)
    tamper(
        engine,
        "DELETE FROM audit_checkpoint WHERE size = 100",
        "DELETE FROM audit_leaf WHERE leaf_index >= 60",
        "DELETE FROM audit_event WHERE seq > 60",
    )
    found = [each for each in check(engine, copies={"copy in the safe": copy}).findings if each.code == "truncated"]
    assert [(each.place, "leaves 60 to 99 are gone" in each.message) for each in found] == [("copy in the safe", True)]
