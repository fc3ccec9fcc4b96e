"""Asking for a receipt, and the page on which anyone checks one."""

from __future__ import annotations

import base64
import hashlib
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask_babel import force_locale, get_locale, gettext
from markupsafe import Markup

from audit.carrier import ATTACHMENT
from audit.events import Action, Outcome
from audit.verify import SENTENCES
from gateway import paper
from gateway.context import Role
from gateway.dossiers.accepting import accept_first
from gateway.qr import qr_svg
from gateway.receipts import usecases
from gateway.receipts.codes import verify_address
from gateway.text import TABLES
from gateway.web import allow, context, page, public, see_other, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.receipts.usecases import Made

blueprint = Blueprint("receipts", __name__)

ENTITLED = (Role.GUARDIAN, Role.PUPIL, Role.PRIVACY_OFFICER, Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT)
CHECKER = Path(__file__).resolve().parent / "page"
KEYS_PATH = "/.well-known/dossierpoort-keys.json"
HEX = frozenset("0123456789abcdef")


@blueprint.before_request
def _accept_first() -> BaseResponse | None:
    """A receipt is dossier work for the SWV: confidentiality first (PR10.3)."""
    return None if request.endpoint == "receipts.check" else accept_first()


@blueprint.get("/bewijs/<event_id>")
@allow(*ENTITLED)
def show(event_id: str) -> BaseResponse:
    """How far the proof of an event is, and in which form to take it along; nothing of a person stands here."""
    found = usecases.look(services(), context(), event_id)
    address = verify_address(services().settings.base_url, found.event_id, found.leaf_hash)
    path = verify_address("", found.event_id, found.leaf_hash)
    return page("receipts/show.html", found=found, address=address, path=path, qr=_qr(address))


@blueprint.post("/bewijs/<event_id>/<any('json','pdf'):what>")
@allow(*ENTITLED, fresh=True)
def make(event_id: str, what: str) -> BaseResponse:
    """Make the receipt and send it; while no checkpoint covers the event, back to the page that says so."""
    made = usecases.make(services(), context(), event_id, what)
    if made is None:
        return see_other(f"/bewijs/{event_id}")
    if what == "json":
        return _file(made.text.encode(), ATTACHMENT, "application/json")
    attached = paper.Attached(name=ATTACHMENT, description=gettext("Ontvangstbewijs"), content=made.text.encode())
    content = paper.pdf(_on_paper(made), made_at=context().now, attached=attached)
    return _file(content, "ontvangstbewijs.pdf", "application/pdf")


@blueprint.get("/controle")
@public
def check() -> Response:
    """Check a receipt in the browser: one page without any request, that works when it is saved to disk too."""
    chosen = request.args.get("taal", "")
    with force_locale(chosen) if chosen in {"nl", "en"} else nullcontext():
        return _checking()


def _checking() -> Response:
    words = {**_words(), "keys": usecases.published_keys(services())}
    asked = {"receipt": _hex(request.args.get("bewijs", ""), 32), "leaf": _hex(request.args.get("afdruk", ""), 64)}
    script, style = _checker()
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    lang = str(get_locale())
    other = "nl" if lang == "en" else "en"
    base_url = services().settings.base_url.rstrip("/")
    html = render_template(
        "receipts/check.html",
        words=words,
        asked=asked,
        policy=policy,
        lang=lang,
        other_lang=other,
        other_query=urlencode({"taal": other, "bewijs": asked["receipt"], "afdruk": asked["leaf"]}),
        home=base_url + "/",
        keys_address=base_url + KEYS_PATH,
        script=Markup(script),  # noqa: S704 - our own file
        style=Markup(style),  # noqa: S704 - our own file
    )
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = policy + "; frame-ancestors 'none'"
    return response


def _file(content: bytes, name: str, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _on_paper(made: Made) -> str:
    proven = made.proven
    address = verify_address(services().settings.base_url, made.event_id, made.leaf_hash)
    return render_template(
        "receipts/paper.html",
        made=made,
        event=proven.event,
        payload=proven.payload or {},
        opened=proven.payload is not None,
        address=address,
        qr=_qr(address),
        keys_address=services().settings.base_url.rstrip("/") + KEYS_PATH,
        role=Role(proven.event.role).label if proven.event.role else "",
    )


def _qr(address: str) -> Markup:
    return Markup(qr_svg(address, title=gettext("Code met het adres waar u dit bewijs controleert")))  # noqa: S704 - made by segno


def _hex(text: str, length: int) -> str:
    """What the QR brought, or nothing: what someone else typed behind the address is not shown."""
    return text if len(text) == length and set(text) <= HEX else ""


@cache
def _checker() -> tuple[str, str]:
    return ((CHECKER / "controle.js").read_text("utf-8"), (CHECKER / "controle.css").read_text("utf-8"))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _words() -> dict[str, Any]:
    """The sentences of the page that checks, in the reader's language; the wrong ones are those of the command."""
    tables = {name: {code: gettext(text) for code, text in TABLES[name].items()} for name in ("action", "purpose")}
    tables["action"] = {action.value: tables["action"].get(action.value, action.value) for action in Action}
    return {
        "wrong": {code: gettext(text) for code, text in SENTENCES.items()},
        "tables": {**tables, "basis": {code: gettext(text) for code, text in TABLES["basis"].items()}},
        "outcomes": [outcome.value for outcome in Outcome],
        "text": _texts(),
    }


def _texts() -> dict[str, str]:
    return {
        "valid": gettext("Dit bewijs is echt"),
        "valid_more": gettext("Wat hieronder staat, staat zo in het logboek en is daarna niet veranderd."),
        "invalid": gettext("Dit bewijs klopt niet"),
        "cannot": gettext("Dit bewijs kan hier niet worden gecontroleerd"),
        "cannot_browser": gettext(
            "Uw browser kan deze handtekening niet controleren. Dat zegt niets over het bewijs. Probeer het met een "
            "nieuwere browser, of met het programma op deze pagina."
        ),
        "cannot_file": gettext("Het bestand is niet te lezen: het is geen tekst en geen PDF, of het is te groot."),
        "cannot_key": gettext("Wat bij de sleutel staat, is geen publieke sleutel van een logboek."),
        "confirmed": gettext("Bevestigd: ook door een getuige ondertekend."),
        "unconfirmed": gettext("Niet bevestigd: geen getuige heeft mede ondertekend."),
        "other": gettext("Let op: dit is een ander bewijs dan het bewijs waarvan u de code scande."),
        "same": gettext("Dit is het bewijs waarvan u de code scande."),
        "what": gettext("Wat"),
        "when": gettext("Wanneer"),
        "outcome": gettext("Uitkomst"),
        "success": gettext("gelukt"),
        "refused": gettext("geweigerd: het mocht niet"),
        "failed": gettext("mislukt"),
        "purpose": gettext("Waarvoor"),
        "basis": gettext("Grondslag"),
        "article": gettext("Artikel"),
        "profile": gettext("Reglement"),
        "recipient": gettext("Aan wie"),
        "details": gettext("Bijzonderheden"),
        "closed": gettext("Niet geopend in dit bewijs."),
        "id": gettext("Kenmerk"),
        "leaf": gettext("Afdruk"),
        "place": gettext("Plaats in het logboek"),
        "signed": gettext("Ondertekend door"),
        "reading": gettext("Het bewijs wordt gecontroleerd."),
        "more": gettext("Alles wat in de logregel staat"),
        "no_attachment": gettext("In deze PDF zit geen ontvangstbewijs als bijlage."),
        "many_attachments": gettext(
            "In deze PDF zit meer dan één bijlage: niet duidelijk is welke het ontvangstbewijs is."
        ),
        "bad_attachment": gettext("De bijlage in deze PDF is niet te lezen."),
        "cut_attachment": gettext("Deze PDF is niet volledig: de bijlage is afgebroken."),
    }
