"""What an inzage tells, as values: everything that is kept about one pupil, in words and in typed fields. Pure.

A code always has its Dutch words beside it, so that what is delivered can be read without our tables. A text that is
left out for this requester is empty, and `left_out` says so with the reason.
Source: PR11.3, AVG 15(1) and 20; docs/FORMAT-inzage.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - the codec reads the types of the fields at run time


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A code and its Dutch words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that this requester does not get: what, and why (AVG 15(4))."""

    about: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianPart:
    """A parent or representative in the pupil's data."""

    name: str
    relation: str
    has_authority: bool
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolPart:
    """A stretch of enrolment; both days count."""

    name: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilPart:
    """Who it is about, with what the school filled in."""

    name: str
    born: date
    bsn: str
    street: str
    postcode: str
    town: str
    enrolled_from: date
    reason: str
    guardians: tuple[GuardianPart, ...]
    schools: tuple[SchoolPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryPart:
    """A category (PR7) that is kept, and what of it: fields of the dossier, and how many documents."""

    category: Coded
    fields: tuple[str, ...]
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """A document. `release`: whole, redacted, withheld, gone (withdrawn or not admitted) or open (not decided yet)."""

    number: int
    id: str
    title: str
    kind: Coded
    categories: tuple[Coded, ...]
    purpose: Coded
    origin: Coded
    basis: str
    necessity: str
    recorded_at: datetime
    version: int
    pages: int | None
    state: Coded
    release: Coded
    why: str
    file: str
    """Its name in the package, where it is released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BesluitPart:
    """A besluit in a matter."""

    kind: Coded
    number: str
    decided_on: date
    announced_on: date
    starts_on: date | None
    ends_on: date | None
    school_type: str
    funding: str
    signatory: str
    function: str
    objection_until: date | None
    replaced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterPart:
    """A matter and its besluiten; `replaced` says why it was put right, when it was."""

    kind: Coded
    started_on: date
    ended_on: date | None
    replaced: str
    besluiten: tuple[BesluitPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """Until when a set of categories is kept (None: no day yet), why, and by which article."""

    categories: tuple[Coded, ...]
    until: date | None
    why: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPart:
    """Something that forbids destruction."""

    kind: Coded
    since: date
    ended_on: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPart:
    """A consent as it was given."""

    given_by: Coded
    giver: str
    given_on: date
    valid_until: date | None
    withdrawn_on: date | None
    purposes: tuple[Coded, ...]
    recipients: tuple[Coded, ...]
    categories: tuple[Coded, ...]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPart:
    """A court order that limits a guardian."""

    about: str
    first: date
    last: date | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientPart:
    """Who received what, by name (CJEU C-154/21), when, for what, on which basis and in which form (PR9.3)."""

    organisation: str
    kind: Coded
    person: str
    at: datetime
    purpose: Coded
    basis: str
    article: str
    cited: str
    form: Coded
    documents: tuple[str, ...]
    categories: tuple[Coded, ...]
    fetched_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """A text under a heading."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionPart:
    """A second opinion: with which other SWV, where it stands, who advised and what; `withheld`: why not what."""

    partner: str
    requested_on: date | None
    phase: Coded
    experts: tuple[str, ...]
    advice: tuple[TextPart, ...]
    withheld: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPart:
    """An earlier use of a right."""

    kind: Coded
    received_on: date
    state: Coded
    outcome: Coded | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPart:
    """A letter about the pupil: which, to whom, when it was made and handed on, and how."""

    title: str
    to: str
    made_on: date
    handed_on: date | None
    way: Coded | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """What someone did with the dossier, once or several times on one day."""

    day: date
    times: tuple[datetime, ...]
    who: str
    organisation: str
    what: str
    purpose: str
    basis: str
    article: str
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightPart:
    """A right, in a sentence, with its article."""

    name: str
    text: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPart:
    """Where to go."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole answer of an inzage as it stood at `at`."""

    reference: str
    at: datetime
    on: date
    controller: str
    reglement: str
    requester: Coded
    pupil: PupilPart
    categories: tuple[CategoryPart, ...]
    documents: tuple[DocumentPart, ...]
    matters: tuple[MatterPart, ...]
    kept: tuple[KeptPart, ...]
    kept_until: date | None
    holds: tuple[HoldPart, ...]
    consents: tuple[ConsentPart, ...]
    orders: tuple[OrderPart, ...]
    recipients: tuple[RecipientPart, ...]
    opinions: tuple[OpinionPart, ...]
    requests: tuple[RequestPart, ...]
    letters: tuple[LetterPart, ...]
    log: tuple[LogPart, ...]
    automated: str
    rights: tuple[RightPart, ...]
    addresses: tuple[AddressPart, ...]
    left_out: tuple[LeftOut, ...]
