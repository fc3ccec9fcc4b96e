"""The names and values of a dossier, made ready to be looked up word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.finds import OTHER, PARENT, PERSONS, PUPIL
from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.variants import (
    bare,
    deletes,
    diminutives,
    distance_within,
    glued,
    name_parts,
    skeleton,
)
from gateway.anonymisation.words import PREFIXES, folded_lines, is_allowed, is_listed, is_ordinary, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.anonymisation.identities import KnownIdentities, KnownPerson

_RANK: Final = {PUPIL: 0, PARENT: 1, OTHER: 2}
_SHORT: Final = 2
_WORD_MAX: Final = 60
_FUZZY_MIN: Final = 5
_FUZZY_TWO: Final = 9
_GLUE_MIN: Final = 4
_ENDING_MAX: Final = 5
_MAIL_WORDS: Final = frozenset(
    "info fam familie mail gmail de het van school administratie directie contact post mama papa moeder vader ib nl"
    " thuis gezin".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word of a name says: whose it may be, and whether it is a first name or a surname."""

    people: tuple[int, ...]
    first: bool
    ordinary: bool  # also a word of the language
    exact: bool = True


@dataclass(slots=True)
class NameIndex:
    """Looks up words of names of the people of a dossier. `look(word)` is `None` or the entry."""

    people: tuple[KnownPerson, ...]
    entries: dict[str, Entry] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    skeletons: dict[str, str] = field(default_factory=dict)
    wholes: dict[str, int] = field(default_factory=dict)  # names of more words, as one
    initials: dict[str, list[int]] = field(default_factory=dict)  # "jeh": whose
    seen: dict[str, Entry | None] = field(default_factory=dict)

    def look(self, low: str) -> Entry | None:
        """The entry of a folded word in lower case: as it is, inflected, made small, glued, misread or misspelt."""
        if low not in self.seen:
            self.seen[low] = self._find(low)
        return self.seen[low]

    def _find(self, low: str) -> Entry | None:
        entry = self.entries.get(low)
        if entry:
            return entry
        if not _SHORT < len(low) <= _WORD_MAX:
            return None
        whole = low.replace("'", "")
        for base in bare(low) if whole == low else (*bare(low), whole, *bare(whole)):  # `d'angelos`
            entry = self.entries.get(base)
            two = low.endswith("'s") or (low == base + "s" and low not in folded_lines("function_words.txt"))
            if entry and (len(base) > _SHORT or two):
                listed_too = is_listed(low) and "'" not in low
                if not listed_too or low == base + "s":  # `Jokes` may be Joke's, and is a word
                    return Entry(entry.people, entry.first, entry.ordinary or listed_too, exact=False)
        if is_ordinary(low):
            return None if is_listed(low) or is_allowed(low) else self._like_compound(low)
        small = next((low.removesuffix(end) for end in ("tje", "je", "ke") if low.endswith(end)), "")
        return (
            self._glued(low)
            or self._misread(low)
            or self._shortened(low)
            or (self._misread(small) if len(small) >= _FUZZY_MIN else None)
        )

    def _like_compound(self, low: str) -> Entry | None:
        """A long name with one letter wrong, that happens to fall into two words: `versehuren` for Verschuren."""
        if len(low) < _FUZZY_TWO:
            return None
        near = (name for form in deletes(low, 1) for name in self.near.get(form, ()))
        name = next((each for each in near if len(each) >= _FUZZY_TWO and distance_within(low, each, 1)), None)
        entry = self.entries[name] if name else None
        return Entry(entry.people, entry.first, ordinary=False, exact=False) if entry else None

    def _shortened(self, low: str) -> Entry | None:
        """The beginning of a first name: Fati for Fatima."""
        if len(low) <= _SHORT or low in listed("english.gz"):
            return None
        for name, entry in self.entries.items():
            if entry.first and entry.exact and len(name) >= len(low) + 2 and name.startswith(low):
                return Entry(entry.people, first=True, ordinary=True, exact=False)
        return None

    def _misread(self, low: str) -> Entry | None:
        name = self.skeletons.get(skeleton(low))
        if name is None and len(low) >= _SHORT + 1:
            depth = 2 if len(low) >= _FUZZY_TWO - 1 else 1
            name = next((each for each in self._nearest(low, depth)), None)
        if name is None or (low in listed("english.gz") and len(low) < _FUZZY_MIN):
            return None
        entry = self.entries[name]
        return Entry(entry.people, entry.first, ordinary=False, exact=False)

    def _nearest(self, low: str, depth: int) -> Iterable[str]:
        for form in deletes(low, depth):
            for name in self.near.get(form, ()):
                bound = 2 if len(name) >= _FUZZY_TWO else 1
                alike = low[0] == name[0] and (low[-1] == name[-1] or len(low) >= len(name))
                alike = alike or low[1:] == name[1:]
                if (len(name) > _FUZZY_MIN or alike) and distance_within(low, name, bound):
                    yield name

    def _glued(self, low: str) -> Entry | None:
        for cut in range(_SHORT, len(low) - 1):
            head, tail = low[:cut], low[cut:]
            one, two = self.entries.get(head), self.entries.get(tail)
            for entry, part, rest in ((one, head, tail), (two, tail, head)):
                if entry and len(part) >= _GLUE_MIN and self._may_be_glued(entry, rest):
                    return Entry(entry.people, entry.first, ordinary=False, exact=False)
        return None

    def _may_be_glued(self, entry: Entry, rest: str) -> bool:
        """Whether the rest of a word may have lost its space (a name, a tussenvoegsel, any word), or is an ending."""
        return (
            rest in PREFIXES
            or rest in self.entries
            or self._is_glue(rest)
            or (not entry.ordinary and (is_ordinary(rest) or (entry.first and len(rest) <= _ENDING_MAX)))
        )

    def _is_glue(self, rest: str) -> bool:
        return any(
            rest[:cut] in PREFIXES and (rest[cut:] in PREFIXES or rest[cut:] in self.entries)
            for cut in range(1, len(rest))
        )


def index_of(known: KnownIdentities) -> NameIndex:
    """The index of the people of a dossier."""
    index = NameIndex(people=known.people)
    for number, person in enumerate(known.people):
        for name in (*person.first_names, person.call_name):
            for part in {*name_parts(name), glued(name)}:
                _add(index, part, number, first=True)
                if len(part) > _SHORT:
                    for small in diminutives(part):
                        _add_form(index, small, number)
        for part in {*name_parts(person.surname), glued(person.surname)}:
            _add(index, part, number, first=False, whole=part == glued(person.surname))
        if person.prefix:
            _add(index, glued(person.prefix + person.surname), number, first=False)
        for mail in person.emails:
            for part in re.findall(r"[^\W\d_]{4,}", fold_word(mail.partition("@")[0])):
                if part not in _MAIL_WORDS and not is_ordinary(part):
                    _add(index, part, number, first=False)
        _add_initials(index, person, number)
    for value in known.remembered:
        if value.kind in PERSONS:
            for part in name_parts(value.text):
                if len(part) > _SHORT:
                    _add(index, part, -1, first=False)
    _prepare(index)
    return index


def _add(index: NameIndex, part: str, number: int, *, first: bool, whole: bool = False) -> None:
    if len(part) < 2 or (part in PREFIXES and not first and not whole):
        return
    there = index.entries.get(part)
    people = (*there.people, number) if there else (number,)
    index.entries[part] = Entry(
        tuple(dict.fromkeys(people)), first or bool(there and there.first), is_listed(part) or part in PREFIXES
    )


def _add_form(index: NameIndex, form: str, number: int) -> None:
    if form not in index.entries:
        index.entries[form] = Entry((number,), first=True, ordinary=is_listed(form), exact=False)


def _add_initials(index: NameIndex, person: KnownPerson, number: int) -> None:
    letters = fold_word("".join(filter(str.isalpha, person.initials))) or fold_word(
        "".join(name[0] for name in person.first_names)
    )
    sur = fold_word("".join(word[0] for word in re.findall(r"[^\W_]+", f"{person.prefix} {person.surname}")))
    own = fold_word("".join(part[0] for part in name_parts(person.surname))) if person.surname else ""
    call = fold_word(person.call_name[:1])
    short = fold_word("".join(word[0] for word in re.findall(r"[^\W_]+", person.prefix))) + own[:1]
    for form in {
        letters + short,
        call + short,
        letters,
        letters + sur,
        letters + own,
        call + sur,
        call + own,
        letters[:1] + sur,
        letters[:1] + own,
    }:
        if len(form) > 1:
            index.initials.setdefault(form, []).append(number)
    for form in {letters[:1], call} - {""}:
        index.initials.setdefault(form, []).append(number)


def _prepare(index: NameIndex) -> None:
    for name, entry in list(index.entries.items()):
        if len(name) > _SHORT and entry.exact:
            index.skeletons.setdefault(skeleton(name), name)
        if len(name) >= _FUZZY_MIN - 1 and entry.exact:
            for form in deletes(name, 2 if len(name) >= _FUZZY_TWO else 1):
                index.near.setdefault(form, []).append(name)


def rank(index: NameIndex, number: int) -> int:
    """Whose name it is first where more people share one: the pupil's, a parent's, another's."""
    return _RANK[index.people[number].kind] if number >= 0 else len(_RANK)
