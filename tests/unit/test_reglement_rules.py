"""The judge: what the scenarios leave open, and what must hold for every set of facts."""

from __future__ import annotations

import copy
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.reglement import facts as facts_
from gateway.reglement import profiles as profiles_
from gateway.reglement.errors import ReglementError
from gateway.reglement.reasons import RULES
from gateway.reglement.rules import judge

PROFILES = profiles_.shipped()
NAMES = [profile.id for profile in PROFILES]
LAWS = [*PROFILES.get("po-raad-2014").laws, "WPO 18a", None]
ALL = sorted(facts_.CATEGORIES)
ENTRY = {
    "from": "2025-01-01",
    "until": None,
    "categories": ALL,
    "scope": "dossier",
    "confidentiality_accepted": "2025-01-01",
    "profession": "orthopedagoog",
    "registration": {"register": "NVO", "number": "0001", "from": "2024-01-01", "until": None},
}
CONSENT = {
    "by": "guardian",
    "has_authority": True,
    "on": "2026-10-01",
    "withdrawn_on": None,
    "purposes": sorted(facts_.PURPOSES),
    "recipients": sorted(facts_.RECIPIENT_KINDS),
}
BASE = {
    "profile": "po-raad-2014",
    "on": "2026-11-21",
    "act": "disclose",
    "purpose": "second_opinion",
    "pupil": {"born": "2013-05-04", "notified_to_swv": True, "represented": False},
    "data": {"categories": ["a", "g"], "anonymised": False, "necessity": "Nodig.", "origin": "school"},
    "actor": {"kind": "swv_staff", "has_authority": None, "access": ENTRY},
    "recipient": {"kind": "partner_swv", "has_authority": None, "access": None, "enrolled_here": False},
    "legal_basis": {"kind": "consent", "law": None, "consent": CONSENT},
    "state": {
        "verzet": "none",
        "shielded": [],
        "legal_hold": False,
        "open_matters": 0,
        "last_matter_ended_on": "2020-01-01",
        "left_school_on": "2020-01-01",
    },
    "convenant": {"signed_a": "2026-01-05", "signed_b": "2026-02-01", "notice_on": None, "requested_on": "2026-11-01"},
}


def _with(**changes):
    """The base facts with some values changed; `a__b` is key b of block a."""
    found = copy.deepcopy(BASE)
    for path, value in changes.items():
        *blocks, key = path.split("__")
        place = found
        for block in blocks:
            place = place[block]
        place[key] = value
    return found


def _judge(mapping):
    parsed = facts_.parse(mapping)
    return judge(parsed, PROFILES.get(parsed.profile))


def _verdict(**changes):
    decision = _judge(_with(**changes))
    return f"{'yes' if decision.allowed else 'no'} {decision.article}"


def _without(*path, **changes):
    found = _with(**changes)
    place = found
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    decision = _judge(found)
    return f"{'yes' if decision.allowed else 'no'} {decision.article}"


# --- what a step needs and lacks, that step refuses ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "path", "verdict"),
    [
        ("record", ("state", "verzet"), "no PR11.8"),
        ("record", ("pupil",), "no PR3"),
        ("record", ("purpose",), "no PR4.1"),
        ("record", ("data", "categories"), "no PR7"),
        ("record", ("data", "origin"), "no PR6.1"),
        ("record", ("data", "necessity"), "yes PR6.1"),
        ("record", ("legal_basis",), "yes PR6.1"),
        ("record", ("actor",), "yes PR6.1"),
        ("record", ("state", "shielded"), "yes PR6.1"),
        ("consult", ("actor",), "no PR8.2"),
        ("consult", ("actor", "kind"), "no PR8.1"),
        ("consult", ("actor", "access", "from"), "no PR8.2"),
        ("consult", ("actor", "access", "until"), "yes PR8.1"),
        ("consult", ("actor", "access", "categories"), "no PR10.2"),
        ("consult", ("actor", "access", "confidentiality_accepted"), "no PR10.3"),
        ("consult", ("data", "categories"), "no PR10.2"),
        ("consult", ("state", "shielded"), "no PR11.4"),
        ("consult", ("state", "verzet"), "no PR11.8"),
        ("consult", ("purpose",), "yes PR8.1"),
        ("disclose", ("purpose",), "no PR9.3"),
        ("disclose", ("recipient",), "no PR9.3"),
        ("disclose", ("data",), "no PR9.3"),
        ("disclose", ("legal_basis",), "no PR9.3"),
        ("disclose", ("state", "verzet"), "no PR11.8"),
        ("disclose", ("state", "shielded"), "no PR11.4"),
        ("disclose", ("legal_basis", "consent"), "no PR9.1b"),
        ("disclose", ("legal_basis", "consent", "on"), "no PR9.1b"),
        ("disclose", ("legal_basis", "consent", "by"), "no PR9.1b"),
        ("disclose", ("legal_basis", "consent", "purposes"), "no PR9.1b"),
        ("disclose", ("legal_basis", "consent", "recipients"), "no PR9.1b"),
        ("disclose", ("legal_basis", "consent", "withdrawn_on"), "yes PR9.1b"),
        ("disclose", ("pupil", "born"), "no PR9.1b"),
        ("disclose", ("pupil", "represented"), "yes PR9.1b"),
        ("disclose", ("convenant",), "yes PR9.1b"),
        ("disclose", ("actor",), "yes PR9.1b"),
        ("exercise", ("actor",), "no PRage"),
        ("request_second_opinion", ("convenant",), "no CV10"),
        ("request_second_opinion", ("convenant", "signed_a"), "no CV10"),
        ("request_second_opinion", ("convenant", "requested_on"), "yes CV3.1"),
        ("destroy", ("state", "legal_hold"), "no OB2"),
        ("destroy", ("state", "open_matters"), "no PR12.1"),
        ("destroy", ("state", "last_matter_ended_on"), "no PR12.1"),
        ("destroy", ("state", "left_school_on"), "yes PR12.1"),
        ("destroy", ("data",), "yes PR12.1"),
    ],
)
def test_a_missing_key_refuses_at_the_step_that_needs_it(act, path, verdict):
    assert _without(*path, act=act) == verdict


# --- the pupil's voice (PRage) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "entitled"),
    [("2026-02-28", False), ("2026-03-01", True), ("2027-01-01", True)],
)
def test_born_on_29_february_is_sixteen_on_1_march_of_a_common_year(on, entitled):
    # Sixteen years on is a common year only over a century: born 2084, sixteen in 2100.
    shift = {"2026-02-28": "2100-02-28", "2026-03-01": "2100-03-01", "2027-01-01": "2101-01-01"}
    verdict = _verdict(act="exercise", on=shift[on], pupil__born="2084-02-29", actor__kind="data_subject")
    assert verdict == ("yes PR11.1" if entitled else "no PRage")


@pytest.mark.parametrize(
    ("born", "represented", "kind", "authority", "verdict"),
    [
        ("2010-11-21", False, "data_subject", None, "yes PR11.1"),
        ("2010-11-21", None, "data_subject", None, "no PRage"),
        ("2010-11-21", None, "guardian", True, "no PRage"),
        ("2010-11-21", True, "guardian", True, "yes PR11.1"),
        ("2010-11-22", None, "guardian", True, "yes PR11.1"),
        ("2010-11-22", None, "guardian", None, "no PRage"),
        (None, True, "guardian", True, "yes PR11.1"),
        (None, False, "guardian", True, "no PRage"),
        (None, True, "data_subject", True, "no PRage"),
        ("2013-01-01", False, "school_board", True, "no PRage"),
    ],
)
def test_only_who_is_known_to_speak_for_the_pupil_exercises_a_right(born, represented, kind, authority, verdict):
    changes = {"pupil__born": born, "pupil__represented": represented}
    assert _verdict(act="exercise", actor__kind=kind, actor__has_authority=authority, **changes) == verdict


def test_a_guardians_consent_ends_at_the_sixteenth_birthday_but_not_for_a_represented_pupil():
    assert _verdict(pupil__born="2010-11-22") == "yes PR9.1b"
    assert _verdict(pupil__born="2010-11-21") == "no PR9.1b"
    assert _verdict(pupil__born="2010-11-21", pupil__represented=True) == "yes PR9.1b"


def test_consent_counts_from_its_own_day_on():
    assert _verdict(legal_basis__consent__on="2026-11-21") == "yes PR9.1b"
    assert _verdict(legal_basis__consent__on="2026-11-22") == "no PR9.1b"


# --- record and reading -------------------------------------------------------------------------------------------


def test_another_origin_needs_consent_and_necessity_both():
    other = {"act": "record", "data__origin": "other"}
    assert _verdict(**other) == "yes PR6.1"
    assert _verdict(**other, data__necessity=" ") == "no PR6.1"
    assert _verdict(**other, legal_basis__consent=None) == "no PR6.1"
    assert _verdict(**other, legal_basis__consent__recipients=[]) == "yes PR6.1"


def test_nothing_to_record_or_read_is_refused():
    assert _verdict(act="record", data__categories=[]) == "no PR7"
    assert _verdict(act="consult", data__categories=[]) == "no PR10.2"


@pytest.mark.parametrize("key", ["register", "number", "from"])
def test_an_expert_whose_registration_is_incomplete_does_not_read(key):
    assert _verdict(act="consult", actor__kind="expert") == "yes PR8.1"
    assert _without("actor", "access", "registration", key, act="consult", actor__kind="expert") == "no PR8.1"


def test_an_expert_without_profession_or_with_a_future_registration_does_not_read():
    expert = {"act": "consult", "actor__kind": "expert"}
    assert _verdict(**expert, actor__access__profession=" ") == "no PR8.1"
    assert _verdict(**expert, actor__access__registration=None) == "no PR8.1"
    assert _verdict(**expert, actor__access__registration__from="2026-11-22") == "no PR8.1"


def test_confidentiality_accepted_tomorrow_does_not_count_today():
    assert _verdict(act="consult", actor__access__confidentiality_accepted="2026-11-22") == "no PR10.3"


def test_a_shield_on_a_sub_field_shields_its_category():
    assert _verdict(state__shielded=["a.bank"]) == "no PR11.4"


# --- disclosure ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled", "basis", "verdict"),
    [
        (True, None, "yes PR9.2"),
        (False, None, "no PR9.3"),
        (None, None, "no PR9.3"),
        (None, "consent", "no PR9.2"),
        (False, "consent", "yes PR9.1b"),
    ],
)
def test_only_a_school_known_to_be_the_pupils_own_receives_without_basis(enrolled, basis, verdict):
    changes = {"recipient__kind": "school_board", "recipient__enrolled_here": enrolled, "legal_basis__kind": basis}
    assert _verdict(purpose="support_advice", **changes) == verdict


def test_an_expert_without_entry_is_judged_by_the_basis():
    assert _verdict(recipient__kind="expert") == "yes PR9.1b"


def test_the_court_receives_only_on_a_basis_but_over_verzet_and_shields():
    court = {"recipient__kind": "court", "state__verzet": "upheld", "state__shielded": ["a"], "data__categories": ["a"]}
    assert _verdict(**court, legal_basis__kind="law", legal_basis__law="Awb 8:42") == "yes PR9.1a"
    assert _verdict(**court, legal_basis__kind="public_task") == "no PR9.1"
    assert _verdict(**court, legal_basis__kind="law", legal_basis__law=None) == "no PR9.1a"
    assert _verdict(**court, legal_basis__kind="law", legal_basis__law="onbekende wet") == "no PR9.1a"


def test_a_law_that_obliges_but_does_not_fit_does_not_pass_verzet():
    lpw = {"actor__kind": "school_board", "recipient__kind": "duo", "purpose": "absence", "state__verzet": "pending"}
    law = {"legal_basis__kind": "law", "legal_basis__law": "LPW 21a"}
    assert _verdict(**lpw, **law) == "yes PR9.1a"
    assert _verdict(**lpw, **law, data__categories=["a", "j"]) == "no PR11.8"
    assert _verdict(**lpw, **law, state__shielded=["a"]) == "no PR11.4"


def test_a_law_that_is_named_beside_another_basis_carries_nothing():
    lpw = {"actor__kind": "school_board", "recipient__kind": "duo", "purpose": "absence", "legal_basis__law": "LPW 21a"}
    assert _verdict(**lpw, state__verzet="pending") == "no PR11.8"
    health = {"recipient__kind": "court", "data__categories": ["e"], "legal_basis__law": "Awb 8:42"}
    assert _verdict(**health) == "no PR9.2"
    assert _verdict(**health, profile="leiden-2014") == "no PR9.1"


def test_health_goes_out_by_law_only_for_the_purposes_that_the_law_covers():
    duty = {"actor__kind": "school_board", "recipient__kind": "municipality", "data__categories": ["a", "e"]}
    law = {"legal_basis__kind": "law", "legal_basis__law": "AVG 6(1)(e)"}
    assert _verdict(**duty, **law, purpose="absence") == "yes PR9.1a"
    assert _verdict(**duty, **law, purpose="case_consultation") == "no PR9.2"


def test_outside_a_list_of_recipients_only_a_law_for_court_or_supervisor_carries():
    youth_care = {"actor__kind": "school_board", "recipient__kind": "youth_care", "purpose": "case_consultation"}
    law = {"legal_basis__kind": "law", "legal_basis__law": "WPO 8(4)"}
    assert _verdict(**youth_care, **law) == "yes PR9.1a"
    assert _verdict(**youth_care, **law, profile="leiden-2014") == "no PR9.1"
    supervisor = {"recipient__kind": "supervisor", "profile": "leiden-2014", "data__categories": ["e"]}
    assert _verdict(**supervisor, legal_basis__kind="law", legal_basis__law="AVG 58") == "yes PR9.1a"
    assert _verdict(**supervisor, legal_basis__kind="law", legal_basis__law="Awb 8:42") == "no PR9.1"


def test_anonymised_without_purpose_of_its_own_is_refused():
    free = {"data__anonymised": True, "data__categories": ["g"], "legal_basis__kind": None}
    assert _verdict(**free, purpose="inzage") == "no PR4.2"
    assert _verdict(**free) == "yes CV4.6"
    assert _verdict(**free, convenant__notice_on="2026-09-01") == "yes CV4.6"
    assert _verdict(**free, convenant__notice_on="2026-09-01", convenant__requested_on="2026-11-02") == "no CV10"


def test_a_request_dated_after_the_day_is_refused():
    assert _verdict(act="request_second_opinion", convenant__requested_on="2026-11-22") == "no CV10"


def test_dates_at_the_end_of_the_calendar_are_judged_not_crashed_on():
    end = {"on": "9999-12-31", "convenant__requested_on": None, "convenant__notice_on": "9999-12-01"}
    assert _verdict(act="request_second_opinion", **end) == "yes CV3.1"
    assert _verdict(act="destroy", on="9999-12-31", state__last_matter_ended_on="9998-01-01") == "no PR12.1"
    assert _verdict(act="exercise", pupil__born="9999-12-31", actor__kind="data_subject") == "no PRage"


# --- destruction --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("categories", "matter", "left", "verdict"),
    [
        (["g"], "2026-01-01", "2024-11-20", "yes PR12.1"),
        (["g"], "2026-01-01", "2024-11-21", "no PR12.1"),
        (["g"], None, "2020-01-01", "yes PR12.1"),
        (["e"], None, "2020-01-01", "no PR12.1"),
        (["e", "g"], "2023-11-20", "2020-01-01", "yes PR12.1"),
        (["e", "g"], "2023-11-21", "2020-01-01", "no PR12.1"),
        (["g"], "2023-11-20", None, "yes PR12.1"),
        (["g"], "2023-11-21", None, "no PR12.1"),
        ([], "2026-01-01", "2020-01-01", "no PR12.1"),
        (None, "2026-01-01", "2020-01-01", "no PR12.1"),
        (None, "2020-01-01", "2020-01-01", "yes PR12.1"),
        (["g"], None, None, "no PR12.1"),
    ],
)
def test_leiden_keeps_health_after_the_matter_and_the_rest_after_leaving(categories, matter, left, verdict):
    dates = {"state__last_matter_ended_on": matter, "state__left_school_on": left}
    assert _verdict(act="destroy", profile="leiden-2014", data__categories=categories, **dates) == verdict


def test_open_matters_keep_the_dossier():
    assert _verdict(act="destroy", state__open_matters=1) == "no PR12.1"
    assert _verdict(act="destroy", state__open_matters=-1) == "no PR12.1"


# --- the decision itself ------------------------------------------------------------------------------------------


def test_a_decision_names_profile_version_article_and_what_was_checked():
    decision = _judge(_with())
    assert (decision.profile_id, decision.profile_version) == ("po-raad-2014", 1)
    assert decision.cited == "artikel 9 lid 1 onder b van het privacyreglement"
    assert decision.reason.startswith(f"Volgens {decision.cited} mogen wij deze gegevens geven")
    assert decision.checked == ("PR9.3", "PR11.8", "PR11.4")


def test_facts_for_another_profile_are_not_judged():
    with pytest.raises(ReglementError):
        judge(facts_.parse(_with()), PROFILES.get("leiden-2014"))


def test_the_engine_names_no_samenwerkingsverband():
    rules = (Path(__file__).resolve().parents[2] / "gateway" / "reglement" / "rules.py").read_text(encoding="utf-8")
    assert not [name for name in (*NAMES, "leiden", "2203", "po-raad", "groningen") if name in rules.lower()]


# --- what holds for all facts -------------------------------------------------------------------------------------

DATES = st.sampled_from(
    [
        *(None, "2007-02-28", "2010-11-20", "2010-11-21", "2013-05-04", "2020-02-29", "2023-11-20", "2024-11-20"),
        *("2025-01-01", "2026-09-21", "2026-11-20", "2026-11-21", "2026-11-22", "9999-12-31"),
    ],
)
FLAGS = st.sampled_from([True, False, None])
SETS = st.one_of(st.none(), st.lists(st.sampled_from(sorted(facts_.FIELDS)), max_size=4, unique=True))
REGISTRATION = st.fixed_dictionaries(
    {"register": st.sampled_from(["NVO", None]), "number": st.sampled_from(["1", None]), "from": DATES, "until": DATES},
)
ACCESS = st.one_of(
    st.none(),
    st.just(ENTRY),
    st.fixed_dictionaries(
        {
            "from": DATES,
            "until": DATES,
            "categories": st.one_of(SETS, st.just(ALL)),
            "confidentiality_accepted": DATES,
            "profession": st.sampled_from(["orthopedagoog", None, " "]),
            "registration": st.one_of(st.none(), REGISTRATION),
        },
    ),
)


def _maybe(values):
    return st.sampled_from([*sorted(values), None])


CONSENTS = st.one_of(
    st.none(),
    st.just(CONSENT),
    st.fixed_dictionaries(
        {
            "by": _maybe(facts_.GIVERS),
            "has_authority": FLAGS,
            "on": DATES,
            "withdrawn_on": DATES,
            "purposes": st.one_of(st.none(), st.just(CONSENT["purposes"])),
            "recipients": st.one_of(st.none(), st.just(CONSENT["recipients"])),
        },
    ),
)
FACTS = st.fixed_dictionaries(
    {
        "profile": st.sampled_from(NAMES),
        "on": st.sampled_from(["2026-11-20", "2026-11-21", "2100-03-01", "9999-12-31"]),
        "act": st.sampled_from(sorted(facts_.ACTS)),
        "purpose": _maybe(facts_.PURPOSES),
        "pupil": st.fixed_dictionaries({"born": DATES, "notified_to_swv": FLAGS, "represented": FLAGS}),
        "data": st.fixed_dictionaries(
            {
                "categories": SETS,
                "anonymised": FLAGS,
                "necessity": st.sampled_from([None, " ", "Nodig."]),
                "origin": _maybe(facts_.ORIGINS),
            },
        ),
        "actor": st.fixed_dictionaries(
            {"kind": _maybe(facts_.ACTOR_KINDS), "has_authority": FLAGS, "access": ACCESS},
        ),
        "recipient": st.fixed_dictionaries(
            {
                "kind": _maybe(facts_.RECIPIENT_KINDS),
                "has_authority": FLAGS,
                "access": ACCESS,
                "enrolled_here": FLAGS,
            },
        ),
        "legal_basis": st.fixed_dictionaries(
            {"kind": _maybe(facts_.BASIS_KINDS), "law": st.sampled_from(LAWS), "consent": CONSENTS},
        ),
        "state": st.fixed_dictionaries(
            {
                "verzet": _maybe(facts_.VERZET),
                "shielded": SETS,
                "legal_hold": FLAGS,
                "open_matters": st.sampled_from([None, 0, 1]),
                "last_matter_ended_on": DATES,
                "left_school_on": DATES,
            },
        ),
        "convenant": st.fixed_dictionaries(
            {"signed_a": DATES, "signed_b": DATES, "notice_on": DATES, "requested_on": DATES},
        ),
    },
)
# Facts that get a yes, each by a road of its own.
BASES = [
    _with(),
    _with(act="record"),
    _with(act="record", data__origin="other"),
    _with(act="consult"),
    _with(act="consult", actor__kind="expert"),
    _with(act="exercise", actor__kind="guardian", actor__has_authority=True),
    _with(act="request_second_opinion"),
    _with(act="destroy"),
    _with(act="destroy", profile="leiden-2014"),
    _with(recipient__kind="swv", recipient__access=ENTRY),
    _with(recipient__kind="guardian", recipient__has_authority=True),
    _with(recipient__kind="school_board", recipient__enrolled_here=True, purpose="support_advice"),
    _with(data__anonymised=True, data__categories=["g", "e"]),
    _with(recipient__kind="court", legal_basis__kind="law", legal_basis__law="Awb 8:42"),
]

# Mostly yes: the base facts, changed in a few places, so that the properties below are tried where there is a yes to lose.
NEAR_YES = st.builds(
    lambda base, other, kept: {**base, **{key: other[key] for key in kept}},
    st.sampled_from(BASES),
    FACTS,
    st.sets(
        st.sampled_from(["purpose", "pupil", "data", "recipient", "legal_basis", "state", "convenant"]), max_size=2
    ),
)

# Each takes something away that could carry a yes, or lays a restriction on.
REFUSING = {
    "verzet upheld": ("state", "verzet", "upheld"),
    "everything shielded": ("state", "shielded", ALL),
    "legal hold": ("state", "legal_hold", True),
    "an open matter": ("state", "open_matters", 1),
    "no last matter": ("state", "last_matter_ended_on", None),
    "not notified": ("pupil", "notified_to_swv", False),
    "no necessity": ("data", "necessity", None),
    "no consent": ("legal_basis", "consent", None),
    "consent withdrawn": ("legal_basis", "consent", {**CONSENT, "withdrawn_on": "2026-11-01"}),
    "no basis": ("legal_basis", "kind", None),
    "no law": ("legal_basis", "law", None),
    "no entry of the actor": ("actor", "access", None),
    "actor without authority": ("actor", "has_authority", False),
    "recipient without authority": ("recipient", "has_authority", False),
    "no recipient": ("recipient", "kind", None),
    "unsigned": ("convenant", "signed_b", None),
    "notice long ago": ("convenant", "notice_on", "2001-01-01"),
    "state not known": ("state", None, None),
    "purpose not known": ("purpose", None, None),
}


@pytest.mark.no_cover  # the cases by name reach every line; tracing these costs four times their work
@settings(max_examples=600, deadline=None)
@given(st.one_of(NEAR_YES, FACTS), st.sampled_from(sorted(REFUSING)))
def test_adding_a_refusing_fact_never_turns_no_into_yes(mapping, name):
    block, key, value = REFUSING[name]
    worse = copy.deepcopy(mapping)
    if key is None:
        worse[block] = value
    else:
        worse[block][key] = value
    assert _judge(mapping).allowed or not _judge(worse).allowed


def _leaves(mapping, path=()):
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        elif path:
            yield (*path, key)


def _other_values(path, value):
    """What else may stand there: nothing, the other truth, days around the judgement, another kind."""
    key = path[-1]
    if isinstance(value, bool) or key in {"has_authority", "enrolled_here"}:
        return [None, True, False]
    if key in {"from", "until", "on", "born"} or key.endswith(("_on", "_accepted", "signed_a", "signed_b")):
        return [None, "2010-11-21", "2026-11-20", "2026-11-21", "2026-11-22"]
    kinds = {("state", "verzet"): facts_.VERZET, ("data", "origin"): facts_.ORIGINS, ("legal_basis", "law"): LAWS}
    if path[:2] in kinds or key == "kind":
        known = kinds.get(path[:2]) or {"actor": facts_.ACTOR_KINDS, "recipient": facts_.RECIPIENT_KINDS}.get(path[0])
        return [None, *(known or facts_.BASIS_KINDS)]
    if key in {"categories", "shielded"}:
        return [None, ["e"], []]
    return [None, []] if isinstance(value, list) else [None]


@pytest.mark.parametrize("base", BASES, ids=range(len(BASES)))
def test_no_refusing_fact_turns_no_into_yes_whatever_one_fact_is_changed(base):
    """The property below, tried at every single fact: a defect in one rare branch is not left to luck."""
    assert _judge(base).allowed
    for path in _leaves(base):
        found = base
        for key in path:
            found = found[key]
        for other in _other_values(path, found):
            changed = copy.deepcopy(base)
            place = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = other
            if _judge(changed).allowed:
                continue
            for name, (block, key, value) in REFUSING.items():
                worse = {**changed, block: value if key is None else {**changed[block], key: value}}
                assert not _judge(worse).allowed, (path, other, name)


@pytest.mark.no_cover
@settings(max_examples=300, deadline=None)
@given(st.one_of(NEAR_YES, FACTS), st.sampled_from(ALL))
def test_asking_one_category_more_never_turns_no_into_yes(mapping, category):
    asked = mapping["data"]["categories"]
    if not asked:
        return
    more = copy.deepcopy(mapping)
    more["data"]["categories"] = sorted({*asked, category})
    assert _judge(mapping).allowed or not _judge(more).allowed


@pytest.mark.no_cover
@settings(max_examples=300, deadline=None)
@given(st.one_of(NEAR_YES, FACTS))
def test_withdrawing_consent_never_turns_no_into_yes(mapping):
    consent = mapping["legal_basis"]["consent"]
    if consent is None:
        return
    withdrawn = copy.deepcopy(mapping)
    withdrawn["legal_basis"]["consent"]["withdrawn_on"] = mapping["on"]
    assert _judge(mapping).allowed or not _judge(withdrawn).allowed


@pytest.mark.no_cover
@settings(max_examples=300, deadline=None)
@given(FACTS)
@example(_with())
def test_every_set_of_facts_gets_one_article_a_reason_and_the_same_answer_again(mapping):
    decision = _judge(mapping)
    assert decision.article in RULES
    assert decision.cited in decision.reason
    assert "{" not in decision.reason
    assert set(decision.checked) <= set(RULES)
    assert _judge(json.loads(json.dumps(mapping))) == decision


@pytest.mark.parametrize("profile", NAMES)
def test_every_act_recipient_and_basis_yields_an_article(profile):
    whats = itertools.product(
        facts_.ACTS, [*facts_.RECIPIENT_KINDS, None], [*facts_.BASIS_KINDS, None], facts_.PURPOSES
    )
    for act, recipient, basis, purpose in whats:
        mapping = {**BASE, "profile": profile, "act": act, "purpose": purpose}
        mapping["recipient"] = {"kind": recipient}
        mapping["legal_basis"] = {"kind": basis, "law": "AVG 58", "consent": CONSENT}
        assert _judge(mapping).article in RULES


@pytest.mark.no_cover
@settings(max_examples=600, deadline=None)
@given(st.one_of(NEAR_YES, FACTS), st.sampled_from(NAMES), st.sampled_from(LAWS))
def test_no_profile_lets_identifiable_health_data_reach_the_public(mapping, profile, law):
    public = copy.deepcopy(mapping) | {"profile": profile, "act": "disclose"}
    public["recipient"]["kind"] = "public"
    public["data"]["anonymised"] = False
    public["data"]["categories"] = sorted({*(public["data"]["categories"] or ()), "e"})
    public["legal_basis"]["law"] = law
    assert not _judge(public).allowed


@pytest.mark.no_cover
@settings(deadline=None)
@given(st.one_of(NEAR_YES, FACTS))
def test_no_one_but_the_own_school_law_and_the_list_gets_identifiable_health_data(mapping):
    health = copy.deepcopy(mapping) | {"act": "disclose"}
    health["data"]["anonymised"] = False
    health["data"]["categories"] = sorted({*(health["data"]["categories"] or ()), "e"})
    decision = _judge(health)
    assert not decision.allowed or decision.article in {"PR11.1", "PR9.2", "PR8.1", "PR9.1a"}
