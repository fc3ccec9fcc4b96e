"""Facts: what the judge is told, parsed strictly.

Every field may be missing or null but `profile`, `on` and `act`; what a step lacks, that step refuses. What is present
must be right: an unknown key, an unknown value, a wrong type or a malformed date is an error, never a refusal.
Source: judgement.md, "Facts".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from gateway.reglement.block import Block

if TYPE_CHECKING:
    from datetime import date

Act = Literal["record", "consult", "disclose", "exercise", "request_second_opinion", "destroy"]
Purpose = Literal[
    "support_allocation",
    "admissibility",
    "support_advice",
    "second_opinion",
    "absence",
    "case_consultation",
    "research",
    "policy",
    "evaluation",
    "inzage",
    "publication",
]
ActorKind = Literal["data_subject", "guardian", "swv_staff", "school_board", "expert"]
RecipientKind = Literal[
    "data_subject",
    "guardian",
    "school_board",
    "swv",
    "partner_swv",
    "expert",
    "municipality",
    "youth_care",
    "duo",
    "court",
    "supervisor",
    "researcher",
    "public",
]
Origin = Literal["data_subject", "guardian", "school", "expert", "expert_body", "other"]
BasisKind = Literal["law", "consent", "public_task", "legitimate_interest"]
Giver = Literal["data_subject", "guardian"]
Verzet = Literal["none", "pending", "upheld", "rejected"]

ACTS = frozenset(get_args(Act))
PURPOSES = frozenset(get_args(Purpose))
ACTOR_KINDS = frozenset(get_args(ActorKind))
RECIPIENT_KINDS = frozenset(get_args(RecipientKind))
ORIGINS = frozenset(get_args(Origin))
ASKING_WAYS = frozenset({"direct", "school"})
"""How parents can ask for a second opinion: of the SWV itself, or through the school."""
BASIS_KINDS = frozenset(get_args(BasisKind))
GIVERS = frozenset(get_args(Giver))
VERZET = frozenset(get_args(Verzet))
CATEGORIES = frozenset("abcdefghijklmnop")
SUB_FIELDS = frozenset({"a.bank", "c.birthplace"})
FIELDS = CATEGORIES | SUB_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """The pupil, as far as the rules look at a person."""

    born: date | None
    notified_to_swv: bool | None
    represented: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The set of data asked for; `categories` as given, `bases` with every sub-field counted as its category."""

    categories: frozenset[str] | None
    bases: frozenset[str]
    anonymised: bool
    necessity: str | None
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An expert's entry in a professional register; both days are included."""

    register: str | None
    number: str | None
    start: date | None
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One entry of the access list (PR8.2); both days are included; `categories` without sub-fields."""

    start: date | None
    until: date | None
    categories: frozenset[str] | None
    scope: str | None
    confidentiality_accepted: date | None
    profession: str | None
    registration: Registration | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does the act."""

    kind: ActorKind | None
    has_authority: bool | None
    access: Access | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who would come to know the data."""

    kind: RecipientKind | None
    has_authority: bool | None
    access: Access | None
    enrolled_here: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent as it was given (PRage)."""

    by: Giver | None
    has_authority: bool | None
    on: date | None
    withdrawn_on: date | None
    purposes: frozenset[str] | None
    recipients: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """On what the disclosure rests."""

    kind: BasisKind | None
    law: str | None
    consent: Consent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Restrictions that lie on the data; `shielded` without sub-fields."""

    verzet: Verzet | None
    shielded: frozenset[str] | None
    legal_hold: bool | None
    open_matters: int | None
    last_matter_ended_on: date | None
    left_school_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Convenant:
    """The signatures and the notice of the convenant, and the day of the request under it."""

    signed_a: date | None
    signed_b: date | None
    notice_on: date | None
    requested_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that one judgement may look at."""

    profile: str
    on: date
    act: Act
    purpose: Purpose | None
    pupil: Pupil
    data: Data
    actor: Actor
    recipient: Recipient
    legal_basis: LegalBasis
    state: State
    convenant: Convenant


_TOP = frozenset(Facts.__slots__)
_PUPIL = frozenset(Pupil.__slots__)
_DATA = frozenset({"categories", "anonymised", "necessity", "origin"})
_REGISTRATION = frozenset({"register", "number", "from", "until"})
_ACCESS = frozenset(
    {"from", "until", "categories", "scope", "confidentiality_accepted", "profession", "registration"},
)
_ACTOR = frozenset(Actor.__slots__)
_RECIPIENT = frozenset(Recipient.__slots__)
_CONSENT = frozenset(Consent.__slots__)
_BASIS = frozenset(LegalBasis.__slots__)
_STATE = frozenset(State.__slots__)
_CONVENANT = frozenset(Convenant.__slots__)


def parse(mapping: object) -> Facts:
    """Facts from their JSON shape, or a `FactsError` that names the key.

    `mapping` is what `json.loads` gives. Whether the profile exists is for the holder of the profiles to say.
    Source: judgement.md, "Facts", "Errors".
    """
    top = Block(mapping, "", _TOP)
    profile, on, act = top.text("profile"), top.day("on"), top.one_of("act", ACTS)
    if profile is None:
        raise top.needed("profile")
    if on is None:
        raise top.needed("on")
    if act is None:
        raise top.needed("act")
    return Facts(
        profile=profile,
        on=on,
        act=act,  # type: ignore[arg-type]  # one_of looked it up in the set of that very Literal; so below
        purpose=top.one_of("purpose", PURPOSES),  # type: ignore[arg-type]
        pupil=_pupil(top.block("pupil", _PUPIL)),
        data=_data(top.block("data", _DATA)),
        actor=_actor(top.block("actor", _ACTOR)),
        recipient=_recipient(top.block("recipient", _RECIPIENT)),
        legal_basis=_basis(top.block("legal_basis", _BASIS)),
        state=_state(top.block("state", _STATE)),
        convenant=_convenant(top.block("convenant", _CONVENANT)),
    )


def _without_sub_fields(fields: frozenset[str] | None) -> frozenset[str] | None:
    return fields if fields is None or fields <= CATEGORIES else frozenset(field[0] for field in fields)


def _pupil(block: Block) -> Pupil:
    return Pupil(
        born=block.day("born"),
        notified_to_swv=block.flag("notified_to_swv"),
        represented=block.flag("represented"),
    )


def _data(block: Block) -> Data:
    categories = block.some_of("categories", FIELDS)
    return Data(
        categories=categories,
        bases=_without_sub_fields(categories) or frozenset(),
        anonymised=bool(block.flag("anonymised")),
        necessity=block.text("necessity"),
        origin=block.one_of("origin", ORIGINS),  # type: ignore[arg-type]
    )


def _registration(block: Block) -> Registration:
    return Registration(
        register=block.text("register"),
        number=block.text("number"),
        start=block.day("from"),
        until=block.day("until"),
    )


def _access(block: Block) -> Access:
    return Access(
        start=block.day("from"),
        until=block.day("until"),
        categories=_without_sub_fields(block.some_of("categories", FIELDS)),
        scope=block.text("scope"),
        confidentiality_accepted=block.day("confidentiality_accepted"),
        profession=block.text("profession"),
        registration=block.optional("registration", _registration, _REGISTRATION),
    )


def _actor(block: Block) -> Actor:
    return Actor(
        kind=block.one_of("kind", ACTOR_KINDS),  # type: ignore[arg-type]
        has_authority=block.flag("has_authority"),
        access=block.optional("access", _access, _ACCESS),
    )


def _recipient(block: Block) -> Recipient:
    return Recipient(
        kind=block.one_of("kind", RECIPIENT_KINDS),  # type: ignore[arg-type]
        has_authority=block.flag("has_authority"),
        access=block.optional("access", _access, _ACCESS),
        enrolled_here=block.flag("enrolled_here"),
    )


def _consent(block: Block) -> Consent:
    return Consent(
        by=block.one_of("by", GIVERS),  # type: ignore[arg-type]
        has_authority=block.flag("has_authority"),
        on=block.day("on"),
        withdrawn_on=block.day("withdrawn_on"),
        purposes=block.some_of("purposes", PURPOSES),
        recipients=block.some_of("recipients", RECIPIENT_KINDS),
    )


def _basis(block: Block) -> LegalBasis:
    return LegalBasis(
        kind=block.one_of("kind", BASIS_KINDS),  # type: ignore[arg-type]
        law=block.text("law"),
        consent=block.optional("consent", _consent, _CONSENT),
    )


def _state(block: Block) -> State:
    return State(
        verzet=block.one_of("verzet", VERZET),  # type: ignore[arg-type]
        shielded=_without_sub_fields(block.some_of("shielded", FIELDS)),
        legal_hold=block.flag("legal_hold"),
        open_matters=block.count("open_matters"),
        last_matter_ended_on=block.day("last_matter_ended_on"),
        left_school_on=block.day("left_school_on"),
    )


def _convenant(block: Block) -> Convenant:
    return Convenant(
        signed_a=block.day("signed_a"),
        signed_b=block.day("signed_b"),
        notice_on=block.day("notice_on"),
        requested_on=block.day("requested_on"),
    )
