"""Escrow: the root secret of a keyring, shared out over printed sheets of words (SLIP-0039, Shamir's secret sharing).

The sheets hold what opens the keyring and no key in it: what was destroyed stays destroyed, and a root secret that is
rotated makes them worthless. Any program that knows SLIP-0039 puts them together.

Source: issue 3, Keys (escrow and rescue).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import shamir_mnemonic  # type: ignore[import-untyped]  # ships no types
from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]  # ships no types

from crypto.errors import KeyringError
from crypto.keyring_file import root_material, root_text

MOST_SHEETS = 16
_ROOT_SIZE = 32
_WORDS = 33  # for 32 bytes: 20 bits of identifier and flags, 20 of place, 256 (and 4 empty) of share, 30 of check
_UNIQUE = 4  # no two words of the list begin with the same four letters
_BEGIN, _END = "-- woorden --", "-- einde --"
_BY_START: dict[str, str] = {word[:_UNIQUE]: word for word in WORDLIST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet; `number` counts from 1."""

    number: int
    needed: int
    words: tuple[str, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The two words with which all sheets that belong together begin; they tell nothing of the secret."""
        return " ".join(self.words[:2])


def root_id(root_secret: bytes) -> str:
    """Name a root secret, to tell whether sheets belong to a keyring: eight hexadecimal digits, no secret."""
    return hashlib.sha256(b"dossierpoort.root-id" + root_material(root_secret)).hexdigest()[:8]


def split(root_secret: bytes, *, sheets: int, needed: int) -> tuple[Sheet, ...]:
    """Share a root secret out over sheets of 33 words, of which `needed` together give it back and fewer tell nothing.

    Raises `KeyringError` for a number of sheets that makes no sense and for a root secret not made by us (32 bytes).
    """
    material = root_material(root_secret)
    if len(material) != _ROOT_SIZE:
        raise KeyringError(
            "only a root secret of 32 bytes can be shared out; rotate it: dossierpoort keys rotate --root"
        )
    if not 1 <= needed <= sheets <= MOST_SHEETS or (needed == 1 and sheets > 1):
        raise KeyringError("an escrow is one sheet, or 2 to 16 sheets of which at least 2 are needed")
    (made,) = shamir_mnemonic.generate_mnemonics(1, [(needed, sheets)], material)
    return tuple(_sheet(words.split()) for words in made)


def read_sheet(text: str) -> Sheet:
    """Read the words of a sheet as they were typed over, or the whole sheet as it was printed.

    Case, numbers and line breaks do not matter, and of each word the first four letters are enough. Raises
    `KeyringError` that says which word is not in the list, or that one is wrong or missing.
    """
    inside = text.partition(_BEGIN)[2].partition(_END)[0] if _BEGIN in text else text
    typed = re.findall(r"[a-z]+", inside.lower())
    words = [_word(number, word) for number, word in enumerate(typed, start=1)]
    if len(words) != _WORDS:
        raise KeyringError(f"a sheet has {_WORDS} words; these are {len(words)}")
    return _sheet(words)


def restore(sheets: Iterable[Sheet]) -> str:
    """Put sheets together; gives the root secret in its text form.

    Raises `KeyringError` when there are too few, or when they do not belong together.
    """
    found = list({(sheet.name, sheet.number): sheet for sheet in sheets}.values())
    if len({sheet.name for sheet in found}) != 1:
        raise KeyringError("these sheets do not belong together: the first two words must be the same on each")
    needed = found[0].needed
    if len(found) < needed:
        raise KeyringError(f"{needed} different sheets are needed; this is {len(found)}")
    try:
        return root_text(shamir_mnemonic.combine_mnemonics(" ".join(sheet.words) for sheet in found[:needed]))
    except (shamir_mnemonic.MnemonicError, ValueError):
        # no cause chained here: its text may quote words of a sheet
        raise KeyringError("these sheets do not belong together") from None


def printed(sheet: Sheet, *, total: int, about: Sequence[str]) -> str:
    """Give the sheet as text to print on one page, in Dutch: it is for the keyholder. `about` are the lines above."""
    rows = []
    for start in range(0, len(sheet.words), 3):
        row = enumerate(sheet.words[start : start + 3], start=start + 1)
        rows.append("   ".join(f"{number:2d} {word:<12}" for number, word in row).rstrip())
    title = f"DOSSIERPOORT - NOODSLEUTEL - blad {sheet.number} van {total}"
    return "\n".join([title, "=" * len(title), "", *about, "", _BEGIN, *rows, _END, ""])


def _word(number: int, typed: str) -> str:
    known = _BY_START.get(typed[:_UNIQUE])
    if known is None or not known.startswith(typed):
        raise KeyringError(f"word {number} is not in the list of words; look at the sheet again")
    return known


def _sheet(words: Sequence[str]) -> Sheet:
    try:
        share = shamir_mnemonic.Share.from_mnemonic(" ".join(words))
    except shamir_mnemonic.MnemonicError:
        # no cause chained here: its text may quote words of a sheet
        raise KeyringError("the check on this sheet does not hold: a word is wrong or in another place") from None
    return Sheet(number=share.index + 1, needed=share.member_threshold, words=tuple(words))
