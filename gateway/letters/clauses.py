"""What stands below every letter that decides, whatever its template says: where one can go with it. Pure.

Source: Awb 3:45, 6:4, 6:5, 6:7, 6:8 and 8:1 (objection and appeal), UAVG 34 (a decision on a request is a besluit),
AVG 77 and 79 (the supervisory authority and the court), PR11.10, PR13, OB1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.letters.kinds import APPEAL, COMPLAINT, OBJECTION

if TYPE_CHECKING:
    from collections.abc import Callable

AUTHORITY = "Autoriteit Persoonsgegevens, Postbus 93374, 2509 AJ Den Haag, autoriteitpersoonsgegevens.nl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where one can go: the SWV and the court, each on one line."""

    swv: str
    court: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def clause(remedy: str, places: Places, language: str) -> Clause | None:
    """The clause of a letter in this language; None for a letter that decides nothing."""
    return _CLAUSES[remedy, language](places) if remedy else None


def _objection_nl(places: Places) -> Clause:
    return Clause(
        heading="Bent u het niet eens met deze beslissing?",
        paragraphs=(
            (
                "Dan kunt u bezwaar maken. Dat kan binnen zes weken. De zes weken beginnen op de dag nadat wij deze "
                "brief aan u hebben gestuurd of in het portaal hebben gezet."
            ),
            f"Stuur uw bezwaar naar: {places.swv}.",
            (
                "Zet in uw bezwaar uw naam en adres, de datum, tegen welke beslissing u bezwaar maakt en waarom. "
                "Zet uw handtekening eronder. Bezwaar maken kost niets. Iemand anders mag u daarbij helpen."
            ),
            (
                "Wij beslissen dan opnieuw. Bent u het ook daar niet mee eens? Dan kunt u naar de bestuursrechter: "
                f"{places.court}."
            ),
        ),
    )


def _objection_en(places: Places) -> Clause:
    return Clause(
        heading="Do you disagree with this decision?",
        paragraphs=(
            (
                "Then you can object. You can do so within six weeks. The six weeks begin on the day after we sent "
                "you this letter or put it in the portal."
            ),
            f"Send your objection to: {places.swv}.",
            (
                "Write your name and address, the date, to which decision you object and why. Sign it. Objecting is "
                "free of charge. Someone else may help you."
            ),
            (
                "We then decide again. If you disagree with that too, you can appeal to the administrative court: "
                f"{places.court}."
            ),
        ),
    )


def _appeal_nl(places: Places) -> Clause:
    return Clause(
        heading="Bent u het niet eens met deze beslissing?",
        paragraphs=(
            (
                "Dan kunt u in beroep bij de bestuursrechter. Dat kan binnen zes weken. De zes weken beginnen op de "
                "dag nadat wij deze brief aan u hebben gestuurd of in het portaal hebben gezet."
            ),
            (
                f"Stuur uw beroep naar: {places.court}. Woont u ergens anders? Dan kan een andere rechtbank uw zaak "
                "behandelen."
            ),
            (
                "Zet in uw beroep uw naam en adres, de datum, tegen welke beslissing u in beroep gaat en waarom. "
                "Zet uw handtekening eronder en doe een kopie van deze brief erbij. De rechtbank vraagt "
                "griffierecht."
            ),
            "Kunt u niet op de uitspraak wachten? Dan kunt u de rechter ook vragen om een voorlopige voorziening.",
        ),
    )


def _appeal_en(places: Places) -> Clause:
    return Clause(
        heading="Do you disagree with this decision?",
        paragraphs=(
            (
                "Then you can appeal to the administrative court. You can do so within six weeks. The six weeks "
                "begin on the day after we sent you this letter or put it in the portal."
            ),
            f"Send your appeal to: {places.court}. If you live elsewhere, another court may hear your case.",
            (
                "Write your name and address, the date, against which decision you appeal and why. Sign it and add "
                "a copy of this letter. The court charges a fee."
            ),
            "If you cannot wait for the judgment, you can also ask the court for a provisional measure.",
        ),
    )


def _complaint_nl(places: Places) -> Clause:
    return Clause(
        heading="Bent u het niet eens met dit antwoord?",
        paragraphs=(
            "Dan kunt u verder klagen. U mag kiezen waar, en iemand anders mag u helpen.",
            f"Bij de toezichthouder op privacy. Dat kost niets: {AUTHORITY}.",
            f"Bij de rechter: {places.court}. De rechtbank vraagt griffierecht.",
        ),
    )


def _complaint_en(places: Places) -> Clause:
    return Clause(
        heading="Do you disagree with this answer?",
        paragraphs=(
            "Then you can take your complaint further. You may choose where, and someone else may help you.",
            f"To the data protection authority. This is free of charge: {AUTHORITY}.",
            f"To the court: {places.court}. The court charges a fee.",
        ),
    )


_CLAUSES: dict[tuple[str, str], Callable[[Places], Clause]] = {
    (OBJECTION, "nl"): _objection_nl,
    (OBJECTION, "en"): _objection_en,
    (APPEAL, "nl"): _appeal_nl,
    (APPEAL, "en"): _appeal_en,
    (COMPLAINT, "nl"): _complaint_nl,
    (COMPLAINT, "en"): _complaint_en,
}
