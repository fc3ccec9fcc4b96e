"""Schools and institutions by the form of their names: a kind of organisation, and what it is called."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.patterns import Hit
from gateway.anonymisation.words import folded_lines, is_allowed, is_ordinary, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.anonymisation.tokens import Tokens

# Kinds that are abbreviations, or long words: even where nothing has a capital, a name follows.
_SURE: Final = {
    "SCHOOL": frozenset(
        "obs cbs rkbs pcbs kbs gbs ikc basisschool kindcentrum jenaplanschool daltonschool montessorischool"
        " praktijkschool scholengemeenschap vrijeschool sbo-school".split()
    ),
    "INSTITUTION": frozenset(
        "logopediepraktijk huisartsenpraktijk kinderpraktijk fysiotherapiepraktijk tandartspraktijk"
        " ergotherapiepraktijk dyslexiecentrum behandelcentrum expertisecentrum revalidatiecentrum gezinshuis"
        " zorgboerderij kinderdagverblijf peuterspeelzaal kinderopvang voetbalvereniging voetbalclub"
        " sportvereniging woningstichting advocatenkantoor zwemclub turnvereniging hockeyclub jeugdteam"
        " wijkteam buurtteam samenwerkingsverband ziekenhuis".split()
    ),
}
_WITH_CAPITAL: Final = {
    "SCHOOL": _SURE["SCHOOL"] | frozenset("sbo so vso school vmbo lyceum college gymnasium mavo".split()),
    "INSTITUTION": _SURE["INSTITUTION"]
    | frozenset(
        "ggz ggd cjg swv bso praktijk stichting scouting manege muziekschool sportclub gi jeugdbescherming"
        " jeugdhulp jeugdzorg sv vv kliniek polikliniek fysiotherapie ergotherapie logopedie taxi zorggroep".split()
    ),
}
_KINDS: Final = _WITH_CAPITAL["SCHOOL"] | _WITH_CAPITAL["INSTITUTION"]
_KIND_ENDS: Final = (
    "school",
    "zorg",
    "hulp",
    "centrum",
    "huis",
    "huizen",
    "praktijk",
    "team",
    "opvang",
    "groep",
    "onderwijs",
)
_BEFORE: Final = frozenset(
    "openbare christelijke islamitische katholieke rooms-katholieke protestants-christelijke bijzondere"
    " brede vrije de stichting openbaar christelijk voor speciaal speciale onderwijs basis"
    " basisschool praktijk centrum het protestantse".split()
)
_LINKS: Final = frozenset({"in", "op", "aan", "onder"})
_LED: Final = (["de"], ["het"], ["den"], ["der"], ["'t"])
_ARTICLES: Final = frozenset("de het 't der den st sint dr prins prinses koningin".split())
_SHORTENED: Final = frozenset("st dr prof mgr pr burg mr ds fr kon".split())
_NAME_MAX: Final = 5


def is_kind(low: str) -> bool:
    """Whether a word says which kind of organisation it is: it may stand in small letters inside a name."""
    return low in _KINDS or low.endswith(_KIND_ENDS)


def organisations_in(tokens: Tokens) -> Iterator[Hit]:
    """The schools and institutions whose names begin with their kind."""
    for place, low in enumerate(tokens.lows):
        for kind in ("SCHOOL", "INSTITUTION"):
            if low not in _WITH_CAPITAL[kind]:
                continue
            last = _name_after(tokens, place, sure=low in _SURE[kind])
            if last > place:
                first = _first(tokens, place)
                yield Hit(tokens.starts[first], tokens.ends[last], kind, 0.8)


def _first(tokens: Tokens, place: int) -> int:
    while place > 0 and tokens.flows(place - 1) and tokens.lows[place - 1] in _BEFORE - {"de", "het", "voor"}:
        place -= 1
    return place


def _name_after(tokens: Tokens, place: int, *, sure: bool) -> int:
    """Where the name that follows a kind of organisation ends; the kind itself where none follows."""
    last = at = place
    words = tokens.words
    while at + 1 < len(tokens) and at - place < _NAME_MAX and tokens.flows(at):
        at += 1
        low, word = tokens.lows[at], words[at]
        if "\n" in tokens.text[tokens.ends[at - 1] : tokens.starts[at]] and is_ordinary(low):
            break
        if (
            word[0].isupper()
            and (len(word) > 1 or tokens.bare(at))
            and word.isalpha()
            and not (is_allowed(low) and last == place)
        ):
            last = at
        elif (
            low in _ARTICLES
            or (low in _LINKS and at == place + 1 and tokens.lows[at + 1 : at + 2] in _LED)
            or (word == "-" and tokens.starts[at] == tokens.ends[at - 1])
            or (word == "." and tokens.starts[at] == tokens.ends[at - 1] and _is_short(tokens, at - 1))
        ):
            continue
        else:
            break
    if last > place:
        return last
    return _plain_name(tokens, place) if sure and tokens.bare(place) else place


def _is_short(tokens: Tokens, place: int) -> bool:
    """Whether a full stop behind a word shortens it, and ends no sentence: `St.`, `M.`."""
    return len(tokens.words[place]) == 1 or tokens.lows[place] in _SHORTENED


def _plain_name(tokens: Tokens, place: int) -> int:
    """The name where nothing has a capital: `obs de regenboog`, `gezinshuis duizendpoot`."""
    at = place + 1
    if at >= len(tokens) or not tokens.flows(place):
        return place
    if tokens.lows[at] in ("de", "het", "'t", "in", "op") and at + 1 < len(tokens) and tokens.near(at):
        at += 1
        if tokens.lows[at] in ("de", "het", "'t") and at + 1 < len(tokens) and tokens.near(at):
            at += 1
    low = tokens.lows[at]
    if (
        not low.isalpha()
        or len(low) < 4
        or low in folded_lines("frequent.txt")
        or (at == place + 1 and is_ordinary(low))
    ):
        return place
    return at


def places_in(tokens: Tokens) -> Iterator[Hit]:
    """Places by their names: those of more words anywhere, those of one word where a place is meant."""
    names = listed("places.gz")
    for place, low in enumerate(tokens.lows):
        if low in _place_heads():
            for width in (4, 3, 2):
                words = tokens.lows[place : place + width]
                if len(words) == width and " ".join(words) in names:
                    yield Hit(tokens.starts[place], tokens.ends[place + width - 1], "PLACE", 0.85)
                    break
        meant = place > 0 and tokens.lows[place - 1] in _AT and tokens.near(place - 1) and len(low) > 2
        if meant and low in names and (tokens.words[place][0].isupper() or not is_ordinary(low)):
            yield Hit(tokens.starts[place], tokens.ends[place], "PLACE", 0.8)


_AT: Final = frozenset("te in uit naar vanuit woonplaats gemeente plaats nabij geboorteplaats wonend".split())


@cache
def _place_heads() -> frozenset[str]:
    return frozenset(place.split(" ")[0] for place in listed("places.gz") if " " in place)


def listed_in(tokens: Tokens) -> Iterator[Hit]:
    """Institutions whose names are known by themselves."""
    names = folded_lines("organisations.txt")
    heads = {name.split()[0] for name in names}
    for place, low in enumerate(tokens.lows):
        if low not in heads:
            continue
        for width in (3, 2, 1):
            words = tokens.lows[place : place + width]
            if len(words) == width and " ".join(words) in names and _is_listed(tokens, place, width):
                yield Hit(tokens.starts[place], tokens.ends[place + width - 1], "INSTITUTION", 0.8)
                break


def _is_listed(tokens: Tokens, place: int, width: int) -> bool:
    """A name that is also a word counts only with its capital, inside a sentence."""
    if width > 1 or not is_ordinary(tokens.lows[place]):
        return True
    inside = place > 0 and tokens.words[place - 1] not in ".!?\n:" and not tokens.bare(place)
    return (
        tokens.words[place][0].isupper()
        and inside
        and "\n" not in tokens.text[tokens.ends[place - 1] : tokens.starts[place]]
    )
