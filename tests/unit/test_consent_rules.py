"""Who speaks for a pupil on which day. Source: PRage, issue 4 "Consent"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.rules import Limit, Relative, entitled, sixteenth_birthday
from gateway.consent.tables import Consent
from gateway.consent.usecases import as_fact
from gateway.context import Context
from gateway.reglement.facts import Pupil
from gateway.reglement.rules import speaks_for_self

DAYS = st.dates(date(1995, 1, 1), date(2045, 12, 31))
MOTHER = Relative(account_id="mother", capacity="guardian", has_authority=True)
FATHER = Relative(account_id="father", capacity="guardian", has_authority=True)
UNCLE = Relative(account_id="uncle", capacity="guardian", has_authority=False)
PUPIL = Relative(account_id="pupil", capacity="data_subject", has_authority=True)
ALL = (MOTHER, FATHER, UNCLE, PUPIL)


@given(DAYS, DAYS)
def test_the_sixteenth_birthday_is_the_judges_own_first_day_of_an_own_voice(born, on):
    pupil = Pupil(born=born, notified_to_swv=None, represented=False)
    assert speaks_for_self(pupil, on) is (on >= sixteenth_birthday(born))


@given(DAYS, DAYS, st.booleans(), DAYS, st.integers(0, 4000))
def test_never_do_a_guardian_and_the_pupil_both_speak(born, on, open_end, first, length):
    limit = Limit(account_id="mother", first=first, last=None if open_end else first + timedelta(days=length))
    found = entitled(ALL, [limit], born, on)
    if on >= sixteenth_birthday(born):
        assert found == ["pupil"]
    else:
        assert found == (["father"] if limit.covers(on) else ["mother", "father"])


@pytest.mark.parametrize(
    ("born", "sixteen"),
    [
        (date(2010, 11, 23), date(2026, 11, 23)),
        (date(2008, 2, 29), date(2024, 2, 29)),  # sixteen years on is a leap year again
        (date(2096, 2, 29), date(2112, 2, 29)),
        (date(1884, 2, 29), date(1900, 3, 1)),  # and where it is not: 1 March
    ],
)
def test_who_was_born_on_a_leap_day_is_sixteen_on_1_march_of_a_common_year(born, sixteen):
    assert sixteenth_birthday(born) == sixteen


def test_the_day_turns_at_midnight_in_amsterdam():
    born = date(2010, 11, 23)
    just_before = Context(actor=None, now=datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC), request_id="x")
    midnight = Context(actor=None, now=datetime(2026, 11, 22, 23, 0, tzinfo=UTC), request_id="x")
    assert entitled(ALL, [], born, just_before.today) == ["mother", "father"]
    assert entitled(ALL, [], born, midnight.today) == ["pupil"]
    summer = Context(actor=None, now=datetime(2026, 6, 30, 22, 0, tzinfo=UTC), request_id="x")
    assert summer.today == date(2026, 7, 1)


@given(DAYS, st.integers(0, 800), DAYS, st.sets(st.sampled_from("abcdefg"), min_size=1))
def test_past_its_last_day_or_beyond_its_categories_there_is_no_consent_to_tell(given_on, length, on, asked):
    last = given_on + timedelta(days=length)
    consent = Consent(
        given_by="guardian", has_authority=True, given_on=given_on, valid_until=last, withdrawn_on=None,
        purposes="second_opinion", recipients="partner_swv", categories="a g",
    )  # fmt: skip
    fact = as_fact(consent, on=on, categories=sorted(asked))
    assert (fact is not None) == (on <= last and asked <= {"a", "g"})
