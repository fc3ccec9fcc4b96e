"""Attacks on the whole portal, by people who may be there, with things that are not theirs (issue 6, Attack it)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from gateway.accounts.rules import Person
from gateway.accounts.usecases import checked_person
from gateway.dossiers import pages
from gateway.dossiers.rules import clean_file_name
from gateway.errors import InvalidInputError
from gateway.notices import outbox
from gateway.sheets import as_csv
from gateway.web import attachment
from tests import builders, personas
from tests.attack import forms as forms_of
from tests.web import matrix

NOT_SENT = {"/afmelden", "/taal"}  # they end or change the session that the other attacks need
ODD = (
    "²",
    "9" * 5000,
    "-1",
    "9999-12-31",
    "0001-01-01",
    "x" * 70_000,
    "' OR 1=1 --\r\nX-Evil: 1",
    "{{7*7}}\u202e",
    "0" * 32,
    "",
    "2026-11-23T99:99",
    "\ufdd0\U0010ffff",
)
"""What no person types: digits that are no number, dates at the end of time, too much, other people's languages."""


def test_the_crawl_finds_the_forms_of_every_slice(found):
    assert len(found) > 60


def test_what_nobody_types_is_refused_with_a_page_and_never_an_error_of_ours(found, browsers):
    turn, failed = 0, []
    for (_method, rule, _names), (who, form) in found.items():
        if rule in NOT_SENT:
            continue
        for field in forms_of.each_field(form):
            turn += 1
            odd = ODD[turn % len(ODD)]
            answer = forms_of.send(browsers[who], form, **{field.name: [odd]})
            if answer.status_code >= 500:
                failed.append((rule, field.name, odd[:20]))
            answer.close()
    assert failed == []
    assert turn > 200


@pytest.mark.parametrize("version", ["²", "9" * 5000, "1.0", "-1", "٣"])
@pytest.mark.parametrize("page", ["/dossiers/{dossier_id}/wijzigen", "/toegangslijst/{entry_id}/wijzigen"])
def test_a_version_that_is_no_number_is_an_old_version(world, browsers, page, version):
    who = "admin" if "toegangslijst" in page else "owner"
    path = page.format(**world.things["submitted"], **world.things["entry"])
    forms = forms_of.read(path, browsers[who].client.get(path).get_data(as_text=True))[0]
    form = next(form for form in forms if any(field.name == "version" for field in form.fields))
    assert forms_of.send(browsers[who], form, version=[version]).status_code in {400, 409}


FOREIGN = (
    "t2_entry",
    "second",
    "theirs",
    "event_of_second",
    "consent_of_other_dossier",
    "order_of_other_dossier",
    "partner_key",
    "witness",
)
"""Things of another tenant, another school or another dossier than the form is about."""
IS_ID = re.compile(r"[0-9a-f]{32}\Z")


def foreign_ids(services, world):
    """Ids that the forms of the first tenant never offer: those of the second tenant, and of things of another kind."""
    ids = {value for name in FOREIGN for value in world.things[name].values() if IS_ID.match(str(value))}
    # The partner whose key it is is a party of the first tenant, which a convenant may be made with.
    ids.discard(world.things["partner_key"]["organisation_id"])
    other = builders.account(services, matrix.EMAIL["t2_swv"])
    return sorted(ids | {other.id, other.organisation_id, other.tenant_id})


def holds_id(field):
    values = field.options if field.kind == "select" else (field.value,)
    return any(IS_ID.match(value) for value in values)


def test_the_id_of_another_in_a_form_a_hidden_field_or_a_filter_does_nothing(services, world, browsers, found):
    """Wherever a form carries an id, each foreign id is sent in its place; what is kept does not change by it."""
    ids, tried, wrong = foreign_ids(services, world), 0, []
    before = everything_but_the_log(services)
    for (method, rule, _), (who, form) in found.items():
        for field in forms_of.each_field(form) if rule not in NOT_SENT else ():
            if field.name == "once" or not (holds_id(field) or field.name.endswith("_id")):
                continue
            if who.startswith("t2"):
                continue
            for foreign in ids:
                tried += 1
                answer = forms_of.send(browsers[who], form, **{field.name: [foreign]})
                if answer.status_code >= 500 or (
                    method == "post" and rule != "/register" and answer.status_code == 303
                ):
                    wrong.append((rule, field.name, answer.status_code, who))
                answer.close()
    assert wrong == []
    assert tried > 60
    assert everything_but_the_log(services) == before


def everything_but_the_log(services):
    """A digest of every row but those that any visit moves: the log, sessions, counters, jobs and read notices."""
    moves = {
        "signed_in",
        "throttle",
        "notice",
        "job",
        "heartbeat",
        "signal",
        "signal_event",
        "oversight_progress",
        "register_month",
    }
    digest = hashlib.sha256()
    with services.db.reading() as session:
        for name in sorted(inspect(session.connection()).get_table_names()):
            if name not in moves and not name.startswith("audit"):
                rows = sorted(repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))
                digest.update(repr((name, rows)).encode())
    return digest.hexdigest()


EXTRA = {
    "tenant_id": "second", "role": "administrator", "is_admin": "1", "state": "submitted", "school_id": "second", "made_by": "x" * 32,
    "dossier_id": "second", "account_id": "x" * 32, "id": "0" * 32, "approved": "1", "stored_bytes": "-1", "password_hash": "x",
    "decided_by": "x" * 32, "active": "1", "version_id": "x" * 32, "capacity": "data_subject", "open_until": "2099-01-01",
}  # fmt: skip


def test_fields_that_a_form_does_not_have_are_not_read(services, world, browsers):
    """Mass assignment: a pupil changed with every column of every table sent along is the pupil that was typed."""
    dossier = world.things["draft"]["dossier_id"]
    path = f"/dossiers/{dossier}/wijzigen"
    form = forms_of.read(path, browsers["owner"].client.get(path).get_data(as_text=True))[0]
    form = next(each for each in form if any(field.name == "version" for field in each.fields))
    with services.db.reading() as session:
        had = dict(session.execute(text("SELECT * FROM dossier WHERE id = :id"), {"id": dossier}).mappings().one())
    extra = {name: [world.things[value]["dossier_id"] if value == "second" else value] for name, value in EXTRA.items()}
    assert forms_of.send(browsers["owner"], form, **extra).status_code == 303
    with services.db.reading() as session:
        has = dict(session.execute(text("SELECT * FROM dossier WHERE id = :id"), {"id": dossier}).mappings().one())
    changed = {name for name in had if had[name] != has[name]}
    assert changed <= {"pupil", "version", "changed_at"}


@pytest.mark.parametrize("kind", ["application/json", "text/xml", "text/plain", "application/x-yaml"])
def test_a_body_that_is_no_form_is_not_read_as_one(world, browsers, kind):
    """JSON with ids of another tenant, XML with an entity: there is no token in it, so there is nothing to do."""
    dossier = world.things["second"]["dossier_id"]
    body = json.dumps({"dossier_id": dossier, "csrf_token": browsers["swv"].token})
    if kind == "text/xml":
        body = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    for path in (
        f"/dossiers/{dossier}/verstrekken",
        f"/dossiers/{world.things['submitted']['dossier_id']}/verstrekken",
        "/dossiers",
    ):
        answer = browsers["swv"].client.post(path, data=body, content_type=kind)
        assert answer.status_code in {400, 404}, (path, answer.status_code)
        assert "root:" not in answer.get_data(as_text=True)


def test_the_number_and_size_of_answers_tell_nothing_of_another_tenant(services, world, browsers):
    """A name or BSN that only the neighbours have finds as much as one that nobody has, in as many bytes."""
    sizes = {}
    for who in ("swv", "other_school", "officer"):
        for name, query in (
            ("theirs", "Kind-second"),
            ("nobodys", "Kind-secomd"),
            ("their BSN", "100000058"),
            ("no BSN", "100000071"),
        ):
            path = "/register" if who == "officer" else "/dossiers"
            browsers[who].client.get("/over")  # takes the message of an act before this off the page
            answer = browsers[who].ask("POST", path, {"zoek": query})
            page = browsers[who].client.get(answer.location).get_data(as_text=True)
            page = re.sub(r"[\w-]{40,}|csrf[^>]*|nonce=\S+|data-printed>[^<]*", "", page).replace(query, "")
            sizes[who, name] = len(page)
        assert sizes[who, "theirs"] == sizes[who, "nobodys"], who
        assert sizes[who, "their BSN"] == sizes[who, "no BSN"], who


def test_what_is_typed_never_becomes_a_second_line_of_the_log(browsers, capsys):
    structlog.reset_defaults()
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    for path in ("/dossiers/x%0a%7b%22event%22:%22forged%22%7d", "/dossiers?zoek=%0aforged", "/bewijs/a%0d%0aforged"):
        browsers["swv"].client.get(path, headers={"User-Agent": "a\tforged", "X-Request-Id": "forged"})
    browsers["anonymous"].ask("POST", "/aanmelden", {"email": "a@b.example\nforged", "password": "forged"})
    said = capsys.readouterr().out
    structlog.reset_defaults()
    assert "request" in said
    assert "forged" not in said


@pytest.mark.parametrize("name", ["a\r\nBcc: evil@evil.example", "a\nSubject: gewonnen", "=?utf-8?q?a=0ABcc:evil?="])
def test_nothing_typed_becomes_a_head_of_a_mail(services, name):
    email = outbox.compose(
        services.settings, to="ouder@demo.example", kind="invitation", link="/uitnodiging/x", now=services.clock()
    )
    assert "Bcc" not in email
    with pytest.raises((ValueError, InvalidInputError)):
        outbox.compose(
            services.settings,
            to=f"{name}@demo.example\r\nBcc: x@evil.example",
            kind="invitation",
            link="/x",
            now=services.clock(),
        )
    with pytest.raises(InvalidInputError):
        checked_person(Person(name="Verzonnen", email=f"{name} <x@demo.example>"))


@pytest.mark.parametrize(
    "name",
    [
        "x\r\nSet-Cookie: a=b.pdf",
        'x"; filename="evil.exe',
        "../../etc/passwd",
        "..\\..\\x.txt",
        "\u202efdp.exe",
        "naïef é.pdf",
    ],
)
def test_a_file_name_stays_a_file_name_in_the_head_of_an_answer(app, name):
    shown = clean_file_name(name)
    with app.test_request_context("/"):
        answer = attachment(iter((b"x",)), file_name=shown, media_type="application/pdf", size=1)
    head = answer.headers["Content-Disposition"]
    assert head.startswith("attachment;")
    assert not {"\r", "\n"} & set(head)
    read = EmailMessage()
    read["Content-Disposition"] = head
    assert read.get_filename() == shown
    assert "/" not in shown
    assert "\\" not in shown
    assert "\u202e" not in shown
    assert "Set-Cookie" not in answer.headers


FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b=1",
    "\uff1d1",
    "a;=1",
    "a,=1+1",
    "a\t=1",
    'a",=1',
    "|=1",
)


@pytest.mark.parametrize("cell", FORMULAS)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_no_cell_of_a_list_is_run_whatever_separates_the_cells(cell, separator):
    """A spreadsheet chooses its separator by the country it stands in."""
    line = "".join(as_csv([("voor", cell, "na")]))
    for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
        for read in row:
            assert not re.match(r"[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]", read), (cell, read)


def test_lists_are_written_in_one_place_that_makes_every_cell_harmless():
    """`gateway/log_export.py` writes ids, codes and times alone: NEN 7513 for machines, no word that anyone typed."""
    root = Path(__file__).resolve().parent.parent.parent
    found = {path.name for path in (root / "gateway").rglob("*.py") if "csv.writer" in path.read_text(encoding="utf-8")}
    assert found == {"sheets.py", "log_export.py"}


@given(
    query=st.text(max_size=60)
    | st.sampled_from(["' OR '1'='1", "%", "_", "\\", "'; DROP TABLE dossier; --", '" OR 1=1', "*"])
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_searched_finds_no_more_than_is_within_reach(services, browsers, query):
    """SQL by Hypothesis, at every door that takes a search."""
    mine = pages.search(services, builders.context(services, personas.OTHER_SCHOOL), query, query)
    ours = {line.id for line in pages.search(services, builders.context(services, personas.OTHER_SCHOOL), "", "").lines}
    assert {line.id for line in mine.lines} <= ours
    for path in (
        "/logboek?wie={}&wat={}&dossier={}",
        "/toegangslijst?staat={}&soort={}&school={}",
        "/register?school={}&ontvanger={}&doel={}",
    ):
        who = "admin" if "toegangslijst" in path else "officer"
        asked = quote(query, errors="replace")
        assert browsers[who].client.get(path.format(asked, asked, asked)).status_code in {200, 400, 404}
