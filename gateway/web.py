"""What the views of all slices share: who may enter, who acts, and how a page is made. Flask starts here and above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from flask import (
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
)
from flask_babel import format_date, gettext
from flask_login import current_user

from audit.events import truncate_network
from gateway.context import Actor, Context, Role
from gateway.errors import InvalidInputError
from gateway.text import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from flask_wtf import FlaskForm
    from werkzeug.wrappers import Response as BaseResponse

    from gateway.errors import ConflictError
    from gateway.services import Services

F = TypeVar("F", bound="Callable[..., Any]")

ALL_ROLES = tuple(Role)
STEP_UP_CODE = "bevestig_code"
STEP_UP_PASSKEY = "bevestig_passkey"
"""The form fields in which a code, or the answer of a passkey, goes along with what was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who may enter a route: everyone, or the signed-in people with one of these roles.

    `fresh`: only with a second factor of at most ten minutes ago; `when-set`: of whom has one. `half`: also whose
    password was right and no more, to take the `second-step` they have, or to `enrol` the one they must have.
    """

    public: bool = False
    roles: frozenset[Role] = frozenset()
    fresh: bool | Literal["when-set"] = False
    half: Literal["", "second-step", "enrol"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The signed-in person as the frame shows them."""

    name: str
    role_label: str
    organisation_name: str
    role: Role


def public(view: F) -> F:
    """Declare a route that anyone may enter."""
    view.entry = Entry(public=True)  # type: ignore[attr-defined] # read back by `entry_of`
    return view


def allow(
    *roles: Role, fresh: bool | Literal["when-set"] = False, half: Literal["", "second-step", "enrol"] = ""
) -> Callable[[F], F]:
    """Declare a route for signed-in people with one of these roles; others get the 404 of what does not exist."""

    def declare(view: F) -> F:
        view.entry = Entry(roles=frozenset(roles or ALL_ROLES), fresh=fresh, half=half)  # type: ignore[attr-defined] # read back by `entry_of`
        return view

    return declare


def entry_of(view: Callable[..., Any]) -> Entry | None:
    """The declaration of a view, or None: then the application refuses to start."""
    return getattr(view, "entry", None)


def services() -> Services:
    """The services of this application."""
    return cast("Services", current_app.extensions["dossierpoort"])


def context() -> Context:
    """Who acts, when and from where: made once for each request."""
    if "context" not in g:
        view = current_app.view_functions.get(request.endpoint or "")
        half = view is not None and (entry_of(view) or Entry()).half and hasattr(current_user, "running")
        actor: Actor | None = current_user.actor if current_user.is_authenticated or half else None
        g.context = Context(actor=actor, now=services().clock(), request_id=g.request_id, network=network())
    return cast("Context", g.context)


def factor() -> str:
    """How the second step of this session was taken; empty when it was not."""
    running = getattr(current_user, "running", None)
    return (running.factor or "") if running is not None else ""


def network() -> str | None:
    """The network of the request, truncated so that it names no household."""
    try:
        return truncate_network(request.remote_addr or "")
    except ValueError:
        return None


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Render a page."""
    return make_response(render_template(template, **values), status)


def see_other(address: str) -> BaseResponse:
    """Answer a POST: look there now (style 10)."""
    return redirect(address, code=303)


def goes_on(token: str) -> None:
    """The session goes on under this token; forms that stand open in other windows keep working."""
    session["_user_id"] = token


def safe_next(address: str | None) -> str:
    """The place to go on to, when it lies within the portal; else the start page (no open redirect)."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    if "\\" in address or any(ord(c) < 32 for c in address):  # noqa: PLR2004 - control characters, which browsers drop
        return "/"
    try:
        parts = urlsplit(address)
    except ValueError:  # what cannot be read is nowhere
        return "/"
    return "/" if parts.scheme or parts.netloc else address


def seen_version(text: str | None) -> int:
    """The version that a form was made from, as its hidden field says; 0, which is never right, for anything else."""
    return int(text) if text and len(text) <= 9 and text.isascii() and text.isdigit() else 0  # noqa: PLR2004 - as many as fit


def show_problem(form: FlaskForm, problem: InvalidInputError | ConflictError) -> None:
    """Put the sentence of a refusal at the field that it names, or on top when it names none."""
    name = problem.field if isinstance(problem, InvalidInputError) else None
    field = getattr(form, name, None) if name else None
    if field is not None:
        field.errors = [*field.errors, told(problem.message)]
    else:
        form.form_errors = [*form.form_errors, told(problem.message)]


def wants_json() -> bool:
    """Whether the page's own script asks."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest" or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def attachment(chunks: Iterator[bytes], *, file_name: str, media_type: str, size: int) -> Response:
    """Send a file as a download; a failure half-way breaks the connection instead of ending it.

    A range is decrypted from the start and what lies before it thrown away: there is no seeking in a sealed stream.
    """
    wanted = request.range.range_for_length(size) if request.range and request.range.units == "bytes" else None
    if wanted is not None:
        chunks = _part(chunks, *wanted)
    response = Response(stream_with_context(chunks), mimetype=media_type, direct_passthrough=True)
    response.headers["Accept-Ranges"] = "bytes"
    response.content_length = size
    if wanted is not None:
        start, stop = wanted
        response.status_code = 206
        response.content_length = stop - start
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _part(chunks: Iterator[bytes], start: int, stop: int) -> Iterator[bytes]:
    """The bytes from start up to stop. The stream is read to its end even so: only there does truncation show."""
    at = 0
    held = b""
    for chunk in chunks:
        piece = chunk[max(start - at, 0) : max(stop - at, 0)]
        at += len(chunk)
        if piece:
            if held:
                yield held
            held = piece
    if held:
        yield held


def long_date(moment: datetime | Any) -> str:
    """`27 november 2026`."""
    return str(format_date(moment, "d MMMM y"))


def said(text: str, **values: Any) -> str:
    """A translated sentence for `flash`."""
    return str(gettext(text, **values))
