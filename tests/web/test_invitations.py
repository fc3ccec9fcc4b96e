"""Nobody lets someone in alone: the link goes to its owner, and an address nobody vouched for waits for another (issue 6)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from audit.log import events, open_payload
from gateway.accounts import invitations, people, setup
from gateway.accounts import usecases as accounts
from gateway.accounts.invitation_tables import InvitationCheck
from gateway.accounts.rules import Person, is_public_mail, mail_domain
from gateway.accounts.setup import Appointing, make_tenant
from gateway.accounts.tables import SingleUseLink
from gateway.context import Actor, Context, Role
from gateway.errors import ConflictError, GatewayError, InvalidInputError, NotFoundError
from gateway.notices.tables import Notice
from gateway.recording import LogSealer
from tests import builders, personas
from tests.personas import visitor

OWN = "eigen.adres@elders.example"
SECOND = "beheer2@demo.example"
LINKS = re.compile(r"/uitnodiging/[\w-]+")


def send(app, email, role="school_staff", name="Nieuw Persoon", where="school"):
    """Fill in the form as the administrator does."""
    organisation = builders.account(
        app.extensions["dossierpoort"], personas.OWNER if where == "school" else personas.SWV
    ).organisation_id
    fields = {"organisation_id": organisation, "role": role, "name": name, "email": email}
    return visitor(app, personas.ADMINISTRATOR).post("/inrichting/uitnodigen", fields)


def links_of(services, email):
    account = builders.account(services, email).id
    with services.db.reading() as session:
        return len(session.scalars(select(SingleUseLink).where(SingleUseLink.account_id == account)).all())


def said(services, email, key):
    """What the log says of this account in the event that names this key."""
    account = builders.account(services, email)
    with services.db.reading() as session:
        rows = events(session.connection(), object_id=account.id).rows
        sealer = LogSealer(session, services.vault, organisation_id=account.tenant_id, year=2026)
        payloads = [dict(open_payload(row, sealer)) for row in rows]
    return next(payload for payload in payloads if key in payload)


def test_the_link_stands_on_no_page_of_who_invites(app, services):
    boss = visitor(app, personas.ADMINISTRATOR)
    assert send(app, "bekend.domein@demo.example").location == "/inrichting"
    assert links_of(services, "bekend.domein@demo.example") == 1
    for path in ("/inrichting", "/inrichting/uitnodigingen", "/berichten"):
        assert not LINKS.search(boss.get(path).get_data(as_text=True)), path
    again = boss.post(f"/inrichting/account/{builders.account(services, 'bekend.domein@demo.example').id}/opnieuw")
    assert not LINKS.search(again.get_data(as_text=True))


def test_an_address_that_nobody_vouched_for_gets_no_link_before_another_says_yes(app, services):
    assert send(app, OWN).status_code == 303
    account = builders.account(services, OWN).id
    assert links_of(services, OWN) == 0
    boss = visitor(app, personas.ADMINISTRATOR)
    page = boss.get("/inrichting/uitnodigingen").get_data(as_text=True)
    assert OWN in page
    assert f"{account}/bevestigen" not in page, "who asked is not offered to confirm"
    boss.post(f"/inrichting/uitnodigingen/{account}/bevestigen")
    boss.post(f"/inrichting/account/{account}/opnieuw")
    assert links_of(services, OWN) == 0, "neither road gives the asker a link"
    officer = visitor(app, personas.OFFICER)
    assert f"{account}/bevestigen" in officer.get("/inrichting/uitnodigingen").get_data(as_text=True)
    with services.db.reading() as session:
        told = session.scalars(select(Notice.account_id).where(Notice.kind == "invitation_waiting")).all()
    assert set(told) >= {builders.account(services, each).id for each in (personas.OFFICER, SECOND)}
    assert builders.account(services, personas.ADMINISTRATOR).id not in told
    assert officer.post(f"/inrichting/uitnodigingen/{account}/bevestigen").status_code == 303
    assert links_of(services, OWN) == 1
    assert said(services, OWN, "asked_by")["asked_by"] == builders.account(services, personas.ADMINISTRATOR).id


def test_a_refused_invitation_ends_the_account_and_is_decided_once(app, services):
    send(app, "weg@elders.example")
    account, officer = builders.account(services, "weg@elders.example").id, visitor(app, personas.OFFICER)
    officer.post(f"/inrichting/uitnodigingen/{account}/afwijzen")
    assert not builders.account(services, "weg@elders.example").active
    officer.post(f"/inrichting/uitnodigingen/{account}/bevestigen")
    assert links_of(services, "weg@elders.example") == 0


def test_a_domain_that_was_vouched_for_lets_the_next_one_go_until_it_is_not(app, services):
    send(app, "een@school.example")
    officer, school = visitor(app, personas.OFFICER), builders.account(services, personas.OWNER).organisation_id
    account = builders.account(services, "een@school.example").id
    officer.post(f"/inrichting/uitnodigingen/{account}/bevestigen", {"domein": "ja"})
    send(app, "twee@school.example")
    assert links_of(services, "twee@school.example") == 1
    send(app, "drie@school.example", role="swv_staff", where="swv")
    assert links_of(services, "drie@school.example") == 0, "it is the domain of one organisation"
    road = f"/inrichting/uitnodigingen/{school}/domein-weg"
    visitor(app, personas.ADMINISTRATOR).post(road, {"domein": "school.example"})
    send(app, "vier@school.example")
    assert links_of(services, "vier@school.example") == 0


def test_a_domain_where_anyone_gets_an_address_is_vouched_for_by_nobody(app, services):
    send(app, "iemand@gmail.com")
    account, officer = builders.account(services, "iemand@gmail.com").id, visitor(app, personas.OFFICER)
    assert "elk adres op gmail.com" not in officer.get("/inrichting/uitnodigingen").get_data(as_text=True)
    officer.post(f"/inrichting/uitnodigingen/{account}/bevestigen", {"domein": "ja"})
    assert links_of(services, "iemand@gmail.com") == 0
    officer.post(f"/inrichting/uitnodigingen/{account}/bevestigen")
    assert links_of(services, "iemand@gmail.com") == 1


@pytest.mark.parametrize("role", ["administrator", "privacy_officer"])
def test_a_second_person_is_never_made_by_one_person_also_not_at_a_known_domain(app, services, role):
    email = f"pop.{role.replace('_', '.')}@demo.example"
    send(app, email, role=role, where="swv")
    assert links_of(services, email) == 0


def test_the_last_officer_is_not_ended_to_make_room_for_a_friend(app, services):
    administrator = builders.context(services, personas.ADMINISTRATOR)
    with pytest.raises(ConflictError, match="enige privacyfunctionaris"):
        accounts.end_account(services, administrator, builders.account(services, personas.OFFICER).id)


def test_who_has_an_account_at_another_swv_is_told_and_the_inviter_sees_no_difference(app, services):
    with services.db.writing() as session:
        _, organisation = make_tenant(
            session, swv="SWV Overkant (verzonnen)", slug="overkant", profile="po-raad-2014", now=services.clock()
        )
        person = Person(name="Ver Weg", email="al.elders@demo.example")
        theirs = people.create(
            session, services.vault, organisation=organisation, role=Role.SWV_STAFF, person=person, now=services.clock()
        ).id
    here = send(app, "al.elders@demo.example", name="Iemand Anders")
    there = send(app, "nergens@demo.example", name="Iemand Nieuw")
    assert (here.status_code, here.location) == (there.status_code, there.location)
    page = visitor(app, personas.ADMINISTRATOR).get("/inrichting").get_data(as_text=True)
    rows = [row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if "Iemand " in row]
    assert len(rows) == 2
    assert all("uitgenodigd" in row for row in rows)
    with services.db.reading() as session:
        kinds = {
            notice.kind: notice.account_id
            for notice in session.scalars(select(Notice).order_by(Notice.made_at.desc(), Notice.id).limit(40))
        }
        shadow = kinds["invitation_elsewhere"]
        assert people.by_email(session, services.vault, person.email).id == theirs, "the account stays whose it was"
    assert shadow != theirs
    mailed = app.test_client().get("/demo/postvak-uit").get_data(as_text=True)
    with services.db.reading() as session:
        assert session.scalars(select(SingleUseLink).where(SingleUseLink.account_id == theirs)).first() is None
    assert "maar met dit e-mailadres bestaat al een account" in mailed


def test_a_lone_first_administrator_may_make_one_second_person_and_no_more(services):
    with services.db.writing() as session:
        tenant, organisation = make_tenant(
            session, swv="SWV Nieuw (verzonnen)", slug="nieuw", profile="po-raad-2014", now=services.clock()
        )
        person = Person(name="Eerste", email="eerste@nieuw.example")
        first = people.create(
            session,
            services.vault,
            organisation=organisation,
            role=Role.ADMINISTRATOR,
            person=person,
            now=services.clock(),
        )
        actor = Actor(
            account_id=first.id, tenant_id=tenant.id, organisation_id=organisation.id, role=Role.ADMINISTRATOR
        )
    context = Context(actor=actor, now=services.clock(), request_id="0" * 32)

    def invite(name, role):
        person = Person(name=name, email=f"{name}@nieuw.example")
        return invitations.invite(services, context, organisation_id=actor.organisation_id, role=role, person=person)

    assert invite("begeleider", Role.SWV_STAFF) is None
    assert invite("functionaris", Role.PRIVACY_OFFICER)
    assert said(services, "functionaris@nieuw.example", "unconfirmed")["unconfirmed"] == "first_of_its_kind"
    accounts.end_account(services, context, builders.account(services, "functionaris@nieuw.example").id)
    assert invite("vriend", Role.PRIVACY_OFFICER) is None, "whoever was ever invited counts"


def test_an_address_in_letters_that_look_like_others_is_pointed_out(app):
    send(app, "leerkracht@dem\u043e.example")
    page = visitor(app, personas.OFFICER).get("/inrichting/uitnodigingen").get_data(as_text=True)
    assert "bijzondere letters" in page


def test_a_name_holds_nothing_that_turns_the_reading_round(app, services):
    send(app, "omgekeerd@demo.example", name="Fenna \u202eelpmaxe@ycavirp\u202c")
    page = visitor(app, personas.ADMINISTRATOR).get("/inrichting").get_data(as_text=True)
    assert "Fenna elpmaxe" in page
    assert "\u202e" not in page


# --- the operator of the server -----------------------------------------------------------------------------------------


def appointing(**changes):
    values = {
        "slug": "demo",
        "role": Role.ADMINISTRATOR,
        "person": Person(name="Herman Hersteld", email="hersteld@demo.example"),
        "operator": "Olga Operator",
        "witness": "Willem Getuige",
        "reason": "De enige beheerder is telefoon en codes kwijt (verzonnen).",
    }
    return Appointing(**{**values, **changes})


def test_an_operator_appoints_with_a_second_name_and_the_officer_decides(app, services):
    assert setup.appoint(services, appointing()) is True
    account = builders.account(services, "hersteld@demo.example").id
    assert links_of(services, "hersteld@demo.example") == 0
    boss, officer = visitor(app, personas.ADMINISTRATOR), visitor(app, personas.OFFICER)
    boss.post(f"/inrichting/uitnodigingen/{account}/bevestigen")
    assert links_of(services, "hersteld@demo.example") == 0, "an administrator does not confirm an administrator here"
    page = officer.get("/inrichting/uitnodigingen").get_data(as_text=True)
    assert "Olga Operator" in page
    assert "op de server zelf" in page
    officer.post(f"/inrichting/uitnodigingen/{account}/bevestigen")
    assert links_of(services, "hersteld@demo.example") == 1
    first = said(services, "hersteld@demo.example", "operator")
    assert (first["by"], first["operator"], first["witness"]) == ("operator", "Olga Operator", "Willem Getuige")
    files = list((services.settings.data_dir).glob("dossierpoort.sqlite3*"))
    assert files
    assert not any(b"Olga Operator" in file.read_bytes() for file in files), "names lie under seal"


@pytest.mark.parametrize(
    ("changes", "alone", "error"),
    [
        ({"witness": "olga operator "}, False, InvalidInputError),
        ({"witness": ""}, False, InvalidInputError),
        ({"reason": " "}, False, InvalidInputError),
        ({"role": Role.SWV_STAFF}, False, InvalidInputError),
        ({"slug": "bestaat-niet"}, False, NotFoundError),
        ({"person": Person(name="X", email=personas.SWV)}, False, ConflictError),
        ({"person": Person(name="X", email="alleen@demo.example")}, True, ConflictError),
    ],
)
def test_an_operator_alone_or_past_the_one_who_can_decide_is_refused(services, changes, alone, error):
    with pytest.raises(error):
        setup.appoint(services, appointing(**changes), nobody_else=alone)


def test_where_nobody_is_left_it_goes_at_once_and_the_log_says_so(services):
    with services.db.writing() as session:
        make_tenant(session, swv="SWV Leeg (verzonnen)", slug="leeg", profile="po-raad-2014", now=services.clock())
    new = appointing(slug="leeg", person=Person(name="Nieuwe Start", email="start@leeg.example"))
    with pytest.raises(GatewayError, match="--nobody-else"):
        setup.appoint(services, new)
    assert setup.appoint(services, new, nobody_else=True) is False
    assert links_of(services, "start@leeg.example") == 1
    assert said(services, "start@leeg.example", "nobody_else")["nobody_else"] == "yes"
    with services.db.reading() as session:
        assert session.get(InvitationCheck, builders.account(services, "start@leeg.example").id) is None


def test_a_domain_is_what_stands_behind_the_last_at_sign():
    assert mail_domain(' "a@gmail.com"@School.Example ') == "school.example"
    assert is_public_mail("gmail.com")
    assert not is_public_mail("school.example")
