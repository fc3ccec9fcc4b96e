"""`dossierpoort retention …`: how long dossiers are kept, which are past their term, and what forbids destruction."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import func, select

from gateway.cli_setup import open_services as _services
from gateway.context import AMSTERDAM
from gateway.references import reference_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.keeping.planning import Planned
    from gateway.services import Services

WHY = {
    "held": "a hold is running (OB2)",
    "open": "a matter is open",
    "no_matter": "no matter was ever ended",
    "after_matter": "after the last matter",
    "after_decision": "after the final decision on objection or appeal (OB2)",
    "after_leaving": "after leaving school",
    "never": "past the calendar",
}
_on = click.option("--on", "on_text", default=None, metavar="DATE", help="Plan for this day instead of today.")
_swv = click.option("--swv", default="", metavar="NAME", help="Only the SWV with this short name.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group()
def retention() -> None:
    """How long dossiers are kept, which are past their term, and what forbids destruction.

    Dossiers are named by their opaque id and by the reference that people use on the telephone: no name is printed.
    The rules come from each SWV's reglement in force; the plan says the same as the pages, and as the judge.
    """


@retention.command("plan", short_help="Until when each dossier is kept, and why.")
@_on
@_swv
@_json
def plan_(*, on_text: str | None, swv: str, as_json: bool) -> None:
    """Until when each submitted dossier is kept, by which article, and why.

    A reglement that keeps sets of categories for different terms (Leiden) gives a line for each set, also for one that
    was destroyed; then such a line says what is left of it, in documents that hold other data too.
    """
    services = _services()
    on = _day(services, on_text)
    _run(services, on, swv, as_json=as_json, only_due=False)


@retention.command("due", short_help="Dossiers, or sets in them, past their last day.")
@_on
@_swv
@_json
def due(*, on_text: str | None, swv: str, as_json: bool) -> None:
    """Dossiers, or sets of categories in them, that are past their last day of keeping: the judge allows destruction.

    Nothing is destroyed by this command.
    """
    services = _services()
    on = _day(services, on_text)
    _run(services, on, swv, as_json=as_json, only_due=True)


@retention.command("hold", short_help="What forbids destruction, who looks after it, and when.")
@_swv
@_json
def hold(*, swv: str, as_json: bool) -> None:
    """What forbids destruction now: kind, since when, who looks after it (account id), and when they look again.

    People of the SWV begin and end a hold in the portal, with a reason that stays sealed (page "Zaken en bewaren").
    A dossier with a document in an open data breach is held too (`derived`): that ends when the breach is closed.
    """
    services = _services()
    today = _day(services, None)
    count = 0
    for values in _holds(services, swv, today):
        count += 1
        click.echo(json.dumps(values) if as_json else _hold_as_text(values))
    if not as_json:
        click.echo(f"{count} running")


def _holds(services: Services, swv: str, today: date) -> Iterator[dict[str, Any]]:
    """What people recorded, by the day to look again; then what follows from open data breaches."""
    from gateway.accounts.tables import Tenant  # noqa: PLC0415 - loads the tables
    from gateway.matters.breach_tables import BreachDocument, DataBreach  # noqa: PLC0415 - the same
    from gateway.matters.queries import in_open_breach  # noqa: PLC0415 - the same
    from gateway.matters.tables import Hold  # noqa: PLC0415 - the same

    _known(services, swv)
    of_swv = (Tenant.slug == swv,) if swv else ()
    held = select(Hold).join(Tenant, Tenant.id == Hold.tenant_id).where(Hold.ended_at.is_(None), *of_swv)
    breached = (
        select(BreachDocument.dossier_id, func.min(DataBreach.recorded_at).label("since"))
        .join(DataBreach, DataBreach.id == BreachDocument.breach_id)
        .join(Tenant, Tenant.id == DataBreach.tenant_id)
        .where(*in_open_breach(), *of_swv)
        .group_by(BreachDocument.dossier_id)
    )
    with services.db.reading() as session:
        for row in session.scalars(held.order_by(Hold.review_on, Hold.id)):
            owned = {"owner": row.owner_id, "review_on": row.review_on.isoformat(), "late": row.review_on <= today}
            yield _hold(row.dossier_id, row.kind, row.started_on) | owned | {"derived": False}
        for dossier_id, since in session.execute(breached.order_by(BreachDocument.dossier_id)):
            none = {"owner": None, "review_on": None, "late": False}
            yield _hold(dossier_id, "breach", since.astimezone(AMSTERDAM).date()) | none | {"derived": True}


def _hold(dossier_id: str, kind: str, since: date) -> dict[str, Any]:
    return {"dossier": dossier_id, "reference": reference_of(dossier_id), "kind": kind, "since": since.isoformat()}


def _hold_as_text(values: dict[str, Any]) -> str:
    begin = f"{values['reference']}  {values['kind']:12}  since {values['since']}  "
    if values["derived"]:
        return begin + "ends by itself when the data breach is closed"
    return begin + f"{'LOOK NOW' if values['late'] else 'look again'} on {values['review_on']}  owner {values['owner']}"


def _run(services: Services, on: date, swv: str, *, as_json: bool, only_due: bool) -> None:
    from gateway.keeping.planning import plans  # noqa: PLC0415 - loads the tables

    _known(services, swv)
    shown = total = 0
    for planned in plans(services.db, on, slug=swv):
        total += 1
        lines = planned.due_lines(on) if only_due else list(planned.lines)
        if not lines:
            continue
        shown += 1
        click.echo(json.dumps(_as_json(planned, on)) if as_json else _as_text(planned, lines))
    if not as_json:
        click.echo(f"{shown} of {total} dossiers" + (f" past their last day on {on}" if only_due else ""))


def _as_json(planned: Planned, on: date) -> dict[str, Any]:
    return {
        "swv": planned.tenant_id,
        "dossier": planned.dossier_id,
        "reference": reference_of(planned.dossier_id),
        "keep_until": planned.until.isoformat() if planned.until else None,
        "due": planned.is_due(on),
        "sets": [
            {
                "categories": list(line.categories),
                "keep_until": line.keep_until.isoformat() if line.keep_until else None,
                "term_until": line.term_until.isoformat() if line.term_until else None,
                "counted_from": line.counted_from.isoformat() if line.counted_from else None,
                "article": line.article,
                "why": line.why.value,
                "changed_by": [change.value for change in line.changes],
            }
            for line in planned.lines
        ],
        "destroyed": [
            {"categories": list(each.categories), "on": each.on.isoformat(), "article": each.article}
            for each in planned.gone
        ],
    }


def _as_text(planned: Planned, lines: list[Any]) -> str:
    told = []
    for line in lines:
        categories = f" [{''.join(line.categories)}]" if len(planned.lines) > 1 else ""
        until = f"until {line.keep_until}" if line.keep_until else "no last day   "
        told.append(f"{until}  {line.article:6}  {WHY[line.why.value]}{categories}")
    told += [
        f"gone  {each.on}  {each.article:6}  this set was destroyed [{''.join(each.categories)}]"
        for each in planned.gone
    ]
    return "\n".join(f"{reference_of(planned.dossier_id)}  {each}" for each in told)


def _day(services: Services, text: str | None) -> date:
    if text is None:
        return services.clock().astimezone(AMSTERDAM).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException("--on takes a day such as 2029-11-22.") from error


def _known(services: Services, swv: str) -> None:
    from gateway.accounts.tables import Tenant  # noqa: PLC0415 - loads the tables

    with services.db.reading() as session:
        slugs = set(session.scalars(select(Tenant.slug)))
    if swv and swv not in slugs:
        raise click.ClickException(f"There is no SWV with this short name. Known: {', '.join(sorted(slugs))}.")
