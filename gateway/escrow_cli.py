"""`dossierpoort keys escrow …`: the root secret on sheets for keyholders, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crypto import escrow as sheets_of
from crypto.errors import CryptoError, KeyringError
from crypto.keyring_file import check_private_directory, open_state
from gateway.cli_setup import open_services as _services
from gateway.keys_cli import file_keyring, today, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crypto.escrow import Sheet
    from crypto.keyring import Escrow, FileKeyring

_KEYRING = click.option(
    "--keyring",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="DOSSIERPOORT_KEYRING",
    default=Path("var-keys/keyring"),
    show_default="DOSSIERPOORT_KEYRING",
    help="The keyring file, or a copy of it.",
)
_SHEET_FILES = click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("escrow")
def escrow() -> None:
    """Sheets for keyholders, for the day that the root secret is lost.

    Without the root secret nobody opens the keyring, and without the keyring nobody opens a dossier. An escrow shares
    the root secret out over sheets of words: 3 sheets, for instance, of which any 2 give it back and one alone tells
    nothing. The sheets hold no key: what was destroyed stays destroyed. After `keys rotate --root` they open nothing
    any more, and you make new ones.
    """


@escrow.command("make", short_help="Write a fresh set of sheets to print.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--sheets", default=3, show_default=True, help="How many sheets: one for each keyholder.")
@click.option("--needed", default=2, show_default=True, help="How many of them together give the root secret back.")
def make(*, directory: Path, sheets: int, needed: int) -> None:
    """Write a fresh set of sheets to DIRECTORY: one text file each, made to fill one printed page.

    DIRECTORY is in memory and yours alone, such as `mkdir -m 700 /dev/shm/sheets`. Print each file on a printer without
    a memory of its own, give each sheet in a sealed envelope to another keyholder, and remove the files.
    """
    services = _services()
    keyring = file_keyring(services)
    try:
        check_private_directory(directory)
    except KeyringError as error:
        raise click.ClickException(f"{directory} must exist and be yours alone: mkdir -m 700 {directory}") from error
    day = today(services)
    with told(services, "escrow-made", sheets=str(sheets), needed=str(needed)):
        made, printed = keyring.make_escrow(sheets=sheets, needed=needed, on=day)
        paths = [_write(directory, sheet, made) for sheet in printed]
    for path in paths:
        click.echo(path)
    click.echo(f"Print these, give each to another keyholder, and remove them: rm {directory}/noodsleutel-*.txt")
    click.echo("Then try it: `dossierpoort keys escrow check`. Tell the keyholders to do so every year.")


@escrow.command("list", short_help="Show the sets of sheets, and whether they still open.")
def listed() -> None:
    """Show the sets of sheets there are, by the two words with which they begin, and whether they still open."""
    keyring = file_keyring(_services())
    for one in keyring.escrows():
        click.echo(f"{one.name}  made {one.made_on}  {one.needed} of {one.sheets} sheets  {_state(one, keyring)}")
    if not keyring.escrows():
        click.echo("no sheets were made; when the root secret is lost, everything is: dossierpoort keys escrow make")


@escrow.command("check", short_help="Check whether a sheet is readable and still good.")
@_SHEET_FILES
def check(*, files: tuple[Path, ...]) -> None:
    """Check sheets without putting them together: is each readable, and does it still belong to this keyring?

    Type the words over when asked, or name files with sheets. Nothing is kept.
    """
    keyring = file_keyring(_services())
    known = {one.name: one for one in keyring.escrows()}
    outdated = False
    for sheet in _read(files) or [_asked(1)]:
        one = known.get(sheet.name)
        state = _state(one, keyring) if one else "OUTDATED OR STRANGE: no sheets of this name are registered"
        outdated |= one is None or one.root_id != keyring.root_id
        click.echo(f"sheet {sheet.number} of {sheet.name}: well written; {sheet.needed} needed; {state}")
    if outdated:
        raise click.ClickException("Ask for new sheets, and destroy these: dossierpoort keys escrow make")


@escrow.command("restore", short_help="Put sheets together: gives the root secret back.")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@_SHEET_FILES
@_KEYRING
def restore(*, target: Path, files: tuple[Path, ...], keyring: Path) -> None:
    """Put sheets together and write the root secret to TARGET, when it opens the keyring as it is now.

    Without FILES the words of each sheet are asked: case and line breaks do not matter, and four letters of each word
    are enough. TARGET is made (0600); it is what DOSSIERPOORT_ROOT_SECRET_FILE names.
    """
    sheets = _read(files)
    while not files and (not sheets or len({sheet.number for sheet in sheets}) < sheets[0].needed):
        sheets.append(_asked(len(sheets) + 1))
    try:
        secret = sheets_of.restore(sheets)
    except KeyringError as error:
        raise click.ClickException(str(error)) from error
    _refuse_outdated(secret, keyring)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be made: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    click.echo(f"The keyring opens. The root secret is in {target}: set DOSSIERPOORT_ROOT_SECRET_FILE={target}")
    click.echo("Sheets that were read are no secret any more: rotate (`keys rotate --root`) and make new ones.")


@escrow.command("remove", short_help="Strike sheets that were destroyed.")
@click.argument("name")
@click.confirmation_option(prompt="Have you seen with your own eyes that all these sheets were destroyed?")
def remove(*, name: str) -> None:
    """Strike the set of sheets called NAME ("two words") from the register, because they were destroyed."""
    services = _services()
    keyring = file_keyring(services)
    if name not in {one.name for one in keyring.escrows()}:
        raise click.ClickException("No sheets of that name are registered; see `dossierpoort keys escrow list`.")
    with told(services, "escrow-removed"):
        keyring.forget_escrow(name)
    click.echo(
        f"removed: {name}. Destroyed sheets that turn up again still open the keyring, until `keys rotate --root`."
    )


def _state(one: Escrow, keyring: FileKeyring) -> str:
    return "opens the keyring" if one.root_id == keyring.root_id else "OUTDATED: the root secret was rotated since"


def _write(directory: Path, sheet: Sheet, made: Escrow) -> Path:
    path = directory / f"noodsleutel-{made.name.replace(' ', '-')}-{sheet.number}.txt"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(sheets_of.printed(sheet, total=made.sheets, about=_about(made)))
    return path


def _about(made: Escrow) -> list[str]:
    alone = "Met dit blad alleen opent iemand de sleutelbos van Dossierpoort."
    shared = f"Met {made.needed} van de {made.sheets} bladen samen opent u de sleutelbos. Eén blad alleen zegt niets."
    return [
        f"Reeks: {made.name}      Gemaakt: {made.made_on}      Kenmerk van het hoofdgeheim: {made.root_id}",
        "",
        "Bewaar dit blad in een gesloten envelop, op slot, en niet bij een ander blad.",
        alone if made.needed == 1 else shared,
        "Er staat geen sleutel van een dossier op: wat vernietigd is, blijft vernietigd.",
        "",
        "Nodig als het hoofdgeheim van de server kwijt is:",
        "    dossierpoort keys escrow restore BESTAND",
        "Elk jaar controleren (of na bericht dat het hoofdgeheim is vernieuwd):",
        "    dossierpoort keys escrow check",
        "Is het hoofdgeheim vernieuwd, dan opent dit blad niets meer. Vernietig het dan.",
        "",
        "Over te typen: 33 Engelse woorden. Van elk woord zijn vier letters genoeg; de laatste",
        "drie woorden zijn de controle. Elk programma dat SLIP-0039 kent, leest dit blad.",
    ]


def _read(files: Sequence[Path]) -> list[Sheet]:
    found = []
    for path in files:
        try:
            found.append(sheets_of.read_sheet(path.read_text("utf-8")))
        except (CryptoError, OSError, ValueError) as error:
            raise click.ClickException(f"{path}: {error}") from error
    return found


def _asked(number: int) -> Sheet:
    while True:
        typed = click.prompt(f"Words of sheet {number} (all 33, then Enter)")
        try:
            return sheets_of.read_sheet(typed)
        except CryptoError as error:
            click.echo(f"{error}. Please try again.", err=True)


def _refuse_outdated(secret: str, path: Path) -> None:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}. Name the keyring: --keyring.") from error
    try:
        open_state(raw, secret.encode())
    except KeyringError as error:
        raise click.ClickException(
            f"The sheets are good: they are of root secret {sheets_of.root_id(secret.encode())}. But the keyring "
            f"{path} is sealed under another: the root secret was rotated after they were printed, or this is not "
            "their installation. Nothing was written."
        ) from error
