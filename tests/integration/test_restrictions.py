"""Verzet, shields and restrictions hold in every act, through the real use cases. On both databases.

Source: PR11.4, PR11.8, AVG 18; judgement.md.
"""

from __future__ import annotations

import pytest

from audit.log import events
from gateway.access.facts import ask as judged
from gateway.anonymisation import asking, reviewing
from gateway.disclosure import exporting, fetching, leaving, over_the_line, paper, stopping, usecases
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import facts, pages, reading
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.dossiers.upload import receive
from gateway.errors import ConflictError, RefusedError
from gateway.recording import Action
from gateway.restrictions import queries
from gateway.restrictions import rules as restriction_rules
from gateway.restrictions import usecases as restrictions
from gateway.restrictions.rules import PENDING, RESTRICTED, SHIELD, UPHELD
from gateway.restrictions.tables import Restriction
from gateway.rights import redaction
from gateway.rights.tables import RightRequest
from gateway.second_opinion import delivering
from tests import builders, inzages, rendered, second_opinions
from tests.builders import context
from tests.integration.test_coded_exports import NUMBERS, wish
from tests.personas import GUARDIAN, MUNICIPALITY, OFFICER, OWNER, SWV
from tests.second_opinions import US
from tests.web.matrix_people import consent, version_of

REQUEST = "f" * 32


def put(services, dossier_id, kind, **more):
    officer = context(services, OFFICER)
    with services.db.writing() as session:
        return restrictions.put(
            session,
            services.vault,
            officer,
            tenant_id=officer.person.tenant_id,
            dossier_id=dossier_id,
            request_id=REQUEST,
            kind=kind,
            **more,
        )


def lift(services, kinds=restriction_rules.KINDS):
    with services.db.writing() as session:
        return restrictions.end(session, services.vault, context(services, OFFICER), REQUEST, kinds=kinds)


def refused(act, *args, **more):
    """The article under which the act is refused; empty when it is allowed."""
    try:
        act(*args, **more)
    except RefusedError as error:
        return error.article
    return ""


@pytest.fixture
def open_one(services):
    """A dossier with a document that lies ready for the municipality, on a consent."""
    dossier, document = builders.submitted(services)
    given = consent(services, dossier)
    wanted = builders.verstrekking(services, dossier, document, consent_id=given)
    return dossier, document, given, usecases.disclose(services, context(services, SWV), wanted)


def ways_out(services, dossier, document, given, verstrekking):
    """Each act on a dossier by its name, as something to call."""
    staff, receiver = context(services, SWV), context(services, MUNICIPALITY)
    version = version_of(services, document)
    again = builders.verstrekking(services, dossier, document, consent_id=given)
    rendition = rendered.reviewed(services, document)

    def leave_by_package():
        def note(*_):
            return None

        leaving.leave(services, staff, verstrekking, action=Action.DOWNLOAD, opened=1, note=note)

    return {
        "record": lambda: builders.describe(services, OWNER, dossier, document),
        "read": lambda: reading.open_reading(services, staff, dossier, document),
        "download": lambda: reading.download(services, staff, dossier, document),
        "school": lambda: reading.open_reading(services, context(services, OWNER), dossier, document),
        "rendition": lambda: asking.ask(services, staff, dossier, document),
        "rendition page": lambda: reviewing.page_picture(services, staff, rendition, 1),
        "rendition file": lambda: reviewing.download(services, staff, rendition),
        "rendition decide": lambda: reviewing.decide(services, staff, rendition, 0, lambda before, _finds: before),
        "rendition remake": lambda: reviewing.remake(services, staff, rendition),
        "rendition finish": lambda: reviewing.finish(services, staff, rendition),
        "disclose": lambda: usecases.disclose(services, staff, again),
        "fetch": lambda: list(fetching.fetch(services, receiver, verstrekking, version).chunks),
        "package": leave_by_package,
        "print": lambda: paper.printed(services, staff, verstrekking, lambda *_: "<p>voorblad</p>"),
    }


LEAVING = ("school", "disclose", "fetch", "package", "print")


def test_verzet_stops_what_leaves_while_it_is_pending_and_all_use_once_upheld(services, open_one):
    dossier = open_one[0]
    acts = ways_out(services, *open_one)
    put(services, dossier, PENDING)
    assert {name: refused(act) for name, act in acts.items() if name in LEAVING} == dict.fromkeys(LEAVING, "PR11.8")
    assert refused(acts["read"]) == refused(acts["record"]) == ""
    assert lift(services) == 1
    assert refused(acts["fetch"]) == ""
    put(services, dossier, UPHELD)
    assert {name: refused(act) for name, act in acts.items()} == dict.fromkeys(acts, "PR11.8")
    lift(services)
    row = put(services, dossier, RESTRICTED)
    with services.db.writing() as session:
        session.get_one(Restriction, row).kind = "of_later"
    assert {refused(act) for act in acts.values()} == {"PR11.8", "PR11.4"}, "what the gateway does not know refuses"


def test_a_shielded_document_is_used_by_nobody_and_the_others_are(services, open_one):
    dossier, document, _, _ = open_one
    acts = ways_out(services, *open_one)
    received = builders.upload(services, OWNER, dossier, "ander.txt", b"Een ander verslag.\n")
    builders.describe(services, OWNER, dossier, received.document_id)
    builders.work(services)
    put(services, dossier, SHIELD, document_id=document)
    using = [name for name in acts if name != "record"]
    assert {name: refused(acts[name]) for name in using} == dict.fromkeys(using, "PR11.4")
    assert refused(reading.open_reading, services, context(services, SWV), dossier, received.document_id) == ""
    view = pages.dossier(services, context(services, SWV), dossier)
    assert view.shielded == {document}
    assert list(view.restricted) == [restriction_rules.FOR_STAFF[SHIELD]]


def test_that_a_page_or_the_file_of_a_rendition_was_refused_stands_in_the_log_and_no_download_does(services, open_one):
    dossier, document, _, _ = open_one
    staff, rendition = context(services, SWV), rendered.reviewed(services, document)
    assert refused(reviewing.page_picture, services, staff, rendition, 1) == ""
    put(services, dossier, SHIELD, document_id=document)
    assert refused(reviewing.page_picture, services, staff, rendition, 1) == "PR11.4"
    assert refused(reviewing.download, services, staff, rendition) == "PR11.4"
    with services.db.reading() as session:
        told = events(session.connection(), dossier=dossier, action=(Action.REFUSE, Action.DOWNLOAD), limit=9).rows
        version = version_of(services, document)
        assert [(each.action, each.object_id) for each in told] == [(Action.REFUSE, version)] * 2


def test_an_old_version_alone_can_be_shielded_what_lies_open_of_it_stops_and_the_new_one_is_read(services, open_one):
    dossier, document, _, verstrekking = open_one
    old = version_of(services, document)
    part = builders.file_part("verslag.txt", b"Verbeterd verslag.\n")
    receive(services, context(services, OWNER), dossier, part, replaces=document)
    builders.describe(services, OWNER, dossier, document)
    builders.work(services)
    put(services, dossier, SHIELD, document_id=document, version_id=old)
    assert refused(fetching.fetch, services, context(services, MUNICIPALITY), verstrekking, old) == "PR11.4"
    assert refused(reading.open_reading, services, context(services, SWV), dossier, document) == ""


def test_a_restriction_of_avg_18_yields_to_a_consent_that_came_after_it_and_to_no_older_one(services, clock, open_one):
    dossier, document, _, _ = open_one
    acts = ways_out(services, *open_one)
    put(services, dossier, RESTRICTED)
    using = [name for name in acts if name != "record"]
    assert {name: refused(acts[name]) for name in using} == dict.fromkeys(using, "PR11.4")
    clock.forward(days=1)
    fresh = builders.verstrekking(services, dossier, document, consent_id=consent(services, dossier))
    assert refused(usecases.disclose, services, context(services, SWV), fresh) == ""
    assert refused(acts["disclose"]) == "PR11.4"


def test_the_entitled_a_court_and_the_supervisor_stand_above_verzet_and_shields(services, open_one):
    dossier_id, document, _, _ = open_one
    officer = context(services, OFFICER)
    put(services, dossier_id, UPHELD)
    put(services, dossier_id, SHIELD, document_id=document)
    put(services, dossier_id, RESTRICTED)
    with services.db.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        version = session.get_one(DocumentVersion, version_of(services, document))

        def allowed(kind, law=None):
            question = facts.Question(
                act="disclose",
                purpose="inzage",
                data=facts.data_of(version),
                actor=facts.actor(officer, kind="swv_staff"),
                recipient={"kind": kind, "has_authority": True, "access": None, "enrolled_here": None},
                basis=facts.basis("law", law=law) if law else None,
                shielded=facts.shielded_of(session, version),
            )
            told = facts.facts_of(services, session, dossier, officer.today, question)
            return judged(session, dossier.tenant_id, told, officer.today)

        assert allowed("guardian").allowed
        assert allowed("court", "Awb 8:42").allowed
        assert allowed("supervisor", "AVG 58").allowed
        assert allowed("municipality").article == "PR11.8"


def test_under_verzet_a_running_download_breaks_off_and_the_line_opens_nothing(services, open_one):
    dossier, document, _, verstrekking = open_one
    with services.db.reading() as session:
        row = session.get_one(Verstrekking, verstrekking)
        version = session.get_one(DocumentVersion, version_of(services, document))
    staff, receiver = context(services, SWV), context(services, MUNICIPALITY)
    assert len(over_the_line.LineDoor().open(services, staff, verstrekking, first=False)) == 1
    running = stopping.guarded(services, receiver, row, version, iter([b"een", b"twee"]))
    assert next(running) == b"een"
    put(services, dossier, PENDING)
    with pytest.raises(ConflictError, match="ingetrokken"):
        next(running)
    with pytest.raises(RefusedError):
        over_the_line.LineDoor().open(services, staff, verstrekking, first=False)


def test_coded_exports_leave_out_a_dossier_with_verzet_and_the_rest_still_goes(services):
    made = [builders.submitted(services, bsn=number, born=builders.date(2017, 5, 4))[0] for number in NUMBERS]
    staff = context(services, SWV)
    before = exporting.preview(services, staff, wish(services))
    put(services, made[0], PENDING)
    after = exporting.preview(services, staff, wish(services))
    assert len(after.rows) + after.left_out == len(before.rows) + before.left_out - 1
    assert after.refusal is None


def test_pending_verzet_stops_a_delivery_for_a_second_opinion(services):
    second_opinions.convenant(services)
    dossier, _ = builders.submitted(services)
    case = second_opinions.case(services, dossier, until="declare")
    put(services, dossier, PENDING)
    with pytest.raises((RefusedError, ConflictError)):
        delivering.deliver(services, context(services, US), case, second_opinions.wanted(services, dossier))
    lift(services)
    delivering.deliver(services, context(services, US), case, second_opinions.wanted(services, dossier))


def test_the_family_reads_in_words_what_stands_and_when_it_ended_it_is_gone(services):
    family = context(services, GUARDIAN)
    mine = pages.family(services, family)[0].dossier_id
    assert not pages.family(services, family)[0].restricted
    put(services, mine, PENDING)
    assert pages.family(services, family)[0].restricted[0] == restriction_rules.FOR_FAMILY[PENDING]
    assert put(services, mine, PENDING)  # once more is the one that stands
    assert lift(services) == 1
    assert not pages.family(services, family)[0].restricted
    with services.db.reading() as session:
        assert queries.verzet_of(session, mine) == "none"


def test_an_inzage_is_answered_from_what_is_shielded_or_under_verzet_for_nobody_but_who_speaks(services):
    dossier, document = inzages.demo(services)
    request = inzages.begun(services, dossier)
    officer = context(services, OFFICER)
    put(services, dossier, SHIELD, document_id=document)
    put(services, dossier, UPHELD)
    assert redaction.look(services, officer, request, document).article == "PR11.1"
    assert refused(reading.open_reading, services, context(services, SWV), dossier, document) in {"PR11.4", "PR11.8"}
    with services.db.writing() as session:
        session.get_one(RightRequest, request).capacity = "other"
    assert refused(redaction.look, services, officer, request, document) in {"PR11.4", "PR11.8"}
