"""The rules of objection and appeal. Pure: values in, values out, or the sentence that says what is wrong.

Source: OB1, OB2; Awb 6:4 to 6:11, 6:21, 7:10, 7:11, 7:13, 7:15, 8:1; WPO 18a (committee for admissibility).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.errors import ConflictError, InvalidInputError
from gateway.matters.rules import OPEN_TO_OBJECTION
from gateway.objection_words import ADVICE, BY, KINDS, OUTCOMES
from gateway.sentences import sentence
from retention.terms import Length, dutch_date, last_day

if TYPE_CHECKING:
    from datetime import date

TEXT_MAX: Final = 4000
NAME_MAX: Final = 200
ALONE: Final = Length(number=6, unit="W")
WITH_COMMITTEE: Final = Length(number=12, unit="W")
APPEAL: Final = Length(number=6, unit="W")
MORE: Final = Length(number=6, unit="W")
"""By so much the SWV may extend its own term, once (Awb 7:10, third paragraph)."""
ALWAYS_ADVISED: Final = frozenset({"tlv", "tlv_refused"})
"""Besluiten on which the committee always advises (OB1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An objection or appeal as it came in. `late_reason`: why it came after the last day, where it did (Awb 6:11).

    `language` is that of the letters to who objected; the Dutch text always goes with it.
    """

    kind: str
    by: str
    received_on: date
    grounds: str
    who: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    court: str = ""
    late_reason: str = ""
    committee: bool = True
    language: str = "nl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """By when the SWV decides, and why that day."""

    last_day: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The end of an objection or appeal."""

    outcome: str
    decided_on: date
    reasons: str
    article: str = ""
    new_besluit_id: str | None = None


def objection_open(besluit_kind: str) -> bool:
    """Whether one can object to this besluit at all: an advice is none (OB1)."""
    return besluit_kind in OPEN_TO_OBJECTION


def checked(new: Received, *, besluit_kind: str, announced_on: date, until: date, today: date) -> Received:
    """The same, tidied, or an `InvalidInputError` at its field. `until`: the last day to object or appeal in time."""
    if not objection_open(besluit_kind):
        raise ConflictError("Dit is een advies. Daartegen kan niemand bezwaar maken.")
    if new.kind not in KINDS:
        raise InvalidInputError("Kies of dit bezwaar of beroep is.", field="kind")
    if new.by not in BY:
        raise InvalidInputError("Kies wie dit deed.", field="by")
    if new.received_on > today or new.received_on < announced_on:
        raise InvalidInputError("Deze dag ligt na het besluit, en niet in de toekomst.", field="received_on")
    tidy = {
        name: getattr(new, name).strip()
        for name in ("grounds", "who", "street", "postcode", "town", "court", "late_reason")
    }
    for name, text in tidy.items():
        most = TEXT_MAX if name in {"grounds", "late_reason"} else NAME_MAX
        if len(text) > most:
            raise InvalidInputError(sentence("Gebruik ten hoogste %(count)d tekens.", count=most), field=name)
    if not tidy["grounds"]:
        raise InvalidInputError("Schrijf waarom het besluit niet klopt (Awb 6:5).", field="grounds")
    if new.received_on > until and not tidy["late_reason"]:
        raise InvalidInputError(
            sentence(
                "De laatste dag was %(day)s. Schrijf waarom het later werd. Met een goede reden telt het (Awb 6:11).",
                day=dutch_date(until),
            ),
            field="late_reason",
        )
    if new.received_on <= until:
        tidy["late_reason"] = ""
    committee = new.kind == "bezwaar" and (new.committee or besluit_kind in ALWAYS_ADVISED)
    return replace(new, committee=committee, **tidy)


def decide_by(*, until: date, received_on: date, committee: bool, extended: bool) -> Term:
    """The last day to decide on an objection: counted from the day after the term to object ended (Awb 7:10).

    What came late and is taken up counts from its reception: before it there was nothing to decide.
    """
    start = max(until, received_on)
    counted = last_day(start, WITH_COMMITTEE if committee else ALONE)
    if not extended:
        return Term(last_day=counted.last_day, why=counted.why)
    longer = last_day(counted.unmoved, MORE)
    return Term(last_day=longer.last_day, why=f"{counted.why}; {longer.why}")


def appeal_until(announced_on: date) -> date:
    """The last day to appeal in time: six weeks after the decision was made known, so sent (Awb 3:41, 6:7, 6:8)."""
    return last_day(announced_on, APPEAL).last_day


def checked_advice(*, committee: bool, received_on: date, advised_on: date, advice: str, text: str, today: date) -> str:
    """The text of the committee's advice, or what is wrong with it."""
    if not committee:
        raise ConflictError("Over dit bezwaar adviseert geen commissie.")
    if advice not in ADVICE:
        raise InvalidInputError("Kies wat de commissie adviseert.", field="advice")
    if not received_on <= advised_on <= today:
        raise InvalidInputError("Deze dag ligt na het bezwaar, en niet in de toekomst.", field="advised_on")
    return reasoned(text, "text")


def checked_extension(*, kind: str, extended: bool, last: date, today: date) -> None:
    """Whether the SWV may take more time now: once, and before its term is over (Awb 7:10)."""
    if kind != "bezwaar":
        raise ConflictError("Alleen voor bezwaar kan het samenwerkingsverband meer tijd nemen.")
    if extended:
        raise ConflictError("De termijn is al een keer verlengd. Vaker mag niet zonder dat de indiener het goedvindt.")
    if today > last:
        raise ConflictError("De termijn is al voorbij. Neem zo snel mogelijk een beslissing.")


def checked_decision(
    new: Decision, *, kind: str, committee: bool, advised: bool, received_on: date, today: date
) -> Decision:
    """The same, tidied, or what is wrong. With a committee its advice comes first, unless nothing is judged."""
    if new.outcome not in OUTCOMES[kind]:
        raise InvalidInputError("Kies wat er is beslist.", field="outcome")
    if not received_on <= new.decided_on <= today:
        raise InvalidInputError("Deze dag ligt na de ontvangst, en niet in de toekomst.", field="decided_on")
    if committee and not advised and new.outcome != "inadmissible":
        raise ConflictError("De commissie heeft nog niet geadviseerd (OB1). Leg eerst haar advies vast.")
    if new.new_besluit_id and new.outcome not in {"revised", "revised_partly", "founded"}:
        raise InvalidInputError("Het besluit verandert niet, dus er is geen nieuw besluit.", field="new_besluit_id")
    article = new.article.strip()
    if kind == "bezwaar" and (not article or len(article) > NAME_MAX):
        raise InvalidInputError("Vul in op welk artikel de beslissing rust.", field="article")
    return replace(new, reasons=reasoned(new.reasons, "reasons"), article=article)


def reasoned(text: str, field: str) -> str:
    """Why, tidied, or an `InvalidInputError`."""
    text = text.strip()
    if not text or len(text) > TEXT_MAX:
        raise InvalidInputError(
            sentence("Schrijf waarom, in ten hoogste %(count)d tekens.", count=TEXT_MAX), field=field
        )
    return text
