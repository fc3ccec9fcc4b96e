"""`dossierpoort peers`: the lines with partners from the command line, for where there is no wire."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from gateway.cli_setup import open_services
from gateway.context import Context
from gateway.ids import new_id

if TYPE_CHECKING:
    from gateway.peers.tables import PeerLink
    from gateway.services import Services


@click.group()
def peers() -> None:
    """The lines with partner SWVs: how they stand, and their messages as files."""


@peers.command()
def status() -> None:
    """Show every line: how it stands, what waits, and when the partner was last heard."""
    from gateway.accounts.tables import Tenant  # noqa: PLC0415 - the group must load without a database
    from gateway.peers.standing import standing_of  # noqa: PLC0415 - the same

    services = open_services()
    with services.db.reading() as session:
        for tenant in session.scalars(select(Tenant).order_by(Tenant.slug)).all():
            found = standing_of(services, session, _context(services), tenant.id)
            click.echo(f"{tenant.slug}: {found.address}  key {found.fingerprint or '-'}")
            for line in found.links:
                heard = line.heard_at.isoformat(timespec="minutes") if line.heard_at else "never"
                trouble = f"  trouble {line.trouble}" if line.trouble else ""
                click.echo(
                    f"  {line.id}  {line.carrier}  {line.how}  waiting {line.waiting}  to apply {line.to_apply}  "
                    f"held up {line.held_up}  heard {heard}{trouble}  {line.partner}"
                )
            for refused in found.refused[:10]:
                click.echo(f"  refused {refused.at.isoformat(timespec='minutes')}  {refused.code}  {refused.partner}")


@peers.command("export")
@click.argument("link")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_(link: str, file: Path) -> None:
    """Write what waits on LINK to FILE, for the partner alone. It waits on until the partner's answer is imported."""
    from gateway import lines  # noqa: PLC0415 - the group must load without a database
    from gateway.peers import files  # noqa: PLC0415 - the same

    lines.wire()
    services = open_services()
    row = _link(services, link)
    if file.exists():
        raise click.ClickException("That file is there already; choose another name.")
    with files.export(services, _context(services), row) as made, made.path.open("rb") as source:
        with file.open("xb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
        click.echo(f"{made.count} messages in {file}")


@peers.command("import")
@click.argument("link")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--answers", type=click.Path(dir_okay=False, path_type=Path), help="Where the file for the partner goes.")
def import_(link: str, file: Path, answers: Path | None) -> None:
    """Take the partner's FILE in on LINK; the partner needs the file with our answers."""
    from gateway import lines  # noqa: PLC0415 - the group must load without a database
    from gateway.peers import files  # noqa: PLC0415 - the same

    lines.wire()
    services = open_services()
    row = _link(services, link)
    target = answers or file.with_name(file.name + ".answers")
    if target.exists():
        raise click.ClickException(f"{target} is there already; choose another name with --answers.")
    with file.open("rb") as source:
        found = files.take_in(services, _context(services), row, source)
    click.echo(f"{found.taken} messages taken, {found.answered} answers kept, {found.refused} packages refused")
    if found.answers:
        target.write_bytes(found.answers)
        click.echo(f"Bring {target} to the partner.")
    if found.refused:
        sys.exit(1)


def _link(services: Services, link_id: str) -> PeerLink:
    from gateway.peers.tables import PeerLink  # noqa: PLC0415 - the group must load without a database

    with services.db.reading() as session:
        row = session.get(PeerLink, link_id)
        if row is None or row.ended_at is not None:
            raise click.ClickException("There is no such line; `dossierpoort peers status` names them.")
        return row


def _context(services: Services) -> Context:
    return Context(actor=None, now=services.clock(), request_id=new_id())
