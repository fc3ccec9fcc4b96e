"""What a request may do next, by whom and by when. Pure: values in, values out, or the sentence that says why not.

Source: PR11.1-PR11.10, PR13, PRage; AVG 12(3), 12(5), 12(6), 15-18, 20, 21; Awb 9:11, 9:12.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.sentences import sentence
from retention.terms import Length, Suspension, dutch_date, last_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.reglement.profiles import Rights

TEXT_MAX: Final = 4000
NAME_MAX: Final = 200
MOST_ITEMS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One right: its article of the AVG, its rule here, and which term of the profile it has.

    `outer`: whether the one month of AVG 12(3) bounds it; a complaint has only the term of the reglement.
    `reasons`: whether the requester must say why (verzet: the personal circumstances). `items`: whether the requester
    points at what it is about.
    """

    article: str
    rule: str
    term: str
    outer: bool = True
    reasons: bool = False
    items: bool = False


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "inzage": Kind(article="AVG 15", rule="PR11.1", term="inzage_term"),
        "correctie": Kind(article="AVG 16", rule="PR11.4", term="correctie_term", items=True),
        "verzet": Kind(article="AVG 21", rule="PR11.8", term="verzet_term", reasons=True),
        "beperking": Kind(article="AVG 18", rule="PR11.4", term="correctie_term", reasons=True),
        "wissing": Kind(article="AVG 17", rule="PR11.4", term="correctie_term", reasons=True),
        "overdracht": Kind(article="AVG 20", rule="PR11.1", term="inzage_term"),
        "klacht": Kind(article="Awb 9:12", rule="PR13", term="complaint_term", outer=False, reasons=True),
    }
)

RECEIVED, PROOF_ASKED, TREATED = "received", "proof_asked", "treated"
DECIDED, CARRIED_OUT, CLOSED, WITHDRAWN = "decided", "carried_out", "closed", "withdrawn"
RUNNING: Final = (RECEIVED, PROOF_ASKED, TREATED, DECIDED, CARRIED_OUT)
"""A request in one of these still asks something of the SWV."""
UNDECIDED: Final = (RECEIVED, PROOF_ASKED, TREATED)
"""The legal term runs, or stands still, until the decision."""
OVER: Final = (CLOSED, WITHDRAWN)
GRANTED, PARTLY, REFUSED = "granted", "partly", "refused"
OUTCOMES: Final = (GRANTED, PARTLY, REFUSED)
OTHER: Final = "other"
"""The capacity of someone who does not speak for the pupil: such a request is answered, but not granted (PRage)."""
CHANGES: Final = ("improve", "add", "remove", "shield")

NOT_YOUR_OWN: Final = sentence("Wie een verzoek doet, beslist er niet zelf over. Een ander zet deze stap.")
EXTENSION_WEEKS: Final = 8
"""AVG 12(3): two further months; eight weeks never is more."""
COMPLAINT_EXTENSION_WEEKS: Final = 4
"""Awb 9:11(3)."""
_MOVES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (RECEIVED, "treat"): TREATED,
        (RECEIVED, "ask_proof"): PROOF_ASKED,
        (TREATED, "ask_proof"): PROOF_ASKED,
        (PROOF_ASKED, "answer_proof"): PROOF_ASKED,
        (PROOF_ASKED, "proof_in"): TREATED,
        (RECEIVED, "extend"): RECEIVED,
        (TREATED, "extend"): TREATED,
        (TREATED, "item"): TREATED,
        (TREATED, "decide"): DECIDED,
        (PROOF_ASKED, "decide"): DECIDED,
        (DECIDED, "carry_out"): CARRIED_OUT,
        (DECIDED, "close"): CLOSED,
        (CARRIED_OUT, "close"): CLOSED,
        (RECEIVED, "withdraw"): WITHDRAWN,
        (PROOF_ASKED, "withdraw"): WITHDRAWN,
        (TREATED, "withdraw"): WITHDRAWN,
    }
)
OF_REQUESTER: Final = frozenset({"answer_proof", "withdraw"})
OF_OFFICER: Final = frozenset({step for _state, step in _MOVES} - {"answer_proof"})
"""The officer withdraws only what came on paper, when the requester wrote so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The term stood still because proof of who asks was needed; `until` None: it still does. Source: PR11.2."""

    asked_on: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the rules need to know of a request; `carried_out` is not asked of what was refused."""

    kind: str
    state: str
    capacity: str
    received_on: date
    way: str = "portal"
    asked_by: str | None = None
    pauses: Sequence[Pause] = ()
    extension_weeks: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the officer decides: the outcome, the reasons for people, and the article it rests on.

    `excessive`: refused because it is manifestly unfounded or excessive (AVG 12(5)); then too there are reasons.
    """

    outcome: str
    reasons: str
    article: str
    excessive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a request must be decided: the last day and why; `last_day` None while the term stands still."""

    last_day: date | None
    why: str
    paused_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """One thing that is wrong: in a document, or in a field of what is kept; and what it should be."""

    change: str
    wrong: str
    should_be: str
    document_id: str | None = None
    field: str | None = None


def length_of(kind: str, rights: Rights) -> Length:
    """The term that the profile gives this kind."""
    length: Length = getattr(rights, KINDS[kind].term)
    return length


def deadline(standing: Standing, rights: Rights) -> Deadline:
    """The last day for the decision, and why: the term of the reglement, never past the outer one (PR11.3).

    Raises:
        retention.errors.TermError: the calendar ends.
    Source: judgement.md, "Terms"; PR11.2; AVG 12(3).
    """
    open_since = next((pause.asked_on for pause in standing.pauses if pause.until is None), None)
    if open_since is not None:
        day = dutch_date(open_since)
        return Deadline(
            last_day=None, why=f"de termijn staat stil sinds {day}, tot het bewijs er is", paused_since=open_since
        )
    suspended = [Suspension(asked_on=pause.asked_on, proven_on=pause.until) for pause in standing.pauses if pause.until]
    inner = _with_extension(standing, length_of(standing.kind, rights), suspended, standing.extension_weeks)
    if not KINDS[standing.kind].outer:
        return inner
    outer = _outer(standing, rights, suspended)
    return inner if inner.last_day <= outer.last_day else outer  # type: ignore[operator]  # neither is paused here


def _with_extension(standing: Standing, length: Length, suspended: Sequence[Suspension], weeks: int | None) -> Deadline:
    base = last_day(standing.received_on, length, suspended)
    if not weeks:
        return Deadline(last_day=base.last_day, why=base.why)
    more = last_day(base.unmoved, Length(number=weeks, unit="W"))
    return Deadline(last_day=more.last_day, why=f"{base.why}; verlengd: {more.why}")


def _outer(standing: Standing, rights: Rights, suspended: Sequence[Suspension]) -> Deadline:
    base = last_day(standing.received_on, rights.outer_term, suspended)
    if not standing.extension_weeks:
        return Deadline(last_day=base.last_day, why=f"uiterlijk {base.why} (AVG, artikel 12, lid 3)")
    more = last_day(base.unmoved, Length(number=2, unit="M"))
    return Deadline(last_day=more.last_day, why=f"uiterlijk {base.why}; verlengd: {more.why} (AVG, artikel 12, lid 3)")


def next_state(standing: Standing, step: str) -> str:
    """The state after this step.

    Raises:
        ConflictError: this step does not fit where the request stands.
    """
    to = _MOVES.get((standing.state, step))
    if to is None:
        raise ConflictError("Deze stap past niet (meer) bij waar dit verzoek staat. Kijk opnieuw.")
    if standing.state == DECIDED and (step == "close") is not (standing.outcome == REFUSED):
        raise ConflictError("Wat is toegewezen, wordt eerst uitgevoerd. Wat is afgewezen, wordt meteen afgerond.")
    return to


def steps_for(standing: Standing, role: Role, account_id: str) -> list[str]:
    """The steps that this person can take now, in order; empty for who has nothing to do here."""
    found = []
    for state, step in _MOVES:
        if state != standing.state or not _allowed(standing, step, role, account_id):
            continue
        if step == "extend" and (standing.extension_weeks or standing.state == PROOF_ASKED):
            continue
        if state == DECIDED and (step == "close") is not (standing.outcome == REFUSED):
            continue
        found.append(step)
    return found


def check_actor(standing: Standing, step: str, role: Role, account_id: str) -> None:
    """Whether this person may take this step at all.

    Raises:
        ConflictError: who asks does not decide on it, or it is not this person's step.
    Source: PR11 (the controller decides, through its privacy officer), issue 9.
    """
    if not _allowed(standing, step, role, account_id):
        raise ConflictError(NOT_YOUR_OWN)


def _allowed(standing: Standing, step: str, role: Role, account_id: str) -> bool:
    mine = standing.asked_by is not None and account_id == standing.asked_by
    if mine:
        return step in OF_REQUESTER
    if role is not Role.PRIVACY_OFFICER or step not in OF_OFFICER:
        return False
    return step != "withdraw" or standing.way == "paper"


def begin_pause(standing: Standing, on: date) -> Standing:
    """Proof is asked on this day: the term stands still from the next."""
    to = next_state(standing, "ask_proof")
    if on < standing.received_on:
        raise InvalidInputError("Deze dag ligt voor de dag van ontvangst.", field="on")
    return replace(standing, state=to, pauses=(*standing.pauses, Pause(asked_on=on)))


def end_pause(standing: Standing, on: date, today: date, *, step: str = "proof_in") -> Standing:
    """The proof arrived on this day, which still counts as standing still; then the term runs again."""
    to = next_state(standing, step)
    *before, last = standing.pauses
    if not last.asked_on <= on <= today:
        raise InvalidInputError(
            "Het bewijs kwam op of na de dag waarop erom is gevraagd, en niet in de toekomst.", field="on"
        )
    return replace(standing, state=to, pauses=(*before, replace(last, until=on)))


def extend(standing: Standing, weeks: int, today: date, rights: Rights) -> Standing:
    """The term is longer by so many weeks, once, and only while it runs.

    Raises:
        ConflictError: it was extended before, or the term is over: then it is too late to say so.
    Source: AVG 12(3) (told within the first term, with reasons); Awb 9:11(3) for a complaint.
    """
    to = next_state(standing, "extend")
    if standing.extension_weeks:
        raise ConflictError("De termijn is al een keer verlengd. Dat kan niet nog een keer.")
    most = most_weeks(standing.kind)
    if not 1 <= weeks <= most:
        raise InvalidInputError("Kies met hoeveel weken u de termijn verlengt.", field="weeks")
    due = deadline(standing, rights).last_day
    if due is not None and today > due:
        raise ConflictError("De termijn is voorbij. Verlengen kan alleen zolang de termijn loopt. Beslis nu.")
    return replace(standing, state=to, extension_weeks=weeks)


def most_weeks(kind: str) -> int:
    """By how many weeks a term can be extended."""
    return EXTENSION_WEEKS if KINDS[kind].outer else COMPLAINT_EXTENSION_WEEKS


def decide(standing: Standing, decision: Decision, *, entitled: bool) -> tuple[Standing, Decision]:
    """The request is decided, with reasons; what cannot be granted is refused, never left (AVG 12(4), 12(5)).

    `entitled`: whether who asks still speaks for the pupil on this day.

    Raises:
        InvalidInputError: without outcome or reasons.
        ConflictError: granted, and no complaint, to someone who does not speak for the pupil, or whose identity is
            still in doubt.
    Source: PR11.5, PR13, PRage.
    """
    to = next_state(standing, "decide")
    if decision.outcome not in OUTCOMES:
        raise InvalidInputError("Kies wat u beslist.", field="outcome")
    reasons = decision.reasons.strip()
    if not reasons or len(reasons) > TEXT_MAX:
        raise InvalidInputError("Schrijf waarom u zo beslist. Dit komt in de brief.", field="reasons")
    if decision.excessive and decision.outcome != REFUSED:
        raise InvalidInputError(
            "Een buitensporig verzoek wordt afgewezen, met redenen (AVG 12, lid 5).", field="outcome"
        )
    gives_data = decision.outcome != REFUSED and standing.kind != "klacht"  # anyone may be right in a complaint (PR13)
    if gives_data and not entitled:
        raise ConflictError(
            "Wie dit vroeg, beslist vandaag niet over de gegevens van de leerling. Dit verzoek kan alleen worden "
            "afgewezen, met uitleg."
        )
    if gives_data and standing.state == PROOF_ASKED:
        raise ConflictError("Het bewijs is er nog niet. Zonder bewijs kan dit verzoek alleen worden afgewezen.")
    article = "AVG 12(5)" if decision.excessive else decision.article.strip() or KINDS[standing.kind].article
    made = replace(decision, reasons=reasons, article=article)
    return replace(standing, state=to, outcome=decision.outcome), made


def checked_text(text: str, *, field: str, needed: bool, missing: str) -> str:
    """The text without blanks around it, or an `InvalidInputError` with `missing` at its field."""
    text = text.strip()
    if needed and not text:
        raise InvalidInputError(missing, field=field)
    if len(text) > TEXT_MAX:
        raise InvalidInputError("Schrijf ten hoogste 4000 tekens.", field=field)
    return text


def checked_item(item: NewItem, place: int) -> NewItem:
    """One item of a correctie, or an `InvalidInputError` at its field (`wrong-0`, `should_be-0`, `change-0`).

    To add or improve, one says what it should be; to remove or shield, what is wrong is enough. A shield is of a
    document: a field of the pupil's data cannot be shielded by itself.
    """
    item = replace(item, wrong=item.wrong.strip(), should_be=item.should_be.strip())
    if item.change not in CHANGES:
        raise InvalidInputError("Kies wat wij moeten doen.", field=f"change-{place}")
    if item.document_id is None and item.field is None:
        raise InvalidInputError("Kies om welk stuk of gegeven het gaat.", field=f"about-{place}")
    if item.change == "shield" and item.document_id is None:
        raise InvalidInputError(
            "Afschermen kan alleen bij een stuk. Kies iets anders, of vraag een beperking van het gebruik.",
            field=f"change-{place}",
        )
    if not item.wrong or len(item.wrong) > TEXT_MAX:
        raise InvalidInputError("Schrijf wat er niet klopt.", field=f"wrong-{place}")
    if (item.change in {"improve", "add"} and not item.should_be) or len(item.should_be) > TEXT_MAX:
        raise InvalidInputError("Schrijf wat er moet staan.", field=f"should_be-{place}")
    return item


def days_left(due: date | None, today: date) -> int | None:
    """How many days are left until the last one; negative when it is over, None while the term stands still."""
    return None if due is None else (due - today).days
