"""What restrictions add up to: the state of a verzet, and the categories that nobody may use. Pure.

Source: PR11.4, PR11.8, AVG 18, AVG 21; judgement.md, "Facts".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

PENDING, UPHELD, SHIELD, RESTRICTED = "verzet_pending", "verzet_upheld", "shield", "restricted"
KINDS = (PENDING, UPHELD, SHIELD, RESTRICTED)
ARTICLES = {PENDING: "PR11.8", UPHELD: "PR11.8", SHIELD: "PR11.4", RESTRICTED: "PR11.4"}
"""The article under which each is in the log; a restriction of AVG 18 works as a shield and is judged as one."""

FOR_STAFF = {
    PENDING: sentence("Er is verzet. Zolang daarover niet is beslist, gaat er niets naar anderen."),
    UPHELD: sentence("Het verzet was terecht. Deze gegevens worden niet meer gebruikt."),
    SHIELD: sentence("Een deel van dit dossier is afgeschermd. Niemand kan het openen of verstrekken."),
    RESTRICTED: sentence("Het gebruik van dit dossier is beperkt (AVG 18). Het wordt bewaard en verder niet gebruikt."),
}
FOR_FAMILY = {
    PENDING: sentence("Er is verzet gemaakt. Zolang daarover niet is beslist, gaan er geen gegevens naar anderen."),
    UPHELD: sentence("Het verzet was terecht. Wij gebruiken deze gegevens niet meer."),
    SHIELD: sentence("Een deel van de gegevens is afgeschermd. Niemand kan dat deel nog openen of doorgeven. U wel."),
    RESTRICTED: sentence("Wij bewaren deze gegevens, maar gebruiken ze niet. Alleen met uw toestemming mag dat wel."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A restriction that stands, as the judge must know it; `on` is the day it began."""

    kind: str
    on: date
    document_id: str | None = None
    version_id: str | None = None
    categories: frozenset[str] | None = None


def verzet(standing: Iterable[Standing]) -> str | None:
    """`none`, `pending` or `upheld`; None, which the judge refuses, where a kind is not known. Source: PR11.8."""
    kinds = {each.kind for each in standing}
    if kinds - set(KINDS):
        return None
    if UPHELD in kinds:
        return "upheld"
    return "pending" if PENDING in kinds else "none"


def shielded(
    standing: Iterable[Standing],
    categories: Iterable[str],
    *,
    document_id: str | None = None,
    version_id: str | None = None,
    agreed_on: date | None = None,
) -> frozenset[str]:
    """Which of these categories of a version (or, without one, of the whole dossier) nobody may use.

    `agreed_on` is the day of a consent that counts for this very use: given after a restriction of AVG 18 began, it
    lifts that one (AVG 18(2)). A shield is lifted by a decision only.
    Source: PR11.4.
    """
    asked = frozenset(category[0] for category in categories)
    found: set[str] = set()
    for each in standing:
        lifted = each.kind == RESTRICTED and agreed_on is not None and agreed_on > each.on
        if each.kind in {PENDING, UPHELD} or lifted:
            continue
        if each.document_id not in {None, document_id} or each.version_id not in {None, version_id}:
            continue
        found |= asked if each.categories is None else asked & each.categories
    return frozenset(found)
