"""Habits of the house that a reader would have to look for: clocks, logs, files, sizes, columns."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

import gateway.tables  # noqa: F401 - registers every table
from audit.tables import metadata as audit_metadata
from gateway.db import Base

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path for package in ("gateway", "crypto", "audit", "retention") for path in (ROOT / package).rglob("*.py")
)


def place_of(path):
    return str(path.relative_to(ROOT))


def calls(path):
    """Each call in this file as (dotted name, node)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_what_the_judge_is_told_of_restrictions_is_written_in_one_place():
    told = [
        place_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        and {"verzet", "shielded"} <= {key.value for key in node.keys if isinstance(key, ast.Constant)}
    ]
    assert told == ["gateway/dossiers/facts.py"]


LINES_MAX = 450


def test_no_module_is_longer_than_a_reader_can_hold():
    too_long = {}
    for path in SOURCES:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if "migrations" not in path.parts and lines > LINES_MAX:
            too_long[place_of(path)] = lines
    assert not too_long


# A line of the log says what happened and how long it took. Whom it was about stands in the audit log only, sealed.
LOG_WORDS = {
    "request_id",
    "method",
    "route",
    "status",
    "kind",
    "where",
    "holder",
    "removed",
    "job",
    "seconds",
    "trouble",
    "given_up",
    "organisation",
    "period",
    "survivors",
    "erased",
    "announced",
    "taken_back",
    "troubles",
    "destruction",
    "waiting",
}
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def log_calls():
    for path in SOURCES:
        for name, node in calls(path):
            base, _, level = name.rpartition(".")
            if level in LEVELS and base.split(".")[-1] in {"log", "logger", "logging", "_log"}:
                yield place_of(path), node


def test_log_lines_hold_nothing_but_listed_words():
    found = list(log_calls())
    assert len(found) >= 5, "the test no longer sees the calls it is about"
    for place, node in found:
        assert len(node.args) == 1, place
        assert isinstance(node.args[0], ast.Constant), f"{place}: the event of a log line is a fixed word"
        words = {keyword.arg for keyword in node.keywords}
        assert words <= LOG_WORDS, f"{place}: {words - LOG_WORDS} in a log line"


def test_nobody_prints_but_the_commands():
    printers = {place_of(path) for path in SOURCES for name, _ in calls(path) if name == "print"}
    assert not {place for place in printers if not place.endswith(("cli.py", "/verify.py", "/rescue.py"))}


CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "date.today", "datetime.today", "time.time"}
CLOCK_READERS = {
    "gateway/services.py": "the one clock, handed in as `clock`",
    "gateway/doctor.py": "looks at the system clock itself",
}


def test_time_comes_in_as_an_argument():
    readers = {place_of(path) for path in SOURCES for name, _ in calls(path) if name in CLOCKS}
    assert readers <= set(CLOCK_READERS)
    assert "gateway/services.py" in readers, "the test no longer sees the clock it allows"


# Where the plaintext of a document passes; `gateway/dossiers/files` works in scratch, which is memory.
UPLOAD_PATHS = (
    "gateway/dossiers/*.py",
    "gateway/disclosure/*.py",
    "gateway/convenant/*.py",
    "gateway/second_opinion/*.py",
    "gateway/vault/*.py",
    "crypto/stream.py",
    "crypto/fields.py",
)
FILE_WRITERS = {"open", "write_bytes", "write_text", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"}
FILE_WRITERS_ALLOWED = {
    ("gateway/dossiers/checking.py", "open"): "the worker's own directory in scratch, which is memory",
    ("gateway/dossiers/derived.py", "open"): "the files of the worker's own directory in scratch, which is memory",
    ("gateway/convenant/files.py", "open"): "the worker's own directory in scratch, which is memory",
    ("gateway/dossiers/inbound.py", "open"): "gpg's input and output in scratch, which is memory",
    ("gateway/disclosure/web.py", "open"): "reads a finished package: encrypted, and in scratch",
}


def test_no_document_is_written_to_a_file_on_its_way():
    found = set()
    for pattern in UPLOAD_PATHS:
        for path in ROOT.glob(pattern):
            for name, _ in calls(path):
                if name.split(".")[-1] in FILE_WRITERS:
                    found.add((place_of(path), name.split(".")[-1]))
    assert found == set(FILE_WRITERS_ALLOWED)


def test_names_and_reasons_of_documents_are_sealed_in_one_place_only():
    """`dossiers/labels.py` knows under which key they are, so that they die with their document."""
    places = ("file:{", "necessity:{", "withdrawn:{")
    found = [path for path in SOURCES if any(place in path.read_text("utf-8") for place in places)]
    assert [path.name for path in found] == ["labels.py"]


def test_no_form_is_parsed_by_a_library_that_spools_files():
    """`request.files` and `get_data` would put an upload into a temporary file or into memory as a whole."""
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert ast.unparse(node) not in {"request.files", "request.get_data", "request.data"}, place_of(path)


# What each column that can hold text holds. A column that is not here does not exist: think first, then add it.
# `sealed` under a key of its subject; `keyed` a keyed hash or token; `code` one of a fixed list; `public` known to all.
ID = "an opaque id"
COLUMNS = {
    "access_change": {"details": "sealed", "what": "code"},
    "access_entry": {
        "categories": "code",
        "kind": "code",
        "motivation": "sealed",
        "profession": "code",
        "register": "code",
        "register_number": "sealed",
        "scope": "code",
        "scope_ids": ID,
        "state": "code",
    },
    "account": {
        "email_token": "keyed",
        "language": "code",
        "password_hash": "keyed",
        "person": "sealed",
        "role": "code",
    },
    "afterlife_year": {"counts": "counts by code"},
    "audit_checkpoint": {"made_at": "an instant", "note": "public"},
    "audit_closing": {"closed_at": "an instant", "note": "public"},
    "audit_cosignature": {"at": "an instant", "key": "public", "line": "public"},
    "audit_event": {
        **dict.fromkeys(("action", "outcome", "role", "purpose", "legal_basis", "article", "profile"), "code"),
        **dict.fromkeys(("actor", "organisation", "tenant", "on_behalf_of", "object_id", "dossier", "request_id"), ID),
        "at": "an instant",
        "canonical": "codes and ids, as they are hashed",
        "network": "truncated so that it names no household",
        "object_type": "code",
        "sealed": "sealed",
        "software": "public",
    },
    "audit_expiry": {"leaves": "places in the log", "note": "public"},
    "audit_node": {"hashes": "keyed"},
    "audit_witnessed": {
        **dict.fromkeys(("cosigned_at", "refused_at"), "an instant"),
        **dict.fromkeys(("note", "origin", "refused_note"), "public"),
        "refused": "code",
    },
    "confidentiality": {"text_version": "code"},
    "consent": {
        **dict.fromkeys(("given_by", "purposes", "recipients", "categories"), "code"),
        "details": "sealed",
    },
    "consent_answer": {"answer": "code"},
    "consent_request": {
        **dict.fromkeys(("purposes", "recipients", "categories"), "code"),
        "explanation": "sealed",
    },
    "casus_item": {"details": "sealed", "item": "code"},
    "casus_meeting": {"details": "sealed", "state": "code"},
    "casus_participant": {"details": "sealed"},
    "convenant": {"kind": "code", "name": "public"},
    "convenant_agreement": {"details": "sealed", **dict.fromkeys(("manner", "state", "term"), "code")},
    "convenant_contact": {"kind": "code"},
    "convenant_document": {
        **dict.fromkeys(("kind", "media_kind", "state", "verdict_code"), "code"),
        "content_hash": "of an agreement between organisations, which all parties hold",
        "file_name": "sealed",
        "sealed_key": "sealed",
        "sealed_sha256": "of sealed bytes",
    },
    "convenant_ending": {"details": "sealed", "state": "code", "way": "code"},
    "convenant_exchange": {"categories": "code", "purposes": "code"},
    "convenant_party": {"side": "code", "standing": "code"},
    "convenant_proxy": {"details": "sealed", "state": "code"},
    "convenant_signature": {
        **dict.fromkeys(("authority", "factor", "state", "way"), "code"),
        "content_hash": "of an agreement between organisations, which all parties hold",
        "signer": "sealed",
    },
    "convenant_step": {"details": "sealed", "kind": "code"},
    "convenant_version": {
        "content": "sealed",
        "content_hash": "of an agreement between organisations, which all parties hold",
        "state": "code",
    },
    "court_order": {"details": "sealed"},
    "authenticator": {"seed": "sealed"},
    "besluit": {
        **dict.fromkeys(("funding", "kind", "school_type"), "code"),
        **dict.fromkeys(("details", "replaced_reason"), "sealed"),
        "prefix": "public",
    },
    "besluit_series": {"prefix": "public"},
    "breach_step": {"kind": "code", "reason": "sealed", "verdict": "code"},
    "data_breach": {"cause": "code", "details": "sealed", "kinds": "code"},
    "data_key": {"purpose": "code", "wrapped": "sealed"},
    "destruction": {
        **dict.fromkeys(("article", "categories", "profile", "state"), "code"),
        "parts": "ids of documents and names of fields",
        "certificate": "codes, counts and ids, signed",
        "counts": "counts by code",
        "key_id": ID,
    },
    "destruction_clock": {"name": "code"},
    "copy_hold": {"kind": "code", "reason": "sealed"},
    "line_ask": {
        **dict.fromkeys(("article", "kept_article", "kept_kind", "state"), "code"),
        **dict.fromkeys(("items", "thread", "verstrekkingen"), ID),
        "declaration": "codes, counts, days and ids, signed",
    },
    "line_asked": {
        **dict.fromkeys(("article", "told"), "code"),
        **dict.fromkeys(("items", "request", "thread", "verstrekkingen"), ID),
        "declaration": "codes, counts, days and ids, signed",
    },
    "document": {"withdrawn_reason": "sealed"},
    "document_version": {
        **dict.fromkeys(("categories", "kind", "media_kind", "origin", "purpose", "state", "verdict_code"), "code"),
        "content_mark": "keyed",
        "file_name": "sealed",
        "necessity": "sealed",
        "sealed_sha256": "of sealed bytes",
        "verdict": "code",
    },
    "dossier": {"moves_to": ID, "pupil": "sealed", "state": "code"},
    "dossier_person": {"capacity": "code"},
    "enrolment": {"elsewhere": "sealed"},
    "factor_reset": {"reason": "sealed", "state": "code"},
    "heartbeat": {"name": "code"},
    "invitation_check": {"note": "sealed", "state": "code"},
    "informed": {"details": "sealed", "way": "code"},
    "informing": {"items": "sealed"},
    "job": {"kind": "code", "state": "code", "trouble": "the name of an exception's class"},
    "key_renewal": {"period": "code", "period_key_id": ID},
    "known_device": {"mark": "keyed"},
    "lease": {"name": "code"},
    "legal_hold": {"details": "sealed", "kind": "code"},
    "letter": {"about": ID, "details": "sealed", **dict.fromkeys(("kind", "language", "way"), "code")},
    "letter_house": {"details": "sealed", "logo": "public"},
    "letter_template": {"details": "sealed", **dict.fromkeys(("kind", "state"), "code")},
    "mail_domain": {"domain": "public"},
    "matter": {"kind": "code", "replaced_reason": "sealed"},
    "notice": {"kind": "code", "sealed": "sealed"},
    "objection": {"details": "sealed", **dict.fromkeys(("advice", "by", "kind", "outcome", "state"), "code")},
    "organisation": {"brin": "public", "kind": "code", "name": "public"},
    "organisation_key": {"algorithm": "code", "fingerprint": "public", "sealed": "sealed", "state": "code"},
    "peer_link": {"address": "public", "carrier": "code", "pin": "public", "trouble": "code"},
    "peer_message": {
        **dict.fromkeys(("direction", "kind", "state"), "code"),
        "digest": "of sealed content with a random id in it",
        "reason": "sealed",
        "sealed": "sealed",
    },
    "peer_refusal": {"code": "code"},
    "peer_thread": {"name": ID},
    "own_key": {"fingerprint": "public", "public": "public", "sealed": "sealed"},
    "oversight_progress": {"name": "code"},
    "passkey": {"credential": "public", "name": "sealed", "public_key": "public"},
    "passkey_challenge": {"challenge_hash": "keyed", "purpose": "code"},
    "recovery_code": {"code_hash": "keyed"},
    "register_month": dict.fromkeys(("basis", "form", "grain", "month", "purpose"), "code"),
    "reglement_version": {"document": "public", "profile_id": "code", "state": "code"},
    "anonymised_rendition": {
        **dict.fromkeys(("categories", "code", "doing", "model", "state"), "code"),
        **dict.fromkeys(("decisions", "finds", "report"), "sealed"),
        **dict.fromkeys(("content_mark", "identities_mark"), "keyed"),
    },
    "rendition": {"kind": "code", "media_type": "code", "sealed_sha256": "of sealed bytes"},
    "inzage_answer": {"overview": "sealed"},
    "inzage_document": {
        **dict.fromkeys(("choice", "code", "doing", "state"), "code"),
        **dict.fromkeys(("choices", "finds", "report", "why"), "sealed"),
    },
    "inzage_piece": {"key": "a part of the overview by its id", "reason": "sealed"},
    "restriction": {"categories": "code", "kind": "code"},
    "right_item": {"answer": "sealed", "change": "code", "details": "sealed", "field": "code", "outcome": "code"},
    "right_pause": {"why": "sealed"},
    "right_request": {
        **dict.fromkeys(("capacity", "kind", "language", "outcome", "reminded", "state", "way"), "code"),
        **dict.fromkeys(("assisted", "decision", "details", "extension"), "sealed"),
        "same_as": ID,
    },
    "right_step": {"body": "sealed", "kind": "code"},
    "correction_notice": {"thread": ID},
    "right_told": {
        **dict.fromkeys(("state", "way"), "code"),
        **dict.fromkeys(("answer", "details", "why"), "sealed"),
    },
    "statement": {"kind": "code", "text": "sealed"},
    "second_opinion_act": {"body": "sealed", "kind": "code", "side": "code"},
    "second_opinion_advice": {"text": "sealed"},
    "second_opinion_case": {**dict.fromkeys(("own_side", "phase", "reminded"), "code"), "thread": ID},
    "second_opinion_wish": {"body": "sealed", "way": "code"},
    "search_token": {"kind": "code", "period_key_id": ID, "token": "keyed"},
    "signal": {"kind": "code", "reason": "sealed", "state": "code"},
    "signal_threshold": {"chosen": "codes and numbers"},
    "signed_in": {
        "device": "code",
        "factor": "code",
        "network": "truncated so that it names no household",
        "provider_session": "keyed",
        "token_hash": "keyed",
    },
    "sign_on_attempt": {
        **dict.fromkeys(("browser_hash", "invitation_hash", "state_hash"), "keyed"),
        "goes_on": "a page of ours: opaque ids only",
        "purpose": "code",
    },
    "sign_on_connection": {
        **dict.fromkeys(("client", "domains", "issuer"), "public"),
        **dict.fromkeys(("affiliation_claim", "affiliation_values", "member_claim", "member_values", "strong"), "code"),
        "secret": "sealed",
        "state": "code",
    },
    "sign_on_link": {"issuer": "public", "subject": "keyed", "way": "code"},
    "sign_on_spent": {"mark": "keyed"},
    "single_use_link": {"kind": "code", "token_hash": "keyed"},
    "subject_key": {"kind": "code", "period_key_id": ID, "wrapped": "sealed"},
    "tenant": {"name": "public", "profile_id": "code", "slug": "public"},
    "throttle": {"key": "keyed"},
    "coded_export": {"content": "sealed", "purpose": "code", "sha256": "a digest of codes"},
    "verstrekking": {
        **dict.fromkeys(("article", "basis", "categories", "form", "law", "profile", "purpose", "state"), "code"),
        "details": "sealed",
        "mapping": "sealed",
        "statement": "sealed",
    },
    "verstrekking_document": {
        **dict.fromkeys(("article", "categories", "form"), "code"),
        "facts": "sealed",
        "mark": "a digest of sealed bytes",
        "sha256": "a digest of a file without a name in it",
    },
    "verstrekking_gone": {
        **dict.fromkeys(("answer", "article", "basis", "form", "profile", "purpose"), "code"),
        "part_of": "an opaque id",
        "places": "numbers of documents in what was given, from 1",
    },
    "witness_party": {
        **dict.fromkeys(("key", "name", "url"), "public"),
        **dict.fromkeys(("side", "state", "trouble"), "code"),
    },
}
ID_LENGTH = 32
TEXT = (sa.String, sa.Text, sa.JSON, sa.LargeBinary)


def text_columns():
    """(table, column) of everything that can hold text, but ids: those are 32 hexadecimal digits and nothing else."""
    for metadata in (Base.metadata, audit_metadata):
        for table in metadata.sorted_tables:
            for column in table.columns:
                is_id = isinstance(column.type, sa.String) and column.type.length == ID_LENGTH
                named_id = column.name in {"ref", "holder", "object_key"} or column.name.endswith(("id", "_by"))
                if isinstance(column.type, TEXT) and not (is_id and named_id):
                    yield table.name, column.name


def test_every_column_that_can_hold_text_is_known():
    unknown = [f"{table}.{column}" for table, column in text_columns() if column not in COLUMNS.get(table, {})]
    assert not unknown, "say in COLUMNS what these hold; what names a person is sealed"


def test_no_listed_column_is_gone():
    there = set(text_columns())
    assert not [f"{table}.{column}" for table in COLUMNS for column in COLUMNS[table] if (table, column) not in there]


@pytest.mark.parametrize("column", ["pupil", "person", "file_name", "motivation", "necessity", "details", "statement"])
def test_what_names_a_person_is_bytes(column):
    """Sealed bytes cannot be confused with text: the type refuses a plain string."""
    types = [table.c[column].type for table in Base.metadata.sorted_tables if column in table.c]
    assert types
    assert all(isinstance(type_, sa.LargeBinary) for type_ in types)
