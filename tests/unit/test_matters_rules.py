"""What makes a matter, a besluit and a hold right, and the fields that BRON asks (TL8, OB1, OB2)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.errors import InvalidInputError
from gateway.keeping import tlv
from gateway.keeping.words import in_a_letter
from gateway.matters import rules
from gateway.matters.queries import BesluitLine
from gateway.matters.rules import NewBesluit, NewHold, NewMatter
from gateway.matters.tables import Besluit
from tests.builders import new_tlv, pupil

TODAY = date(2026, 11, 23)
BEGAN = date(2026, 11, 2)
OTHER = NewBesluit(kind="tlv_refused", decided_on=TODAY, signatory="Dirk Denkbeeld", function="voorzitter")


def field_of(act):
    with pytest.raises(InvalidInputError) as problem:
        act()
    return problem.value.field


def checked(new, kind="admissibility"):
    return rules.checked_besluit(new, matter_kind=kind, started_on=BEGAN, today=TODAY)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewMatter(kind="x", started_on=TODAY), "kind"),
        (NewMatter(kind="advice", started_on=date(2026, 11, 24)), "started_on"),
        (NewMatter(kind="advice", started_on=TODAY, ended_on=BEGAN), "ended_on"),
        (NewMatter(kind="advice", started_on=BEGAN, ended_on=date(2026, 11, 24)), "ended_on"),
    ],
)
def test_a_matter_of_an_unknown_kind_or_in_the_future_is_refused(new, field):
    assert field_of(lambda: rules.checked_matter(new, TODAY)) == field


def test_a_matter_that_began_and_ended_before_today_is_taken():
    new = NewMatter(kind="advice", started_on=BEGAN, ended_on=TODAY)
    assert rules.checked_matter(new, TODAY) == new


def test_a_matter_ends_on_a_day_from_its_begin_until_today():
    assert rules.checked_end(BEGAN, TODAY, TODAY) == TODAY
    assert field_of(lambda: rules.checked_end(BEGAN, date(2026, 11, 1), TODAY)) == "ended_on"
    assert field_of(lambda: rules.checked_end(BEGAN, date(2026, 11, 24), TODAY)) == "ended_on"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "allocation"}, "kind"),
        ({"decided_on": date(2026, 11, 24)}, "decided_on"),
        ({"decided_on": date(2026, 11, 1)}, "decided_on"),
        ({"signatory": " "}, "signatory"),
        ({"function": ""}, "function"),
        ({"starts_on": None}, "starts_on"),
        ({"ends_on": None}, "ends_on"),
        ({"ends_on": TODAY}, "ends_on"),
        ({"school_type": "bao"}, "school_type"),
        ({"funding": "hoog"}, "funding"),
        ({"school_type": "so"}, "funding"),
        ({"gender": "?"}, "gender"),
        ({"swv_number": "2203"}, "swv_number"),
        ({"other_number": "iets"}, "other_number"),
    ],
)
def test_a_tlv_has_every_field_that_bron_asks(changes, field):
    assert field_of(lambda: checked(new_tlv(TODAY, **changes))) == field


def test_what_only_a_tlv_has_is_left_out_of_another_besluit():
    typed = replace(new_tlv(TODAY), kind="tlv_refused")
    assert checked(typed) == replace(OTHER, function="voorzitter commissie toewijzing")
    allocated = replace(OTHER, kind="allocation", starts_on=TODAY, ends_on=TODAY)
    assert checked(allocated, "allocation") == allocated
    assert field_of(lambda: checked(replace(allocated, ends_on=BEGAN), "allocation")) == "ends_on"


def test_numbers_are_read_as_people_type_them():
    assert checked(new_tlv(TODAY, swv_number=" po2203 ", other_number="vo2001-2025-00012")).swv_number == "PO2203"


def test_the_number_of_a_tlv_is_swv_year_and_five_digits():
    assert rules.number_text("PO2203", 2026, 17) == "PO2203-2026-00017"
    assert rules.number_text(None, None, None) == ""


def test_an_objection_is_open_for_six_weeks_and_an_advice_has_none():
    assert rules.objection_until("tlv", TODAY) == date(2027, 1, 4)
    assert rules.objection_until("advice", TODAY) is None


def test_a_tlv_is_assessed_again_half_a_year_before_its_end():
    assert rules.reassess_from("tlv", date(2028, 7, 31)) == date(2028, 1, 31)
    assert rules.reassess_from("tlv_refused", date(2028, 7, 31)) is None
    assert rules.reassess_from("tlv", None) is None


HOLD = NewHold(kind="bezwaar", started_on=BEGAN, review_on=date(2027, 1, 1), reason=" Bezwaar. ", owner_id="x")


def test_a_hold_has_a_kind_a_reason_and_a_day_to_look_again():
    assert rules.checked_hold(HOLD, TODAY).reason == "Bezwaar."
    for changes, field in (
        ({"kind": "zomaar"}, "kind"),
        ({"started_on": date(2026, 11, 24)}, "started_on"),
        ({"review_on": TODAY}, "review_on"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
    ):
        assert field_of(lambda changes=changes: rules.checked_hold(replace(HOLD, **changes), TODAY)) == field


def test_an_objection_ends_with_its_final_decision_and_a_complaint_without():
    assert rules.checked_hold_end("beroep", BEGAN, TODAY, TODAY) == TODAY
    assert field_of(lambda: rules.checked_hold_end("bezwaar", BEGAN, None, TODAY)) == "final_decision_on"
    assert field_of(lambda: rules.checked_hold_end("bezwaar", TODAY, BEGAN, TODAY)) == "final_decision_on"
    assert rules.checked_hold_end("complaint", BEGAN, TODAY, TODAY) is None


def test_a_reason_is_written():
    assert rules.checked_reason(" Verkeerde dag. ") == "Verkeerde dag."
    assert field_of(lambda: rules.checked_reason(" ")) == "reason"


def line(**changes):
    new = checked(new_tlv(TODAY, **changes)) if changes.get("kind", "tlv") == "tlv" else None
    row = Besluit(
        kind="tlv" if new else changes["kind"],
        decided_on=TODAY,
        announced_on=TODAY,
        starts_on=new.starts_on if new else None,
        ends_on=new.ends_on if new else None,
        school_type=new.school_type if new else None,
        funding=new.funding if new else None,
        prefix=new.swv_number if new else None,
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    return BesluitLine(
        row=row,
        number="PO2203-2026-00017" if new else "",
        signatory="Dirk Denkbeeld",
        function="voorzitter",
        gender=new.gender if new else "",
        other_number="",
        replaced="",
        objection_until=rules.objection_until(row.kind, TODAY),
        reassess_from=None,
    )


def test_with_a_bsn_name_and_address_do_not_leave():
    found = tlv.fields(line(), pupil(bsn="111222333"), "99ZX00")
    assert tlv.missing(found) == []
    assert found["burgerservicenummer"] == "111222333"
    assert not any(
        found[name] for name in ("achternaam", "voornamen", "straat_en_huisnummer", "postcode", "woonplaats")
    )


def test_without_a_bsn_bron_asks_name_and_address():
    found = tlv.fields(line(), pupil(bsn=""), None)
    assert tlv.missing(found) == []
    assert found["woonplaats"]
    assert tlv.missing(tlv.fields(line(), pupil(bsn="", town=" ", infix=""), None)) == ["woonplaats"]


def test_what_lacks_is_named():
    assert tlv.missing(tlv.fields(replace(line(), gender=""), pupil(), None)) == ["geslacht"]
    assert tlv.missing(tlv.fields(replace(line(), gender="?", number=""), pupil(), None)) == [
        "beschikkingsnummer",
        "geslacht",
    ]


def test_json_and_csv_hold_the_same_fields_and_no_formula():
    found = {**tlv.fields(line(), pupil(), "99ZX00"), "getekend_door": "=1+1"}
    assert json.loads(tlv.as_json(found)) == found
    rows = list(csv.reader(io.StringIO(tlv.as_csv(found).decode("utf-8-sig")), delimiter=";"))
    assert tuple(rows[0]) == tlv.FIELDS
    assert dict(zip(*rows, strict=True)) == {**found, "getekend_door": "'=1+1"}


def test_a_letter_names_the_besluit_and_what_one_can_do_against_it():
    told = " ".join(in_a_letter(line(), "Samenwerkingsverband Voorbeeld"))
    assert "PO2203-2026-00017" in told
    assert "tot en met 4 januari 2027 bezwaar" in told
    assert "bestuursrechter" in told
    assert "Dit is een advies" in " ".join(in_a_letter(line(kind="advice"), "Samenwerkingsverband Voorbeeld"))
