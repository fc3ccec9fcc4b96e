"""How long a dossier is kept, as its pages say it: until when, by which article, why, and what would change it.

Source: PR12.1, OB2, D-PR 7. The plan itself is pure (`retention.plan`) and reads what the judge is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.dossiers.enrolled import left_school_on
from gateway.dossiers.tables import DocumentVersion
from gateway.erasure.queries import announced_on
from gateway.matters import queries as matters
from gateway.reglement.versions import in_force
from gateway.sentences import counted, sentence
from retention import plan
from retention.plan import Change, Line, Rule, Why
from retention.terms import dutch_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """One set of categories: the last day of keeping (None: none yet), why, and what would change it."""

    categories: Sequence[str]
    until: date | None
    article: str
    why: str
    changes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long a dossier is kept: its lines, and the last day of everything together.

    `announced`: its destruction was announced for this day, and the plan of today still bears that out.
    """

    lines: Sequence[KeptLine]
    until: date | None
    announced: date | None = None

    @property
    def article(self) -> str:
        """The article that decides for the whole."""
        return next((line.article for line in self.lines if line.until == self.until), "PR12.1")


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
    lines = plan.plan(rule, plan.standing(history, on), letters)
    until = plan.until(lines)
    announced = announced_on(session, dossier.id) if until is not None else None
    stands = announced if until is not None and announced is not None and until < announced else None
    return Kept(lines=[_told(line, rule) for line in lines], until=until, announced=stands)


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
