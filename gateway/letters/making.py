"""Making a letter: the text in force filled in, what the law adds, who signs; sealed and in the log in one transaction.

Source: PR11.2, PR11.3, PR11.5, PR11.7, PR11.10, PR13; Awb 3:41, 3:45, 3:46.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from babel.dates import format_date

from gateway.accounts import people
from gateway.accounts.tables import Account, Tenant
from gateway.context import AMSTERDAM
from gateway.dossiers.queries import pupil_of
from gateway.errors import InvalidInputError
from gateway.ids import new_id
from gateway.letters import house, templates
from gateway.letters.clauses import clause
from gateway.letters.kinds import LANGUAGES, WORDS, Both
from gateway.letters.language import filled
from gateway.letters.tables import Letter
from gateway.recording import Action, record
from gateway.references import reference_of
from gateway.sentences import sentence
from retention.terms import dutch_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.letters.house import House
    from gateway.letters.kinds import Kind
    from gateway.letters.templates import Template
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who the letter is for; without `account_id` it goes by post or hand."""

    name: str
    street: str = ""
    postcode: str = ""
    town: str = ""
    account_id: str | None = None


def make(
    services: Services,
    session: Session,
    context: Context,
    *,
    dossier: Dossier,
    kind: str,
    to: Addressee,
    values: Mapping[str, Any],
    about: str,
    language: str = "nl",
) -> str:
    """Make a letter of this dossier in the caller's transaction; returns its id. The caller asked whether one may.

    `values` are by the keys of `kinds.KINDS[kind].fields`: text, a `date`, a list of texts, `kinds.Both` or a code of
    `kinds.WORDS`; pupil, SWV and addressee are filled in by itself. With another `language` the Dutch text comes along.

    Raises:
        InvalidInputError: a value is missing or unknown.
        ConflictError: the letter decides, and where one can object is not filled in yet.
    """
    template = templates.in_force(session, services.vault, dossier.tenant_id, kind)
    style = house.of_tenant(session, services.vault, dossier.tenant_id)
    given = {
        **values,
        "pupil": pupil_of(session, services.vault, dossier).name,
        "swv": style.house.name,
        "to": to.name,
    }
    letter_id = new_id()
    details = {
        "to": asdict(to),
        "house": asdict(style.house),
        "signed": _signed(services, session, context, dossier, style.house),
        "texts": texts_of(template, style.house, given, language),
    }
    letter = Letter(
        id=letter_id,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        about=about,
        account_id=to.account_id,
        kind=kind,
        language=language,
        template_version=template.version,
        house_id=style.id,
        details=services.vault.seal_json(session, dossier.id, f"letter:{letter_id}", details),
        made_by=context.actor.account_id if context.actor else None,
        made_at=context.now,
        made_on=context.today,
    )
    session.add(letter)
    session.flush()
    record(
        session,
        services.vault,
        context,
        Action.RECORD,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        object_type="letter",
        object_id=letter_id,
        article="PR11.10",
        payload={"letter": kind, "version": template.version, "reference": reference_of(letter_id)},
    )
    return letter_id


def texts_of(template: Template, style: House, values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The letter in Dutch, and in this language beside it: subject, paragraphs and the clause of the law."""
    if language not in LANGUAGES:
        raise LookupError("a letter is Dutch or English")
    _complete(template.kind, values)
    return {each: _text(template, style, values, each) for each in dict.fromkeys(("nl", language))}


def _text(template: Template, style: House, values: Mapping[str, Any], language: str) -> dict[str, Any]:
    kind = template.kind
    said = {field.name: worded(values.get(field.key), language) for field in kind.fields}
    subject, paragraphs = filled(template.texts[language], said)
    below = clause(kind.remedy, style.places, language) if kind.remedy else None
    return {"subject": subject, "paragraphs": paragraphs, "clause": asdict(below) if below else None}


def worded(value: Any, language: str) -> str:
    """A value as a letter says it in this language."""
    if value is None:
        return ""
    if isinstance(value, Both):
        return value.nl if language == "nl" else value.en
    if isinstance(value, datetime):
        value = value.astimezone(AMSTERDAM).date()
    if isinstance(value, date):
        return dutch_date(value) if language == "nl" else str(format_date(value, "d MMMM y", locale="en"))
    if isinstance(value, (list, tuple)):
        return "\n".join(worded(each, language) for each in value)
    text = str(value).strip()
    return WORDS[text][LANGUAGES.index(language)] if text in WORDS else text


def _complete(kind: Kind, values: Mapping[str, Any]) -> None:
    lacking = [field.meaning for field in kind.fields if not field.optional and not worded(values.get(field.key), "nl")]
    if lacking:
        raise InvalidInputError(sentence("Voor deze brief ontbreekt nog: %(what)s.", what=", ".join(lacking)))
    unknown = _unknown(values, (field.key for field in kind.fields))
    if unknown:
        raise LookupError(f"a letter of kind {kind.code} has no {', '.join(unknown)}")


def _unknown(values: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    return sorted(set(values) - set(known))


def _signed(services: Services, session: Session, context: Context, dossier: Dossier, style: House) -> dict[str, str]:
    """Who signs: the mandated person, else who makes the letter; what the gateway itself makes is the SWV's."""
    on_behalf = style.on_behalf or session.get_one(Tenant, dossier.tenant_id).name
    signs = {"name": style.signatory, "function": style.function, "on_behalf": on_behalf, "mandate": style.mandate}
    if style.signatory or context.actor is None:
        return signs
    account = session.get_one(Account, context.actor.account_id)
    person = people.person_or_nameless(session, services.vault, account)
    return {**signs, "name": person.name, "function": person.function, "mandate": ""}
