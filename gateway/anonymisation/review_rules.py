"""What a reviewer may decide, and what follows from it for the categories. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.choices import ADDED_MAX, BOXES_MAX, Added, Area, key_of
from gateway.anonymisation.finds import KINDS, PARENT, PUPIL
from gateway.anonymisation.looks import DOUBTFUL
from gateway.errors import InvalidInputError, NotFoundError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.anonymisation.sealed import Decisions, Group

REMOVED: Final = frozenset({"a", "b", "d"})
"""Categories that an anonymised rendition no longer has, unless an identifier of theirs stays."""
_SUB_FIELDS: Final = {"birthplace": "PLACE", "bank": "IBAN"}
_STAY_WITH: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys((PUPIL, "DATE_BIRTH"), frozenset("a")),
    PARENT: frozenset("d"),
    **dict.fromkeys(("ADDRESS", "POSTCODE", "PHONE", "EMAIL", "IBAN"), frozenset("ad")),
    **dict.fromkeys(("BSN", "ID", "TLV_NUMBER"), frozenset("b")),
}
"""Which category keeps an identifier of this kind."""
_SHORTEST: Final = 2
_LONGEST: Final = 300
_LEAST_SIDE: Final = 0.002
_EYES: Final = frozenset({"doubtful_reading", "pictures_on_pages", "pictures_in_document", "no_text", "empty_pages"})

LOCKED: Final = sentence(
    "Dit staat in het dossier als gegeven van de leerling of van een ouder. Het gaat er altijd uit: blijft het staan, "
    "dan is het stuk niet anoniem."
)


def group_of(groups: Iterable[Group], key: str) -> Group:
    """The group with this key. Raises NotFoundError."""
    found = next((each for each in groups if each.key == key), None)
    if found is None:
        raise NotFoundError
    return found


def accept(decided: Decisions, groups: list[Group], key: str) -> Decisions:
    """It goes, wherever it stands."""
    group_of(groups, key)
    rest = tuple(each for each in decided.rejected if each != key)
    return decided.changed(accepted=_with(decided.accepted, key), rejected=rest)


def accept_doubtful(decided: Decisions, groups: list[Group]) -> Decisions:
    """Everything that was doubtful and is still undecided goes."""
    done = {*decided.accepted, *decided.rejected}
    doubtful = [each.key for each in groups if each.certainty < DOUBTFUL and each.key not in done]
    return decided.changed(accepted=(*decided.accepted, *doubtful))


def reject(decided: Decisions, groups: list[Group], key: str) -> Decisions:
    """It stays, wherever it stands. Raises InvalidInputError for what the dossier says is the pupil's or a parent's."""
    if group_of(groups, key).locked:
        raise InvalidInputError(LOCKED)
    rest = tuple(each for each in decided.accepted if each != key)
    return decided.changed(
        rejected=_with(decided.rejected, key),
        accepted=rest,
        added=tuple(each for each in decided.added if key_of(each.text) != key),
    )


def add(decided: Decisions, text: str, kind: str) -> Decisions:
    """This text goes as well, wherever it stands.

    Raises:
        InvalidInputError: it is too short to be told from other text, too long, or one too many.
    """
    plain = " ".join(text.split())
    if kind and kind not in KINDS:
        raise InvalidInputError("Kies wat voor gegeven dit is.", field="kind")
    if len(key_of(plain)) < _SHORTEST:
        raise InvalidInputError("Deze tekst is te kort: dan gaat er te veel weg. Neem er een woord bij.", field="text")
    if len(plain) > _LONGEST:
        raise InvalidInputError("Deze tekst is te lang. Kies een korter stuk, of teken een vak.", field="text")
    if len(decided.added) >= ADDED_MAX:
        raise InvalidInputError("U hebt al heel veel toegevoegd. Kan dit stuk wel geanonimiseerd worden?", field="text")
    key = key_of(plain)
    others = tuple(each for each in decided.added if key_of(each.text) != key)
    rejected = tuple(each for each in decided.rejected if each != key)
    return decided.changed(added=(*others, Added(text=plain, kind=kind)), rejected=rejected)


def draw(decided: Decisions, area: Area, pages: int) -> Decisions:
    """This place on a page of the result goes as well. Raises InvalidInputError: it is no place on a page."""
    inside = 0 <= area.left < area.right <= 1 and 0 <= area.top < area.bottom <= 1
    large = area.right - area.left >= _LEAST_SIDE and area.bottom - area.top >= _LEAST_SIDE
    if not (inside and large and 1 <= area.page <= pages):
        raise InvalidInputError("Dit vak ligt niet op de bladzijde. Teken het opnieuw.")
    if len(decided.areas) >= BOXES_MAX:
        raise InvalidInputError("U hebt al heel veel vakken getekend. Kan dit stuk wel geanonimiseerd worden?")
    return decided.changed(areas=(*decided.areas, area))


def drop_added(decided: Decisions, place: int) -> Decisions:
    """Take back an added text."""
    _assert_there(decided.added, place)
    return decided.changed(added=(*decided.added[:place], *decided.added[place + 1 :]))


def drop_area(decided: Decisions, place: int) -> Decisions:
    """Take back a drawn place."""
    _assert_there(decided.areas, place)
    return decided.changed(areas=(*decided.areas[:place], *decided.areas[place + 1 :]))


def _with(keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    return keys if key in keys else (*keys, key)


def _assert_there(items: Sequence[object], place: int) -> None:
    if not 0 <= place < len(items):
        raise NotFoundError


def must_confirm(report: Mapping[str, Any]) -> list[str]:
    """What the reviewer must say to have looked at: `eyes` (pictures, handwriting), `other_pupil`."""
    codes = {each.get("code") for each in report.get("warnings", ())}
    needed = ["eyes"] if codes & _EYES else []
    return [*needed, "other_pupil"] if is_other_pupil(report) else needed


def is_other_pupil(report: Mapping[str, Any]) -> bool:
    """Whether the document seems to be about another pupil than the dossier's."""
    codes = {each.get("code") for each in report.get("warnings", ())}
    return bool(report.get("other_pupil")) or "other_pupil" in codes


def categories_left(
    original: Iterable[str], groups: Sequence[Group], decided: Decisions, report: Mapping[str, Any]
) -> list[str]:
    """The original's categories without a, b, d and the sub-fields whose values went.

    A category stays when an identifier of it stays: one that a reviewer let stand, or one that the proof still finds.
    Source: CV4.6; issue 7 ("In the flow").
    """
    rejected = set(decided.rejected)
    standing = {each.kind for each in groups if each.key in rejected and each.source in {"known", "pattern"}}
    standing |= set(report.get("kept") or ())
    places = standing | {each.kind for each in groups if each.key in rejected}
    held = frozenset[str]().union(*(_STAY_WITH.get(kind, frozenset()) for kind in standing))
    left = []
    for category in original:
        letter, _, sub_field = category.partition(".")
        if letter in REMOVED - held:
            continue
        if sub_field and _SUB_FIELDS.get(sub_field) not in places:
            continue
        left.append(category)
    return left


def undone(decided: Decisions) -> Decisions:
    """As it was before the last decision. Raises InvalidInputError: there is none."""
    if not decided.before:
        raise InvalidInputError("Er is niets om ongedaan te maken.")
    return decided.undone()
