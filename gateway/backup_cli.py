"""`dossierpoort backup` and `dossierpoort restore`: copies that were tried out, and putting them back."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli_setup import open_services as _services
from gateway.cli_setup import read_settings as _settings
from gateway.context import Context
from gateway.errors import GatewayError
from gateway.ids import new_id
from gateway.keys_cli import file_keyring, today, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.backup.checking import Checked

_DIRECTORY = click.Path(file_okay=False, path_type=Path)
WORDS = "PUT IT BACK"


@click.command("backup", short_help="Make a backup and try it out; or copy the keyring, apart.")
@click.argument("directory", type=_DIRECTORY)
@click.option("--list", "only_list", is_flag=True, help="Show the backups in DIRECTORY, and until when each may exist.")
@click.option(
    "--prune", is_flag=True, help="Afterwards remove those older than DOSSIERPOORT_BACKUP_DAYS; the newest stays."
)
@click.option("--keyring", "only_keyring", is_flag=True, help="Copy the keyring there instead, and register that copy.")
@click.option("--place", help="With --keyring: where it is kept, in words for people. Else the path of DIRECTORY.")
@click.option("--same-disk", is_flag=True, help="With --keyring: it lies on the disk of the backups, for a moment.")
def backup(
    *, directory: Path, only_list: bool, prune: bool, only_keyring: bool, place: str | None, same_disk: bool
) -> None:
    """Make a backup of the database and all sealed objects, in a new directory under DIRECTORY, and try it out.

    Portal and worker may go on. The backup is sealed, and tried out by putting it back apart from everything; only
    then it gets its name, backup-YYYYMMDDTHHMMSSZ. What was broken off never has that name. Make one after each night
    in which keys were renewed: older ones do not open what was renewed. The keyring and the destruction journal are
    never in it.

    Without the keyring no backup opens. So, to another disk that is kept elsewhere:

    dossierpoort backup --keyring DIRECTORY

    It writes and registers a copy (see `dossierpoort keys copies`), and replaces the one it wrote there before. A
    certificate of destruction stays `voorlopig` until each registered copy was refreshed: run it again after a night
    in which something was erased.
    """
    if only_list + only_keyring + prune > 1:
        raise click.UsageError("Give one of --list, --keyring and --prune.")
    if (place or same_disk) and not only_keyring:
        raise click.UsageError("--place and --same-disk belong to --keyring.")
    if only_keyring:
        _copy_keyring(directory.absolute(), place, same_disk=same_disk)
    elif only_list:
        _list(directory)
    else:
        _make(directory.absolute(), prune=prune)


@click.command("restore", short_help="Put a backup back, or a copy of the keyring.")
@click.argument("directory", type=_DIRECTORY)
@click.option("--check", "only_check", is_flag=True, help="Only try it out: open and count everything, change nothing.")
@click.option("--keyring", "only_keyring", is_flag=True, help="Put back the copy of the keyring in DIRECTORY instead.")
@click.option("--over", is_flag=True, help="Replace what is there. Asks you to type that you mean it.")
def restore(*, directory: Path, only_check: bool, only_keyring: bool, over: bool) -> None:
    """Put back the backup in DIRECTORY (…/backup-YYYYMMDDTHHMMSSZ): database and sealed objects.

    Stop portal and worker first. Is the keyring lost too, then put that back before this, with --keyring. Everything is
    opened and checked before anything changes. It refuses where there are data, unless you say --over. Broken off, run
    it again: it goes on.

    Afterwards the portal stays shut until `dossierpoort retention replay` has destroyed again what was destroyed since
    the backup. The last lines say which commands come next.
    """
    if only_keyring:
        if only_check:
            raise click.UsageError("--check and --keyring do not go together.")
        _keyring_back(directory.absolute(), over=over)
        return
    keyring = _settings().keyring
    if not keyring.exists():
        raise click.ClickException(
            f"There is no keyring at {keyring}, and without it no backup opens. Put it back first: "
            "`dossierpoort restore --keyring DIRECTORY`. (A new one, by `keys init`, opens no backup.)"
        )
    services = _services()
    from gateway.backup import restoring  # noqa: PLC0415 - loads the tables

    if only_check:
        with _sentences():
            _told(restoring.look(services, directory.absolute(), tell=_progress))
        click.echo("It is whole. Nothing was changed.")
        return

    def agreed(checked: Checked, holds: bool) -> bool:
        _told(checked)
        if not holds and not checked.destroyed and not checked.unknown:
            return True
        if holds:
            click.echo("Database and objects of this installation are REPLACED; what came after the backup is lost.")
        return _typed()

    with _sentences():
        checked = restoring.restore(services, directory.absolute(), over=over, agreed=agreed, tell=_progress)
    click.echo(f"put back: the moment of {checked.manifest.began_at}, {checked.manifest.objects} objects")
    _next(checked)


def _make(directory: Path, *, prune: bool) -> None:
    from gateway.backup import making, places  # noqa: PLC0415 - loads the tables

    services = _services()
    with _sentences():
        path, checked = making.make(services, directory, tell=_progress)
    _told(checked)
    click.echo(f"made: {path}")
    if prune:
        days, keyring = services.settings.backup_days, services.vault.keyring
        with _sentences():
            for gone in places.prune(directory, keyring, days=days, today=today(services)):
                click.echo(f"removed, older than {days} days: {gone}")


def _list(directory: Path) -> None:
    from gateway.backup import places  # noqa: PLC0415 - loads the formats

    services = _services()
    days = services.settings.backup_days
    found = places.listed(directory, services.vault.keyring)
    for each in found:
        if each.manifest is None:
            click.echo(f"{each.path.name}  DOES NOT OPEN: {each.trouble}")
            continue
        until = places.expires_on(each.manifest, days)
        late = "  PAST ITS DAY: remove it" if until < today(services) else ""
        size = each.manifest.database.sealed_size + each.manifest.objects_size
        click.echo(f"{each.path.name}  {each.manifest.objects} objects  {_size(size)}  until {until}{late}")
    last = [places.expires_on(each.manifest, days) for each in found if each.manifest is not None]
    click.echo(f"the last of them expires on {max(last)}" if last else "no backups here")


def _copy_keyring(directory: Path, place: str | None, *, same_disk: bool) -> None:
    from gateway.backup import keyring as copies  # noqa: PLC0415 - loads the tables
    from gateway.vault import renewal  # noqa: PLC0415 - loads the tables

    services = _services()
    own, name = file_keyring(services), place or str(directory)
    with _sentences():
        copies.prepare(services.settings, directory, same_disk=same_disk)
        with told(services, "copy-added", place=name):
            again = copies.write(services.settings, own, directory, place=name, on=today(services))
    context = Context(actor=None, now=services.clock(), request_id=new_id())
    settled = renewal.settle(services.db, services.vault, context)
    click.echo(f"{'replaced' if again else 'written and registered'}: {name}. {settled} erasures became final.")
    click.echo("Keep it apart from the backups of the database, and from the root secret, which opens it.")


def _keyring_back(directory: Path, *, over: bool) -> None:
    from gateway.backup import keyring as copies  # noqa: PLC0415 - loads the tables
    from gateway.services import utc_now  # noqa: PLC0415 - loads the tables

    settings = _settings()
    if over and settings.keyring.exists():
        click.echo(f"The keyring at {settings.keyring} is REPLACED. Keys destroyed since the copy live again.")
        if not _typed():
            raise click.ClickException("Nothing was changed.")
    with _sentences():
        copies.put_back(settings, directory, utc_now(), over=over)
    click.echo(f"put back: {settings.keyring}. The portal stays shut until the journal was replayed. Next:")
    for line in (
        "dossierpoort restore BACKUP       when the database is lost too",
        "dossierpoort retention replay     destroys again what the journal names",
        "dossierpoort keys renew --now     then their keys go again",
        "dossierpoort keys renew --status  for other erasures: `keys rotate --period` for each of its lines",
        "dossierpoort keys copies list     refresh each copy",
    ):
        click.echo(f"  {line}")


def _told(checked: Checked) -> None:
    manifest = checked.manifest
    click.echo(
        f"backup of {manifest.began_at}: {sum(manifest.rows.values())} rows, {manifest.objects} objects "
        f"({_size(manifest.objects_size)}), {checked.subjects} dossiers and accounts"
    )
    if manifest.gone:
        click.echo(f"  {manifest.gone} objects were erased while it was made, and are rightly not in it")
    if not checked.put_back:
        click.echo("  its database was read to the end, not put back: this role may make no database")
    if checked.destroyed:
        click.echo(
            f"  {checked.destroyed} of these open no more: their keys were renewed or destroyed after this backup. A "
            "newer backup may have them"
        )
    if checked.unknown:
        click.echo(
            f"  {checked.unknown} of these do not open with the keyring that is here, which is older: put back a newer "
            "copy of it"
        )


def _next(checked: Checked) -> None:
    from gateway import migrate  # noqa: PLC0415 - loads Alembic

    click.echo("The portal stays shut until the journal was replayed. Next:")
    lines = [
        "dossierpoort retention replay     destroys again what was destroyed since the backup",
        "dossierpoort keys renew --now     then their keys go again",
        "dossierpoort doctor               and: dossierpoort audit verify",
        "dossierpoort serve; dossierpoort worker",
    ]
    if checked.manifest.revision != migrate.head():
        lines.insert(0, "dossierpoort migrate              the backup is of an older version")
    for line in lines:
        click.echo(f"  {line}")
    click.echo("Does `audit verify` miss the end of the log? See docs/operations.md, When the log is not whole.")


def _typed() -> bool:
    return bool(click.prompt(f"Type {WORDS} to go on", default="", show_default=False) == WORDS)


def _progress(line: str) -> None:
    click.echo(f"  {line}", err=True)


@contextmanager
def _sentences() -> Iterator[None]:
    """What goes wrong is a sentence of its own here; the doctor has nothing to add."""
    try:
        yield
    except GatewayError as error:
        raise click.ClickException(str(error)) from error


def _size(size: int) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < _THOUSAND:
            return f"{size} {unit}"
        size //= _THOUSAND
    return f"{size} TB"


_THOUSAND = 1000
