"""The page of the lines with partners, and the door at which partners' packages arrive."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, request

from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.peers import arriving, files, links
from gateway.peers.forms import FileForm, LinkForm
from gateway.peers.standing import standing
from gateway.web import allow, attachment, context, page, public, said, see_other, services, show_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response as BaseResponse

    from gateway.peers.tables import PeerLink

blueprint = Blueprint("peers", __name__)

PAGE = "/inrichting/lijnen"
MOST_FILE = 20_000_000
MEDIA_TYPE = "application/octet-stream"
UNBOUNDED = 1 << 62
"""What comes is counted as it is read, so that what is too large leaves an event."""
HANDS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON)
_CHUNK = 256 * 1024


@blueprint.post("/lijn/<slug>")
@public
def take(slug: str) -> Response:
    """Take a package from a partner's gateway. Whoever posts proves who it is by its OpenPGP signature."""
    request.max_content_length = UNBOUNDED
    answer = arriving.receive(services(), context(), slug, request.stream, request.content_length)
    return Response(base64.b64encode(answer), mimetype="text/plain")


@blueprint.get(PAGE)
@allow(*links.READERS)
def lines() -> BaseResponse:
    """How the lines with partners stand."""
    return _shown(LinkForm(formdata=None), 200)


@blueprint.post(PAGE)
@allow(Role.ADMINISTRATOR, fresh=True)
def make() -> BaseResponse:
    """Make a line with a partner."""
    form = LinkForm()
    if form.validate():
        try:
            links.make(
                services(),
                context(),
                form.organisation_id.data,
                carrier=form.carrier.data,
                address=form.address.data or "",
                pin=form.pin.data or "",
            )
        except (InvalidInputError, ConflictError) as problem:
            show_problem(form, problem)
        else:
            flash(said("De lijn is gemaakt. De partner maakt hem ook van zijn kant."), "success")
            return see_other(PAGE)
    return _shown(form, 400)


@blueprint.post(f"{PAGE}/sleutel")
@allow(Role.ADMINISTRATOR, fresh=True)
def own_key() -> BaseResponse:
    """Make our own OpenPGP key, which the partner needs before it can make the line."""
    links.make_own_key(services(), context())
    flash(said("De sleutel is gemaakt. Stuur de publieke sleutel naar de partner."), "success")
    return see_other(PAGE)


@blueprint.route(f"{PAGE}/<link_id>/stoppen", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, fresh=True)
def end(link_id: str) -> BaseResponse:
    """Stop a line, after a plain question."""
    link = _link(link_id, (Role.ADMINISTRATOR,))
    if request.method == "POST":
        links.end(services(), context(), link.id)
        flash(said("De lijn is gestopt. Er gaat niets meer weg en er komt niets meer binnen."), "success")
        return see_other(PAGE)
    return page("peers/end.html", link=link)


@blueprint.post(f"{PAGE}/<link_id>/opnieuw")
@allow(*HANDS)
def retry(link_id: str) -> BaseResponse:
    """Try a line again now."""
    links.retry(services(), context(), link_id)
    flash(said("Het portaal probeert het meteen opnieuw."), "success")
    return see_other(PAGE)


@blueprint.post(f"{PAGE}/<link_id>/bestand")
@allow(*HANDS, fresh=True)
def export(link_id: str) -> BaseResponse:
    """Download what waits for the partner as one file."""
    link = _link(link_id, HANDS)
    made = _exported(link)
    size = int.from_bytes(next(made))
    return attachment(made, file_name=f"berichten-{link.id[:8]}.dpl", media_type=MEDIA_TYPE, size=size)


@blueprint.route(f"{PAGE}/<link_id>/inlezen", methods=["GET", "POST"])
@allow(*HANDS, fresh=True)
def take_in(link_id: str) -> BaseResponse:
    """Take a partner's file in; the file with the answers comes back at once."""
    request.max_content_length = MOST_FILE
    link = _link(link_id, HANDS)
    form = FileForm()
    if not form.validate_on_submit():
        return page("peers/take_in.html", 400 if request.method == "POST" else 200, form=form, link=link)
    try:
        found = files.take_in(services(), context(), link, form.file.data.stream)
    except (InvalidInputError, ConflictError) as problem:
        show_problem(form, problem)
        return page("peers/take_in.html", 400, form=form, link=link)
    if found.refused:
        flash(said("Uit dit bestand is niet alles aangenomen. Kijk hieronder bij Geweigerd."), "error")
    if not found.answers:
        flash(said("Het bestand is ingelezen."), "success")
        return see_other(PAGE)
    return attachment(
        iter([found.answers]),
        file_name=f"ontvangst-{link.id[:8]}.dpl",
        media_type=MEDIA_TYPE,
        size=len(found.answers),
    )


def _exported(link: PeerLink) -> Iterator[bytes]:
    """Its size first, then the file; the file goes when the last byte was taken, or the line breaks."""
    with files.export(services(), context(), link) as found:
        yield found.size.to_bytes(8)
        with found.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _link(link_id: str, roles: tuple[Role, ...]) -> PeerLink:
    with services().db.reading() as session:
        return links.link_of(session, context(), link_id, roles)


def _shown(form: LinkForm, status: int) -> BaseResponse:
    found = standing(services(), context())
    form.organisation_id.choices = [("", said("Kies een partner")), *found.partners]
    role = context().person.role
    return page(
        "peers/lines.html",
        status,
        found=found,
        form=form,
        may_make=role is Role.ADMINISTRATOR,
        may_act=role in HANDS,
    )
