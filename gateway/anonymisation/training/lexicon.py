"""Makes the word lists in `gateway/anonymisation/data` from sources whose licences allow it.

Sources: OpenTaal's word list (Debian `wdutch`, BSD or CC BY 3.0), SCOWL (Debian `wamerican`, free), Faker's providers
(MIT, version of the `training` group), and lists written for this project. See `data/NOTICE`.
"""

from __future__ import annotations

import gzip
import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.anonymisation.folding import fold_word

DATA: Final = Path(__file__).parents[1] / "data"
OWN_NAMES: Final = Path(__file__).with_name("own_names.txt")
DICT: Final = Path("/usr/share/dict")

# Which of Faker's providers fill which origin. `xx` only feeds the lists.
ORIGINS: Final = {
    "nl": ("nl_NL", "nl_BE"),
    "fy": (),
    "ma": ("fr_DZ",),
    "tr": ("tr_TR",),
    "sr": ("en_IN", "id_ID"),
    "an": ("es_CO", "es_ES"),
    "pl": ("pl_PL",),
    "ov": ("en_PK", "vi_VN", "tw_GH", "ro_RO", "hr_HR", "pt_PT", "yo_NG", "sk_SK", "az_AZ"),
    "xx": ("de_DE", "fr_FR", "fr_BE", "en_US", "en_GB", "it_IT", "sw", "cs_CZ", "hu_HU"),
}
_FIRST: Final = ("first_names", "first_names_male", "first_names_female", "first_names_unisex", "first_romanized_names")
_LAST: Final = ("last_names", "last_names_male", "last_names_female", "male_last_names", "unisex_last_names")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\Z")


@cache
def names_of(origin: str) -> tuple[list[str], list[str]]:
    """First names and surnames of an origin, sorted, each once."""
    first, last = _own(f"[{origin} first]"), _own(f"[{origin} last]")
    for locale in ORIGINS[origin]:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        first |= _of(provider, _FIRST)
        last |= _of(provider, _LAST)
    return sorted(first), sorted(last)


def _own(header: str) -> set[str]:
    lines = OWN_NAMES.read_text(encoding="utf-8").splitlines()
    return set(lines[lines.index(header) + 1].split()) if header in lines else set()


def _of(provider: Any, keys: tuple[str, ...]) -> set[str]:
    found = {name for key in keys for name in (getattr(provider, key, ()) or ()) if isinstance(name, str)}
    return {name for name in found if _WORD.match(name.replace(" ", "-")) and name[0] < "\u0250"}


def own_names(origin: str) -> tuple[list[str], list[str]]:
    """Those first names and surnames of an origin that were written for this project."""
    return sorted(_own(f"[{origin} first]")), sorted(_own(f"[{origin} last]"))


@cache
def places() -> list[str]:
    """Dutch and Flemish places."""
    found: set[str] = set()
    for locale in ("nl_NL", "nl_BE"):
        found |= set(importlib.import_module(f"faker.providers.address.{locale}").Provider.cities)
    return sorted(found)


def _write(name: str, words: set[str]) -> None:
    raw = "\n".join(sorted(words)).encode()
    (DATA / name).write_bytes(gzip.compress(raw, 9, mtime=0))


def ordinary(path: Path) -> set[str]:
    """The words a list writes without a capital, folded."""
    words = path.read_text(encoding="utf-8").split("\n")
    return {fold_word(word) for word in words if word[:1].islower() and word.isalpha() and len(word) > 1}


def _inflections(words: set[str]) -> set[str]:
    """Words that are two others of the list, which `words.ordinary` puts together again."""
    return {
        word
        for word in words
        if len(word) >= 9 and any(word[:cut] in words and word[cut:] in words for cut in range(4, len(word) - 3))
    }


def main() -> None:
    """Write every list."""
    dutch = ordinary(DICT / "dutch")
    _write("ordinary.gz", dutch - _inflections(dutch))
    _write("english.gz", ordinary(DICT / "american-english"))
    capitals = (DICT / "dutch").read_text(encoding="utf-8").split("\n")
    _write("proper.gz", {fold_word(word) for word in capitals if word[:1].isupper() and _WORD.match(word)} - dutch)
    first: set[str] = set()
    last: set[str] = set()
    for origin in ORIGINS:
        some_first, some_last = names_of(origin)
        first |= {fold_word(part) for name in some_first for part in re.split(r"[ -]", name)}
        last |= {fold_word(part) for name in some_last for part in re.split(r"[ -]", name)}
    _write("first_names.gz", {name for name in first if len(name) > 1})
    _write("surnames.gz", {name for name in last if len(name) > 1})
    _write("places.gz", {fold_word(place) for place in places()})


if __name__ == "__main__":
    main()
