"""Letters are made, handed and read in the SWV's words, sealed under the dossier's key, and each act is in the log."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from audit.log import events
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.letters import handing, house, making, queries, reading, templates
from gateway.letters.language import Text
from gateway.letters.tables import Letter
from gateway.notices.tables import Notice
from gateway.recording import Action
from tests import builders
from tests.personas import ADMINISTRATOR, CONTACT_PERSON, GUARDIAN, OFFICER, SWV

REFUSAL = {
    "request": "inzage",
    "received_on": builders.Clock().now.date(),
    "reasons": "Het verslag is van iemand anders (verzonnen).",
    "article": "artikel 15, lid 4, AVG",
}


def a_letter(services, *, kind="refusal", values=REFUSAL, account=GUARDIAN, language="nl", about=None):
    with services.db.writing() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.state == "submitted")).first()
        return dossier.id, making.make(
            services,
            session,
            builders.context(services, SWV),
            dossier=dossier,
            kind=kind,
            to=making.Addressee(
                name="Ouder Voorbeeld", account_id=builders.account(services, account).id if account else None
            ),
            values=values,
            about=about or new_id(),
            language=language,
        )


def handed(services, dossier_id, letter_id, **changes):
    who = builders.context(services, SWV)
    values = {"way": "portal", "on": who.today, **changes}
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)
        handing.hand(services, session, who, dossier=dossier, letter_id=letter_id, **values)


def test_a_letter_is_sealed_logged_and_read_by_who_it_is_for_once_it_went_out(services):
    about = new_id()
    dossier_id, letter_id = a_letter(services, about=about, language="en")
    account_id = builders.account(services, GUARDIAN).id
    with services.db.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert b"verzonnen" not in row.details
        made = queries.opened(session, services.vault, row)
        assert (made.texts["en"]["subject"], made.signed["name"]) == ("We refuse your request", "B. van den Berg")
        assert "bezwaar" in made.texts["nl"]["clause"]["paragraphs"][0]
        assert queries.of_account(session, services.vault, account_id, [dossier_id]) == []
    handed(services, dossier_id, letter_id)
    with pytest.raises(ConflictError):
        handed(services, dossier_id, letter_id)
    with services.db.reading() as session:
        assert [each.id for each in queries.of_account(session, services.vault, account_id, [dossier_id])] == [
            letter_id
        ]
        (line,) = queries.of(session, services.vault, about)
        assert (line.kind, line.way, line.to) == ("refusal", "portal", "Ouder Voorbeeld")
        assert session.scalars(select(Notice).where(Notice.kind == "letter")).one().account_id == account_id
        found = events(session.connection(), dossier=dossier_id, limit=10).rows
        assert [entry.action for entry in found if entry.object_id == letter_id] == ["notify", "record"]


def test_staff_do_not_read_what_answers_a_request_or_complaint_and_the_officer_reads_and_sends_it(services):
    today = builders.context(services, SWV).today
    answer = {"received_on": today, "outcome": "granted", "reasons": "De klacht over u klopt (verzonnen)."}
    dossier_id, complaint = a_letter(services, kind="complaint_answer", values=answer)
    more = {"request": "bezwaar", "received_on": today, "until": today, "reasons": "Ziek (verzonnen)."}
    hidden = [complaint, a_letter(services)[1], a_letter(services, kind="extension", values=more)[1]]
    besluit = builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    _, of_objection = a_letter(services, kind="extension", values=more, about=besluit)
    for email in (SWV, CONTACT_PERSON):
        staff = builders.context(services, email)
        assert [each.id for each in reading.of_dossier(services, staff, dossier_id)] == [of_objection]
        assert reading.read(services, staff, dossier_id, of_objection, action=Action.CONSULT)
        for letter_id in hidden:
            with pytest.raises(NotFoundError):
                reading.read(services, staff, dossier_id, letter_id, action=Action.PRINT)
            with pytest.raises(NotFoundError):
                reading.hand(services, staff, dossier_id, letter_id, way="post", on=today)
    officer = builders.context(services, OFFICER)
    assert {each.id for each in reading.of_dossier(services, officer, dossier_id)} == {of_objection, *hidden}
    assert reading.read(services, officer, dossier_id, complaint, action=Action.PRINT)
    reading.hand(services, officer, dossier_id, complaint, way="post", on=today)


def test_who_has_no_account_gets_the_letter_by_post_on_a_day_that_can_be(services):
    dossier_id, letter_id = a_letter(services, account=None)
    today = builders.context(services, SWV).today
    for wrong in ({"way": "portal"}, {"way": "pigeon"}, {"way": "post", "on": today + timedelta(days=1)}):
        with pytest.raises(InvalidInputError):
            handed(services, dossier_id, letter_id, **wrong)
    handed(services, dossier_id, letter_id, way="post")


def test_an_adapted_text_counts_from_when_a_second_person_takes_it_into_use_and_an_old_letter_stays(services):
    texts = {**templates.shipped("refusal").texts}
    texts["nl"] = Text(subject="Wij doen dit niet", body="Beste {aan},\n\nNee: {redenen}\n\nZie {artikel}.")
    admin, officer = (builders.context(services, each) for each in (ADMINISTRATOR, OFFICER))
    _, before = a_letter(services)
    draft = templates.draft(services, admin, "refusal", texts)
    with pytest.raises(ConflictError, match="tweede persoon"):
        templates.decide(services, admin, draft, approve=True)
    _, between = a_letter(services)
    templates.decide(services, builders.context(services, CONTACT_PERSON), draft, approve=True)
    with pytest.raises(ConflictError, match="al beslist"):
        templates.decide(services, officer, draft, approve=False)
    _, after = a_letter(services)
    with services.db.reading() as session:
        lines = {each: session.get_one(Letter, each) for each in (before, between, after)}
        said = {each: queries.opened(session, services.vault, row).texts["nl"] for each, row in lines.items()}
    assert [lines[each].template_version for each in (before, between, after)] == [0, 0, 1]
    assert said[after]["subject"] == "Wij doen dit niet"
    assert said[after]["clause"] == said[before]["clause"]
    assert said[between] == said[before]


def test_the_privacy_officer_takes_an_own_text_into_use_and_a_wrong_one_is_not_kept(services):
    officer = builders.context(services, OFFICER)
    draft = templates.draft(services, officer, "receipt", templates.shipped("receipt").texts)
    templates.decide(services, officer, draft, approve=True)
    wrong = {**templates.shipped("receipt").texts, "en": Text(subject="Receipt", body="{nothing}")}
    with pytest.raises(InvalidInputError) as caught:
        templates.draft(services, officer, "receipt", wrong)
    assert caught.value.field == "body_en"


def test_a_house_style_is_a_version_each_time_and_its_logo_is_a_png_made_anew(services):
    officer = builders.context(services, OFFICER)
    picture = io.BytesIO()
    Image.new("RGBA", (900, 30), (0, 90, 160, 128)).save(picture, "PNG")
    with services.db.reading() as session:
        now = house.of_tenant(session, services.vault, officer.person.tenant_id)
    house.change(services, officer, now.house, seen=now.version, logo=picture.getvalue() + b"<script>behind</script>")
    with pytest.raises(ConflictError):
        house.change(services, officer, now.house, seen=now.version)
    with services.db.reading() as session:
        newest, first = house.history(session, services.vault, officer.person.tenant_id)
    assert (newest.version, first.logo) == (2, None)
    assert b"script" not in newest.logo
    assert Image.open(io.BytesIO(newest.logo)).size == (800, 27)
    for bad in (b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\nnothing", b"x" * 600_000):
        with pytest.raises(InvalidInputError) as caught:
            house.clean_logo(bad)
        assert caught.value.field == "logo"
