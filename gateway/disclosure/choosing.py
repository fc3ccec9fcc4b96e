"""In which form documents leave: anonymised, unless the recipient's standing or a recorded judgement says otherwise.

One form for a whole verstrekking: a document with a name beside an anonymised one would say whom that one is about.
Source: CV4.6; judgement.md, "disclose", steps 3 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass

ORIGINAL = "original"
ANONYMISED = "anonymised"
CODED = "coded"
REDACTED = "redacted"
"""In an inzage: what is of other people is gone from it (AVG 15(4))."""

_ABOVE = frozenset({"data_subject", "guardian", "court", "supervisor"})
PARTNER = "partner_swv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Towards:
    """To whom something goes, as far as the form depends on it.

    `own_school`: the pupil is enrolled there and the purpose is one of those for which its school receives everything
    (step 4). `obliged`: it rests on a law that obliges towards this recipient. `expert`: a named expert whose access
    entry reaches this dossier (step 5).
    """

    kind: str
    own_school: bool = False
    obliged: bool = False
    expert: bool = False


def originals_go(towards: Towards) -> bool:
    """Whether originals go to them without a judgement that anonymising would hinder the work.

    A partner's expert is no exception to CV4.6: the requesting party judges, also for them.
    """
    if towards.kind in _ABOVE or towards.own_school or towards.obliged:
        return True
    return towards.expert and towards.kind != PARTNER


def form_of(towards: Towards, *, identifiable: bool) -> str:
    """The form: anonymised by default; `identifiable` says that the requesting party judged otherwise (CV4.6)."""
    return ORIGINAL if identifiable or originals_go(towards) else ANONYMISED


def asks_reason(towards: Towards, *, identifiable: bool) -> bool:
    """Whether why it is not anonymised must be recorded."""
    return form_of(towards, identifiable=identifiable) == ORIGINAL and not originals_go(towards)


def asks_expert(towards: Towards, *, identifiable: bool) -> bool:
    """Whether it must name an expert: a partner's people see originals only so (step 5)."""
    return towards.kind == PARTNER and identifiable and not towards.expert and not originals_go(towards)
