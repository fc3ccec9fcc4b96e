"""The command `dossierpoort`: start, check and look after an installation."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crypto.errors import CryptoError
from gateway import __version__, hardening, metrics_place
from gateway.anonymise_cli import anonymise
from gateway.audit_cli import audit
from gateway.backup_cli import backup, restore
from gateway.cli_setup import open_services as _services
from gateway.cli_setup import read_settings as _settings
from gateway.config import ConfigurationError, documentation, load
from gateway.destruction_cli import certificate_, clock_, replay_, restored, run_
from gateway.errors import GatewayError
from gateway.escrow_cli import escrow
from gateway.keys_cli import keys
from gateway.monitor_cli import monitor
from gateway.peers_cli import peers
from gateway.reglement.cli import reglement
from gateway.retention_cli import retention
from retention.cli import term

if TYPE_CHECKING:
    from gateway.services import Services


class _Told(click.Group):
    """Ends a command with a sentence where a part fails: a traceback helps no administrator and may hold an address."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (CryptoError, GatewayError) as error:
            raise click.ClickException(f"{error} `dossierpoort doctor` says what is wrong.") from error
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            sentence = _sentence_of(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


def _sentence_of(error: Exception) -> str | None:
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError  # noqa: PLC0415 - only when something failed

    from audit.errors import AuditError  # noqa: PLC0415 - the same
    from gateway.storage import StorageError  # noqa: PLC0415 - the same

    if isinstance(error, IntegrityError):
        return "This is there already, or contradicts what is there. Nothing was changed."
    if isinstance(error, SQLAlchemyError):
        return "The database does not answer, or is not migrated. `dossierpoort doctor` says what is wrong."
    if isinstance(error, AuditError):  # its words name what failed, never a value
        return f"The log refuses ({error}). That act was not done. `dossierpoort doctor` says what is wrong."
    return str(error) if isinstance(error, StorageError) else None


@click.group(cls=_Told, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dossierpoort")
def main() -> None:
    """Dossierpoort: secure exchange of pupils' dossiers.

    Settings are DOSSIERPOORT_* variables; see docs/configuration.md. `dossierpoort doctor` says what is missing.
    """
    hardening.no_core_dumps()


keys.add_command(escrow)
main.add_command(anonymise)
main.add_command(audit)
main.add_command(backup)
main.add_command(keys)
main.add_command(monitor)
main.add_command(peers)
main.add_command(reglement)
main.add_command(restore)
main.add_command(retention)
retention.add_command(certificate_)
retention.add_command(clock_)
retention.add_command(replay_)
retention.add_command(restored)
retention.add_command(run_)
main.add_command(term)


@main.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes that answer requests.")
@click.option("--threads", default=12, show_default=True, help="Threads in each of them.")
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the portal with gunicorn. Run `dossierpoort worker` beside it."""
    settings = _settings()
    _refuse_unready(_services())
    from gateway.serving import arguments  # noqa: PLC0415 - loads gunicorn

    metrics_place.prepare(settings)
    command = [sys.executable, "-m", *arguments(bind=bind, workers=workers, threads=threads)]
    os.execvp(sys.executable, command)  # noqa: S606 - our own interpreter, no shell


@main.command()
@click.option("--once", is_flag=True, help="Do what is due now and stop.")
def worker(*, once: bool) -> None:
    """Do the background work: file checks, page images, notices, the log's order, cleaning up."""
    services = _services()
    _refuse_unready(services)
    metrics_place.prepare(services.settings)
    from gateway import metrics  # noqa: PLC0415 - only now: it looks for the place when it is loaded
    from gateway.worker import Worker  # noqa: PLC0415 - loads the queue

    if once:
        click.echo(f"{Worker(services).once()} jobs done")
        return
    try:
        metrics.serve(services)
    except (OSError, ValueError) as error:
        raise click.ClickException("DOSSIERPOORT_METRICS_BIND cannot be listened on: host:port, and free.") from error
    Worker(services).run()


def _refuse_unready(services: Services) -> None:
    from gateway import doctor as health  # noqa: PLC0415 - loads the migrations
    from gateway.destruction import replaying  # noqa: PLC0415 - loads the tables

    if replaying.restoring(services.settings).exists():  # first: what it left of the database says nothing
        raise click.ClickException(replaying.HALF_RESTORED)
    problem = health.reason_not_to_start(services)
    if problem:
        raise click.ClickException(problem)
    problem = replaying.reason_not_to_open(services)
    if problem:
        raise click.ClickException(problem)


@main.command()
def migrate() -> None:
    """Bring the database to the present version; safe to run again."""
    from gateway import migrate as migrations  # noqa: PLC0415 - loads Alembic
    from gateway.dossiers import labels, linking  # noqa: PLC0415 - loads the tables

    services = _services()
    before, after = migrations.upgrade(services.db)
    click.echo(f"database: {before or 'empty'} -> {after}" if before != after else f"database: {after}, nothing to do")
    adopted = labels.adopt_all(services.db, services.vault)
    if adopted:
        click.echo(f"documents: {adopted} got a key of their own for their names")
    linked, left = linking.adopt_all(services)
    if linked or left:
        click.echo(f"guardians: {linked} accounts linked to who they are, {left} for people to say (page Gezag)")


@main.command()
@click.option("--check", is_flag=True, help="Only say whether docs/configuration.md is up to date.")
def config(*, check: bool) -> None:
    """Write docs/configuration.md from the settings themselves."""
    path = Path("docs/configuration.md")
    if check:
        raise SystemExit(0 if path.read_text(encoding="utf-8") == documentation() else 1)
    path.write_text(documentation(), encoding="utf-8")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def doctor(*, as_json: bool) -> None:
    """Check configuration, keys, database, storage, scratch, clamd, gpg, clock and worker, and say what to do."""
    from gateway import doctor as health  # noqa: PLC0415 - loads everything

    try:
        findings = health.examine(load())
    except ConfigurationError as error:
        findings = [health.Finding(what="configuration", state="bad", text=str(error))]
    if as_json:
        click.echo(
            json.dumps([{"what": f.what, "state": f.state, "text": f.text} for f in findings], ensure_ascii=False)
        )
    else:
        for finding in findings:
            click.echo(f"{_MARKS[finding.state]} {finding.what}: {finding.text}")
    raise SystemExit(1 if any(finding.state == "bad" for finding in findings) else 0)


_MARKS = {"good": "  ok ", "warn": "  !! ", "bad": "FAIL "}


@main.group()
def user() -> None:
    """Accounts, from the command line."""


@user.command("first")
@click.option("--swv", required=True, help="Name of the samenwerkingsverband.")
@click.option("--slug", required=True, help="Short name, lower case, for example `noord`.")
@click.option(
    "--profile",
    default="po-raad-2014",
    show_default=True,
    help="Its privacyreglement; see `dossierpoort reglement list`.",
)
@click.option("--name", required=True, help="Name of the first administrator.")
@click.option("--email", required=True, help="E-mail address of the first administrator.")
def user_first(swv: str, slug: str, profile: str, name: str, email: str) -> None:
    """Make a tenant (an SWV) with its first administrator, and print the invitation link, once."""
    from gateway.accounts.setup import first_administrator  # noqa: PLC0415 - loads the tables

    services = _services()
    try:
        token = first_administrator(services, swv=swv, slug=slug, profile=profile, name=name, email=email)
    except GatewayError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{services.settings.base_url}/uitnodiging/{token}")


@user.command("appoint")
@click.option("--slug", required=True, help="Short name of the samenwerkingsverband.")
@click.option("--role", required=True, type=click.Choice(["administrator", "privacy_officer"]))
@click.option("--name", required=True, help="Name of the new administrator or privacy officer.")
@click.option("--email", required=True, help="Their e-mail address; the link goes there and nowhere else.")
@click.option("--operator", required=True, help="Your own name: who runs this command.")
@click.option("--witness", required=True, help="Name of a second person who is with you.")
@click.option("--reason", required=True, help="Why nobody in the portal can do it. It stands in the log.")
@click.option("--nobody-else", is_flag=True, help="Nobody in the portal can confirm this either; it is mailed at once.")
def user_appoint(*, slug: str, role: str, name: str, email: str, nobody_else: bool, **said: str) -> None:
    """Replace an administrator or privacy officer who lost everything: the other of the two confirms in the portal.

    Writes an event with both names and the reason, tells everyone who can confirm, and shows no link and no secret.
    """
    from gateway.accounts.rules import Person  # noqa: PLC0415 - loads the tables
    from gateway.accounts.setup import Appointing, appoint  # noqa: PLC0415 - the same
    from gateway.context import Role  # noqa: PLC0415 - the same

    new = Appointing(slug=slug, role=Role(role), person=Person(name=name, email=email), **said)
    try:
        waits = appoint(_services(), new, nobody_else=nobody_else)
    except GatewayError as error:
        raise click.ClickException(error.message) from error
    click.echo(
        "waits for a second person in the portal"
        if waits
        else "the link was mailed; the log says that nobody confirmed"
    )


@user.command("list")
def user_list() -> None:
    """Show accounts by opaque id, role and state: no names."""
    from sqlalchemy import select  # noqa: PLC0415 - one use

    from gateway.accounts.tables import Account  # noqa: PLC0415 - one use

    with _services().db.reading() as session:
        for row in session.scalars(select(Account).order_by(Account.created_at)):
            click.echo(f"{row.id}  {row.role:16} {'active' if row.active else 'ended'}")


@main.group(invoke_without_command=True)
@click.option("--quiet", is_flag=True, help="Print only the accounts.")
@click.pass_context
def demo(ctx: click.Context, *, quiet: bool) -> None:
    """Fill an empty database with example organisations, accounts and a dossier; refuses on any other database."""
    if ctx.invoked_subcommand is not None:
        return
    from gateway import demo as example  # noqa: PLC0415 - loads the whole gateway
    from gateway import demo_convenant, demo_desk, demo_family, demo_rendition, demo_rights, demo_second_opinion  # noqa: PLC0415 - as above

    services = _services()
    if not services.settings.demo:
        raise click.ClickException("Set DOSSIERPOORT_DEMO=1: a demo is never loaded into a real installation.")
    made = example.load(services)
    if made:
        demo_family.load(services)
        demo_convenant.load(services)
        demo_desk.load(services)
        demo_second_opinion.load(services)
        demo_rendition.load(services)
        demo_rights.load(services)
    if not quiet:
        click.echo("demo data loaded" if made else "demo data was there already")
    for line in example.accounts_table():
        click.echo(line)


@demo.command("code")
@click.argument("account")
def demo_code(account: str) -> None:
    """Print the code for the second step of this demo account, by its e-mail address; refuses outside a demo."""
    from gateway import demo as example  # noqa: PLC0415 - loads the whole gateway

    try:
        click.echo(example.code_now(_services(), account))
    except GatewayError as error:
        raise click.ClickException(error.message) from error


@main.group()
def decisions() -> None:
    """The decisions of the judge, as they were kept."""


@decisions.command("replay")
def decisions_replay() -> None:
    """Judge every verstrekking again on its facts of then, under its version of the reglement of then."""
    from gateway.disclosure.replaying import replay_all  # noqa: PLC0415 - loads the tables

    same, unknown, other = 0, 0, 0
    for found in replay_all(_services()):
        same += found.same
        unknown += found.again is None
        if found.again is not None and not found.same:
            other += 1
            click.echo(f"OTHER ANSWER {found.verstrekking_id} {found.profile}: was {found.kept}, is {found.again}")
    click.echo(f"{same} decisions give the same answer, {other} another, {unknown} are from before facts were kept")
    raise SystemExit(1 if other else 0)


@main.group()
def storage() -> None:
    """The sealed objects."""


@storage.command("check")
@click.option("--quick", is_flag=True, help="Only look whether each object is there with its size.")
def storage_check(*, quick: bool) -> None:
    """Hold every object against its row: there, of its size, and with the digest of when it was sealed."""
    from gateway.dossiers.storage_check import examine  # noqa: PLC0415 - loads the tables

    looked, faults = 0, 0
    for found in examine(_services(), quick=quick):
        looked += 1
        if found.fault:
            faults += 1
            click.echo(f"{found.fault}: {found.what} {found.id}")
    click.echo(f"{looked} objects looked at, {faults} not right")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
