"""When an entry of the access list admits, and when never: the rules as pure functions (PR8.1, PR8.2, PR10.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import rules
from gateway.access.rules import Entry, Registration, admits
from gateway.context import AMSTERDAM
from gateway.errors import InvalidInputError
from gateway.references import id_ending, reference_of
from gateway.reglement import facts as strict
from gateway.reglement.profiles import shipped
from gateway.reglement.rules import judge

SHIPPED = shipped()
PROFILES = [profile.id for profile in SHIPPED]
DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
letters = st.frozensets(st.sampled_from("abcdefghijklmnop"))


def entry(**changes):
    values = {
        "kind": "listed", "state": "approved", "categories": frozenset("ag"), "scope": "tenant",
        "scope_ids": frozenset(), "valid_from": DAY, "valid_until": None, "opened_at": NOON, "closes_at": None,
        "of_expert": False, "profession": None, "registration": None,
    }  # fmt: skip
    return Entry(**{**values, **changes})


def glass(**changes):
    values = {"kind": "break_glass", "scope": "dossier", "scope_ids": frozenset({"d"})}
    return entry(**{**values, "closes_at": NOON + timedelta(hours=24), **changes})


def test_an_entry_of_a_kind_that_nobody_knows_opens_nothing():
    assert admits(entry(), DAY)
    assert not admits(entry(kind="other"), DAY)


registrations = st.none() | st.builds(
    Registration, register=st.sampled_from(list(rules.REGISTERS)), valid_from=days, valid_until=st.none() | days
)
entries = st.builds(
    Entry,
    kind=st.sampled_from(["listed", "break_glass", "other"]),
    state=st.sampled_from([*rules.STATES, "anything"]),
    categories=letters,
    scope=st.sampled_from(["tenant", "schools", "dossier"]),
    scope_ids=st.frozensets(st.sampled_from(["d", "s"])),
    valid_from=days,
    valid_until=st.none() | days,
    opened_at=st.none() | instants,
    closes_at=st.none() | instants,
    of_expert=st.booleans(),
    profession=st.none() | st.sampled_from(list(rules.PROFESSIONS)),
    registration=registrations,
)


@given(entries, instants)
def test_what_is_not_approved_by_a_second_person_never_admits(found, moment):
    if found.state != "approved":
        assert not admits(found, moment)
        assert not admits(found, moment.date())


@given(entries, instants)
def test_an_entry_never_admits_outside_its_days(found, moment):
    on = moment.astimezone(AMSTERDAM).date()
    outside = on < found.valid_from or (found.valid_until is not None and on > found.valid_until)
    if found.kind == "listed" and outside:
        assert not admits(found, moment)


@given(entries, instants)
def test_an_expert_without_a_valid_registration_is_never_admitted(found, moment):
    on = moment.astimezone(AMSTERDAM).date()
    held = found.registration
    valid = held is not None and held.valid_from <= on and (held.valid_until is None or on <= held.valid_until)
    if found.kind == "listed" and found.of_expert and not (valid and found.profession):
        assert not admits(found, moment)


@given(entries, instants)
def test_break_glass_never_admits_after_24_hours_nor_more_than_one_dossier_nor_on_a_bare_day(found, moment):
    if found.kind != "break_glass":
        return
    assert not admits(found, moment.date())
    if found.opened_at is None or moment >= found.opened_at + timedelta(hours=24) or moment < found.opened_at:
        assert not admits(found, moment)
    if found.scope != "dossier":
        assert not admits(found, moment)


@given(entries, instants)
def test_no_other_kind_of_entry_and_no_entry_without_data_admits(found, moment):
    if found.kind == "other" or not found.categories:
        assert not admits(found, moment)


def test_both_days_of_an_entry_count_and_a_day_begins_in_amsterdam():
    found = entry(valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 24))
    assert admits(found, datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    assert not admits(found, datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    assert admits(found, datetime(2026, 11, 24, 22, 59, tzinfo=UTC))
    assert not admits(found, datetime(2026, 11, 24, 23, 0, tzinfo=UTC))


def test_break_glass_admits_from_its_first_second_up_to_its_last():
    found = glass()
    assert [admits(found, NOON + step) for step in (-timedelta(seconds=1), timedelta(0), timedelta(hours=24))] == [
        False, True, False,
    ]  # fmt: skip
    assert admits(found, NOON + timedelta(hours=24) - timedelta(microseconds=1))
    assert not admits(glass(closes_at=NOON + timedelta(days=9)), NOON + timedelta(hours=25))


@given(entries, st.sampled_from(["d", "x"]), st.sampled_from(["s", "y"]))
def test_an_entry_reaches_what_its_scope_names_and_nothing_else(found, dossier, school):
    reached = rules.reaches(found, dossier_id=dossier, school_id=school)
    if found.scope != "tenant":
        named = dossier if found.scope == "dossier" else school
        assert reached == (named in found.scope_ids)


def facts(profile, access, categories, **state):
    return {
        "profile": profile, "on": DAY.isoformat(), "act": "consult", "purpose": "support_allocation",
        "pupil": {"born": "2013-05-04", "notified_to_swv": True, "represented": False},
        "data": {"categories": sorted(categories), "anonymised": False, "necessity": None, "origin": "school"},
        "actor": {"kind": "swv_staff", "has_authority": None, "access": access},
        "state": {"verzet": "none", "shielded": [], "legal_hold": False, "open_matters": 0} | state,
    }  # fmt: skip


@given(st.sampled_from(PROFILES), letters.filter(bool), st.sampled_from(["none", "upheld"]), letters)
def test_the_judge_decides_on_break_glass_as_always(profile_id, asked, verzet, shielded):
    profile = SHIPPED.get(profile_id)
    allowed = profile.access.break_glass_categories
    access = {
        "from": DAY.isoformat(), "until": DAY.isoformat(), "categories": sorted(allowed), "scope": "dossier",
        "confidentiality_accepted": DAY.isoformat(), "profession": None, "registration": None,
    }  # fmt: skip
    made = facts(profile_id, access, asked, verzet=verzet, shielded=sorted(shielded))
    decision = judge(strict.parse(made), profile)
    assert decision.allowed == (asked <= allowed and verzet == "none" and not asked & shielded)


@pytest.mark.parametrize("profile_id", PROFILES)
def test_shipped_break_glass_opens_neither_number_nor_health_nor_belief(profile_id):
    assert not SHIPPED.get(profile_id).access.break_glass_categories & frozenset("bef")


GOOD = {
    "motivation": "Voorbeeld.", "categories": "ag", "scope": "tenant", "scope_ids": [], "valid_from": DAY,
    "valid_until": None, "profession": "psychologist", "register": "BIG", "register_number": "12345678901",
    "register_from": date(2020, 1, 1), "register_until": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("valid_until", {"valid_until": DAY - timedelta(days=1)}),
        ("valid_until", {"valid_from": DAY - timedelta(days=9), "valid_until": DAY - timedelta(days=1)}),
        ("categories", {"categories": ""}),
        ("categories", {"categories": "az"}),
        ("motivation", {"motivation": "  "}),
        ("motivation", {"motivation": "x" * 2001}),
        ("scope", {"scope": "all"}),
        ("school_ids", {"scope": "schools"}),
        ("reference", {"scope": "dossier"}),
        ("profession", {"profession": None}),
        ("register", {"register": "KNMG"}),
        ("register_number", {"register_number": ""}),
        ("register_number", {"register_number": "1234"}),
        ("register_number", {"register": "NVO", "register_number": "=1+1"}),
        ("register_from", {"register_from": None}),
        ("register_until", {"register_until": DAY - timedelta(days=1)}),
    ],
)
def test_what_may_not_stand_in_an_experts_entry_names_its_field(field, changes):
    rules.check(GOOD, of_expert=True, on=DAY)
    with pytest.raises(InvalidInputError) as refused:
        rules.check({**GOOD, **changes}, of_expert=True, on=DAY)
    assert refused.value.field == field


def test_who_is_no_expert_needs_no_registration():
    empty = dict.fromkeys(("profession", "register", "register_number", "register_from", "register_until"))
    rules.check({**GOOD, **empty}, of_expert=False, on=DAY)


def test_an_entry_ends_soon_by_its_own_last_day_or_by_that_of_the_registration():
    registered = Registration(register="NIP", valid_from=DAY, valid_until=DAY + timedelta(days=30))
    expert = entry(of_expert=True, profession="psychologist", registration=registered)
    assert rules.expires_soon(expert, DAY, 30)
    assert not rules.expires_soon(expert, DAY - timedelta(days=1), 30)
    assert not rules.expires_soon(entry(), DAY, 30)
    assert rules.state_on(expert, NOON + timedelta(days=31)) == "unregistered"


@pytest.mark.parametrize(
    ("looked", "due"), [(None, None), (date(2026, 3, 1), date(2027, 3, 1)), (date(2028, 2, 29), date(2029, 2, 28))]
)
def test_the_yearly_look_is_due_a_year_on_and_at_once_when_nobody_ever_looked(looked, due):
    assert rules.review_due(looked) == due


@given(st.text("0123456789abcdef", min_size=32, max_size=32))
def test_a_reference_is_heard_back_whatever_case_and_dashes(dossier_id):
    reference = reference_of(dossier_id)
    assert len(reference) == 9
    for told in (reference, reference.lower(), reference.replace("-", " "), reference.replace("1", "l")):
        assert id_ending(told) == dossier_id[-10:]


@given(st.text(max_size=12))
def test_what_is_no_reference_ends_no_id(told):
    ending = id_ending(told)
    assert ending is None or len(ending) == 10
