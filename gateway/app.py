"""The web application: one frame for all slices, default-deny routes, strict headers, and one page for each error."""

from __future__ import annotations

import time
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from flask import Flask, Request, Response, g, jsonify, render_template, request, session
from flask_babel import Babel, gettext
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from gateway import __version__, edge, entrance_web, known_texts, lines, metrics
from gateway.accounts import people
from gateway.accounts.factors_web import blueprint as factors_web
from gateway.accounts.passkeys_web import blueprint as passkeys_web
from gateway.accounts.sign_on_web import blueprint as sign_on_web
from gateway.accounts.tables import Organisation
from gateway.accounts.web import blueprint as accounts_web
from gateway.administration.access_web import blueprint as access_web
from gateway.administration.invitations_web import blueprint as invitations_web
from gateway.administration.sign_on_web import blueprint as sign_on_setup_web
from gateway.administration.signing_web import blueprint as signing_web
from gateway.administration.web import blueprint as admin_web
from gateway.anonymisation.web import blueprint as anonymisation_web
from gateway.context import Role
from gateway.convenant.casus_web import blueprint as casus_web
from gateway.convenant.files_web import blueprint as convenant_files_web
from gateway.convenant.life_web import blueprint as convenant_life_web
from gateway.convenant.regional_web import blueprint as convenant_regional_web
from gateway.convenant.web import blueprint as convenant_web
from gateway.destruction.web import blueprint as destruction_web
from gateway.disclosure.consent_web import blueprint as consent_web
from gateway.disclosure.exporting_web import blueprint as exporting_web
from gateway.disclosure.mapping_web import blueprint as mapping_web
from gateway.disclosure.web import blueprint as disclosure_web
from gateway.dossiers.break_glass_web import blueprint as break_glass_web
from gateway.dossiers.enrolment_web import blueprint as enrolment_web
from gateway.dossiers.family_web import blueprint as family_web
from gateway.dossiers.upload_web import blueprint as upload_web
from gateway.dossiers.web import blueprint as dossiers_web
from gateway.errors import (
    ConflictError,
    GatewayError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    TooLargeError,
    UnavailableError,
)
from gateway.jobs import queue
from gateway.keeping.web import blueprint as keeping_web
from gateway.letters.reading_web import blueprint as letters_reading_web
from gateway.letters.web import blueprint as letters_web
from gateway.menus import MENUS
from gateway.monitor.web import blueprint as monitor_web
from gateway.notices import outbox
from gateway.notices.web import blueprint as notices_web
from gateway.objections.web import blueprint as objections_web
from gateway.oversight.attention_web import blueprint as attention_web
from gateway.oversight.breaches_web import blueprint as breaches_web
from gateway.oversight.refusals_web import blueprint as refusals_web
from gateway.oversight.register_web import blueprint as register_web
from gateway.oversight.reports_web import blueprint as reports_web
from gateway.oversight.resets_web import blueprint as resets_web
from gateway.oversight.sign_on_web import blueprint as sign_on_desk_web
from gateway.oversight.web import blueprint as oversight_web
from gateway.partner_keys.web import blueprint as partner_keys_web
from gateway.peers.web import blueprint as peers_web
from gateway.receipts.web import blueprint as receipts_web
from gateway.reglement.web import blueprint as reglement_web
from gateway.rights.correcting_web import blueprint as correcting_web
from gateway.rights.desk_web import blueprint as rights_desk_web
from gateway.rights.inzage_web import blueprint as inzage_web
from gateway.rights.paper_web import blueprint as rights_paper_web
from gateway.rights.told_web import blueprint as told_web
from gateway.rights.web import blueprint as rights_web
from gateway.second_opinion.mirror_web import blueprint as second_opinion_mirror_web
from gateway.second_opinion.steps_web import blueprint as second_opinion_steps_web
from gateway.second_opinion.web import blueprint as second_opinion_web
from gateway.status_web import blueprint as status_web
from gateway.text import TEMPLATES, register_filters, told
from gateway.web import Viewer, entry_of, public, services, wants_json
from gateway.witness.web import blueprint as witness_web

if TYPE_CHECKING:
    from gateway.services import Services

log = structlog.get_logger("web")

FORM_MAX = 1_000_000
STALL_SECONDS = 60
STREAMED = (
    "upload.upload",
    "upload.upload_version",
    "upload.upload_evidence",
    "upload.upload_request",
    "convenant_files.upload",
    "witness.add_checkpoint",
    "peers.take",
    "peers.take_in",
)
"""Routes whose body is read by their own views, and by nothing before them."""
SIGNED = ("sign_on.signed_out_there",)
"""Routes that another server posts to, which proves itself by its signature: it has no page of ours with a token."""
BLUEPRINTS = (
    accounts_web,
    factors_web,
    passkeys_web,
    sign_on_web,
    sign_on_setup_web,
    sign_on_desk_web,
    admin_web,
    signing_web,
    invitations_web,
    access_web,
    dossiers_web,
    break_glass_web,
    upload_web,
    anonymisation_web,
    enrolment_web,
    convenant_web,
    casus_web,
    convenant_files_web,
    convenant_life_web,
    convenant_regional_web,
    disclosure_web,
    exporting_web,
    mapping_web,
    consent_web,
    family_web,
    destruction_web,
    keeping_web,
    letters_web,
    letters_reading_web,
    objections_web,
    oversight_web,
    register_web,
    attention_web,
    breaches_web,
    reports_web,
    resets_web,
    monitor_web,
    notices_web,
    partner_keys_web,
    peers_web,
    receipts_web,
    refusals_web,
    reglement_web,
    rights_web,
    rights_desk_web,
    rights_paper_web,
    correcting_web,
    told_web,
    inzage_web,
    second_opinion_web,
    second_opinion_steps_web,
    second_opinion_mirror_web,
    status_web,
    witness_web,
)


class MemoryRequest(Request):
    """A request whose files stay in memory: a form is at most FORM_MAX bytes, and nothing readable lies on a disk."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:
        return BytesIO()


def create_app(built: Services) -> Flask:
    """Make the application around these services.

    Raises:
        LookupError: a route does not declare who may enter; the application refuses to start (default deny).
    """
    settings = built.settings
    lines.wire()
    app = Flask("gateway", template_folder=str(TEMPLATES), static_folder="static")
    app.request_class = MemoryRequest
    app.config.update(
        SECRET_KEY=settings.cookie_secret,
        SESSION_COOKIE_NAME="__Host-dossierpoort" if settings.secure_cookies else "dossierpoort",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=FORM_MAX,
        MAX_FORM_MEMORY_SIZE=FORM_MAX,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        BABEL_DEFAULT_LOCALE="nl",
        BABEL_DEFAULT_TIMEZONE="Europe/Amsterdam",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        PROVIDE_AUTOMATIC_OPTIONS=False,  # nobody needs it, and it would answer without asking the view who may
        TRUSTED_HOSTS=edge.hosts(settings),
    )
    app.extensions["dossierpoort"] = built
    edge.wrap(app, settings)
    app.before_request(_begin)
    csrf = CSRFProtect(app)
    Babel(app, locale_selector=_safe_language)
    known_texts.install(app)
    entrance_web.sign_in_manager(app)
    register_filters(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for endpoint in (*STREAMED, *SIGNED):
        view = app.view_functions[endpoint]
        csrf.exempt(f"{view.__module__}.{view.__name__}")
    _guard(app)
    _finish(app)
    _errors(app)
    app.context_processor(_frame)
    public(app.view_functions["static"])  # files of the build, nothing else
    undeclared = [name for name, view in app.view_functions.items() if entry_of(view) is None]
    if undeclared:
        raise LookupError(f"these routes do not declare who may enter: {', '.join(sorted(undeclared))}")
    return app


def _language() -> str:
    if current_user and current_user.is_authenticated:
        return str(session.get("language") or current_user.account.language)
    return str(session.get("language") or request.accept_languages.best_match(["nl", "en"], default="nl"))


def _begin() -> None:
    """Name the request before anything can refuse it, so that each line of the log has a name."""
    g.request_id = uuid4().hex
    g.started = time.monotonic()


def _no_nul() -> None:
    """PostgreSQL keeps no NUL in a text: nothing has such an address, and no form may send one."""
    if "\x00" in request.path or any("\x00" in value for _, value in request.args.items(multi=True)):
        raise NotFoundError
    if request.endpoint not in STREAMED and any("\x00" in value for _, value in request.form.items(multi=True)):
        raise InvalidInputError("In uw tekst staat een teken dat niet bestaat. Haal het weg en probeer het opnieuw.")


def _guard(app: Flask) -> None:
    @app.before_request
    def _no_standing_still() -> None:
        line = request.environ.get("gunicorn.socket")
        if line is not None:
            # A connection that was cut without a word would keep its thread for ever.
            line.settimeout(STALL_SECONDS)

    app.before_request(_no_nul)

    app.before_request(entrance_web.enter)


def _finish(app: Flask) -> None:
    @app.after_request
    def _headers(response: Response) -> Response:
        edge.put_headers(response, secure=services().settings.secure_cookies)
        route = str(request.url_rule.rule) if request.url_rule else None
        seconds = time.monotonic() - g.get("started", time.monotonic())
        metrics.count_request(route=route, method=request.method, status=response.status_code, seconds=seconds)
        log.info(
            "request",
            request_id=g.get("request_id"),
            method=request.method,
            route=route,
            status=response.status_code,
        )
        return response


def _errors(app: Flask) -> None:
    @app.errorhandler(GatewayError)
    def _ours(error: GatewayError) -> Response | tuple[Response, int]:
        if isinstance(error, UnavailableError) and "_login_user" not in g:
            # Who asks cannot be looked up now, and the page that says so must not try again.
            g._login_user = AnonymousUserMixin()  # noqa: SLF001 - where flask-login keeps it
        return _answer(error)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Response | tuple[Response, int]:
        sentence = gettext(
            "De pagina stond te lang open, of u hebt zich intussen opnieuw aangemeld. "
            "Laad de pagina opnieuw en probeer het nog eens."
        )
        return _page(400, sentence)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | tuple[Response, int]:
        if isinstance(error, SecurityError):  # another host's name: no page of ours can be made under it
            return Response("Deze server kent dit adres niet.\n", status=400, mimetype="text/plain")
        if isinstance(error, RequestEntityTooLarge):
            return _answer(TooLargeError("Dit is te groot om in één keer te versturen. Er is niets opgeslagen."))
        return _page(error.code or 500, None)

    @app.errorhandler(IntegrityError)
    def _first(_error: IntegrityError) -> Response | tuple[Response, int]:
        """Two did the same in one moment, and the database kept one: no fault of ours, and nothing was half done."""
        log.info("second of two at once", request_id=g.get("request_id"))
        return _answer(ConflictError("Iemand was u net voor, of u drukte twee keer. Laad de pagina opnieuw."))

    @app.errorhandler(Exception)
    def _unknown(error: Exception) -> Response | tuple[Response, int]:
        log.error("unexpected", request_id=g.get("request_id"), kind=type(error).__name__, where=_where(error))
        return _page(500, None)


def _where(error: Exception) -> str:
    """File and line of the failure: never its text, which may hold data."""
    trace, last = error.__traceback__, ""
    while trace is not None:
        last = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-2:]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return last


def _answer(error: GatewayError) -> Response | tuple[Response, int]:
    if isinstance(error, RefusedError) and not wants_json():
        return Response(render_template("errors/refused.html", refusal=error), status=error.status)
    if isinstance(error, RefusedError):
        said = {"article": error.article, "cited": error.cited, "profile": told(error.profile)}
        return jsonify(ok=False, message=told(error.message), **said), error.status
    response = _page(error.status, told(error.message))
    if isinstance(error, ThrottledError):
        (response[0] if isinstance(response, tuple) else response).headers["Retry-After"] = str(error.retry_after)
    return response


def _page(status: int, reason: str | None) -> Response | tuple[Response, int]:
    if wants_json():
        return jsonify(ok=False, message=reason or gettext("Er ging iets mis. Probeer het later opnieuw.")), status
    known = status if status in {400, 403, 404, 409, 413, 429, 500, 503} else (404 if status == 405 else 400)  # noqa: PLR2004 - HTTP
    known = 500 if status > 500 and status != 503 else known  # noqa: PLR2004 - HTTP
    return Response(render_template(f"errors/{known}.html", reason=reason), status=status)


def _frame() -> dict[str, Any]:
    """What the frame of each page shows; an error page must come even when the database is away."""
    values: dict[str, Any] = {
        "version": __version__,
        "csp_nonce": edge.nonce(),
        "lang": _safe_language(),
        "viewer": None,
        "tenant_slug": "",
        "menu": [],
        "banner": [],
    }
    values["footer_links"] = [
        {"label": gettext("Over Dossierpoort"), "url": "/over"},
        {"label": gettext("Privacyreglement"), "url": "/reglement"},
        {"label": gettext("Een bewijs controleren"), "url": "/controle"},
    ]
    try:
        values.update(_personal_frame())
    except UnavailableError:
        return values
    return values


def _safe_language() -> str:
    try:
        return _language()
    except UnavailableError:
        return "nl"


def _personal_frame() -> dict[str, Any]:
    built = services()
    values: dict[str, Any] = {"banner": _banner(built)}
    if not current_user or not current_user.is_authenticated:
        return values
    account = current_user.account
    with built.db.reading() as db:
        person = people.person_or_nameless(db, built.vault, account)
        organisation = db.get_one(Organisation, account.organisation_id)
        values["tenant_slug"] = people.tenant_of(db, account.tenant_id).slug
        unread = outbox.unread(db, account.id)
    role = Role(account.role)
    values["viewer"] = Viewer(
        name=told(person.name),
        role_label=person.function or gettext(role.label),
        organisation_name=organisation.name,
        role=role,
    )
    menu = [
        {
            "label": gettext(label) + (f" ({unread})" if url == "/berichten" and unread else ""),
            "url": url,
            "current": request.path == url or request.path.startswith(url + "/"),
        }
        for label, url in MENUS[role]
        if url != "/ontvangen" or organisation.kind != "swv"
        if url != "/monitor" or organisation.kind == "swv"
        if url not in {"/dossiers", "/verstrekkingen", "/reglement-beheer", "/toegangslijst"}
        or organisation.kind in {"swv", "school", "school_board"}
    ]
    values["menu"] = menu
    return values


def _banner(built: Services) -> list[dict[str, str]]:
    sentences: list[dict[str, str]] = []
    if built.settings.demo:
        sentences.append(
            {
                "level": "info",
                "text": gettext("Dit is een demonstratie met verzonnen gegevens. Zet hier niets echts in."),
            }
        )
    if not current_user or not current_user.is_authenticated:
        return sentences
    with built.db.reading() as db:
        if queue.is_late(db, built.clock()):
            sentences.append(
                {
                    "level": "warning",
                    "text": gettext(
                        "Het achtergrondwerk staat stil: nieuwe stukken blijven in controle. "
                        "De beheerder moet dit oplossen."
                    ),
                }
            )
    if not built.settings.clamd and current_user.actor.role in {Role.SCHOOL_STAFF, Role.ADMINISTRATOR}:
        sentences.append(
            {
                "level": "info",
                "text": gettext(
                    "Er is geen virusscanner ingesteld. Bestanden worden wel op vorm en inhoud gecontroleerd."
                ),
            }
        )
    return sentences
