"""Consent asked, given, refused, withdrawn, and outlived; court orders. On both databases. Source: GR1, PRage."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from audit.events import Action
from audit.log import events
from gateway.accounts import people
from gateway.consent import requests
from gateway.consent import usecases as consents
from gateway.consent.requests import NewRequest
from gateway.consent.tables import CourtOrder
from gateway.consent.usecases import NewConsent
from gateway.context import Context
from gateway.disclosure import consenting, evidence, fetching
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import VerstrekkingDocument
from gateway.dossiers import break_glass, family, guardians, linking, pages, usecases
from gateway.dossiers.birthdays import tell_birthdays
from gateway.dossiers.describing import Description
from gateway.dossiers.family import NewRelative
from gateway.dossiers.rules import Guardian
from gateway.dossiers.tables import NOBODY, UNDECIDED, Dossier, DossierPerson
from gateway.dossiers.upload import receive
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.ids import new_id
from gateway.notices.tables import Notice
from gateway.references import reference_of
from tests import builders, right_requests
from tests.personas import GUARDIAN, MUNICIPALITY, OWNER, PUPIL, SWV
from tests.right_requests import SECOND

FORM = Description(kind="consent_form", categories=("a", "d"), origin="guardian", purpose="support_allocation")
ORDER = Description(kind="court_order", categories=("a", "d", "p"), origin="guardian", purpose="support_allocation")


def two_parents(services, **changes):
    """A submitted dossier with a document, whose two parents have authority and an account."""
    changes = {"guardians": right_requests.PARENTS, **changes}
    dossier_id, document_id = builders.submitted(services, **changes)
    return right_requests.with_parents(services, dossier_id), document_id


def key(services, dossier_id, name):
    return {name: key for key, name in consenting.givers(services, builders.context(services, SWV), dossier_id)}[name]


def ask(services, dossier_id, **changes):
    values = {
        "purposes": ("second_opinion",),
        "recipients": ("municipality",),
        "categories": ("g", "k"),
        "valid_until": None,
        "explanation": "Wij willen dat een ander kijkt of de hulp past.",
    }
    with services.db.reading() as session:
        before = {row.id for row in requests.of_dossier(session, dossier_id)}
    asked = consenting.ask(services, builders.context(services, SWV), dossier_id, NewRequest(**{**values, **changes}))
    with services.db.reading() as session:
        (new,) = {row.id for row in requests.of_dossier(session, dossier_id)} - before
    return new, asked


def answer(services, email, request_id, *, gives=True):
    consenting.answer(services, builders.context(services, email), request_id, gives=gives)


def given(services, dossier_id):
    with services.db.reading() as session:
        return consents.of_dossier(session, dossier_id)


def disclose(services, dossier_id, document_id, consent_id):
    wanted = builders.verstrekking(services, dossier_id, document_id, purpose="second_opinion", consent_id=consent_id)
    return disclosure.disclose(services, builders.context(services, SWV), wanted)


def fetch(services, verstrekking_id):
    with services.db.reading() as session:
        version = session.scalars(
            select(VerstrekkingDocument.version_id).where(VerstrekkingDocument.verstrekking_id == verstrekking_id)
        ).one()
    return fetching.fetch(services, builders.context(services, MUNICIPALITY), verstrekking_id, version)


def kinds(services, email):
    with services.db.reading() as session:
        return set(
            session.scalars(select(Notice.kind).where(Notice.account_id == builders.account(services, email).id))
        )


def test_asked_given_in_the_portal_used_and_withdrawn_with_what_it_stops_said_before(services):
    dossier_id, document_id = two_parents(services)
    request_id, asked = ask(services, dossier_id)
    assert asked == 2
    assert "consent_asked" in kinds(services, GUARDIAN)
    answer(services, GUARDIAN, request_id)
    with pytest.raises(ConflictError):
        answer(services, GUARDIAN, request_id)
    consent = given(services, dossier_id)[0]
    assert (consent.has_authority, consent.categories) == (True, "g k")
    verstrekking_id = disclose(services, dossier_id, document_id, consent.id)
    child = next(
        c for c in consenting.of_family(services, builders.context(services, GUARDIAN)) if c.dossier_id == dossier_id
    )
    line = next(line for line in child.consents if line.mine)
    assert [(run.verstrekking_id, run.still_open, run.fetched) for run in line.running] == [(verstrekking_id, True, 0)]
    with pytest.raises(NotFoundError):  # not hers
        consenting.withdraw_own(services, builders.context(services, SECOND), consent.id)
    consenting.withdraw_own(services, builders.context(services, GUARDIAN), consent.id)
    with pytest.raises(RefusedError):
        fetch(services, verstrekking_id)
    assert "stopped" in kinds(services, MUNICIPALITY) & kinds(services, SWV)
    answer(services, GUARDIAN, request_id)  # and may be given anew


def test_two_parents_who_disagree_are_both_kept_and_the_sender_sees_it(services):
    dossier_id, document_id = two_parents(services)
    request_id, _ = ask(services, dossier_id)
    answer(services, GUARDIAN, request_id)
    answer(services, SECOND, request_id, gives=False)
    line = consenting.of_dossier(services, builders.context(services, SWV), dossier_id).requests[0]
    assert line.disagree
    assert {(item.name, item.answer) for item in line.answers} == {
        ("Maryam Voorbeeld", "given"),
        ("Ko Tweedema", "refused"),
    }
    # judgement.md: the consent of a guardian with authority counts.
    assert disclose(services, dossier_id, document_id, given(services, dossier_id)[0].id)


def test_data_and_days_that_a_consent_does_not_cover_are_refused(services, clock):
    dossier_id, document_id = two_parents(services)
    today = builders.context(services, SWV).today
    request_id, _ = ask(services, dossier_id, categories=("g",))
    answer(services, GUARDIAN, request_id)
    narrow = given(services, dossier_id)[0].id
    with pytest.raises(RefusedError) as refused:
        disclose(services, dossier_id, document_id, narrow)
    assert refused.value.article == "PR9.1b"
    request_id, _ = ask(services, dossier_id, valid_until=today + timedelta(days=1))
    answer(services, GUARDIAN, request_id)
    short = next(row.id for row in given(services, dossier_id) if row.valid_until is not None)
    made = disclose(services, dossier_id, document_id, short)
    clock.forward(days=2)
    with pytest.raises(RefusedError):
        fetch(services, made)


def test_a_download_that_runs_breaks_off_at_its_next_chunk_when_consent_is_withdrawn(services):
    dossier_id, _ = two_parents(services)
    noise = io.BytesIO()
    Image.frombytes("RGB", (600, 600), random.Random(1).randbytes(600 * 600 * 3)).save(noise, "PNG")
    big = builders.upload(services, OWNER, dossier_id, "groot.png", noise.getvalue())
    builders.describe(services, OWNER, dossier_id, big.document_id)
    builders.work(services)
    request_id, _ = ask(services, dossier_id)
    answer(services, GUARDIAN, request_id)
    consent_id = given(services, dossier_id)[0].id
    fetched = fetch(services, disclose(services, dossier_id, big.document_id, consent_id))
    left = len(next(fetched.chunks))
    consenting.withdraw_own(services, builders.context(services, GUARDIAN), consent_id)
    assert left < fetched.size
    with pytest.raises(ConflictError, match="ingetrokken"):
        next(fetched.chunks)
    assert next(fetched.chunks, None) is None
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier_id, limit=5).rows
    assert [(row.action.value, row.outcome.value, row.article) for row in rows][:1] == [("refuse", "refused", "PRage")]


def test_on_the_sixteenth_birthday_the_pupil_is_asked_and_guardians_are_out(services, clock):
    born = (clock.now.date() + timedelta(days=1)).replace(year=clock.now.year - 16)
    dossier_id, document_id = two_parents(services, born=born)
    right_requests.link(services, dossier_id, PUPIL, capacity="data_subject")
    request_id, _ = ask(services, dossier_id)
    answer(services, GUARDIAN, request_id)
    consent_id = given(services, dossier_id)[0].id
    made = disclose(services, dossier_id, document_id, consent_id)
    with pytest.raises(NotFoundError):
        answer(services, PUPIL, request_id)
    tell_birthdays(services, clock.now)
    assert "sixteen" not in kinds(services, PUPIL)
    clock.forward(days=1)
    assert tell_birthdays(services, clock.now) == 1
    assert tell_birthdays(services, clock.now) == 0
    assert "sixteen" in kinds(services, PUPIL)
    assert "sixteen_guardian" in kinds(services, GUARDIAN)
    with pytest.raises(RefusedError):  # a new act does not rest on the guardian's consent any more
        fetch(services, made)
    assert dossier_id not in {
        c.dossier_id for c in consenting.of_family(services, builders.context(services, GUARDIAN))
    }
    with pytest.raises(NotFoundError):
        consenting.withdraw_own(services, builders.context(services, GUARDIAN), consent_id)
    mine = consenting.of_family(services, builders.context(services, PUPIL))[0]
    again = next(line for line in mine.requests if line.explanation.startswith("U bent 16"))
    answer(services, PUPIL, again.request.id)
    assert disclose(
        services,
        dossier_id,
        document_id,
        next(c.id for c in given(services, dossier_id) if c.given_by == "data_subject"),
    )


def test_a_pupil_of_sixteen_without_account_is_to_be_invited_by_the_school_and_then_told(services, clock):
    born = (clock.now.date() + timedelta(days=1)).replace(year=clock.now.year - 16)
    dossier_id, _ = builders.submitted(services, born=born)
    older, _ = builders.submitted(services, born=born.replace(year=born.year - 1), bsn="100000009")
    ask(services, dossier_id)
    clock.forward(days=1)
    # Who was sixteen already when the dossier was submitted has no birthday to tell of.
    assert tell_birthdays(services, clock.now) == 1
    assert older != dossier_id
    tell_birthdays(services, clock.now)
    assert "sixteen_invite" in kinds(services, OWNER)
    new = NewRelative(
        name="Jip van Zwollebol", email="jip16@demo.example", capacity="data_subject", has_authority=False,
        identified_by="schoolpas gezien",
    )  # fmt: skip
    family.let_in(services, builders.context(services, OWNER), dossier_id, new)
    assert "consent_asked" in kinds(services, "jip16@demo.example")


def order(services, dossier_id, *, first, last, who="Maryam Voorbeeld"):
    context = builders.context(services, OWNER)
    received = receive(
        services, context, dossier_id, builders.file_part("uitspraak.txt", new_id().encode()), described=ORDER
    )
    named, documents = guardians.choices(services, context, dossier_id)
    assert received.document_id in {document_id for document_id, _ in documents}
    form = guardians.OrderForm(
        guardian=next(each.key for each in named if each.name == who),
        from_day=first,
        until_day=last,
        document_id=received.document_id,
        note="Geen informatie.",
    )
    return guardians.add_order(services, context, dossier_id, form)


def test_a_court_order_takes_a_guardians_say_on_its_days_and_gives_it_back(services, clock):
    dossier_id, _ = two_parents(services)
    request_id, _ = ask(services, dossier_id)
    answer(services, GUARDIAN, request_id)
    consent_id = given(services, dossier_id)[0].id
    today = builders.context(services, SWV).today
    order(services, dossier_id, first=today, last=today + timedelta(days=1))
    with pytest.raises(NotFoundError):
        answer(services, GUARDIAN, request_id, gives=False)
    seen = pages.family(services, builders.context(services, GUARDIAN))
    assert "Jip van Zwollebol" not in {view.pupil_name for view in seen}
    _, asked = ask(services, dossier_id)
    assert asked == 1
    answer(services, SECOND, request_id, gives=False)
    # Recorded on paper on such a day, it is told to the judge as given without authority, whatever is ticked.
    new = NewConsent(
        given_by="guardian", guardian=key(services, dossier_id, "Maryam Voorbeeld"), giver_name="", has_authority=True,
        given_on=today,
        purposes=("second_opinion",), recipients=("municipality",), evidence="Briefje.",
    )  # fmt: skip
    paper = consenting.record_consent(services, builders.context(services, SWV), dossier_id, new)
    assert next(row for row in given(services, dossier_id) if row.id == paper).has_authority is False
    # What she gave before stays, and she can still take it back.
    consenting.withdraw_own(services, builders.context(services, GUARDIAN), consent_id)
    clock.forward(days=2)
    assert any(
        view.pupil_name == "Jip van Zwollebol" for view in pages.family(services, builders.context(services, GUARDIAN))
    )


def test_a_guardian_whom_an_order_limits_hears_of_no_break_glass_and_of_no_birthday(services, clock):
    """Of the family only who speaks for the pupil on that day is told (PRage, PR8.2)."""
    born = (clock.now.date() + timedelta(days=8)).replace(year=clock.now.year - 16)
    dossier_id, _ = two_parents(services, born=born)
    order(services, dossier_id, first=builders.context(services, SWV).today, last=None)
    emergency = builders.context(services, "swv2@demo.example")
    break_glass.break_glass(services, emergency, reference_of(dossier_id), "De leerling is vermist (verzonnen).")
    clock.forward(days=7)
    assert break_glass.tell_guardians(services, clock.now) == 1
    assert "break_glass_family" in kinds(services, SECOND)
    assert "break_glass_family" not in kinds(services, GUARDIAN)
    clock.forward(days=1)
    tell_birthdays(services, clock.now)
    assert "sixteen_guardian" in kinds(services, SECOND)
    assert "sixteen_guardian" not in kinds(services, GUARDIAN)


def let_in(services, dossier_id, name, email, **changes):
    new = NewRelative(
        name=name, email=email, capacity="guardian", has_authority=True, identified_by="paspoort gezien", **changes
    )
    family.let_in(services, builders.context(services, OWNER), dossier_id, new)
    return builders.account(services, email).id


def link_of(services, dossier_id, account_id):
    with services.db.reading() as session:
        return session.get_one(DossierPerson, (dossier_id, account_id)).guardian_id


def test_an_account_is_a_guardian_of_the_dossier_by_what_staff_say_and_never_by_its_name(services):
    dossier_id, _ = builders.submitted(services)
    swv, owner = builders.context(services, SWV), builders.context(services, OWNER)
    (mother,) = linking.choices(services, owner, dossier_id)
    order_id = order(services, dossier_id, first=swv.today, last=None, who="Mies van Zwollebol")
    later = let_in(services, dossier_id, "Mies van Zwollebol", "mies.later@demo.example")
    # The order is on someone without account, and nobody said who this account is: it decides nothing.
    assert (link_of(services, dossier_id, later), ask(services, dossier_id)[1]) == (UNDECIDED, 0)
    with services.db.reading() as session:
        reader = Context(
            actor=people.actor_of(session.get_one(type(builders.account(services, GUARDIAN)), later)),
            now=services.clock(),
            request_id=new_id(),
        )
    assert pages.family(services, reader) == []
    linking.link(services, swv, dossier_id, later, NOBODY, "paspoort gezien: haar zus")
    assert ask(services, dossier_id)[1] == 1  # the order is on another, who has no account
    linking.link(services, swv, dossier_id, later, mother.guardian_id, "paspoort gezien: zij is het toch")
    assert ask(services, dossier_id)[1] == 0  # the order is on her
    other = let_in(services, dossier_id, "Ans Ander", "ans@demo.example", guardian_id=NOBODY)
    for wrong in (mother.guardian_id, "paper-9", ""):
        with pytest.raises((ConflictError, InvalidInputError)):
            linking.link(services, owner, dossier_id, other, wrong, "gezien")
    with pytest.raises(InvalidInputError):
        linking.link(services, owner, dossier_id, other, NOBODY, " ")
    guardians.end_order(services, swv, dossier_id, order_id, swv.today - timedelta(days=1))
    assert ask(services, dossier_id)[1] == 2
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier_id, object_id=later, limit=9).rows
    assert [row.article for row in rows] == ["PRage"] * 3


def test_a_guardian_whose_name_becomes_another_loses_the_link_and_an_order_waits_for_who_it_is_about(services):
    dossier_id, _ = two_parents(services)
    swv, owner = builders.context(services, SWV), builders.context(services, OWNER)
    order(services, dossier_id, first=swv.today, last=None)
    view = pages.dossier(services, owner, dossier_id)
    first, second = view.pupil.guardians
    same = replace(view.pupil, guardians=(second, replace(first, name=" maryam VOORBEELD", contact="06")))
    usecases.change_pupil(services, owner, dossier_id, same, seen_version=view.dossier.version)
    assert link_of(services, dossier_id, builders.account(services, GUARDIAN).id) == first.id
    changed = replace(view.pupil, guardians=(second, replace(first, name="Mo Anders")))
    usecases.change_pupil(services, owner, dossier_id, changed, seen_version=view.dossier.version + 1)
    account_id = builders.account(services, GUARDIAN).id
    assert link_of(services, dossier_id, account_id) == UNDECIDED
    assert ask(services, dossier_id)[1] == 1  # the order stays on her account; only the other parent is asked
    with services.db.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        free = {each.name: each for each in guardians.named(services, session, dossier)}
        assert (free["Mo Anders"].account_id, free["Maryam Voorbeeld"].decided) == (None, False)


def test_what_was_kept_before_links_is_linked_once_where_one_name_fits_one_account(services):
    fits, _ = two_parents(services)
    twice, _ = two_parents(services, guardians=(Guardian(name="Ko Tweedema"), Guardian(name="ko tweedema")))
    on_paper = order(services, fits, first=builders.context(services, SWV).today, last=None)
    with services.db.writing() as session:
        for row in session.scalars(select(DossierPerson).where(DossierPerson.dossier_id.in_((fits, twice)))):
            row.guardian_id = None
        session.get_one(CourtOrder, on_paper).guardian_id = None
    linked, left = linking.adopt_all(services)
    assert (linked, left) == (2, 2)
    assert linking.adopt_all(services) == (0, 0)
    guardian, second = (builders.account(services, email).id for email in (GUARDIAN, SECOND))
    assert link_of(services, fits, guardian) not in {None, UNDECIDED}
    assert (link_of(services, twice, guardian), link_of(services, twice, second)) == (UNDECIDED, UNDECIDED)
    with services.db.reading() as session:
        assert session.get_one(CourtOrder, on_paper).guardian_id == link_of(services, fits, guardian)


def test_a_signed_form_is_sealed_checked_and_shown_beside_its_consent_and_no_other_document_can_be(services):
    dossier_id, document_id = two_parents(services)
    context = builders.context(services, SWV)
    form = receive(services, context, dossier_id, builders.file_part("formulier.txt", b"Getekend."), described=FORM)
    assert form.document_id, form.problem
    builders.work(services)
    values = {
        "given_by": "guardian", "guardian": key(services, dossier_id, "Ko Tweedema"), "giver_name": "",
        "has_authority": True, "given_on": context.today,
        "purposes": ("second_opinion",), "recipients": ("municipality",), "evidence": "",
    }  # fmt: skip
    consenting.record_consent(
        services, context, dossier_id, NewConsent(**values, evidence_document_id=form.document_id)
    )
    line = consenting.of_dossier(services, context, dossier_id).consents[0]
    assert line.consent.evidence_document_id == form.document_id
    assert line.consent.giver_account_id == builders.account(services, SECOND).id
    # It is her own evidence: who gave it reads it, with an event before it; the other parent does not.
    signer = builders.context(services, SECOND)
    got = evidence.form_of(services, signer, line.consent.id)
    assert (got.file_name, b"".join(got.chunks)[:8]) == ("formulier.txt", b"Getekend")
    with services.db.reading() as session:
        last = events(session.connection(), dossier=dossier_id, action=Action.DOWNLOAD, limit=1).rows[0]
    assert (last.article, last.purpose, last.actor) == ("PR11.1", "inzage", signer.person.account_id)
    with pytest.raises(NotFoundError):
        evidence.form_of(services, builders.context(services, GUARDIAN), line.consent.id)
    order(services, dossier_id, first=context.today, last=None, who="Ko Tweedema")
    with pytest.raises(RefusedError) as refused:
        evidence.form_of(services, signer, line.consent.id)
    assert refused.value.article == "PRage"
    for wrong in (document_id, None):
        with pytest.raises(InvalidInputError):
            consenting.record_consent(services, context, dossier_id, NewConsent(**values, evidence_document_id=wrong))
    with pytest.raises(NotFoundError):  # only evidence: other documents are the school's
        receive(services, context, dossier_id, builders.file_part("verslag.txt", b"Ander stuk."))


def test_data_from_another_source_are_recorded_with_a_consent_that_covers_them_and_necessity_both(services):
    dossier_id, document_id = builders.submitted(services)
    other = {"origin": "other", "purpose": "support_advice"}

    def describe(**changes):
        builders.describe(services, OWNER, dossier_id, document_id, **other, **changes)

    with pytest.raises(RefusedError) as refused:
        describe(necessity="Nodig voor het advies.")
    assert refused.value.article == "PR6.1"
    context = builders.context(services, SWV)
    new = NewConsent(
        given_by="guardian", guardian=key(services, dossier_id, "Mies van Zwollebol"), giver_name="", has_authority=True,
        given_on=context.today, purposes=("support_advice",), recipients=("school_board",), evidence="Briefje.",
        categories=("g",),
    )  # fmt: skip
    consent_id = consenting.record_consent(services, context, dossier_id, new)
    for needed, categories in (("", ("g",)), ("Nodig voor het advies.", ("g", "k"))):
        with pytest.raises(RefusedError):
            describe(necessity=needed, categories=categories)
    describe(necessity="Nodig voor het advies.", categories=("g",))
    consenting.withdraw_on_request(services, context, dossier_id, consent_id, "Gebeld.")
    with pytest.raises(RefusedError):
        describe(necessity="Nodig voor het advies.", categories=("g",))


def test_consents_go_with_a_draft_that_is_thrown_away(services):
    dossier_id = builders.draft(services)
    context = Context(actor=people.actor_of(builders.account(services, SWV)), now=services.clock(), request_id=new_id())
    new = NewConsent(
        given_by="guardian", giver_name="Mies", has_authority=True, given_on=context.today,
        purposes=("second_opinion",), recipients=("municipality",), evidence="Briefje.",
    )  # fmt: skip
    with services.db.writing() as session:
        consents.add(session, services.vault, context, dossier_id, new)
    usecases.erase_draft(services, builders.context(services, OWNER), dossier_id)
    assert given(services, dossier_id) == []
