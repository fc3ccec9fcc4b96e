"""The pure judge: may this act be done, and by which article?

The first step that decides, decides; nothing matched is no.
What differs between reglementen is a parameter of the profile; no SWV is named here.
Source: judgement.md; the ids are those of requirements.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.reglement.errors import ReglementError
from gateway.reglement.facts import CATEGORIES
from gateway.reglement.reasons import SENTENCES
from gateway.sentences import sentence as said
from retention.errors import TermError
from retention.terms import add_months, keep_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from gateway.reglement.facts import Access, Consent, Facts, Pupil
    from gateway.reglement.profiles import Law, Profile

OWN_VOICE_FROM = 16  # PRage, UAVG art. 5: the same in every reglement
NOTICE_MONTHS = 2  # CV10
PORTAL_READERS = frozenset({"swv_staff", "swv", "expert"})  # PR8.1
ENTITLED_KINDS = frozenset({"data_subject", "guardian"})
OVERSEERS = frozenset({"court", "supervisor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One judgement: the deciding id, the ids passed on the way, and a reason that cites the profile's own article."""

    allowed: bool
    article: str
    checked: tuple[str, ...]
    reason: str
    profile_id: str
    profile_version: int
    cited: str


class _Case:
    """The facts, the profile and the ids passed so far; makes the decision."""

    __slots__ = ("_checked", "facts", "profile")

    def __init__(self, facts: Facts, profile: Profile) -> None:
        self.facts = facts
        self.profile = profile
        self._checked: list[str] = []

    def passed(self, *articles: str) -> None:
        self._checked += [article for article in articles if article not in self._checked]

    def allow(self, article: str, *, law: str = "") -> Decision:
        return self._decide(allowed=True, article=article, sentence=f"{article}+", law=law)

    def refuse(self, article: str, because: str = "") -> Decision:
        return self._decide(allowed=False, article=article, sentence=f"{article}-{because}")

    def _decide(self, *, allowed: bool, article: str, sentence: str, law: str = "") -> Decision:
        cited = self.profile.articles[article]
        return Decision(
            allowed=allowed,
            article=article,
            checked=tuple(self._checked),
            reason=said("Volgens %(article)s %(reason)s", article=cited, reason=said(SENTENCES[sentence], law=law)),
            profile_id=self.profile.id,
            profile_version=self.profile.version,
            cited=cited,
        )


def judge(facts: Facts, profile: Profile) -> Decision:
    """The decision on these facts under this profile; the same facts and profile always give the same decision.

    The profile's validity does not enter: whoever keeps the profiles chooses the version. Raises `ReglementError` when
    the facts are meant for another profile.
    Source: judgement.md.
    """
    if facts.profile != profile.id:
        raise ReglementError("deze feiten horen bij een ander reglement")
    return _ACTS[facts.act](_Case(facts, profile))


def speaks_for_self(pupil: Pupil, on: date) -> bool | None:
    """Whether the pupil decides alone on that day; None where that is not known.

    Born on 29 February: sixteen on 1 March of a common year. Source: PRage.
    """
    if pupil.represented:
        return False
    if pupil.born is None:
        return None
    born = (pupil.born.year + OWN_VOICE_FROM, pupil.born.month, pupil.born.day)
    if (on.year, on.month, on.day) < born:
        return False
    return None if pupil.represented is None else True


def is_entitled(kind: str | None, has_authority: bool | None, pupil: Pupil, on: date) -> bool:
    """Whether this data subject or guardian speaks for the pupil on that day; not known is no. Source: PRage."""
    own_voice = speaks_for_self(pupil, on)
    if kind == "data_subject":
        return own_voice is True
    return kind == "guardian" and own_voice is False and has_authority is True


def consent_counts(consent: Consent | None, *, pupil: Pupil, on: date, purpose: str, recipient: str | None) -> bool:
    """Whether this consent carries the purpose (and the recipient, unless None) on that day. Source: PRage, GR1."""
    if consent is None or consent.on is None or consent.on > on:
        return False
    if consent.withdrawn_on is not None and consent.withdrawn_on <= on:
        return False
    if not is_entitled(consent.by, consent.has_authority, pupil, consent.on):
        return False
    if consent.by == "guardian" and speaks_for_self(pupil, on) is not False:
        return False
    if consent.purposes is None or purpose not in consent.purposes:
        return False
    return recipient is None or (consent.recipients is not None and recipient in consent.recipients)


def convenant_in_force(facts: Facts) -> bool:
    """Whether the convenant was in force on the day of the request (not stated: the day of the act). Source: CV10."""
    convenant = facts.convenant
    requested = convenant.requested_on or facts.on
    if convenant.signed_a is None or convenant.signed_b is None or requested > facts.on:
        return False
    if max(convenant.signed_a, convenant.signed_b) > requested:
        return False
    try:
        return convenant.notice_on is None or requested <= add_months(convenant.notice_on, NOTICE_MONTHS)
    except TermError:  # the notice ends past the calendar: no day that can be written lies after it
        return True


def _record(case: _Case) -> Decision:
    facts, profile = case.facts, case.profile
    data = facts.data
    if (refused := _verzet(case, pending_too=False)) is not None:
        return refused
    if facts.pupil.notified_to_swv is not True:
        return case.refuse("PR3")
    case.passed("PR3")
    if facts.purpose is None or facts.purpose not in profile.record_purposes:
        return case.refuse("PR4.1")
    case.passed("PR4.1")
    if not data.categories or not data.categories <= profile.fields:
        return case.refuse("PR7")
    case.passed("PR7")
    if data.necessity is None and data.bases & profile.necessity_for:
        return case.refuse("PR6.3")
    case.passed("PR6.3")
    if data.origin in profile.free_origins:
        return case.allow("PR6.1")
    agreed = consent_counts(
        facts.legal_basis.consent,
        pupil=facts.pupil,
        on=facts.on,
        purpose=facts.purpose,
        recipient=None,
    )
    if data.origin is None or data.necessity is None or not agreed:
        return case.refuse("PR6.1")
    return case.allow("PR6.1")


def _consult(case: _Case) -> Decision:
    return _read(case, case.facts.actor.kind, case.facts.actor.access)


def _read(case: _Case, kind: str | None, access: Access | None) -> Decision:
    """Reading by an entry of the access list: the actor's own, or that of the recipient of a disclosure."""
    facts = case.facts
    on, data = facts.on, facts.data
    if access is None or access.start is None or not _within(on, access.start, access.until):
        return case.refuse("PR8.2")
    case.passed("PR8.2")
    if kind not in PORTAL_READERS:
        return case.refuse("PR8.1", "kind")
    if kind == "expert" and not _is_registered(access, on):
        return case.refuse("PR8.1", "expert")
    case.passed("PR8.1")
    if access.confidentiality_accepted is None or access.confidentiality_accepted > on:
        return case.refuse("PR10.3")
    case.passed("PR10.3")
    if not data.bases or access.categories is None or not data.bases <= access.categories:
        return case.refuse("PR10.2")
    case.passed("PR10.2")
    if (refused := _shield(case) or _verzet(case, pending_too=False)) is not None:
        return refused
    return case.allow("PR8.1")


def _disclose(case: _Case) -> Decision:
    facts = case.facts
    if not _can_be_noted(case):
        return case.refuse("PR9.3")
    case.passed("PR9.3")
    law = _fitting_law(case)
    decided = _restrictions(case, law) or _by_recipient(case)
    if decided is not None:
        return decided
    if facts.data.anonymised:
        return _anonymised(case)
    return _identifiable(case, law)


def _can_be_noted(case: _Case) -> bool:
    """Step 1: what cannot be noted is not done."""
    facts = case.facts
    recipient = facts.recipient
    if facts.purpose is None or recipient.kind is None or not facts.data.bases:
        return False
    basis_needed = not (
        facts.data.anonymised
        or recipient.kind in ENTITLED_KINDS
        or recipient.access is not None
        or (_own_school_matter(case) and recipient.enrolled_here)
    )
    return facts.legal_basis.kind is not None or not basis_needed


def _own_school_matter(case: _Case) -> bool:
    """Whether a school board asks for one of the purposes for which the pupil's own school receives everything."""
    return case.facts.recipient.kind == "school_board" and case.facts.purpose in case.profile.own_school_purposes


def _restrictions(case: _Case, law: Law | None) -> Decision | None:
    """Step 2: verzet and shields, except towards those who are above them."""
    facts = case.facts
    recipient = facts.recipient
    if recipient.kind in OVERSEERS:
        return None
    if is_entitled(recipient.kind, recipient.has_authority, facts.pupil, facts.on):
        return None
    if law is None or not law.obliges:
        refused = _verzet(case, pending_too=True)
        if refused is not None:
            return refused
    return _shield(case)


def _verzet(case: _Case, *, pending_too: bool) -> Decision | None:
    """The refusal by a verzet that is upheld, not known, or (where asked) still pending."""
    verzet = case.facts.state.verzet
    if verzet is None:
        return case.refuse("PR11.8", "unknown")
    if verzet == "upheld" or (pending_too and verzet == "pending"):
        return case.refuse("PR11.8", verzet)
    case.passed("PR11.8")
    return None


def _shield(case: _Case) -> Decision | None:
    """The refusal by a shield on one of the categories asked, or by not knowing the shields."""
    shielded = case.facts.state.shielded
    if shielded is None or shielded & case.facts.data.bases:
        return case.refuse("PR11.4")
    case.passed("PR11.4")
    return None


def _by_recipient(case: _Case) -> Decision | None:
    """Steps 3, 4 and 5: the recipients for whom their own standing decides, not the basis."""
    facts = case.facts
    recipient = facts.recipient
    if recipient.kind in ENTITLED_KINDS:
        entitled = is_entitled(recipient.kind, recipient.has_authority, facts.pupil, facts.on)
        return case.allow("PR11.1") if entitled else case.refuse("PRage")
    if _own_school_matter(case):
        if recipient.enrolled_here is None:
            return case.refuse("PR9.2", "enrolment")
        if recipient.enrolled_here:
            return case.allow("PR9.2")
    if recipient.kind == "swv" or (recipient.kind == "expert" and recipient.access is not None):
        return _read(case, recipient.kind, recipient.access)
    return None if recipient.access is None else case.refuse("PR8.1", "kind")


def _anonymised(case: _Case) -> Decision:
    """Step 6: a set that cannot be traced to the pupil."""
    facts, profile = case.facts, case.profile
    if facts.data.bases & profile.identifying_categories:
        return case.refuse("PR4.2", "identifying")
    if facts.purpose in profile.anonymised_purposes:
        return case.allow("PR4.2")
    if facts.purpose == "second_opinion":
        return case.allow("CV4.6") if convenant_in_force(facts) else case.refuse("CV10")
    if facts.purpose == "publication":
        return case.allow("OB3")
    return case.refuse("PR4.2", "purpose")


def _identifiable(case: _Case, law: Law | None) -> Decision:
    """Steps 7 to 11: data that can be traced to the pupil, to someone who has no standing of their own."""
    facts, profile = case.facts, case.profile
    basis = facts.legal_basis
    if profile.recipients is not None and facts.recipient.kind not in profile.recipients:
        if law is None or not law.recipients & OVERSEERS:
            return case.refuse("PR9.1", "recipient")
        case.passed("PR9.1")
    if facts.data.bases & profile.health_categories:
        if law is None or facts.purpose not in law.health_purposes:
            return case.refuse("PR9.2")
        case.passed("PR9.2")
    if basis.kind == "law":
        return case.refuse("PR9.1a") if law is None else case.allow("PR9.1a", law=law.cite)
    if basis.kind == "consent":
        agreed = consent_counts(
            basis.consent,
            pupil=facts.pupil,
            on=facts.on,
            purpose=str(facts.purpose),
            recipient=str(facts.recipient.kind),
        )
        return case.allow("PR9.1b") if agreed else case.refuse("PR9.1b")
    return case.refuse("PR9.1")


def _fitting_law(case: _Case) -> Law | None:
    """The law of the table on which the disclosure rests, where it fits actor, recipient, categories and purpose."""
    facts = case.facts
    if facts.legal_basis.kind != "law" or facts.legal_basis.law is None:
        return None
    law = case.profile.laws.get(facts.legal_basis.law)
    if law is None or facts.actor.kind not in law.actors or facts.recipient.kind not in law.recipients:
        return None
    return law if facts.data.bases <= law.categories and facts.purpose in law.purposes else None


def _exercise(case: _Case) -> Decision:
    actor = case.facts.actor
    entitled = is_entitled(actor.kind, actor.has_authority, case.facts.pupil, case.facts.on)
    return case.allow("PR11.1") if entitled else case.refuse("PRage")


def _request_second_opinion(case: _Case) -> Decision:
    if not convenant_in_force(case.facts):
        return case.refuse("CV10")
    case.passed("CV10")
    return case.allow("CV3.1")


def _destroy(case: _Case) -> Decision:
    state = case.facts.state
    if state.legal_hold is not False:
        return case.refuse("OB2")
    case.passed("OB2")
    if state.open_matters != 0:
        return case.refuse("PR12.1", "open")
    return case.allow("PR12.1") if _keeping_is_over(case) else case.refuse("PR12.1")


def _keeping_is_over(case: _Case) -> bool:
    """Whether every category asked is past its last day of keeping; not stated which ones: all of them."""
    facts, profile = case.facts, case.profile
    after_matter = _kept_until(facts.state.last_matter_ended_on, profile.keep_years)
    rule = profile.keep_after_leaving
    if rule is None:
        ends = {after_matter}
    else:
        left = facts.state.left_school_on
        after_leaving = after_matter if left is None else _kept_until(left, rule.years)
        asked = facts.data.bases or CATEGORIES
        ends = {after_matter if category in rule.except_categories else after_leaving for category in asked}
    return all(end is not None and end < facts.on for end in ends)


def _kept_until(ended_on: date | None, years: int) -> date | None:
    """The last day of keeping; None where the day is not known or lies past the calendar (then it never comes)."""
    try:
        return None if ended_on is None else keep_until(ended_on, years)
    except TermError:
        return None


def _is_registered(access: Access, on: date) -> bool:
    """Whether an expert's entry shows a profession and a registration in a register that is valid on the day."""
    registration = access.registration
    if access.profession is None or registration is None or registration.start is None:
        return False
    if registration.register is None or registration.number is None:
        return False
    return _within(on, registration.start, registration.until)


def _within(on: date, start: date, until: date | None) -> bool:
    return start <= on and (until is None or on <= until)


_ACTS: dict[str, Callable[[_Case], Decision]] = {
    "record": _record,
    "consult": _consult,
    "disclose": _disclose,
    "exercise": _exercise,
    "request_second_opinion": _request_second_opinion,
    "destroy": _destroy,
}
