"""An objection holds the dossier, is answered with a letter, and the term of keeping starts anew (OB1, OB2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from audit.log import events
from gateway.dossiers.keeping import kept_of
from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.letters import queries as letters
from gateway.letters import reading
from gateway.letters.tables import Letter
from gateway.matters.tables import Hold
from gateway.notices.tables import Notice
from gateway.objections import usecases
from gateway.objections.rules import Decision, Received
from tests import builders
from tests.personas import GUARDIAN, OTHER_SCHOOL, OWNER, PARTNER, SWV

GROUNDS = "Noa hoort op een gewone school (verzonnen)."


@pytest.fixture
def besluit(services):
    """A TLV of the guardian's child: the dossier's and the besluit's id."""
    with services.db.reading() as session:
        account = builders.account(services, GUARDIAN).id
        query = select(Dossier.id).join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
        dossier_id = session.scalars(query.where(DossierPerson.account_id == account, Dossier.state != "draft")).first()
    return dossier_id, builders.tlv(services, dossier_id, builders.matter(services, dossier_id))


def received(**changes):
    values = {"kind": "bezwaar", "by": "guardian", "received_on": date(2026, 11, 23), "grounds": GROUNDS}
    return Received(**{**values, **changes})


def upheld(services, **changes):
    today = builders.context(services, SWV).today
    return Decision(
        **{"outcome": "upheld", "decided_on": today, "reasons": "Blijft.", "article": "artikel 7:11 Awb", **changes}
    )


def holds(services, dossier_id):
    with services.db.reading() as session:
        rows = session.scalars(select(Hold).where(Hold.dossier_id == dossier_id).order_by(Hold.made_at))
        return [(row.kind, row.final_decision_on) for row in rows]


def kept_until(services, dossier_id):
    with services.db.reading() as session:
        tomorrow = builders.context(services, SWV).today + timedelta(days=1)  # a hold counts on its last day too
        return kept_of(session, session.get_one(Dossier, dossier_id), tomorrow).until


def who_wrote(services, besluit_id):
    """Who made the one letter about this besluit, and who its events say did it."""
    with services.db.reading() as session:
        row = session.scalars(select(Letter).where(Letter.about == besluit_id)).one()
        found = events(session.connection(), object_id=row.id, limit=10).rows
        return {row.made_by, row.handed_by, *(entry.actor for entry in found)}


def test_a_parent_objects_is_advised_on_and_answered_and_an_appeal_restarts_the_term(services, clock, besluit):
    parent = builders.context(services, GUARDIAN)
    objection = usecases.object_in_portal(services, parent, *besluit, received())
    with pytest.raises(ConflictError, match="al bezwaar"):
        usecases.object_in_portal(services, parent, *besluit, received())
    assert holds(services, besluit[0]) == [("bezwaar", None)]
    assert who_wrote(services, besluit[1]) == {None}, "the gateway confirms it; the parent wrote no letter"
    clock.forward(days=60)
    staff = builders.context(services, SWV)
    at = (services, staff, besluit[0], objection)
    with pytest.raises(ConflictError, match="OB1"):
        usecases.decide(*at, upheld(services))
    usecases.extend(*at, reason="De commissie is ziek (verzonnen).")
    usecases.advise(*at, on=staff.today, advice="upheld", text="Volg het besluit.")
    usecases.decide(*at, upheld(services))
    assert holds(services, besluit[0]) == [("bezwaar", staff.today)]
    assert kept_until(services, besluit[0]) == staff.today.replace(year=staff.today.year + 3)
    with pytest.raises(ConflictError):
        usecases.withdraw(*at, reason="Te laat.")
    found = usecases.for_family(services, builders.context(services, GUARDIAN), *besluit)
    assert sorted(line.kind for line in found.letters) == ["extension", "objection_decided", "objection_received"]
    clock.forward(days=20)
    staff = builders.context(services, SWV)
    appeal = received(kind="beroep", received_on=staff.today, who="Ouder", court="Rechtbank Verzonnen, 26/1")
    second = usecases.register(services, staff, *besluit, appeal)
    line = usecases.of_besluit(services, staff, *besluit).lines[0]
    assert (line.row.id, line.row.answers_id, line.row.late, line.term) == (second, objection, False, None)
    clock.forward(days=100)
    staff = builders.context(services, SWV)
    usecases.decide(services, staff, besluit[0], second, upheld(services, outcome="unfounded", article=""))
    assert kept_until(services, besluit[0]) == staff.today.replace(year=staff.today.year + 3)
    assert [kind for kind, final in holds(services, besluit[0]) if final] == ["bezwaar", "beroep"]


def test_the_english_part_of_a_letter_about_an_objection_is_english(services, clock, besluit):
    clock.forward(days=50)
    staff = builders.context(services, SWV)
    new = received(by="authority", who="Board", received_on=staff.today, language="en", late_reason="Post.")
    made = usecases.register(services, staff, *besluit, new)
    usecases.advise(services, staff, besluit[0], made, on=staff.today, advice="revised", text="Verander het.")
    usecases.decide(services, staff, besluit[0], made, upheld(services, outcome="revised"))
    with services.db.reading() as session:
        rows = session.scalars(select(Letter).where(Letter.about == besluit[1]))
        texts = [letters.opened(session, services.vault, row).texts for row in rows]
    english, dutch = ("\n".join(p for each in texts for p in each[language]["paragraphs"]) for language in ("en", "nl"))
    for foreign in ("toelaatbaarheidsverklaring", "bezwaar kwam", "verander", "nieuwe besluit"):
        assert (foreign in english, foreign in dutch) == (False, True)
    assert "Your objection came after the last day, " in english


def test_the_term_for_appeal_runs_from_the_day_after_the_decision_was_sent(services, clock, besluit):
    staff = builders.context(services, SWV)
    made = usecases.register(services, staff, *besluit, received(by="authority", who="Bestuur Verzonnen"))
    usecases.advise(services, staff, besluit[0], made, on=staff.today, advice="upheld", text="Volg het.")
    usecases.decide(services, staff, besluit[0], made, upheld(services))
    clock.forward(days=44)
    staff = builders.context(services, SWV)
    appeal = received(kind="beroep", received_on=staff.today, who="Bestuur Verzonnen", court="Rechtbank Verzonnen")
    unsent = usecases.register(services, staff, *besluit, appeal)
    letter = next(
        each for each in usecases.of_besluit(services, staff, *besluit).letters if each.kind == "objection_decided"
    )
    reading.hand(services, staff, besluit[0], letter.id, way="post", on=staff.today - timedelta(days=30))
    sent = usecases.register(services, staff, *besluit, appeal)
    lines = {line.row.id: line.row for line in usecases.of_besluit(services, staff, *besluit).lines}
    assert (lines[unsent].late, lines[unsent].until) == (False, staff.today + timedelta(days=42))
    assert (lines[sent].late, lines[sent].until) == (False, staff.today + timedelta(days=12))


def test_the_school_authority_objects_on_paper_late_with_a_reason_and_gets_a_letter_by_post(services, clock, besluit):
    clock.forward(days=50)
    staff = builders.context(services, SWV)
    new = received(by="authority", who="Bestuur Verzonnen", received_on=staff.today)
    with pytest.raises(InvalidInputError) as caught:
        usecases.register(services, staff, *besluit, new)
    assert caught.value.field == "late_reason"
    made = usecases.register(services, staff, *besluit, replace(new, late_reason="De post liep vast (verzonnen)."))
    found = usecases.of_besluit(services, staff, *besluit)
    assert (found.lines[0].row.late, found.letters[0].handed_on, found.letters[0].to) == (
        True,
        None,
        "Bestuur Verzonnen",
    )
    assert b"verzonnen" not in found.lines[0].row.details
    other = builders.matter(services, besluit[0])
    fresh = builders.tlv(services, besluit[0], other)
    at = (services, staff, besluit[0], made)
    usecases.advise(*at, on=staff.today, advice="revised", text="Verander het.")
    usecases.decide(*at, upheld(services, outcome="revised", new_besluit_id=fresh))
    assert usecases.of_besluit(services, staff, *besluit).lines[0].row.new_besluit_id == fresh
    with services.db.reading() as session:
        kinds = set(session.scalars(select(Notice.kind).where(Notice.dossier_id == besluit[0])))
    assert {"objection_school", "objection_over"} <= kinds


def test_nobody_else_objects_or_reads_what_a_parent_wrote(services, besluit):
    objection = usecases.object_in_portal(services, builders.context(services, GUARDIAN), *besluit, received())
    for email in (OWNER, OTHER_SCHOOL, PARTNER):
        with pytest.raises(NotFoundError):
            usecases.of_besluit(services, builders.context(services, email), *besluit)
        with pytest.raises(NotFoundError):
            usecases.withdraw(services, builders.context(services, email), besluit[0], objection, reason="x")
    with pytest.raises(NotFoundError):
        usecases.object_in_portal(services, builders.context(services, SWV), *besluit, received())


def test_an_objection_that_is_taken_back_ends_its_hold(services, besluit):
    objection = usecases.object_in_portal(services, builders.context(services, GUARDIAN), *besluit, received())
    staff = builders.context(services, SWV)
    usecases.withdraw(services, staff, besluit[0], objection, reason="Op de hoorzitting (verzonnen).")
    assert holds(services, besluit[0]) == [("bezwaar", staff.today)]
    again = received(received_on=staff.today + timedelta(days=0))
    assert usecases.object_in_portal(services, builders.context(services, GUARDIAN), *besluit, again)
