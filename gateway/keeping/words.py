"""What a letter says of a besluit, and what one can do against it (TL7, OB1). Pure; letters are Dutch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.matters.rules import BESLUIT_KINDS, SCHOOL_TYPES
from retention.terms import dutch_date

if TYPE_CHECKING:
    from gateway.matters.queries import BesluitLine


def in_a_letter(line: BesluitLine, swv_name: str) -> list[str]:
    """The besluit in whole sentences: what, until when, who signed, and what one can do against it."""
    row = line.row
    number = f" met nummer {line.number}" if line.number else ""
    found = [
        f"{swv_name} nam op {dutch_date(row.decided_on)} dit besluit: {BESLUIT_KINDS[row.kind]}{number}.",
    ]
    if row.school_type:
        found.append(f"Het besluit geldt voor {SCHOOL_TYPES[row.school_type]}, bekostigingscategorie {row.funding}.")
    if row.starts_on and row.ends_on:
        found.append(f"Het geldt van {dutch_date(row.starts_on)} tot en met {dutch_date(row.ends_on)}.")
    found.append(f"Getekend namens het samenwerkingsverband: {line.signatory}, {line.function}.")
    if line.objection_until is None:
        found.append("Dit is een advies. Bent u het er niet mee eens? Vertel dat aan het samenwerkingsverband.")
    else:
        found.append(
            f"Bent u het niet eens met dit besluit? Dan kunt u tot en met {dutch_date(line.objection_until)} bezwaar "
            "maken bij het samenwerkingsverband. Schrijf daarin uw naam en adres, de datum, om welk besluit het gaat "
            "en waarom u het er niet mee eens bent, en zet uw handtekening. De school kan dat ook. Een onafhankelijke "
            "commissie geeft daarover advies. Daarna beslist het samenwerkingsverband opnieuw. Bent u het ook daarmee "
            "niet eens, dan kunt u naar de bestuursrechter."
        )
    return found
