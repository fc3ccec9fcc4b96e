"""Counts that tell nothing of one child: what is kept of a destroyed dossier, and what of all counts is shown. Pure.

Things are counted by school year in a tree of paths: `tlv`, below it `tlv/school_type/so`, below that
`tlv/school_type/so/funding/hoog`. Each split of a path says another thing of the same children, and nothing that
follows from another split; what hangs together hangs below (funding below the kind of school). No total goes over two
paths.

What is **kept** of a destroyed dossier: one more in each path that at least `k` share, the living and the kept
together, and all paths above it too. What fewer share is not kept apart: it counts in the path above, and of a kind of
besluit of which the whole year has fewer than `k` nothing stays (`settled`).

What is **shown**: a count of 0 or of at least `k`. Of a split: the values with at least `k` and those with none; all
others as one number, which is at least `k` too: where they are fewer, or where their sum tells each of them, the first
value in the fixed order of the split that has enough is added to them (`split_of`). Which one that is does not depend
on how large it is, so that who knows the rule learns no more. Source: PR4.2, IN6; ADR 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retention.terms import Length, last_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

DOSSIER: Final = "dossier"
SECOND_OPINION: Final = "second_opinion"
ENDED: Final = "ended"
SUBJECTS: Final[dict[str, str]] = {
    DOSSIER: "dossiers aangemeld",
    "tlv": "toelaatbaarheidsverklaringen (TLV)",
    "tlv_refused": "afgewezen toelaatbaarheidsverklaringen",
    "allocation": "arrangementen (toewijzing van ondersteuning)",
    "allocation_refused": "afgewezen arrangementen",
    "advice": "adviezen over de ondersteuningsbehoefte",
    "opinion": "adviezen second opinion, als zaak vastgelegd",
    ENDED: "zaken beëindigd zonder besluit",
    SECOND_OPINION: "second opinions gevraagd",
}
"""What is counted, in the order of the page; the kinds of besluit are those of `matters.rules`."""
BESLUITEN: Final = ("tlv", "tlv_refused", "allocation", "allocation_refused", "advice", "opinion")
DURATION: Final = ("within", "longer", "long")
ANSWER: Final = ("in_time", "late", "none")
SPLITS: Final[dict[str, str]] = {
    "duration": "van begin tot besluit",
    "asked": "second opinion in het dossier",
    "school_type": "soort school",
    "funding": "bekostigingscategorie",
    "answer": "beantwoord",
}
VALUES: Final[dict[str, str]] = {
    "within": "binnen zes weken (de wettelijke termijn van een TLV)",
    "longer": "binnen tien weken",
    "long": "langer dan tien weken",
    "yes": "met second opinion",
    "no": "zonder second opinion",
    "sbo": "speciaal basisonderwijs (SBO)",
    "so": "speciaal onderwijs (SO)",
    "vso": "voortgezet speciaal onderwijs (VSO)",
    "licht": "licht",
    "zwaar": "zwaar",
    "laag": "laag",
    "midden": "midden",
    "hoog": "hoog",
    "in_time": "op tijd: binnen twee weken na ontvangst, of zes als het is verlengd",
    "late": "te laat",
    "none": "niet of nog niet",
}
_COMMON: Final = (("duration", DURATION), ("asked", ("yes", "no")))
_BELOW: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    **dict.fromkeys(BESLUITEN, _COMMON),
    "tlv": (*_COMMON, ("school_type", ("sbo", "so", "vso"))),
    "tlv/school_type/sbo": (("funding", ("licht", "zwaar")),),
    "tlv/school_type/so": (("funding", ("laag", "midden", "hoog")),),
    "tlv/school_type/vso": (("funding", ("laag", "midden", "hoog")),),
    SECOND_OPINION: (("answer", ANSWER),),
}
_SIX, _TEN = Length.parse("P6W"), Length.parse("P10W")
"""TL6: six weeks is the term of the law; eight of advice, one of the board and one of registering the longest way."""
_REVIEW, _EXTENSION = Length.parse("P2W"), Length.parse("P4W")
_AUGUST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A besluit as it is counted."""

    kind: str
    started_on: date
    decided_on: date
    school_type: str | None
    funding: str | None
    second_opinion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stays of a school year: counts by path. `whole`: no besluit of a destroyed dossier is missing in them."""

    counts: Mapping[str, int]
    whole: bool


NOTHING: Final = Kept(counts={}, whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A split as it may be shown: values with their number, and the `others` with one number together."""

    name: str
    apart: Sequence[tuple[str, int]]
    others: Sequence[str]
    together: int
    below: Sequence[tuple[str, Split]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One count as it may be shown; `number` None: it is less than k. Splits only of what has a number."""

    subject: str
    number: int | None
    splits: Sequence[Split] = ()


def school_year(day: date) -> int:
    """The school year of a day, by the year in which it began on the first of August."""
    return day.year if day.month >= _AUGUST else day.year - 1


def year_name(year: int) -> str:
    """`2026/2027`."""
    return f"{year}/{year + 1}"


def duration(started_on: date, decided_on: date) -> str:
    """How long a matter took, coarsely. The six weeks move past a weekend or holiday, as a term of the law does."""
    if decided_on <= _last(started_on, _SIX):
        return DURATION[0]
    return DURATION[1] if decided_on <= _last(started_on, _TEN) else DURATION[2]


def answer(received_on: date | None, answered_on: date | None, *, extended: bool) -> str:
    """Whether a second opinion was answered in time: two weeks after receipt, four more when it was extended (SO3)."""
    if received_on is None or answered_on is None:
        return ANSWER[2]
    due = _last(received_on, _REVIEW)
    if extended:
        due = _last(due, _EXTENSION)
    return ANSWER[0] if answered_on <= due else ANSWER[1]


def paths_of(besluit: Decided) -> Iterator[str]:
    """The paths in which a besluit counts."""
    yield besluit.kind
    yield f"{besluit.kind}/duration/{duration(besluit.started_on, besluit.decided_on)}"
    yield f"{besluit.kind}/asked/{'yes' if besluit.second_opinion else 'no'}"
    if besluit.kind == "tlv" and besluit.school_type:
        place = f"tlv/school_type/{besluit.school_type}"
        yield place
        if besluit.funding:
            yield f"{place}/funding/{besluit.funding}"


def above(path: str) -> Iterator[str]:
    """The path and those above it, the nearest first."""
    while path:
        yield path
        path = path.rpartition("/")[0].rpartition("/")[0]


def with_added(kept: Kept, added: Mapping[str, int]) -> Kept:
    """What stays when these are added to paths that enough share already."""
    counts = {path: kept.counts.get(path, 0) + added.get(path, 0) for path in {*kept.counts, *added}}
    return Kept(counts=dict(sorted(counts.items())), whole=kept.whole)


def enough(stored: Mapping[str, int], added: Mapping[str, int], k: int) -> bool:
    """Whether at least k destroyed ones share each path that is added to, so that the living need not be counted."""
    return all(stored.get(path, 0) + number >= k for path, number in added.items())


def settled(kept: Kept, added: Mapping[str, int], living: Mapping[str, int], k: int) -> Kept:
    """What stays of a school year when these are added: the paths that at least k share, up to the top."""
    counts = with_added(kept, added).counts
    alike = {path: count + living.get(path, 0) for path, count in counts.items()}
    stays = {path: count for path, count in counts.items() if all(alike.get(each, 0) >= k for each in above(path))}
    lost = any("/" not in path and path not in stays for path in counts)
    return Kept(counts=stays, whole=kept.whole and not lost)


def figures(counts: Mapping[str, int], k: int, *, whole: bool = True) -> list[Figure]:
    """Every count of a school year as it may be shown. Not `whole`: then that there is none is not known either."""
    return [_figure(subject, counts, k, whole=whole) for subject in SUBJECTS]


def split_of(name: str, counts: Mapping[str, int], whole: int, k: int) -> Split | None:
    """A split of `whole` (at least k) as it may be shown; None when nothing in it can stand apart.

    The order of `counts` is the fixed order of the split. What `whole` has more is of destroyed ones of which the value
    was not kept: then nobody knows that a value has none.
    """
    rest = max(0, whole - sum(counts.values()))
    others = [value for value, count in counts.items() if count < k and (count or rest)]
    together = rest + sum(counts[value] for value in others)
    told = not rest and together == len(others) * (k - 1)  # then each of them is one less than k
    if together and (together < k or told):
        added = next((value for value, count in counts.items() if count >= k), None)
        if added is None:
            return None
        others.append(added)
        together += counts[added]
    apart = [(value, count) for value, count in counts.items() if value not in others]
    if not any(count for _, count in apart):
        return None
    return Split(name=name, apart=apart, others=[value for value in counts if value in others], together=together)


@lru_cache(maxsize=4096)
def _last(start: date, length: Length) -> date:
    return last_day(start, length).last_day


def _figure(subject: str, counts: Mapping[str, int], k: int, *, whole: bool) -> Figure:
    number = counts.get(subject, 0)
    if number < k and (number or not whole):
        return Figure(subject=subject, number=None)
    return Figure(subject=subject, number=number, splits=list(_splits(subject, counts, k)) if number else [])


def _splits(path: str, counts: Mapping[str, int], k: int) -> Iterator[Split]:
    for name, values in _BELOW.get(path, ()):
        found = {value: counts.get(f"{path}/{name}/{value}", 0) for value in values}
        split = split_of(name, found, counts[path], k)
        if split is not None:
            below = [
                (value, each)
                for value, number in split.apart
                if number
                for each in _splits(f"{path}/{name}/{value}", counts, k)
            ]
            yield Split(name=name, apart=split.apart, others=split.others, together=split.together, below=below)
