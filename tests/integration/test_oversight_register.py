"""The register's filters and totals on both databases (PR9.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import delete, insert, select

from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.tables import Dossier
from gateway.ids import new_id
from gateway.oversight import months, register
from gateway.oversight.register import Chosen
from tests import builders, personas


def made(services, moments, **changes):
    """Verstrekkingen at these moments, put in the table as they stand."""
    officer = builders.context(services, personas.OFFICER)
    partner = builders.account(services, personas.PARTNER)
    with services.db.writing() as session:
        dossier = session.scalars(select(Dossier)).first()
        rows = [
            {
                "id": new_id(),
                "tenant_id": officer.person.tenant_id,
                "dossier_id": dossier.id,
                "recipient_id": partner.organisation_id,
                "purpose": "support_allocation",
                "basis": "consent",
                "categories": "e.1 g k",
                "form": "original",
                "article": "PR9.1b",
                "profile": "po-raad-2014@1",
                "statement": b"",
                "made_by": partner.id,
                "made_at": moment,
                "open_until": date(2026, 12, 1),
                **changes,
            }
            for moment in moments
        ]
        session.execute(insert(Verstrekking), rows)
    return dossier


def total(services, chosen):
    return register.page(services, builders.context(services, personas.OFFICER), chosen).total


def test_each_filter_narrows_to_what_it_says(services):
    dossier = made(services, [datetime(2026, 10, 5, 12, tzinfo=UTC)])
    made(
        services,
        [datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 10, 31, 23, 30, tzinfo=UTC)],
        basis="law", purpose="admissibility", form="anonymised", categories="a b",
    )  # fmt: skip
    partner = builders.account(services, personas.PARTNER).organisation_id
    for chosen, expected in [
        (Chosen(), 3),
        (Chosen(basis="law"), 2),
        (Chosen(purpose="support_allocation"), 1),
        (Chosen(form="anonymised"), 2),
        (Chosen(category="e"), 1),
        (Chosen(category="b"), 2),
        (Chosen(category="c"), 0),
        (Chosen(school=dossier.school_id), 3),
        (Chosen(school=new_id()), 0),
        (Chosen(recipient=partner), 3),
        (Chosen(recipient=new_id()), 0),
        (Chosen(pupil="Voorbeeld"), 3),
        (Chosen(pupil="Iemand"), 0),
        (Chosen(since=date(2026, 11, 1)), 2),  # half past midnight in Amsterdam is the first of November
        (Chosen(until=date(2026, 10, 31)), 1),
        (Chosen(since=date(2026, 11, 1), until=date(2026, 11, 1), basis="law", category="a"), 2),
    ]:
        assert total(services, chosen) == register.Total(number=expected, exact=True), chosen


PERIODS = [
    Chosen(),
    Chosen(since=date(2026, 9, 1)),
    Chosen(since=date(2026, 9, 13), until=date(2026, 11, 9)),
    Chosen(until=date(2026, 9, 30)),
    Chosen(since=date(2026, 11, 5)),
    Chosen(since=date(2026, 11, 5), until=date(2026, 11, 6)),
    Chosen(since=date(2026, 11, 23)),
    Chosen(since=date(2026, 10, 2), until=date(2026, 10, 30)),
]


def test_a_total_that_is_counted_ahead_is_the_one_that_counting_gives(services, monkeypatch):
    every_day = [datetime(2026, month, day, 11, tzinfo=UTC) for month in (8, 9, 10) for day in range(1, 29)]
    made(services, every_day)
    made(services, [datetime(2026, 11, day, 11, tzinfo=UTC) for day in range(1, 24)], basis="law", form="anonymised")
    partner = builders.account(services, personas.PARTNER).organisation_id
    exact = {}
    for period in PERIODS:
        for chosen in (period, replace(period, basis="law"), replace(period, recipient=partner)):
            exact[chosen] = total(services, chosen)
    monkeypatch.setattr(register, "EXACT", 0)
    months._set(services, None)
    assert total(services, Chosen()) == register.Total(number=0, exact=False), "nothing was counted ahead"
    for counted in (datetime(2026, 11, 10, 9, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)):
        assert months.count_ahead(services, counted)
        assert not months.count_ahead(services, counted), "once a day"
        assert {chosen: total(services, chosen) for chosen in exact} == exact
    assert total(services, Chosen(category="e")).exact is False
    with services.db.writing() as session:
        session.execute(delete(Verstrekking).where(Verstrekking.made_at < datetime(2026, 9, 1, tzinfo=UTC)))
    months.count_ahead(services, datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert total(services, Chosen()).number == exact[Chosen()].number - 28, "what is gone goes the next day"
