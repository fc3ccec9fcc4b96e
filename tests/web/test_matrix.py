"""Every route, every method, every person, real things: who is not named in the table gets what does not exist."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from sqlalchemy import text

from tests.web import matrix, matrix_world
from tests.web.matrix import ANONYMOUS, METHODS, PERSONAS, TABLE, address, content

pytestmark = pytest.mark.walk
CASES = {"count": 0, "seconds": 0.0}
MARKER = b" over de voortgang."  # stands in every document of the world, and nowhere else
PAGES = ("text/html", "text/plain", "text/css", "text/csv", "application/json", "application/pgp-keys")
"""What the portal answers with beside documents; the public key that `/openpgp/` gives out is one of them."""
WAYS_OUT = {
    ("/dossiers/<dossier_id>/stukken/<document_id>/lezen", "GET"),
    ("/dossiers/<dossier_id>/stukken/<document_id>/downloaden", "POST"),
    ("/lezing/<reading_id>/<int:number>", "GET"),
    ("/anonimiseren/<rendition_id>", "GET"),  # the review: the original beside the result
    ("/anonimiseren/<rendition_id>/besluit", "POST"),
    ("/anonimiseren/<rendition_id>/klaar", "POST"),
    ("/anonimiseren/<rendition_id>/bladzijde/<int:number>", "GET"),
    ("/anonimiseren/<rendition_id>/downloaden", "POST"),
    ("/ontvangen/<verstrekking_id>/<version_id>/downloaden", "POST"),
    ("/verstrekkingen/<verstrekking_id>/pakket", "POST"),
    ("/verstrekkingen/<verstrekking_id>/afdrukken", "POST"),
    ("/vernietigd/<destruction_id>/<any('json','pdf'):what>", "POST"),  # a certificate: no name, no content
    ("/logboek/leerling/<dossier_id>/pdf", "POST"),  # who saw what, on paper: no content of a document
    ("/dossiers/<dossier_id>/informatie/<informed_id>/brief", "POST"),  # a letter to a parent: kinds and purposes
    (
        "/convenanten/<convenant_id>/versies/<version_id>/pdf",
        "POST",
    ),  # an agreement: nothing of a document of a dossier
    ("/convenanten/stukken/<document_id>/downloaden", "POST"),  # a scan of it
    ("/second-opinions/<case_id>/advies/pdf", "POST"),  # the signed advice, which the partner wrote
    ("/datalekken/<breach_id>/brieven/pdf", "POST"),  # letters about a breach: file names, to the child's own parents
    ("/brieven/<kind>/voorbeeld", "POST"),  # a letter with values that are made up
    ("/brieven/teksten/<template_id>/voorbeeld", "POST"),
    ("/brieven/huisstijl/logo.png", "GET"),
    ("/dossiers/<dossier_id>/brieven/<letter_id>/pdf", "POST"),  # a letter: no content of a document
    ("/rechten/brieven/<letter_id>/pdf", "POST"),
    # a besluit on paper, to the child's own parents: what was decided, no content of a document
    ("/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/pdf", "POST"),
    # an inzage: the officer looks at a document and prints the answer, who asked fetches it
    (
        "/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('origineel','resultaat'):what>/<int:number>",
        "GET",
    ),
    ("/verzoeken/<request_id>/inzage/papier", "POST"),
    ("/rechten/verzoek/<request_id>/antwoord/stukken/<document_id>", "POST"),
    ("/rechten/verzoek/<request_id>/antwoord/<any('pdf','json','pakket'):what>", "POST"),
}
"""The one door and the consultation view: nothing of a document may come from anywhere else."""
WITH_MORE = {
    ("/verstrekkingen/<verstrekking_id>/pakket", "POST"),  # asks a confirmed key: test_openpgp_package
    (
        "/anonimiseren/<rendition_id>/besluit",
        "POST",
    ),  # shows the page again only from the newest turn: test_rendition_review
}
"""Ways out that give something only to who brings more than this walk has; each has tests of its own."""
WRITTEN_BEFORE = {
    # nothing of anyone is in it
    "/brieven/<kind>/voorbeeld",
    "/brieven/teksten/<template_id>/voorbeeld",
    "/brieven/huisstijl/logo.png",
    # the event was written when the document was opened, for all that is seen in one reading
    "/lezing/<reading_id>/<int:number>",
    "/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('origineel','resultaat'):what>/<int:number>",
    "/anonimiseren/<rendition_id>",
    "/anonimiseren/<rendition_id>/besluit",
    "/anonimiseren/<rendition_id>/klaar",
    "/anonimiseren/<rendition_id>/bladzijde/<int:number>",
}
LEFT: set[tuple[str, str]] = set()
_PRINTED = re.compile(r"<p [^>]*data-printed>[^<]*")
_NONCE = re.compile(r"""(nonce[-=]"?)[\w-]{22}""")
_TOKENS = re.compile(r'(name="csrf_token" value=")[^"]*|(name="csrf-token" content=")[^"]*')


@pytest.fixture(scope="module")
def world(services):
    return matrix_world.build_world(services)


@pytest.fixture(scope="module")
def browsers(app, world):
    return {name: matrix.browser(app, name, number) for number, name in enumerate(PERSONAS, start=1)}


def accepted(app, rule):
    return {method for item in app.url_map.iter_rules() if item.rule == rule for method in item.methods}


def shown(answer, path):
    """What a stranger can learn from an answer: status, headers and body, but for tokens and the address they typed."""
    # When the page was made stands in its print line: the minute may turn between two requests.
    text_shown = _NONCE.sub(r"\1", _TOKENS.sub(r"\1\2", answer.get_data(as_text=True)))
    body = _PRINTED.sub("", text_shown).replace(path, "{path}")
    headers = sorted(
        (k, _NONCE.sub(r"\1", v).replace(path, "{path}"))
        for k, v in answer.headers
        if k not in {"Set-Cookie", "Content-Length", "Date"}
    )
    return answer.status_code, headers, body


def test_the_table_names_every_route_and_every_method_and_no_other(app):
    routes = {}
    for item in app.url_map.iter_rules():
        routes.setdefault(item.rule, set()).update(item.methods - {"HEAD", "OPTIONS"})
    assert {rule: set(methods) for rule, methods in TABLE.items()} == routes


def entered(method, answer):
    """Someone came in: a page, a step on, or a form that lacks something; never an error of ours."""
    if answer.status_code == 400:
        return method == "POST" and "stond te lang open" not in answer.get_data(as_text=True)
    if answer.status_code == 303:
        return not answer.location.startswith(("/aanmelden?", "/geheimhouding"))
    return answer.status_code in ({200, 303} if method in {"GET", "HEAD", "OPTIONS"} else {200, 303, 409})


def cells(app, rule, method):
    """The things to try on a route, with who may."""
    named = TABLE[rule].get("GET" if method in {"HEAD", "OPTIONS"} else method, {})
    return {"absent": frozenset(), **named} if "<" in rule and "filename" not in rule else named


@pytest.mark.parametrize("rule", TABLE)
def test_only_those_in_the_table_come_in_and_the_others_cannot_tell_what_exists(app, services, world, browsers, rule):
    started = perf_counter()
    allowed, absent, before = [], {}, content(services)
    for method in METHODS:
        if method not in accepted(app, rule):
            refused_method(app, world, browsers, rule, method)
            continue
        things = cells(app, rule, method)
        for thing, who in things.items():
            path = address(app, rule, world.parameters(rule, thing))
            for persona in PERSONAS:
                if persona in who:
                    allowed.append((method, path, thing, persona))
                else:
                    refused(app, browsers[persona], (rule, method, path, thing, persona), absent)
    assert content(services) == before, "a refused request changed something"
    for method, path, thing, persona in allowed:
        CASES["count"] += 1
        noted = written(services)
        answer = browsers[persona].ask(method, path)
        if carries_content(answer):
            LEFT.add((rule, method))
            assert (rule, method) in WAYS_OUT, (rule, method, persona)
            assert rule in WRITTEN_BEFORE or written(services) > noted, (rule, "left without an event")
        answer.close()
        assert entered(method, answer), (method, path, thing, persona, answer.status_code, answer.location)
        if method == "POST":
            browsers[persona].ask("GET", "/over")  # takes the message of the act off the next page
    CASES["seconds"] += perf_counter() - started


def carries_content(answer):
    """Whether an answer holds anything of a document: its words, or bytes that are no page of ours."""
    body = answer.get_data()
    return MARKER in body or (bool(body) and answer.status_code < 300 and answer.mimetype not in PAGES)


def written(services):
    """How many events of something opened or leaving the log holds."""
    with services.db.reading() as session:
        return session.scalar(
            text(
                "SELECT count(*) FROM audit_event WHERE action IN ('consult', 'download', 'print', 'disclose', 'export')"
            )
        )


def refused(app, someone, what, absent):
    CASES["count"] += 1
    rule, method, path, thing, persona = what
    answer = someone.ask(method, path)
    assert MARKER not in answer.get_data(), what
    case = (method, rule, thing, persona, answer.status_code, answer.location)
    if persona == ANONYMOUS and not public(app, rule):
        assert answer.status_code == 303, case
        assert answer.location.partition("?")[0] == "/aanmelden", case
    elif matrix.expected_first_accept(rule, persona):
        assert (answer.status_code, answer.location) == (303, "/geheimhouding"), case
    else:
        assert answer.status_code == 404, case
    if thing == "absent":
        absent[method, persona] = shown(answer, path)
    elif thing != "-":
        assert shown(answer, path) == absent[method, persona], case


def refused_method(app, world, browsers, rule, method):
    """A method that the route does not know: the same for everyone, whoever they are."""
    thing = next(iter(next(iter(TABLE[rule].values()))))
    path = address(app, rule, world.parameters(rule, thing))
    for persona in PERSONAS if method == "DELETE" else ("owner", ANONYMOUS):
        CASES["count"] += 1
        answer = browsers[persona].ask(method, path)
        assert answer.status_code == 405, (method, rule, persona, answer.status_code)


def public(app, rule):
    return any(app.view_functions[item.endpoint].entry.public for item in app.url_map.iter_rules() if item.rule == rule)


def test_content_left_through_the_one_door_and_the_consultation_view_alone():
    """That the others gave nothing was asserted case by case; here, that these did give something: the scan sees it."""
    if CASES["count"] > 3000:
        assert WAYS_OUT - WITH_MORE == LEFT


def test_the_size_of_the_matrix_is_on_record(record_property):
    record_property("matrix_cases", CASES["count"])
    record_property("matrix_seconds", round(CASES["seconds"], 1))
    record_property("matrix_size", f"{len(TABLE)} routes, {len(PERSONAS)} people")
    assert CASES["count"] == 0 or CASES["count"] > 3000
