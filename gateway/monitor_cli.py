"""`dossierpoort monitor`: counts of school years without persons, as the page shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from gateway.cli_setup import open_services as _services
from gateway.context import AMSTERDAM

if TYPE_CHECKING:
    from gateway.monitor.queries import Monitor


@click.command("monitor", short_help="Counts of a school year without persons, as the page shows them.")
@click.option("--swv", default="", metavar="NAME", help="Only the SWV with this short name.")
@click.option("--year", type=int, default=None, metavar="YEAR", help="The school year that began in this year.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each line of the list.")
def monitor(*, swv: str, year: int | None, as_json: bool) -> None:
    """TLVs, arrangements and second opinions of a school year and the four before it, living and destroyed together.

    What is less than the reglement's smallest number is not told, and cannot be reckoned back. No line names a person
    or a dossier.
    """
    from gateway.accounts.tables import Tenant  # noqa: PLC0415 - loads the tables
    from gateway.monitor import queries  # noqa: PLC0415 - the same

    services = _services()
    today = services.clock().astimezone(AMSTERDAM).date()
    with services.db.reading() as session:
        tenants = session.scalars(select(Tenant).order_by(Tenant.slug)).all()
        chosen = [each for each in tenants if swv in {"", each.slug}]
        if not chosen:
            raise click.ClickException("There is no SWV with this short name.")
        for tenant in chosen:
            _print(tenant.slug, queries.read(session, tenant.id, today, year), as_json=as_json)


def _print(slug: str, found: Monitor, *, as_json: bool) -> None:
    from gateway.monitor import queries  # noqa: PLC0415 - loads the tables

    for each in found.years:
        for line in queries.lines(each, found.k):
            told = {"swv": slug, **dict(zip(queries.COLUMNS, line, strict=True)), "volledig": each.whole}
            if as_json:
                click.echo(json.dumps(told, ensure_ascii=False))
            else:
                click.echo(f"{slug}\t" + "\t".join(line))
        if not each.whole and not as_json:
            click.echo(f"{slug}\t{each.name}\tdestroyed dossiers are missing: too few were alike", err=True)
