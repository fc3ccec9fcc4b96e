"""Finds in a text the people whose names the dossier knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.anonymisation.finds import OTHER, PARENT, PUPIL
from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.index import Entry, NameIndex, rank
from gateway.anonymisation.spans import Span
from gateway.anonymisation.words import PREFIXES, folded_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.anonymisation.tokens import Tokens

_TITLES: Final = frozenset(
    "mevrouw mevr mw mvr dhr heer meneer mijnheer juf juffrouw meester mr drs dr ir ing familie fam gezin"
    " moeder vader ouder mama papa opa oma oom tante broer broertje zus zusje zusjes broertjes stiefmoeder"
    " stiefvader leerling naam roepnaam voornaam achternaam verzorger voogd pleegmoeder pleegvader mentor"
    " leerkracht collega namens groet groeten beste lieve geachte hoi dag aan van met bij door hi hallo door"
    " voor en kind jongen meisje zoon dochter directeur begeleider".split()
)
_FEMALE: Final = frozenset("mevrouw mevr mw mvr moeder mama stiefmoeder pleegmoeder".split())
_MALE: Final = frozenset("dhr heer meneer mijnheer vader papa stiefvader pleegvader".split())
_FORMAL: Final = frozenset("mevrouw mevr mw mvr dhr meneer mijnheer juf meester familie fam".split())
_SPOKEN_OF: Final = frozenset("van met door volgens aan bij naar en voor over namens door zegt vertelt".split())
_NOT_INITIAL: Final = frozenset(
    "groep klas niveau bijlage vitamine hepatitis categorie avi score blok lijn deel artikel art lid kolom cel"
    " rij fase optie plan bouw type vraag punt stap lokaal afdeling unit cluster hoofdstuk paragraaf d.d tabel"
    " figuur letter letters de het een".split()
)
_SMALL: Final = frozenset("meer kan can wil mag moet lang goed klein groot kort jong was wel is niet dan maar".split())
_NOUNS: Final = frozenset(  # common nouns, each of which many families have as a name
    "berg veld bos dijk hoek boom maan steen ring baas heer post muis ster star noot kamp blok bank zand bron".split()
)
_INITIALS_MAX: Final = 10
_SENTENCE_END: Final = frozenset(".!?\n:;")


def people_in(tokens: Tokens, index: NameIndex, likely: Callable[[int], float]) -> Iterator[Span]:
    """The names of known people, each with the initials and tussenvoegsels that belong to it.

    `likely(i)` is how probable the model holds it that token `i` is a name; asked only where a name is also a word.
    """
    place = 0
    while place < len(tokens):
        entry, width = _at(tokens, place, index)
        if entry is None or (width == 1 and entry.ordinary and not _is_name(tokens, place, index, likely)):
            place += 1
            continue
        first, last, entries = place, place + width - 1, [entry]
        while True:
            following = _following(tokens, last, index)
            if following is None:
                break
            last, more = following
            entries.append(more)
        first, letters = _before(tokens, first, index, entries)
        last = _after(tokens, first, last, index, entries)
        person = _whose(tokens, first, index, entries, letters)
        kind, label = (index.people[person].kind, index.people[person].label) if person >= 0 else (OTHER, "")
        certainty = 1.0 if all(each.exact for each in entries) else 0.85
        yield Span(tokens.starts[first], _end(tokens, last, index), kind, "known", certainty, label)
        place = last + 1
    yield from _initials(tokens, index)


def _end(tokens: Tokens, last: int, index: NameIndex) -> int:
    """Where the last word of a name ends, without the 's of a possessive."""
    low = tokens.lows[last]
    return (
        tokens.ends[last] - 2 if low.endswith("'s") and low not in index.entries and len(low) > 3 else tokens.ends[last]
    )


def _at(tokens: Tokens, place: int, index: NameIndex) -> tuple[Entry | None, int]:
    """The entry of a word, or of two that white tore apart, and how many tokens it takes."""
    low = tokens.lows[place]
    if not low[-1].isalpha() and not low[0].isalpha():
        return None, 0
    entry = index.look(low)
    if entry is not None and not (entry.ordinary and len(low) <= 1):
        return entry, 1
    return None, 0


def _is_name(tokens: Tokens, place: int, index: NameIndex, likely: Callable[[int], float]) -> bool:
    """Whether a word that may be a name is one here: its case and what stands around it say so."""
    if _has_company(tokens, place, index):
        return True
    word, low = tokens.words[place], tokens.lows[place]
    rare = low not in folded_lines("frequent.txt")
    near = _is_near_family(index, low)
    if tokens.bare(place):
        among = "".join(tokens.words[max(0, place - 2) : place] + tokens.words[place + 1 : place + 3])
        if near and not word.isupper() and among.isupper():
            return True
        return rare or likely(place) > 0.08 or (near and (low not in _SMALL or likely(place) > 0.01))
    if not word[0].isupper():
        entry = index.entries.get(_owner(index, low))
        sure = rare and entry is not None and entry.exact and (entry.first or near)
        sure |= near and _owner(index, low) in _NOUNS
        if sure or likely(place) > (0.15 if near else 0.3):
            return True
        return near and (_is_spoken_of(tokens, place) or (_begins(tokens, place) and _acts(tokens, place)))
    if word.isupper() and len(word) > 1:
        return rare or near or likely(place) > 0.2
    return rare or not _begins(tokens, place) or _acts(tokens, place) or likely(place) > 0.05


def _begins(tokens: Tokens, place: int) -> bool:
    return place == 0 or tokens.words[place - 1] in _SENTENCE_END


def _acts(tokens: Tokens, place: int) -> bool:
    """Whether a verb or the like follows, as behind somebody's name: `Groot wil`."""
    return "".join(tokens.lows[place + 1 : place + 2]) in folded_lines("function_words.txt")


def _owner(index: NameIndex, low: str) -> str:
    """A word without what makes it a possessive of a known name: `jans`, `els's`."""
    return next((low.removesuffix(end) for end in ("'s", "s", "'") if low.removesuffix(end) in index.entries), low)


def _is_spoken_of(tokens: Tokens, place: int) -> bool:
    """Whether a word stands where somebody is spoken of, and nothing follows that it could say something of."""
    before = _word_before(tokens, place)
    after = tokens.words[place + 1] if place + 1 < len(tokens) else "\n"
    led = (before >= 0 and tokens.lows[before] in _SPOKEN_OF) or (place > 0 and tokens.words[place - 1] in "(:")
    follows = not after[0].isalnum() or after.lower() in PREFIXES or after.lower() in folded_lines("function_words.txt")
    return led and follows


def _is_near_family(index: NameIndex, low: str) -> bool:
    entry = index.entries.get(_owner(index, low))
    return entry is not None and entry.exact and any(rank(index, number) < 2 for number in entry.people)


def _has_company(tokens: Tokens, place: int, index: NameIndex) -> bool:
    """Whether another part of a name, an initial or a title stands beside it."""
    before = _word_before(tokens, place)
    entry = index.entries.get(tokens.lows[place])
    if before >= 0:
        low = tokens.lows[before]
        other = index.look(low)
        if other is not None and not other.ordinary:
            return True
        if (
            low in _TITLES
            and low not in ("van", "en", "aan", "met", "bij", "door", "voor", "mr")
            and (tokens.words[place][0].isupper() or low in _FORMAL or _is_near_family(index, tokens.lows[place]))
        ):
            return True
        if entry and low in PREFIXES and any(_has_prefix(index, number, low) for number in entry.people):
            return True
        if (
            len(low) == 1
            and low.isalpha()
            and before < place - 1
            and any(low in _letters(index, number) for number in (entry.people if entry else ()))
        ):
            return True
    if place + 1 < len(tokens) and tokens.near(place) and tokens.words[place + 1] != ",":
        other = index.look(tokens.lows[place + 1])
        return other is not None and not other.ordinary
    return tokens.lows[place + 1 : place + 2] == [","] and _is_turned(tokens, place, index)


def _is_turned(tokens: Tokens, place: int, index: NameIndex) -> bool:
    """Whether a surname stands before its comma, and the first name or initials of the same person behind it."""
    surname = index.entries.get(tokens.lows[place])
    for low in tokens.lows[place + 2 : place + 3]:
        first = index.entries.get(low)
        if surname and (first or len(low) == 1):
            mine = set(surname.people) & set(first.people if first else surname.people)
            return any(first or low in _letters(index, number) for number in mine)
    return False


def _word_before(tokens: Tokens, place: int) -> int:
    before = place - 1
    while before >= 0 and tokens.words[before] in (".", "-") and place - before <= 2:
        before -= 1
    return (
        before
        if (before >= 0 and tokens.words[before][0].isalnum()) or (before >= 0 and tokens.words[before][0] == "'")
        else -1
    )


def _has_prefix(index: NameIndex, number: int, low: str) -> bool:
    if number < 0:
        return True
    person = index.people[number]
    words = fold_word(f"{person.prefix} {person.surname}").replace("-", " ").split()
    return low in words or low in {word[0] for word in words} or low in {"v.d", "vd", "vdr", "vande", "vander"}


def _letters(index: NameIndex, number: int) -> str:
    if number < 0:
        return ""
    person = index.people[number]
    return fold_word(person.initials + person.call_name[:1] + "".join(name[:1] for name in person.first_names))


def _following(tokens: Tokens, last: int, index: NameIndex) -> tuple[int, Entry] | None:
    """The next part of the same name: after white, a hyphen, or tussenvoegsels that belong to it."""
    place, comma = last, False
    for _ in range(6):
        if place + 1 >= len(tokens):
            return None
        word = tokens.words[place + 1]
        gap = tokens.starts[place + 1] - tokens.ends[place]
        if gap > 3 or word == "\n":
            return None
        place += 1
        if word == "," and not comma:
            comma = True
            continue
        if word in "-.'" or tokens.lows[place] in PREFIXES or (len(word) == 1 and word.isalpha()):
            entry = index.entries.get(tokens.lows[place])
            if entry is None:
                continue
        entry = index.look(tokens.lows[place])
        if entry is None or (
            entry.ordinary
            and not (tokens.words[place][0].isupper() or tokens.caseless or place == last + 1)
            and not (comma and entry.first and entry.exact)
            and not (tokens.words[place - 1] == "-" and tokens.starts[place] == tokens.ends[place - 1] and entry.exact)
        ):
            return None
        if (
            entry.ordinary
            and tokens.lows[place] in folded_lines("frequent.txt")
            and not tokens.words[place][0].isupper()
            and not entry.exact
        ):
            return None
        if comma and not (entry.first and not _entry_at(index, tokens, last).first):
            return None
        return (
            (place, entry)
            if all(tokens.words[each] != "." or each < place for each in range(last + 1, place))
            else None
        )
    return None


def _entry_at(index: NameIndex, tokens: Tokens, place: int) -> Entry:
    return index.look(tokens.lows[place]) or Entry((), first=True, ordinary=False)


def _before(tokens: Tokens, first: int, index: NameIndex, entries: list[Entry]) -> tuple[int, str]:
    """Where the name begins when its tussenvoegsels and initials are counted in; and those initials."""
    letters = ""
    place = first
    while place > 0:
        previous = place - 1
        low = tokens.lows[previous]
        gap = tokens.starts[place] - tokens.ends[previous]
        if gap > 3:
            break
        dotted = low == "." and previous > 0 and tokens.starts[previous] == tokens.ends[previous - 1]
        if dotted and len(tokens.lows[previous - 1]) <= 2 and tokens.lows[previous - 1].isalpha():
            short = tokens.lows[previous - 1]
            if short in PREFIXES or tokens.words[previous - 1][0].isupper() or tokens.words[first][0].islower():
                letters = short + letters if short not in PREFIXES else letters
                place = previous - 1
                continue
            break
        if low in PREFIXES and not letters and _belongs(index, entries, low):
            place = previous
            continue
        if (
            low == "-"
            and previous > 0
            and tokens.lows[previous - 1] in PREFIXES
            and _belongs(index, entries, tokens.lows[previous - 1])
        ):
            place = previous - 1
            continue
        if (
            len(low) == 1
            and low.isalpha()
            and (low != "u" or tokens.words[previous].isupper())
            and not (entries[0].first and tokens.words[previous].islower())
            and (tokens.words[previous].isupper() or tokens.words[first][0].islower())
        ):
            letters = low + letters
            place = previous
            continue
        if (
            1 < len(low) <= 4
            and low in index.initials
            and tokens.words[previous][0].isupper() == tokens.words[first][0].isupper()
        ):
            letters = low + letters
            place = previous
            continue
        break
    return place, letters


def _belongs(index: NameIndex, entries: list[Entry], low: str) -> bool:
    return any(_has_prefix(index, number, low) for entry in entries[:1] if not entry.first for number in entry.people)


def _after(tokens: Tokens, first: int, last: int, index: NameIndex, entries: list[Entry]) -> int:
    """Where the name ends when what stands behind a comma is counted in: `Vries, J. de`, `Vries, Jan de`."""
    place = last
    following = place + 1
    comma = following < len(tokens) and tokens.words[following] == ","
    following += comma
    moved = first_last = not comma and "," in tokens.words[max(0, first) : last]
    while following < len(tokens) and following - last <= 9:
        low = tokens.lows[following]
        if (
            not first_last
            and len(low) == 1
            and low.isalpha()
            and (
                tokens.words[following].isupper() or tokens.bare(following) or (comma and tokens.words[last].islower())
            )
        ):
            dotted = following + 1 < len(tokens) and tokens.words[following + 1] == "."
            if not dotted and not moved:
                break
            place, moved = following + dotted, True
            following = place + 1
        elif moved and low in PREFIXES and _belongs(index, entries, low):
            place = following
            following += 1
        else:
            break
    del index
    return place if moved else last


def _whose(tokens: Tokens, first: int, index: NameIndex, entries: list[Entry], letters: str) -> int:
    """Whose name this is: the person most of it fits, helped by initials and the title before it."""
    scores: dict[int, float] = {}
    for entry in entries:
        for number in entry.people:
            weight = 2.0 if entry.first else 1.0
            scores[number] = scores.get(number, 0.0) + weight * (1.0 if entry.exact else 0.7)
    title = tokens.lows[_word_before(tokens, first)] if _word_before(tokens, first) >= 0 else ""
    for number in scores:
        if number < 0:
            continue
        person = index.people[number]
        if letters and _letters(index, number)[:1] == letters[:1]:
            scores[number] += 1.5
        if (title in _FEMALE and person.label.startswith("moeder")) or (
            title in _MALE and person.label.startswith("vader")
        ):
            scores[number] += 1.2
        if title in _FEMALE | _MALE and person.kind == PUPIL:
            scores[number] -= 1.1
        if title in ("familie", "fam", "gezin") and person.kind == PARENT:
            scores[number] += 0.1
    return min(scores, key=lambda number: (-scores[number], rank(index, number), number))


def _initials(tokens: Tokens, index: NameIndex) -> Iterator[Span]:
    """Known people by initials alone: `J.`, `J.E.`, `JvdB`."""
    place = 0
    while place < len(tokens):
        low = tokens.lows[place]
        if len(low) > 5 or not low[0].isalpha():
            place += 1
            continue
        last, letters = place, low
        if len(low) == 1:
            while (
                len(letters) < _INITIALS_MAX
                and last + 2 < len(tokens)
                and tokens.words[last + 1] == "."
                and len(tokens.lows[last + 2]) == 1
                and tokens.lows[last + 2].isalpha()
                and tokens.starts[last + 2] - tokens.ends[last + 1] <= 1
            ):
                last += 2
                letters += tokens.lows[last]
            while len(letters) > 1 and letters not in index.initials:  # what follows may be no initial
                last -= 2
                letters = letters[:-1]
        whose = index.initials.get(letters)
        dotted = (
            last + 1 < len(tokens) and tokens.words[last + 1] == "." and tokens.starts[last + 1] == tokens.ends[last]
        )
        if whose and _initial_is_name(tokens, place, last, dotted=dotted, index=index, whose=whose):
            best = min(whose, key=lambda number: (rank(index, number), number))
            person = index.people[best]
            yield Span(tokens.starts[place], tokens.ends[last + dotted], person.kind, "known", 0.7, person.label)
        place = last + 1


def _stands_alone(tokens: Tokens, place: int, *, dotted: bool) -> bool:
    """A small initial with its full stop, that is no abbreviation: no number or other initial beside it."""
    before = tokens.words[place - 1] if place else "\n"
    after = tokens.words[place + 2] if place + 2 < len(tokens) else "\n"
    ends = len(after) > 1 or not after.isalnum()
    return dotted and before != "." and not after[0].isdigit() and ends and (len(before) > 1 or before in "(:,/\n")


def _initial_is_name(
    tokens: Tokens, place: int, last: int, *, dotted: bool, index: NameIndex, whose: list[int]
) -> bool:
    word = tokens.words[place]
    joined = place > 0 and tokens.ends[place - 1] == tokens.starts[place] and tokens.words[place - 1] not in "(\"'/\n"
    if joined or (place > 0 and tokens.lows[place - 1] in _NOT_INITIAL):
        return False
    if (
        last + dotted + 1 < len(tokens)
        and tokens.starts[last + dotted + 1] == tokens.ends[last + dotted]
        and tokens.words[last + dotted + 1] not in ",.;:)?!\"'/\n"
    ):
        return False
    if last > place:
        return True
    if len(word) > 1:
        return len(word) >= 3 and (word[0].isupper() and (not word.isupper() or True)) and word != word.title()
    if all(rank(index, number) > 0 for number in whose) and not dotted:
        return False
    if not (word.isupper() or tokens.bare(place) or _stands_alone(tokens, place, dotted=dotted)):
        return False
    following = last + dotted + 1
    after = tokens.words[following] if following < len(tokens) else ""
    starts_line = place == 0 or tokens.text[: tokens.starts[place]].rstrip(" \t").endswith("\n")
    if dotted:
        return not (starts_line and after[:1].isupper())
    return (
        not tokens.bare(place)
        and after[:1].islower()
        and not starts_line
        and place > 0
        and tokens.words[place - 1] != "-"
    )
