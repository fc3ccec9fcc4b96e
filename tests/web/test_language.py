"""English by the switch in the header: signed in and not, in errors, forms and lists; and for people only, not for the log."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from gateway import catalogue
from gateway.dossiers import usecases
from gateway.notices.outbox import compose
from tests import builders, personas
from tests.personas import visitor

DUTCH = re.compile(r"\b(de|het|een|niet|uw|wij|voor|worden|wordt|stukken)\b", re.IGNORECASE)
PAGES = {
    personas.OWNER: ("/dossiers", "/dossiers/nieuw", "/berichten"),
    personas.SWV: ("/dossiers", "/verstrekkingen", "/berichten"),
    personas.PARTNER: ("/ontvangen", "/berichten"),
    personas.EXPERT: ("/mijn-zaken",),
    personas.GUARDIAN: ("/wat-is-bekend",),
    personas.OFFICER: (
        "/aandacht",
        "/aandacht/signalen",
        "/aandacht/grenzen",
        "/logboek",
        "/register",
        "/toegangslijst",
        "/reglement-beheer",
    ),
    personas.ADMINISTRATOR: (
        "/inrichting",
        "/inrichting/uitnodigen",
        "/inrichting/organisatie",
        "/toegangslijst",
        "/toegangslijst/nieuw",
        "/reglement-beheer",
    ),
}
OWN_WORDS = re.compile(
    r"<head>.*?</head>|<script.*?</script>|lang=\"nl\"|samenwerkingsverband|<[^>]+>|"
    r"Ilse van der Verzonnen|Noa de Voorbeeld|Jip de Bedachte|Basisschool (De Verzonnen Linde|Het Bedachte Pad) \(demo\)|"
    r"Noa heeft bij rekenen[^<]*|“[^”]*”|"
    r"Beoordeelt aanvragen om extra ondersteuning \(voorbeeld\)\.",
    re.DOTALL | re.IGNORECASE,
)


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    """As script/setup does it."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", str(catalogue.CATALOGUES)]
    subprocess.run(command, check=True)


def _speak_english(someone):
    assert someone.post("/taal", {"lang": "en", "next": "/over"}).status_code == 303
    return someone


EXAMPLE = re.compile(r"[^>.]*\(voorbeeld\)")


def _text(answer):
    """The page without the words of its people: what the demo's people wrote says so in brackets."""
    return OWN_WORDS.sub(" ", EXAMPLE.sub(" ", answer.get_data(as_text=True)))


def test_a_stranger_switches_to_english_and_back(app):
    someone = visitor(app)
    assert "Wachtwoord vergeten?" in someone.get("/aanmelden").get_data(as_text=True)
    _speak_english(someone)
    page = someone.get("/aanmelden").get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "Password forgotten?" in page
    someone.post("/taal", {"lang": "nl", "next": "/over"})
    assert "Wachtwoord vergeten?" in someone.get("/aanmelden").get_data(as_text=True)


def test_a_browser_that_asks_english_gets_it_without_the_switch(app):
    page = app.test_client().get("/aanmelden", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "Password forgotten?" in page


def test_the_choice_is_kept_with_the_account(app):
    _speak_english(visitor(app, personas.COLLEAGUE))
    again = visitor(app, personas.COLLEAGUE)
    assert "My pupils" in again.get("/dossiers").get_data(as_text=True)


@pytest.mark.parametrize("email", PAGES)
def test_the_pages_of_each_kind_of_person_hold_no_dutch_in_english(app, email):
    someone = _speak_english(visitor(app, email))
    for path in PAGES[email]:
        answer = someone.get(path)
        assert answer.status_code == 200, path
        found = DUTCH.search(_text(answer))
        assert not found, f"{path}: …{_text(answer)[max(0, found.start() - 80) : found.end() + 80]}…"


@pytest.mark.parametrize(
    ("email", "pages"),
    [
        (personas.OWNER, ("", "/stukken", "/verstrekkingen", "/wijzigen", "/toevoegen")),
        (personas.SWV, ("", "/stukken", "/verstrekkingen", "/verstrekken", "/toestemming")),
    ],
)
def test_the_pages_of_a_dossier_hold_no_dutch_in_english(app, email, pages):
    someone = _speak_english(visitor(app, email))
    dossier = re.search(r'href="(/dossiers/[0-9a-f]{32})"', someone.get("/dossiers").get_data(as_text=True)).group(1)
    for page in pages:
        answer = someone.get(dossier + page)
        assert answer.status_code == 200, page
        found = DUTCH.search(_text(answer))
        assert not found, f"{page}: …{_text(answer)[max(0, found.start() - 80) : found.end() + 80]}…"


def test_errors_of_rules_and_forms_are_told_in_english(app, services):
    dossier = builders.draft(services)
    someone = _speak_english(visitor(app, personas.OWNER))
    assert "Add at least one document first." in someone.post(
        f"/dossiers/{dossier}/indienen", follow_redirects=True
    ).get_data(as_text=True)
    assert "Fill in the first name." in someone.post("/dossiers/nieuw", {}).get_data(as_text=True)
    answer = visitor(app).post(
        "/aanmelden", {"email": "x@example.org", "password": "y"}, headers={"Accept-Language": "en"}
    )
    assert "The e-mail address or the password is not right." in answer.get_data(as_text=True)


def test_the_log_keeps_dutch_whatever_the_reader_speaks(services):
    dossier = builders.draft(services)
    with pytest.raises(Exception, match="Voeg eerst ten minste één stuk toe"):
        usecases.submit(services, builders.context(services, personas.OWNER), dossier)


def test_mail_goes_in_the_language_of_its_reader(services):
    def mail(language):
        return compose(
            services.settings, to="x@example.org", kind="submitted", link="/", now=services.clock(), language=language
        )

    assert mail("nl")["Subject"] == "Nieuw dossier in Dossierpoort"
    assert mail("en")["Subject"] == "New dossier in Dossierpoort"
    assert "A school has submitted a dossier." in mail("en").get_content()
