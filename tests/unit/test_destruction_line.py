"""What two gateways tell each other about destroying is exactly what the format says. Source: issue 10 (Partners too)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.destruction import line_rules
from gateway.destruction.line_rules import DESTROYED, KEPT, NOTHING, Item, Kept, Standing, Statement
from gateway.errors import InvalidInputError

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "peers" / "destruction.json").read_text())
NOW = datetime(2029, 12, 1, 9, 0, tzinfo=UTC)
ITEMS = (Item(kind="second_opinion", thread="a1" * 16),)
ASKED = Standing(request="0f" * 16, items=ITEMS, verstrekkingen=(), state="", final=False, made_at=None)
GONE = Statement(request=ASKED.request, items=ITEMS, verstrekkingen=(), state=DESTROYED, made_at=NOW, destroyed_at=NOW)
STAYS = replace(
    GONE, state=KEPT, destroyed_at=None, kept=Kept(until=date(2030, 1, 1), kind="complaint", article="PR13")
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_message_about_destroying_is_read_exactly_or_refused(vector):
    if vector["says"] is None:
        with pytest.raises(InvalidInputError):
            said(vector)
    else:
        assert said(vector) == vector["says"]


def said(vector):
    if vector["kind"] == "ask":
        found = line_rules.parse_ask(json.loads(vector["raw"]))
        assert found.body() == json.loads(vector["raw"])
        return "reminder" if found.reminder else "asked"
    statement = line_rules.parse_statement(vector["raw"])
    assert statement.text() == vector["raw"]
    return "final" if statement.final else statement.state


@pytest.mark.parametrize(
    ("before", "final", "after", "goes"),
    [
        ("", False, GONE, True),
        ("", False, STAYS, True),
        ("", False, replace(GONE, state=NOTHING, destroyed_at=None), True),
        (KEPT, False, GONE, True),
        (KEPT, False, STAYS, True),
        (DESTROYED, False, replace(GONE, final=True), True),
        (DESTROYED, False, STAYS, False),
        (DESTROYED, True, GONE, False),
        (NOTHING, False, GONE, False),
    ],
)
def test_what_is_gone_stays_gone(before, final, after, goes):
    first = NOW - timedelta(hours=1) if before else None
    asked = replace(ASKED, state=before, final=final, made_at=first)
    assert line_rules.fits(asked, after, NOW) is goes


@pytest.mark.parametrize("text", ["", "geen json", "[]", "{}", "[" * 100_000])
def test_what_is_no_statement_at_all_is_refused(text):
    with pytest.raises(InvalidInputError):
        line_rules.parse_statement(text)


@pytest.mark.parametrize("moment", ["2029-02-30T09:00:00.000000Z", "2029-12-01T25:00:00.000000Z"])
def test_a_moment_that_does_not_exist_is_refused(moment):
    with pytest.raises(InvalidInputError):
        line_rules.parse_statement(GONE.text().replace("2029-12-01T09:00:00.000000Z", moment))


def test_an_old_statement_or_one_from_the_future_is_none():
    assert not line_rules.fits(replace(ASKED, state=KEPT, made_at=NOW), GONE, NOW)
    assert not line_rules.fits(ASKED, replace(GONE, made_at=NOW + timedelta(hours=2)), NOW)
    assert not line_rules.fits(ASKED, replace(GONE, destroyed_at=NOW + timedelta(minutes=1)), NOW)


def test_people_get_a_week_within_the_term_to_say_that_it_must_stay():
    assert line_rules.due_on(date(2029, 12, 1), date(2029, 12, 29)) == date(2029, 12, 8)
    assert line_rules.due_on(date(2029, 12, 1), date(2029, 12, 4)) == date(2029, 12, 4)
    assert line_rules.due_on(date(2029, 12, 20), date(2029, 12, 4)) == date(2029, 12, 20)


def test_the_request_is_the_same_when_a_restored_database_destroys_again():
    one = line_rules.request_id("d1" * 16, "c2" * 16)
    assert one == line_rules.request_id("d1" * 16, "c2" * 16) != line_rules.request_id("d1" * 16, "c3" * 16)
