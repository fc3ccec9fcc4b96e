"""`dossierpoort audit …`: check the log, prove what stands in it, export it, and look after its witnesses."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli_setup import open_services as _services
from gateway.context import AMSTERDAM
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.log_check import Checked
    from gateway.services import Services

WHOLE, TAMPERED, NOT_CHECKED = 0, 1, 2

# What a finding means for someone who sees one for the first time.
MEANINGS = {
    "event-changed": "A row of the log was changed after it was hashed.",
    "event-missing": "A row of the log was removed.",
    "event-loose": "A row was put into the log beside the sequencer, or its leaf was removed.",
    "columns-changed": "Columns of a row were changed, or the row was changed without them.",
    "reordered": "Rows changed places.",
    "leaf-missing": "A leaf of the tree was removed.",
    "node-missing": "A part of the tree was removed.",
    "node-changed": "A part of the tree was changed.",
    "node-extra": "The tree reaches further than its leaves: the end of the log was cut off.",
    "waiting-twice": "A row that has its place waits for another one.",
    "truncated": "The end of the log is gone: more rows were signed than there are. An old backup was put back, or "
    "somebody removed what happened last.",
    "root-changed": "Another history was signed than the one that stands here.",
    "checkpoint-changed": "A signed checkpoint was changed or replaced.",
    "checkpoint-missing": "A signed checkpoint was removed.",
    "expiry-changed": "A removal of old rows is not signed by this log: what is gone is not lawfully gone.",
    "closing-changed": "How an earlier log ended was changed, or the log that follows does not begin with it.",
    "closing-missing": "Nothing says how an earlier log ended.",
    "closing-unfinished": "The log is being ended and that was broken off: run the same command again.",
    "payload-changed": "The sealed details of a row were replaced.",
}


@click.group()
def audit() -> None:
    """The log: check it, prove what stands in it, export it, look after its witnesses.

    Every act on personal data is an event in this log. Each minute its state is signed, copied to a separate place
    and confirmed by witnesses, so that nobody can change it unnoticed. See docs/operations.md.
    """


@audit.command("verify")
@click.option(
    "--from",
    "since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CHECKPOINT",
    help="A file with a checkpoint that was kept: look at every byte after it, and hold what came before to its root.",
)
@click.option("--offline", is_flag=True, help="Ask no witness.")
@click.option("--payloads", is_flag=True, help="Also open every sealed detail that still opens. Slow.")
def verify(*, since: Path | None, offline: bool, payloads: bool) -> None:
    """Check the whole log, against the copies elsewhere and the witnesses too.

    Exit status: 0 the log is whole; 1 something was found, and the place is named; 2 it could not be checked.
    """
    from gateway.log_check import check  # noqa: PLC0415 - loads the log

    try:
        note = since.read_text(encoding="utf-8") if since else None
    except (OSError, UnicodeDecodeError) as error:
        raise _NotChecked(f"The checkpoint cannot be read ({type(error).__name__}).") from error
    try:
        found = check(_services(), since=note, offline=offline, payloads=payloads)
    except GatewayError as error:
        raise _NotChecked(f"{error} `dossierpoort doctor` says what is wrong.") from error
    for finding in found.report.findings:
        click.echo(f"FOUND {finding}")
    for code in dict.fromkeys(finding.code for finding in found.report.findings):
        click.echo(f"  {code}: {MEANINGS.get(code, 'Something is not as it was signed.')}")
    _summary(found)
    raise SystemExit(WHOLE if found.report.ok else TAMPERED)


class _NotChecked(click.ClickException):
    """It could not be checked: that says nothing about the log."""

    exit_code = NOT_CHECKED


def _summary(found: Checked) -> None:
    report = found.report
    click.echo(
        f"{'whole' if report.ok else 'NOT WHOLE'}: {report.size} events in the tree, {report.waiting} waiting, "
        f"{report.checkpoints} checkpoints, signed up to {report.confirmed}, {report.expired} expired"
    )
    if report.start:
        click.echo(f"every byte was looked at from leaf {report.start} on; what lies before fits its checkpoint")
    if report.unopened:
        click.echo(f"{report.unopened} sealed details do not open: their keys were destroyed with their dossier")
    for log in found.ended:
        done = log.closing
        lost = f"leaves {done.kept} to {done.seen - 1} declared lost" if done.lost else "nothing lost"
        click.echo(f"ended log {done.origin}: {log.report.size} events, {log.report.expired} expired, {lost}")
    click.echo(f"{found.copies} copies in the separate place were held against it")
    for away in found.places_away:
        click.echo(f"NOT COMPARED: the separate place does not answer. {away}")
    for asked in found.asked:
        click.echo(f"witness {asked.name}: {_witness_words(asked.trouble, asked.size)}")
    if not report.ok:
        click.echo(
            "Do not repair anything. Stop the worker, keep a copy of the database and of the separate place as they "
            "are, and tell the privacy officer. docs/operations.md (When the log is not whole) says how to go on."
        )


def _witness_words(trouble: str, size: int) -> str:
    words = {
        "": f"confirms the log up to {size}",
        "silent": "NOT COMPARED: it does not answer",
        "certificate": "NOT COMPARED: its certificate is not trusted",
        "address": "NOT COMPARED: its address may not be called (https, public, see DOSSIERPOORT_WITNESS_*)",
        "unknown": "NOT COMPARED: it does not know this log yet",
        "key": "NOT COMPARED: it trusts another key of this log",
        "answer": "NOT COMPARED: its answer is not one of a witness",
        "ahead": "CONTRADICTS: it confirmed more than there is",
        "fork": "CONTRADICTS: it confirmed another log of this size",
        "proof": "CONTRADICTS: this log does not extend what it confirmed",
    }
    return words.get(trouble, trouble)


@audit.command("checkpoint")
def checkpoint() -> None:
    """Sign the log as it stands, and print the newest checkpoint. Keep it, for `verify --from`."""
    from audit.checkpoint import latest  # noqa: PLC0415 - loads the log
    from gateway import log_copies  # noqa: PLC0415 - loads the log
    from gateway.logbook import LOG_ID, make_checkpoint  # noqa: PLC0415 - loads the log

    services = _services()
    log_copies.refuse_contradiction(services)
    made = make_checkpoint(services, services.clock())
    with services.db.reading() as session:
        newest = made or latest(session.connection(), LOG_ID)
    click.echo(newest.note if newest else "the log is empty", nl=newest is None)


@audit.command("prove")
@click.argument("event_id", required=False)
@click.option("--consistency", nargs=2, type=click.IntRange(min=0), metavar="OLD NEW", help="Prove growth instead.")
def prove(event_id: str | None, consistency: tuple[int, int] | None) -> None:
    """Print the proof that an event stands in the log, or that the log only grew between two sizes (JSON).

    EVENT_ID is the *Kenmerk* of the event. The proof is a receipt without the sealed details: check it anywhere with
    `python -m audit.verify FILE --key KEY`.
    """
    if (event_id is None) == (consistency is None):
        raise click.UsageError("Give either EVENT_ID or --consistency OLD NEW.")
    services = _services()
    try:
        click.echo(_inclusion(services, event_id) if event_id else _consistency(services, *(consistency or (0, 0))))
    except _audit_error() as error:
        raise click.ClickException(f"There is no such proof: {error}.") from error


def _audit_error() -> type[Exception]:
    from audit.errors import AuditError  # noqa: PLC0415 - loads with the log

    return AuditError


def _inclusion(services: Services, event_id: str) -> str:
    from audit.receipt import make_receipt  # noqa: PLC0415 - loads the log
    from gateway.logbook import LOG_ID, former_keys, own_keys  # noqa: PLC0415 - loads the log
    from gateway.witness.queries import witness_keys  # noqa: PLC0415 - loads the tables

    keys = own_keys(services.vault.keyring)
    with services.db.reading() as session:
        witnesses = witness_keys(session)
        return make_receipt(
            session.connection(),
            LOG_ID,
            event_id,
            keys=keys,
            witnesses=witnesses,
            former=former_keys(services.vault.keyring),
            sealer=None,
        )


def _consistency(services: Services, old: int, new: int) -> str:
    from audit import tree  # noqa: PLC0415 - loads the log
    from gateway.logbook import LOG_ID, own_keys  # noqa: PLC0415 - loads the log

    with services.db.reading() as session:
        connection = session.connection()
        proof = tree.consistency_proof(connection, LOG_ID, old, new)
        found = {
            "origin": own_keys(services.vault.keyring)[0].name,
            "old": {"size": old, "root": tree.root(connection, LOG_ID, old).hex()},
            "new": {"size": new, "root": tree.root(connection, LOG_ID, new).hex()},
            "proof": [each.hex() for each in proof],
        }
    return json.dumps(found, indent=1)


@audit.command("export")
@click.option("--form", type=click.Choice(["nen7513", "csv", "logboek"]), default="nen7513", show_default=True)
@click.option("--swv", "slug", metavar="SLUG", help="Only this tenant.")
@click.option("--since", metavar="DAY", help="From this day on (2026-01-31).")
@click.option("--until", metavar="DAY", help="Up to and with this day.")
@click.option("--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="File; else the screen.")
def export(form: str, slug: str | None, since: str | None, until: str | None, output: Any) -> None:
    """Write the log for others to read, newest first: opaque ids and codes, never names.

    nen7513 and csv: the fields of NEN 7513, as JSON lines or as CSV. logboek: lines of the Logboek dataverwerkingen of
    Logius, with the data subject's id sealed and without the user. That an export was made stands in the log.
    """
    from gateway.log_export import Wanted, lines  # noqa: PLC0415 - loads the log

    services = _services()
    wanted = Wanted(
        form=form,
        tenant_id=_tenant(services, slug) if slug else None,
        since=_day(since) if since else None,
        until=_day(until, end=True) if until else None,
    )
    for line in lines(services, wanted):
        output.write(line)


@audit.command("subject")
@click.argument("dossier_id")
@click.argument("span_event_id")
@click.argument("sealed")
def subject(dossier_id: str, span_event_id: str, sealed: str) -> None:
    """Open the data subject's id of a line that `export --form logboek` wrote, to check whom it concerns."""
    from gateway.log_export import open_subject  # noqa: PLC0415 - loads the log

    try:
        click.echo(open_subject(_services(), dossier_id, span_event_id, sealed))
    except (LookupError, ValueError) as error:
        raise click.ClickException("This does not open: another dossier or event, or its keys are gone.") from error


def _tenant(services: Services, slug: str) -> str:
    from sqlalchemy import select  # noqa: PLC0415 - one use

    from gateway.accounts.tables import Tenant  # noqa: PLC0415 - one use

    with services.db.reading() as session:
        found = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if found is None:
        raise click.ClickException("There is no tenant with this short name.")
    return str(found)


def _day(text: str, *, end: bool = False) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, made an instant below
    except ValueError as error:
        raise click.BadParameter("write a day as 2026-01-31") from error
    moment = datetime.combine(day, time(0), AMSTERDAM)
    return (datetime.combine(day, time.max, AMSTERDAM) if end else moment).astimezone(UTC)


# --- one log ends, another goes on ---


def _people(command: Any) -> Any:
    """The options of an act for which two people answer."""
    command = click.option("--reason", required=True, help="What happened; it stands sealed in the log.")(command)
    second = click.option("--with", "second", required=True, metavar="E-MAIL", help="The second person, another one.")
    first = click.option("--by", "first", required=True, metavar="E-MAIL", help="The first person.")
    return first(second(command))


@audit.command("restart")
@_people
@click.confirmation_option(prompt="What was signed and is gone stays gone. Has a newer backup been looked for?")
def restart(*, first: str, second: str, reason: str) -> None:
    """Go on after a backup was put back: the log that lost its end is ended, and another begins under a new key.

    Two people (administrator, contact person or privacy officer of the SWV) answer for it with their passwords. Run
    `audit verify` first, and stop the worker. Broken off? Run it again.
    """
    from gateway.log_succession import LOST  # noqa: PLC0415 - loads the log

    _go_on(LOST, first, second, reason)


@audit.command("rotate-key")
@_people
def rotate_key(*, first: str, second: str, reason: str) -> None:
    """Give the log another key: the log ends whole, and another goes on from it under the new key.

    Witnesses must get to know the new key, as they did the first: `audit witness keys` prints it.
    """
    from gateway.log_succession import ROTATED  # noqa: PLC0415 - loads the log

    _go_on(ROTATED, first, second, reason)


def _go_on(why: str, first: str, second: str, reason: str) -> None:
    from gateway import log_succession  # noqa: PLC0415 - loads the log

    services = _services()
    people = [_signed_in(services, email) for email in (first, second)]
    try:
        done = log_succession.go_on(services, _nobody(services), why=why, reason=reason, people=people)
    except GatewayError as error:
        raise click.ClickException(str(error)) from error
    lost = f"leaves {done.kept} to {done.seen - 1} are declared lost" if done.lost else "nothing is lost"
    click.echo(f"ended {done.origin} at {done.kept} events: {lost}")
    click.echo(f"goes on as {done.following}. Its key is new: let each witness register it (`audit witness keys`), and")
    click.echo(
        "publish /.well-known/dossierpoort-keys.json anew where it was copied to. Refresh copies of the keyring."
    )


def _signed_in(services: Services, email: str) -> Any:
    """The account of a person who is at the keyboard now: password, and the second step when there is one."""
    from gateway.accounts import factors, sessions, usecases  # noqa: PLC0415 - one use

    context = _nobody(services)
    password = click.prompt(f"Password of {email}", hide_input=True)
    try:
        token = usecases.sign_in(services, context, email=email, password=password)
        running = sessions.resume(services, token, context.now)
        if running is None:
            raise click.ClickException("This account cannot be used now.")
        if not running.complete:
            code = click.prompt(f"Code of {email}", hide_input=True)
            token = factors.prove(services, sessions.acting(context, running.account), token, code, step="sign-in")
        usecases.sign_out(services, sessions.acting(context, running.account), token)
    except GatewayError as error:
        raise click.ClickException(str(error)) from error
    return running.account


# --- witnesses ---


@audit.group()
def witness() -> None:
    """Witnesses of our log, and the logs that we witness.

    A partner is registered by one and confirmed by another, who hears the fingerprint from the partner by telephone.
    The same is on the screen: Inrichting, Getuigen van het logboek. The portal itself answers logs that ask us.
    """


@witness.command("keys")
def witness_keys() -> None:
    """Print what a partner needs from us: two keys with their fingerprints, and our address as a witness."""
    from gateway.logbook import own_keys, witness_signer  # noqa: PLC0415 - loads the log

    services = _services()
    keyring = services.vault.keyring
    for what, key in (("log", own_keys(keyring)[0]), ("witness", witness_signer(keyring).key)):
        click.echo(f"{what:8} {key}\n         fingerprint {key.fingerprint}")
    click.echo(f"address  {services.settings.base_url.rstrip('/')}/getuige")


@witness.command("list")
def witness_list() -> None:
    """Show each partner: its state, how far it signed, and what is wrong."""
    from gateway.witness.standing import standing_of_installation  # noqa: PLC0415 - loads the tables

    found = standing_of_installation(_services())
    for line in (*found.witnesses, *found.logs):
        click.echo(f"{line.id}  {line.side:8} {line.how:13} up to {line.size}  {line.name}  {line.trouble}".rstrip())
    click.echo(f"the log was signed up to {found.size}")


@witness.command("add")
@click.option("--side", type=click.Choice(["witness", "log"]), required=True, help="It confirms us, or we confirm it.")
@click.option("--swv", "slug", required=True, metavar="SLUG", help="The tenant whose people confirm it.")
@click.option("--name", required=True, help="The partner's name.")
@click.option("--key", required=True, help="Its key: name+id+key, one line.")
@click.option("--url", default="", help="Address of a witness: https://…/getuige.")
def witness_add(side: str, slug: str, name: str, key: str, url: str) -> None:
    """Register a partner; an administrator or contact person confirms it on the screen by its fingerprint."""
    from gateway.witness import usecases  # noqa: PLC0415 - loads the tables

    services = _services()
    tenant = _tenant(services, slug)
    made = usecases.register(services, _nobody(services), tenant_id=tenant, side=side, name=name, url=url, key=key)
    click.echo(f"{made} registered; it counts when a second person has confirmed it on the screen")


@witness.command("confirm")
@click.argument("party_id")
@click.argument("fingerprint")
def witness_confirm(party_id: str, fingerprint: str) -> None:
    """Confirm a partner that was registered on the screen, by the FINGERPRINT that it read out (in quotes)."""
    from gateway.witness import usecases  # noqa: PLC0415 - loads the tables

    services = _services()
    usecases.confirm(services, _nobody(services), party_id, fingerprint)
    click.echo("confirmed")


@witness.command("end")
@click.argument("party_id")
def witness_end(party_id: str) -> None:
    """Stop with a partner at once; what was signed stays."""
    from gateway.witness import usecases  # noqa: PLC0415 - loads the tables

    services = _services()
    usecases.end(services, _nobody(services), party_id)
    click.echo("ended")


@witness.command("ask")
def witness_ask() -> None:
    """Ask every witness now to confirm the newest checkpoint. Exit status 1 when one contradicts the log."""
    from gateway.witness import asking  # noqa: PLC0415 - loads the tables

    found = asking.ask_all(_services())
    for asked in found:
        click.echo(f"{asked.name}: {_witness_words(asked.trouble, asked.size)}")
    if not found:
        click.echo("there is no confirmed witness")
    sys.exit(TAMPERED if any(asked.trouble in asking.CONTRADICTIONS for asked in found) else 0)


def _nobody(services: Services) -> Context:
    """Whoever runs the commands of the installation has no account."""
    from gateway.context import Context  # noqa: PLC0415 - one use
    from gateway.ids import new_id  # noqa: PLC0415 - one use

    return Context(actor=None, now=services.clock(), request_id=new_id())
