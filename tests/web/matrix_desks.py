"""What the desks of the matrix hold: administration, access, keeping, letters, convenants."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image
from sqlalchemy import select

from audit.sequencer import sequence
from gateway import demo, logbook
from gateway.access import usecases as access
from gateway.access.tables import AccessEntry
from gateway.access.usecases import NewEntry
from gateway.accounts import invitations, reset
from gateway.accounts.rules import Person
from gateway.accounts.sign_on import connections
from gateway.accounts.sign_on.rules import Terms
from gateway.accounts.sign_on.tables import SignOnLink
from gateway.accounts.tables import Organisation, Passkey, SignedIn
from gateway.context import Role
from gateway.convenant import agreeing, making, proxies
from gateway.convenant import ending as convenant_ending
from gateway.convenant.proxies import NewProxy
from gateway.convenant.tables import CasusMeeting, ConvenantContact
from gateway.destruction import executing
from gateway.destruction.tables import LineAsked
from gateway.dossiers import break_glass
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import Destruction, VerstrekkingGone
from gateway.ids import new_id
from gateway.keeping import usecases as keeping
from gateway.letters import handing
from gateway.letters import house as letter_house
from gateway.letters import making as letter_making
from gateway.letters import templates as letter_templates
from gateway.letters.making import Addressee
from gateway.matters.rules import NewHold
from gateway.notices.tables import Notice
from gateway.objections import usecases as objections
from gateway.objections.rules import Received
from gateway.recording import Action
from gateway.references import reference_of
from gateway.reglement import versions
from tests import builders, convenants, doors, personas
from tests.builders import context
from tests.web.matrix import EMAIL

if TYPE_CHECKING:
    from gateway.services import Services


def _make_keeping(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A matter, a TLV and a hold of my dossier; each also of another one, asked under mine."""
    staff = context(services, personas.SWV)
    for ending, dossier in (("", things["submitted"]), ("_of_other_dossier", things["theirs"])):
        here = things["submitted"]["dossier_id"]
        open_one, decided = (builders.matter(services, dossier["dossier_id"]) for _ in range(2))
        things[f"matter{ending}"] = {"dossier_id": here, "matter_id": open_one}
        besluit = builders.tlv(services, dossier["dossier_id"], decided)
        things[f"besluit{ending}"] = {"dossier_id": here, "besluit_id": besluit, "what": "csv"}
        new = NewHold(
            kind="complaint",
            started_on=staff.today,
            review_on=staff.today + timedelta(days=30),
            reason="Verzonnen klacht.",
            owner_id=staff.person.account_id,
        )
        received = Received(
            kind="bezwaar", by="authority", received_on=staff.today, grounds="Verzonnen.", who="Bestuur (verzonnen)"
        )
        objected = objections.register(services, staff, dossier["dossier_id"], besluit, received)
        things[f"objection{ending}"] = {
            "dossier_id": here,
            "besluit_id": things["besluit"]["besluit_id"],
            "objection_id": objected,
            "what": "beslissen",
        }
        hold = keeping.add_hold(services, staff, dossier["dossier_id"], new)
        things[f"hold{ending}"] = {"dossier_id": here, "hold_id": hold}


def _make_destructions(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A destruction that is announced, one that was done, and what somebody received of that one."""
    staff = context(services, personas.SWV)
    for name, bsn in (("announced", "999990032"), ("destroyed", "999990044")):
        dossier_id = builders.draft(services, bsn=bsn, last_name=f"Vernietigma{name}")
        with services.db.writing() as session:
            dossier = session.get_one(Dossier, dossier_id)
            dossier.state, dossier.submitted_at = "submitted", services.clock()
        builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
        row = Destruction(
            id=new_id(),
            tenant_id=staff.person.tenant_id,
            dossier_id=dossier_id,
            article="PR12.1",
            profile="po-raad-2014@1",
            kept_until=staff.today.replace(year=staff.today.year + 3),
            due_on=staff.today.replace(year=staff.today.year + 3) + timedelta(days=1),
            announced_at=staff.now,
        )
        with services.db.writing() as session:
            session.add(row)
            session.flush()
            if name == "destroyed":
                executing.erase_in(services, session, staff, row.id, "PR12.1", [])
                session.get_one(Destruction, row.id).state = "certified"
        things[name] = {"destruction_id": row.id, "what": "pdf"}
    gone = VerstrekkingGone(
        id=new_id(),
        tenant_id=staff.person.tenant_id,
        dossier_id=dossier_id,
        school_id="",
        recipient_id=builders.account(services, personas.MUNICIPALITY).organisation_id,
        purpose="support_allocation",
        basis="consent",
        form="original",
        article="PR9.1b",
        profile="po-raad-2014@1",
        made_at=staff.now,
        documents=1,
        asked_on=staff.today,
        answer_by=staff.today + timedelta(days=28),
    )
    asked = LineAsked(
        id=new_id(),
        tenant_id=staff.person.tenant_id,
        organisation_id=builders.account(services, personas.PARTNER).organisation_id,
        request=new_id(),
        thread=new_id(),
        items=[{"kind": "second_opinion", "thread": new_id()}],
        verstrekkingen=[],
        article="PR12.1",
        destroy_by=staff.today + timedelta(days=28),
        due_on=staff.today + timedelta(days=7),
        received_at=staff.now,
    )
    things["line_asked"] = {"asked_id": asked.id}
    with services.db.writing() as session:
        session.add_all([gone, asked])
        sequence(session.connection(), logbook.LOG_ID)
    logbook.make_checkpoint(services, services.clock())
    things["gone"] = {"verstrekking_id": gone.id}


def _make_letters(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A text that waits for a second person, a logo, and letters of my dossier: sent to the guardian and still to send."""
    officer, staff = context(services, personas.OFFICER), context(services, personas.SWV)
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), (0, 90, 110)).save(picture, "PNG")
    letter_house.change(services, officer, demo.LETTER_HOUSE, seen=1, logo=picture.getvalue())
    text = letter_templates.draft(
        services, context(services, personas.ADMINISTRATOR), "receipt", letter_templates.shipped("receipt").texts
    )
    things["letter_text"] = {"template_id": text, "what": "gebruiken"}
    things["letter_kind"], things["no_letter_kind"] = {"kind": "refusal"}, {"kind": "besluit"}
    here = things["submitted"]["dossier_id"]
    to = Addressee(name="Ouder (verzonnen)", account_id=builders.account(services, personas.GUARDIAN).id)
    values = {"what": "het delen van een verslag (verzonnen)", "withdrawn_on": staff.today}
    for name, dossier_id in (("letter", here), ("to_send", here), ("other", things["theirs"]["dossier_id"])):
        with services.db.writing() as session:
            dossier = session.get_one(Dossier, dossier_id)
            made = letter_making.make(
                services,
                session,
                staff,
                dossier=dossier,
                kind="consent_withdrawn",
                to=to,
                values=values,
                about=new_id(),
            )
            if name == "letter":
                handing.hand(services, session, staff, dossier=dossier, letter_id=made, way="portal", on=staff.today)
        shown = {"letter": "letter", "to_send": "letter_to_send", "other": "letter_of_other_dossier"}[name]
        things[shown] = {"dossier_id": here, "letter_id": made}
    things["own_letter"] = {"letter_id": things["letter"]["letter_id"]}
    things["own_letter_to_send"] = {"letter_id": things["letter_to_send"]["letter_id"]}


def _make_administration(services: Services, things: dict[str, dict[str, Any]]) -> None:
    from audit.log import events

    administrator = context(services, personas.ADMINISTRATOR)
    doors.session_for(services, personas.SWV)
    with services.db.reading() as session:
        swv = session.get_one(Organisation, administrator.person.organisation_id)
        second = builders.account(services, EMAIL["t2_admin"]).tenant_id
        for name, tenant in (("event", swv.tenant_id), ("event_of_second", second)):
            things[name] = {"event_id": events(session.connection(), tenant=tenant, limit=1).rows[0].event_id}
        for name, of, action in (("mine", "submitted", "submit"), ("theirs", "theirs", "submit")):
            found = events(session.connection(), dossier=things[of]["dossier_id"], action=Action(action), limit=1)
            things[f"event_of_{name}"] = {"event_id": found.rows[0].event_id}
        found = events(session.connection(), object_id=things["sent"]["verstrekking_id"], action=Action.DISCLOSE)
        things["event_of_sent"] = {"event_id": found.rows[0].event_id}
        for name in ("mine", "theirs", "second", "sent"):
            things[f"event_of_{name}"]["what"] = "json"
        swv_account = builders.account(services, personas.SWV).id
        mine = select(SignedIn.id).where(SignedIn.account_id == swv_account).order_by(SignedIn.started_at)
        things["session_of_swv"] = {"session_id": session.scalars(mine).first()}
        key_id = new_id()
        things["passkey_of_swv"] = {"key_id": key_id}
        notice = session.scalars(select(Notice.id).where(Notice.account_id == swv_account)).first()
        things["notice_of_swv"] = {"notice_id": notice}
        unlisted = builders.account(services, EMAIL["swv_not_accepted"]).id
        entry = session.scalars(select(AccessEntry.id).where(AccessEntry.account_id == unlisted)).one()
    for name in ("invited", "leaver", "link"):
        person = Person(name=f"Nieuw {name}", email=f"{name}.matrix@demo.example")
        token = invitations.invite(services, administrator, organisation_id=swv.id, role=Role.SWV_STAFF, person=person)
        things[name] = {"account_id": builders.account(services, person.email).id}
    person = Person(name="Nieuw elders", email="wacht@matrix.example")
    invitations.invite(services, administrator, organisation_id=swv.id, role=Role.SWV_STAFF, person=person)
    things["waiting"] = {"account_id": builders.account(services, person.email).id, "what": "afwijzen"}
    with services.db.reading() as session:
        profile = versions.in_force(session, swv.tenant_id, "po-raad-2014", administrator.today)
    things["our_reglement"] = {"slug": "demo"}
    document = versions.as_json(dict(profile.document))
    tomorrow = administrator.today + timedelta(days=1)
    draft = versions.draft(services, administrator, "po-raad-2014", document, tomorrow)
    things["reglement_draft"] = {"version_id": draft, "what": "goedkeuren"}
    things["invitation"] = {"what": "uitnodiging", "token": token}
    things["invitation_as_password"] = {"what": "nieuw-wachtwoord", "token": token}
    things["entry"] = {"entry_id": entry}
    with services.db.writing() as session:
        name = services.vault.seal_json(session, swv_account, f"passkey:{key_id}", "Sleutel (verzonnen)")
        session.add(
            Passkey(
                id=key_id,
                account_id=swv_account,
                credential=b"credential",
                public_key=b"public",
                name=name,
                made_at=services.clock(),
            )
        )
    resettable = builders.account(services, personas.SWV).id
    things["resettable"] = {"account_id": resettable}
    asked = reset.ask(services, administrator, builders.account(services, personas.COLLEAGUE).id, "Sprak haar zelf.")
    things["reset"] = {"reset_id": asked, "what": "afwijzen"}
    _make_access(services, things)
    _make_sign_on(services, things)


def _make_sign_on(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """Providers that do not answer: in force with someone joined, in force to be stopped, and proposed."""
    administrator, officer = context(services, personas.ADMINISTRATOR), context(services, personas.OFFICER)
    swv, school = administrator.person.organisation_id, builders.account(services, personas.OWNER).organisation_id
    elsewhere = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    for name, place in (("sign_on", swv), ("sign_on_to_stop", school), ("sign_on_proposal", elsewhere)):
        domain = f"{name.replace('_', '-')}.example"
        terms = Terms(issuer="http://localhost:9", client="poort", secret="geheim", domains=(domain,))
        made = connections.propose(services, administrator, place, terms)
        things[name] = {"organisation_id": place, "connection_id": made, "what": "afwijzen"}
        if name != "sign_on_proposal":
            connections.decide(services, officer, made, approve=True)
    joined = things["sign_on"]["account_id"] = things["invited"]["account_id"]
    with services.db.writing() as session:
        link = SignOnLink(
            subject=bytes(32), organisation_id=swv, account_id=joined, issuer="http://localhost:9", way="own",
            made_at=services.clock(),
        )  # fmt: skip
        session.add(link)


def _make_convenants(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """One with the partner, in force, with things that wait; and a regional one that is offered."""
    us, them = context(services, personas.CONTACT_PERSON), context(services, personas.PARTNER)
    convenant_id = convenants.in_force(services, partner_id=them.person.organisation_id)
    version_id = convenants.offered(services, convenant_id, "Een tweede tekst (verzonnen).")
    things["convenant"] = {"convenant_id": convenant_id, "version_id": version_id}
    things["convenant_text"] = {"convenant_id": convenant_id, "what": "tekst"}
    things["convenant_signed"] = {"convenant_id": convenant_id, "what": "getekend"}
    paper = convenants.on_paper(services, convenant_id, version_id, them.person.organisation_id, us.today)
    things["convenant_paper"] = {"signature_id": paper, "what": "afwijzen"}
    things["convenant_scan"] = {"document_id": convenants.scan(services, convenant_id)}
    agreed = agreeing.propose(services, us, convenant_id, agreeing.Proposal(manner="portal", term="P2W"))
    things["convenant_agreement"] = {"agreement_id": agreed, "what": "akkoord"}
    proposed = convenant_ending.propose_end(
        services, us, convenant_id, last_day=us.today + timedelta(days=400), reason="Verzonnen."
    )
    things["convenant_ending"] = {"ending_id": proposed, "what": "afwijzen"}
    with services.db.reading() as session:
        contact = session.scalars(
            select(ConvenantContact.id).where(ConvenantContact.account_id == them.person.account_id)
        ).first()
    things["convenant_contact"] = {"contact_id": contact}
    regional, _ = convenants.regional(services)
    making.add_party(services, us, regional, convenants.organisation(services, "school_board"))
    theirs = convenants.party(services, regional, convenants.organisation(services, "school_board"))
    proxy = NewProxy(
        holder=convenants.party(services, regional, us.person.organisation_id),
        name="Verzonnen Gemachtigde",
        parties=(theirs,),
        document_id=convenants.scan(services, regional, "proxy"),
        given_on=us.today,
    )
    made = proxies.record_proxy(services, us, regional, proxy)
    with services.db.writing() as session:
        meeting = CasusMeeting(
            id=new_id(), convenant_id=regional, dossier_id=things["submitted"]["dossier_id"], held_on=us.today,
            details=b"", made_by=us.person.account_id, made_at=us.now,
        )  # fmt: skip
        session.add(meeting)
        session.flush()
        meeting.details = services.vault.seal_json(
            session, meeting.dossier_id, f"casus:{meeting.id}", {"goal": "Verzonnen doel."}
        )
        things["casus"] = {"meeting_id": meeting.id, "item": "goal"}
    things["regional"] = {"convenant_id": regional, "line_id": new_id()}
    things["regional_proxy"] = {"proxy_id": made, "what": "afwijzen"}


def _make_access(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A proposal that waits, another tenant's entry, and break-glass of someone who reaches another school only."""
    administrator = context(services, personas.ADMINISTRATOR)
    new = NewEntry(
        account_id=builders.account(services, EMAIL["swv_unlisted"]).id,
        valid_from=administrator.today,
        valid_until=None,
        categories="a",
        scope="tenant",
        school_ids=(),
        motivation="Verzonnen voorstel.",
    )
    things["proposal"] = {"entry_id": access.add_entry(services, administrator, new), "what": "afwijzen"}
    someone = context(services, EMAIL["swv_elsewhere"])
    dossier = things["health"]["dossier_id"]
    break_glass.break_glass(services, someone, reference_of(dossier), "Verzonnen spoed: het kan niet wachten.")
    with services.db.reading() as session:
        query = select(AccessEntry.id).where(AccessEntry.account_id == someone.person.account_id)
        things["glass"] = {"entry_id": session.scalars(query.where(AccessEntry.kind == "break_glass")).one()}
        theirs = builders.account(services, EMAIL["t2_swv"]).id
        entry = session.scalars(select(AccessEntry.id).where(AccessEntry.account_id == theirs)).one()
        things["t2_entry"] = {"entry_id": entry}
