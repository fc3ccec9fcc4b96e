"""How long a dossier is kept, as its pages say it: until when, by which article, why, and what would change it.

Source: PR12.1, OB2, D-PR 7. The plan itself is pure (`retention.plan`) and reads what the judge is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.dossiers import parts
from gateway.dossiers.enrolled import left_school_on
from gateway.dossiers.parts import Stays
from gateway.dossiers.tables import DocumentVersion
from gateway.erasure.queries import announced_on, announced_set, gone_sets
from gateway.matters import queries as matters
from gateway.reglement.versions import in_force
from gateway.sentences import counted, sentence
from retention import plan
from retention.plan import Change, Line, Rule, Why
from retention.terms import add_months, dutch_date

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.erasure.queries import GoneSet
    from gateway.reglement.profiles import Profile

ALWAYS = frozenset("abdgij")
"""What every dossier holds of its pupil, documents or not: who it is, where, and why the school asks."""
CHANGES: dict[Change, str] = {
    Change.END_OF_HOLD: sentence("als dat is afgelopen"),
    Change.END_OF_MATTER: sentence("als de zaak klaar is"),
    Change.NEW_MATTER: sentence("een nieuw besluit"),
    Change.NEW_HOLD: sentence("een bezwaar, beroep, klacht of verzoek dat nog loopt"),
    Change.LEAVING: sentence("als de leerling van school gaat"),
}


WHO_STAYS = sentence(
    "Naam, geboortedatum, adres, school en ouders blijven zolang er nog iets van het dossier is. Anders weet niemand "
    "van wie het is."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """One set of categories: the last day of keeping (None: none yet), why, and what would change it.

    `announced`: that the set is destroyed on its own was announced for this day. `stays` says, of a set whose day comes
    or came, what of it stays nevertheless, and why; `over`: the day went by, and that is what is left.
    """

    categories: Sequence[str]
    until: date | None
    article: str
    why: str
    changes: Sequence[str]
    announced: date | None = None
    stays: Sequence[str] = ()
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long a dossier is kept: its lines, and the last day of everything together.

    `announced`: its destruction was announced for this day, and the plan of today still bears that out. `gone` are the
    sets of categories that were destroyed already. `besluit_kept`: the term of its besluiten still runs.
    """

    lines: Sequence[KeptLine]
    until: date | None
    announced: date | None = None
    gone: Sequence[GoneSet] = ()
    besluit_kept: bool = False

    @property
    def article(self) -> str:
        """The article that decides for the whole."""
        return next((line.article for line in self.lines if line.until == self.until), "PR12.1")

    def line_of(self, letters: Collection[str]) -> KeptLine | None:
        """The line that speaks of all these categories; None: no single line does."""
        wanted = set(letters)
        return next((line for line in self.lines if wanted and wanted <= set(line.categories)), None)


def rule_of(profile: Profile) -> Rule:
    """What the profile says on keeping, for the plan."""
    leaving = profile.keep_after_leaving
    return Rule(
        years=profile.keep_years,
        after_leaving=leaving.years if leaving else None,
        excepted=leaving.except_categories if leaving else frozenset(),
    )


def kept_of(session: Session, dossier: Dossier, on: date) -> Kept | None:
    """How long this dossier is kept, the same for whoever looks; None for a draft, which was never notified (PR3)."""
    if dossier.state == "draft":
        return None
    letters = ALWAYS | letters_of(session, dossier.id)
    tenant = session.get_one(Tenant, dossier.tenant_id)
    rule = rule_of(in_force(session, tenant.id, tenant.profile_id, on))
    history = matters.history(session, dossier.id, left_school_on(session, dossier.id, on))
    stands = plan.standing(history, on)
    lines = plan.plan(rule, stands, letters)
    until = plan.until(lines)
    announced = announced_on(session, dossier.id) if until is not None else None
    besluit_kept = plan.besluit_is_kept(rule, stands, on)
    return Kept(
        lines=[
            _of_set(session, dossier.id, _told(line, rule), on, besluit_kept=besluit_kept, alone=len(lines) == 1)
            for line in lines
        ],
        until=until,
        announced=announced if until is not None and announced is not None and until < announced else None,
        gone=gone_sets(session, dossier.id, dossier.id),
        besluit_kept=besluit_kept,
    )


def _of_set(
    session: Session, dossier_id: str, line: KeptLine, on: date, *, besluit_kept: bool, alone: bool
) -> KeptLine:
    """The line of a set whose day comes before that of the rest, with what is announced and what stays of it."""
    if alone or line.until is None or line.until >= add_months(on, 1):
        return line
    announced = announced_set(session, dossier_id)
    mine = announced is not None and announced[0] <= set(line.categories) and line.until < announced[1]
    found = parts.parts_of(session, dossier_id, line.categories, besluit_kept=besluit_kept)
    told = [_stays(why, count) for why, count in found.stays.items()]
    who = [WHO_STAYS] if parts.WHO_IT_IS & set(line.categories) else []
    day = announced[1] if mine and announced else None
    return replace(line, announced=day, stays=[*told, *who], over=day is None and line.until < on)


def _stays(why: Stays, number: int) -> str:
    """What of a set stays when its day has come, and why."""
    match why:
        case Stays.MIXED:
            return counted(
                "%(num)d stuk blijft: daarin staan ook gegevens die langer bewaard moeten worden.",
                "%(num)d stukken blijven: daarin staan ook gegevens die langer bewaard moeten worden.",
                number,
            )
        case Stays.UNKNOWN:
            return counted(
                "%(num)d stuk blijft: er is niet beschreven wat erin staat.",
                "%(num)d stukken blijven: er is niet beschreven wat erin staat.",
                number,
            )
        case Stays.EVIDENCE:
            return counted(
                "%(num)d stuk blijft: het is het bewijs van een toestemming of van een uitspraak over gezag.",
                "%(num)d stukken blijven: ze zijn het bewijs van een toestemming of van een uitspraak over gezag.",
                number,
            )
        case Stays.BESLUIT:
            return counted(
                "%(num)d stuk blijft: er rust een besluit op dat nog bewaard wordt.",
                "%(num)d stukken blijven: er rust een besluit op dat nog bewaard wordt.",
                number,
            )


def letters_of(session: Session, dossier_id: str) -> set[str]:
    """The categories of everything that documents of this dossier hold, also of those that were withdrawn."""
    query = select(DocumentVersion.categories).where(DocumentVersion.dossier_id == dossier_id).distinct()
    return {category[0] for categories in session.scalars(query) for category in (categories or "").split()}


def _told(line: Line, rule: Rule) -> KeptLine:
    return KeptLine(
        categories=line.categories,
        until=line.keep_until,
        article=line.article,
        why=_why(line, rule),
        changes=[CHANGES[change] for change in line.changes],
    )


def _why(line: Line, rule: Rule) -> str:
    day = dutch_date(line.counted_from) if line.counted_from else ""
    match line.why:
        case Why.HELD:
            return sentence(
                "Er loopt een bezwaar, beroep, klacht, verzoek of onderzoek. Zolang dat loopt, wordt niets vernietigd."
            )
        case Why.OPEN:
            return sentence("Er loopt nog een zaak. De bewaartermijn begint als die klaar is.")
        case Why.NO_MATTER:
            return sentence("Er is nog geen besluit. Zonder besluit begint de bewaartermijn niet.")
        case Why.AFTER_LEAVING:
            return counted(
                "%(num)d jaar nadat de leerling van school ging (%(day)s).",
                "%(num)d jaar nadat de leerling van school ging (%(day)s).",
                rule.after_leaving or rule.years,
                day=day,
            )
        case Why.AFTER_DECISION:
            return counted(
                "%(num)d jaar na de laatste beslissing op bezwaar of beroep (%(day)s).",
                "%(num)d jaar na de laatste beslissing op bezwaar of beroep (%(day)s).",
                rule.years,
                day=day,
            )
        case Why.AFTER_MATTER:
            return counted(
                "%(num)d jaar na het einde van de laatste zaak (%(day)s).",
                "%(num)d jaar na het einde van de laatste zaak (%(day)s).",
                rule.years,
                day=day,
            )
        case Why.NEVER:
            return sentence("Deze bewaartermijn loopt verder dan wij kunnen rekenen. Er wordt niets vernietigd.")
