"""`dossierpoort keys …`: the keyring, its copies, and the renewal that makes an erasure final."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crypto.errors import CryptoError
from crypto.keyring import FileKeyring, KeyringCopy
from crypto.keyring_file import generate_root_secret
from gateway.cli_setup import open_services as _services
from gateway.cli_setup import read_settings as _settings
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from gateway.context import Context
    from gateway.services import Services
    from gateway.vault.renewal import Progress


@click.group()
def keys() -> None:
    """The keyring, its copies, and the renewal of keys.

    Every dossier is sealed under keys that hang under a period key: one for each organisation and quarter. Period keys
    live in the keyring only. Erasing something becomes final when its period key is replaced (each night, by the
    worker) and every registered copy of the keyring is rewritten. See docs/keys.md.
    """


@keys.command("secret", short_help="Print a fresh secret.")
def secret() -> None:
    """Print a fresh secret, for DOSSIERPOORT_ROOT_SECRET or DOSSIERPOORT_COOKIE_SECRET."""
    click.echo(generate_root_secret())


@keys.command("init")
def init() -> None:
    """Make the keyring file, at the path in DOSSIERPOORT_KEYRING.

    Once, before anything else. It is never overwritten: without it nothing sealed can be opened again. It is sealed
    under the root secret (`keys secret`, DOSSIERPOORT_ROOT_SECRET or _FILE). Put it in a directory of its own, outside
    the data directory and its backups.
    """
    settings = _settings()
    try:
        FileKeyring.create(settings.keyring, settings.root_secret.encode())
    except CryptoError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"keyring made: {settings.keyring}. Keep it, and the root secret, out of the database's backups.")
    click.echo("Next: `dossierpoort migrate`, and sheets for the keyholders: `dossierpoort keys escrow make --help`.")


@keys.command("list")
def listed() -> None:
    """Show the period keys by id, never their bytes.

    `live` keys seal what is new; a `superseded` one only opens, until the renewal that replaces it comes to its end.
    A quarter (2026Q4) holds dossiers and accounts; `log-2026` the log, `standing` what stays with the organisation.
    """
    for info in _services().vault.keyring.period_keys():
        state = "live" if info.live else "superseded, to be destroyed"
        click.echo(f"{info.id}  organisation {info.organisation}  period {info.period}  {state}")


@keys.command("renew")
@click.option("--now", "at_once", is_flag=True, help="Do it now, also when the night has not come.")
@click.option("--status", "only_status", is_flag=True, help="Only show how the erasures stand.")
def renew(*, at_once: bool, only_status: bool) -> None:
    """Make erasures final: replace the period keys of what was erased.

    The worker does this each night after 02:00; without a worker, run this from cron. It may be stopped or killed at
    any moment: the next run goes on where this one was. AFTERWARDS MAKE A BACKUP of the database: older backups no
    longer open anything of the renewed periods.
    """
    from gateway.vault import renewal  # noqa: PLC0415 - loads the tables

    services = _services()
    if not only_status:
        with services.db.reading() as session:
            due = at_once or renewal.is_due(session, services.clock())
        if due:
            _renew(services)
        else:
            renewal.settle(services.db, services.vault, _context(services))
            click.echo("nothing is due before tonight; --now does it at once")
    with services.db.reading() as session:
        lines = renewal.standing(session)
    for line in lines:
        click.echo(
            f"organisation {line.period.organisation_id}  period {line.period.name}  "
            f"waiting {line.waiting}  voorlopig {line.provisional}  definitief {line.final}"
        )
    if any(line.provisional for line in lines):
        click.echo(
            "voorlopig: a registered copy of the keyring still holds the old key; see `dossierpoort keys copies`"
        )


@keys.command("rotate")
@click.option("--period", nargs=2, metavar="ORGANISATION PERIOD", help="Replace this period key: `<id> 2026Q4`.")
@click.option(
    "--root",
    "root_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Seal the keyring under the new root secret in FILE, which is made (0600) when it is not there.",
)
def rotate(*, period: tuple[str, str] | None, root_file: Path | None) -> None:
    """Replace a period key, or the root secret that opens the keyring.

    --period: when a key may have leaked. Everything that lives is moved to a new key and the old one is destroyed.
    `keys list` shows organisations and periods. AFTERWARDS MAKE A BACKUP of the database, as after `keys renew`.

    --root FILE: when the root secret may have leaked, or a sheet of the escrow is lost. Stop the portal and the worker,
    run this, set DOSSIERPOORT_ROOT_SECRET_FILE to FILE, start again, refresh every copy (`keys copies refresh`), and
    make new sheets (`keys escrow make`): the old ones open nothing any more.

    Both may be stopped or killed at any moment and run again.
    """
    if (period is None) == (root_file is None):
        raise click.UsageError("Give either --period ORGANISATION PERIOD or --root FILE.")
    if period is not None:
        _rotate_period(*period)
    elif root_file is not None:
        _rotate_root(root_file)


@keys.group("copies")
def copies() -> None:
    """Registered copies of the keyring.

    A copy is a rescue when the keyring is lost, and it holds keys that may have been destroyed since. So each copy is
    registered and REPLACED after a renewal, never added to: erasures stay `voorlopig` until all of them are.
    """


@copies.command("list", short_help="Show each copy, and whether it holds back an erasure.")
def copies_list() -> None:
    """Show each copy: place, when it was made, until when it exists, and whether it holds back an erasure."""
    services = _services()
    keyring = file_keyring(services)
    behind = {copy.place for key in _destroyed(services) for copy in keyring.copies_holding(key, today(services))}
    for copy in keyring.copies():
        until = f"until {copy.expires_on}" if copy.expires_on else "no end"
        state = "REFRESH: holds destroyed keys" if copy.place in behind else "holds no destroyed key"
        if services.settings.keyring_kind != "file":
            state += ", opens without KMS" if copy.opens_alone else ", opens only with KMS"
        click.echo(f"{copy.place}  made {copy.made_on}  {until}  {state}")
    if not keyring.copies():
        click.echo("no copies are registered")


@copies.command("add", short_help="Write a copy and register it.")
@click.argument("place")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day on which this copy can exist.",
)
@click.option("--existing", is_flag=True, help="PATH is a copy that was made by other means: only register it.")
@click.option("--without-kms", is_flag=True, help="With aws-kms: a copy that opens without KMS, for a rescue.")
def copies_add(*, place: str, path: Path, expires: datetime | None, existing: bool, without_kms: bool) -> None:
    """Write a sealed copy of the keyring to PATH and register it under PLACE.

    PLACE says where the copy is kept, in words for people: "kluis kantoor", "usb-stick directeur". PATH is in a
    directory that only you can open (chmod 700); never in one that is in the database's backups.
    """
    services = _services()
    keyring = file_keyring(services)
    if any(copy.place == place for copy in keyring.copies()):
        raise click.ClickException("There is a copy at that place; replace it with `dossierpoort keys copies refresh`.")
    with told(services, "copy-added", place=place):
        if existing:
            keyring.register_copy(path, place=place, on=today(services), expires_on=_day(expires))
        else:
            keyring.write_copy(path, place=place, on=today(services), expires_on=_day(expires), opens_alone=without_kms)
    click.echo(f"registered: {place}. Refresh it after each renewal that erased something.")


@copies.command("refresh", short_help="Replace a copy by the keyring as it is now.")
@click.argument("place")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day on which this copy can exist.",
)
def copies_refresh(*, place: str, path: Path, expires: datetime | None) -> None:
    """Replace the copy at PLACE, which lies at PATH, by the keyring as it is now.

    Do this after each night in which something was erased: until then the copy can bring it back (`copies list`).
    """
    from gateway.vault import renewal  # noqa: PLC0415 - loads the tables

    services = _services()
    keyring = file_keyring(services)
    known = _known(keyring, place)
    until = _day(expires) or known.expires_on
    with told(services, "copy-refreshed", place=place):
        keyring.write_copy(path, place=place, on=today(services), expires_on=until, opens_alone=known.opens_alone)
    settled = renewal.settle(services.db, services.vault, _context(services))
    click.echo(f"replaced: {place}. {settled} erasures became final.")


@copies.command("remove", short_help="Strike a copy that was destroyed.")
@click.argument("place")
@click.confirmation_option(prompt="Have you seen with your own eyes that this copy was destroyed?")
def copies_remove(*, place: str) -> None:
    """Strike the copy at PLACE from the register, because it was destroyed.

    Strike no copy that may still be somewhere: it would bring back what was erased, and nobody would know.
    """
    from gateway.vault import renewal  # noqa: PLC0415 - loads the tables

    services = _services()
    keyring = file_keyring(services)
    _known(keyring, place)
    with told(services, "copy-removed", place=place):
        keyring.forget_copy(place)
    settled = renewal.settle(services.db, services.vault, _context(services))
    click.echo(f"removed: {place}. {settled} erasures became final.")


@keys.command("export", short_help="Write what a rescue without portal and database needs.")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def export(*, path: Path) -> None:
    """Write the wrapped keys and sealed fields to PATH, for a rescue without portal and database.

    Make it with each backup, and keep it there: it is sealed as the database is, and opens with the keyring only. Then,
    on any machine with Python and this package, with the keyring (or a copy) and the sealed objects:

    python -m crypto.rescue --keyring KEYRING --root-secret-file FILE --wraps PATH --objects DIRECTORY --out NEW
    """
    from gateway import rescue_export  # noqa: PLC0415 - loads the tables

    services = _services()
    count = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be made: {error.strerror}.") from error
    with told(services, "rescue-exported"), os.fdopen(descriptor, "w", encoding="utf-8") as file:
        for line in rescue_export.lines(services):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    where = services.settings.object_dir if services.settings.storage == "local" else "the objects of the bucket"
    click.echo(f"{count} lines in {path}; the objects to keep with it: {where}")


def _renew(services: Services) -> None:
    from gateway.vault import renewal  # noqa: PLC0415 - loads the tables

    try:
        done = renewal.renew(services.db, services.vault, _context(services), tell=_progress)
    except (renewal.RenewalError, GatewayError, CryptoError) as error:
        raise click.ClickException(f"{error} Nothing is lost; run this again.") from error
    for period in done:
        where = f"organisation {period.period.organisation_id}, period {period.period.name}"
        click.echo(f"renewed: {where}, {period.done} moved")
    if done:
        click.echo("Make a backup now (`dossierpoort backup`): older ones no longer open these periods.")


def _progress(progress: Progress) -> None:
    click.echo(f"  {progress.period.name}: {progress.done} of {progress.total}", err=True)


def _rotate_period(organisation_id: str, name: str) -> None:
    from gateway.vault import renewal  # noqa: PLC0415 - loads the tables

    services = _services()
    period = renewal.Period(organisation_id=organisation_id, name=name)
    try:
        with services.db.writing() as session:
            renewal.ask_rotation(session, services.vault, period, now=services.clock())
    except renewal.RenewalError as error:
        raise click.ClickException(str(error)) from error
    _renew(services)


def _rotate_root(path: Path) -> None:
    settings = _settings()
    new = _new_secret(path)
    try:
        FileKeyring(settings.keyring, new.encode())
    except CryptoError:
        services = _services()
        with told(services, "root-rotated"):
            file_keyring(services).rotate_root(new.encode())
        click.echo(f"the keyring is sealed under the secret in {path}")
    else:
        click.echo(f"the keyring was sealed under the secret in {path} already")
    click.echo(f"Now set DOSSIERPOORT_ROOT_SECRET_FILE={path}, start again, and refresh every copy.")
    keyring = FileKeyring(settings.keyring, new.encode())
    outdated = ", ".join(one.name for one in keyring.escrows() if one.root_id != keyring.root_id)
    if outdated:
        click.echo(f"ESCROW OUTDATED: these sheets open nothing any more: {outdated}. Have them destroyed.")
    click.echo("Make new sheets for the keyholders: dossierpoort keys escrow make")


def _new_secret(path: Path) -> str:
    """The secret in this private file; made, and durable, when there is none: before the keyring depends on it."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(generate_root_secret() + "\n")
            file.flush()
            os.fsync(file.fileno())
    elif path.stat().st_mode & 0o077:
        raise click.ClickException(f"{path} can be read by others; make it private with chmod 600.")
    return path.read_text(encoding="ascii").strip()


@contextmanager
def told(services: Services, act: str, **details: str) -> Iterator[None]:
    """Write a key act to the log: that it begins, and how it ended, so that there is no act without an event."""
    from gateway.recording import Action, Outcome, record  # noqa: PLC0415 - loads the log

    def write(stage: str, outcome: Outcome) -> None:
        payload = {"act": act, "stage": stage, **details}
        with services.db.writing() as session:
            context, vault = _context(services), services.vault
            record(session, vault, context, Action.KEY, outcome=outcome, object_type="keyring", payload=payload)

    write("begun", Outcome.SUCCESS)
    try:
        yield
    except CryptoError as error:
        write("ended", Outcome.FAILED)
        raise click.ClickException(str(error)) from error
    write("ended", Outcome.SUCCESS)


def _destroyed(services: Services) -> list[str]:
    from sqlalchemy import select  # noqa: PLC0415 - one use

    from gateway.vault.tables import KeyRenewal  # noqa: PLC0415 - one use

    query = select(KeyRenewal.period_key_id).where(KeyRenewal.destroyed_at.is_not(None), KeyRenewal.final_at.is_(None))
    with services.db.reading() as session:
        return list(session.scalars(query.distinct()))


def _known(keyring: FileKeyring, place: str) -> KeyringCopy:
    for copy in keyring.copies():
        if copy.place == place:
            return copy
    raise click.ClickException("No copy is registered at that place; see `dossierpoort keys copies list`.")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def today(services: Services) -> date:
    """The day on which this act is done."""
    return _context(services).today


def _context(services: Services) -> Context:
    from gateway.context import Context  # noqa: PLC0415 - one use
    from gateway.ids import new_id  # noqa: PLC0415 - one use

    return Context(actor=None, now=services.clock(), request_id=new_id())


def file_keyring(services: Services) -> FileKeyring:
    """The keyring with its copies and sheets; the command ends with a sentence when it is of another kind."""
    keyring: Any = services.vault.keyring
    if not isinstance(keyring, FileKeyring):
        raise click.ClickException("This keyring has no copies of its own.")
    return keyring
