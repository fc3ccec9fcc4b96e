"""What a reglement says on the counts that stay of a destroyed dossier. Pure. Source: PR4.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.reglement.document import Section

FLOOR: Final = 5
"""Under five, what is shown of a split of counts could be reckoned back (ADR 20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterlifeRules:
    """Whether counts of a destroyed dossier stay, and how many must be alike to be counted or shown apart.

    A version that says nothing keeps none.
    """

    on: bool = False
    k: int = 10


def read_afterlife(values: object) -> AfterlifeRules:
    """The table `keep.afterlife` of a profile, or a `ProfileError`."""
    section = Section(values, "keep.afterlife", {"on"}, {"k"})
    k = section.number("k") if section.has("k") else AfterlifeRules().k
    if k < FLOOR:
        raise section.wrong("k", f"minder dan {FLOOR} gelijke dossiers wijst naar een kind (PR4.2)")
    return AfterlifeRules(on=section.flag("on"), k=k)
