"""`dossierpoort retention run|certificate|replay`: destroying what is past its term, and showing that it was."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli_setup import open_services as _services
from gateway.context import Context
from gateway.errors import GatewayError
from gateway.ids import new_id
from gateway.references import reference_of

if TYPE_CHECKING:
    from gateway.destruction.run import Ran, Told
    from gateway.services import Services

TROUBLE = {
    "clock_back": "The clock stands before something that was signed already. Put it right; nothing is destroyed "
    "before it has passed that moment.",
    "clock_jump": "The clock went on by more than the reglement allows since the last run. Look at it; when it is "
    "right: `dossierpoort retention run --clock-is-right`.",
    "clock_witness": "No witness signed the log as recently as the reglement asks. See that one signs again "
    "(`dossierpoort audit witness`), then run this again.",
}
"""What is wrong with the clock, and what helps; only a jump forward can be confirmed by a person."""


@click.command("run", short_help="Announce, destroy what may go, and go on with what was begun.")
@click.option("--dry-run", is_flag=True, help="Print exactly what would go today, and do nothing.")
@click.option("--clock-is-right", is_flag=True, help="You looked at the clock after it jumped forward. In the log.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def run_(*, dry_run: bool, clock_is_right: bool, as_json: bool) -> None:
    """Do what the worker does each night at one: announce, destroy what is announced and may go, certify.

    A run that was broken off goes on where it was; two at once do no harm.
    """
    from gateway.destruction import clock, run  # noqa: PLC0415 - loads the tables

    services = _services()
    if dry_run:
        with services.db.reading() as session:
            stops = clock.trouble_of(session, _nobody(services))
        if stops is not None:
            click.echo(f"A run would do nothing of this. {TROUBLE[stops.value]}", err=True)
        _dry(services, as_json=as_json)
        return
    if clock_is_right:
        clock.confirm(services, _nobody(services))
    ran = run.run(services, tell=_telling(as_json=as_json))
    if ran.trouble is not None:
        raise click.ClickException(f"Nothing was done. {TROUBLE[ran.trouble.value]}")
    _summary(ran, as_json=as_json)


@click.command("certificate", short_help="The signed certificate of a destruction; --verify checks one.")
@click.argument("dossier", required=False)
@click.option("--verify", "path", type=click.Path(exists=True, dir_okay=False), help="Check this certificate.")
def certificate_(*, dossier: str | None, path: str | None) -> None:
    """Print the certificate of the destruction of DOSSIER (its opaque id) as it stands now, or check one.

    --verify holds a certificate against the keys of this installation: exit 1 when it does not hold.
    """
    from gateway.destruction import certificate, handing  # noqa: PLC0415 - loads the tables

    services = _services()
    if path is not None:
        text = Path(path).read_text(encoding="utf-8")
        try:
            checked = certificate.check(text, *certificate.public_keys(services.vault.keyring))
        except certificate.CertificateError as error:
            raise click.ClickException(f"NOT VALID: {error}") from error
        body = checked.body
        click.echo(f"VALID: {body['dossier']} destroyed at {body['erased_at']}, {body['state']}")
        click.echo("confirmed by a witness" if checked.confirmed else "no witness signed")
        return
    if not dossier:
        raise click.UsageError("Name a dossier by its opaque id, or give --verify FILE.")
    try:
        sys.stdout.write(handing.for_command(services, _nobody(services), dossier))
    except GatewayError as error:
        raise click.ClickException("There is no certificate of this dossier (yet).") from error


def _dry(services: Services, *, as_json: bool) -> None:
    from gateway.destruction import run  # noqa: PLC0415 - loads the tables

    goes = total = 0
    for row, what in run.would_go(services):
        total, goes = total + 1, goes + (what == "goes")
        values: dict[str, Any] = {
            "dossier": row.dossier_id,
            "reference": reference_of(row.dossier_id),
            "what": what,
            "kept_until": row.kept_until.isoformat(),
            "article": row.article,
            "categories": row.categories.split(),
        }
        told = f"{values['reference']}  {what:18}  kept until {row.kept_until}  {row.article}"
        click.echo(json.dumps(values) if as_json else told + _of_set(row.categories))
    if not as_json:
        click.echo(f"{goes} of {total} would go today; nothing was done")


def _telling(*, as_json: bool) -> Any:
    count = 0

    def tell(told: Told) -> None:
        nonlocal count
        count += 1
        if as_json:
            values = {"dossier": told.dossier_id, "what": told.what, "categories": told.categories.split()}
            click.echo(json.dumps(values))
        else:
            click.echo(f"{count:6}  {reference_of(told.dossier_id)}  {told.what}{_of_set(told.categories)}")

    return tell


def _of_set(categories: str) -> str:
    return f"  only [{categories.replace(' ', '')}]" if categories else ""


def _summary(ran: Ran, *, as_json: bool) -> None:
    if not as_json:
        click.echo(
            f"announced {ran.announced}, taken back {ran.taken_back}, destroyed {ran.erased}, "
            f"waiting for people {ran.waiting}, certified {ran.certified}"
        )
    if ran.troubles:
        click.echo(f"{ran.troubles} could not be done now and are tried again; the lines above say why", err=True)


def _nobody(services: Services) -> Context:
    return Context(actor=None, now=services.clock(), request_id=new_id())


@click.command("replay", short_help="After a restore: destroy again what the journal says was destroyed.")
@click.option("--lost", "lost", multiple=True, metavar="EMAIL", help="Twice: who say that the journal is lost.")
def replay_(*, lost: tuple[str, ...]) -> None:
    """Destroy again what the journal says was destroyed since the backup that was put back; then the portal may open.

    Without a journal two people with an account (administrator or privacy officer) must say that it is lost, with
    --lost twice. That opens the portal, and stands in the log.
    """
    from gateway.destruction import replaying  # noqa: PLC0415 - loads the tables

    services = _services()
    if lost:
        replaying.declare_lost(services, _nobody(services), lost)
        click.echo("the journal is declared lost; the portal may open")
        return
    done = replaying.replay(services, _nobody(services))
    click.echo(
        f"{done.lines} in the journal: {done.erased} dossiers destroyed again, {done.keys} keys asked to go again"
    )
    if done.erased or done.keys:
        click.echo("now run `dossierpoort keys renew --now`: until then their keys still live")


@click.command("restored", short_help="After putting a backup back: keep the portal shut until the replay.")
def restored() -> None:
    """Say that a backup was put back: portal and worker stay shut until `retention replay` was run.

    An old database or keyring is noticed by itself as long as the journal is there. This is for when it may not be.
    """
    from gateway.destruction import replaying  # noqa: PLC0415 - loads the tables

    services = _services()
    replaying.mark(services.settings, services.clock().isoformat())
    click.echo("marked; now run `dossierpoort retention replay`")
