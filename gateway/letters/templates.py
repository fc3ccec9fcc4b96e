"""An SWV's own texts of letters: adapted by one, taken into use by another, never changed after that.

Source: PR11.10, issue 9 ("templates that an SWV can adapt, versioned"); the second pair of eyes as for the reglement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.context import Role
from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.letters import sealing
from gateway.letters.house import own_tenant
from gateway.letters.kinds import KINDS, LANGUAGES
from gateway.letters.language import Text, checked
from gateway.letters.shipped import SHIPPED, VERSION
from gateway.letters.tables import LetterTemplate
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.letters.kinds import Kind
    from gateway.services import Services
    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The text of a kind of letter in each language; `version` 0 is the one that is shipped."""

    kind: Kind
    version: int
    texts: Mapping[str, Text]


def kind_of(code: str) -> Kind:
    """The kind with this code.

    Raises:
        NotFoundError: there is none.
    """
    if code not in KINDS:
        raise NotFoundError
    return KINDS[code]


def shipped(code: str) -> Template:
    """The text that comes along."""
    return Template(kind=kind_of(code), version=VERSION, texts=SHIPPED[code])


def in_force(session: Session, vault: Vault, tenant_id: str, code: str) -> Template:
    """The text that counts now: the SWV's newest one that was taken into use, else the shipped one."""
    query = select(LetterTemplate).where(
        LetterTemplate.tenant_id == tenant_id, LetterTemplate.kind == code, LetterTemplate.state == "approved"
    )
    row = session.scalars(query.order_by(LetterTemplate.version.desc()).limit(1)).first()
    return shipped(code) if row is None else opened(vault, row)


def opened(vault: Vault, row: LetterTemplate) -> Template:
    """A version, opened."""
    texts = sealing.opened(vault, "template", row.id, row.details)
    return Template(
        kind=kind_of(row.kind),
        version=row.version,
        texts={language: Text(**texts[language]) for language in LANGUAGES},
    )


def of_tenant(session: Session, tenant_id: str, code: str | None = None) -> Sequence[LetterTemplate]:
    """The SWV's own versions, of one kind or all, newest first."""
    query = select(LetterTemplate).where(LetterTemplate.tenant_id == tenant_id)
    if code is not None:
        query = query.where(LetterTemplate.kind == code)
    return session.scalars(query.order_by(LetterTemplate.made_at.desc(), LetterTemplate.version.desc())).all()


def get(session: Session, tenant_id: str, template_id: str) -> LetterTemplate:
    """One of the SWV's own versions.

    Raises:
        NotFoundError: it is another's, or it does not exist.
    """
    row = session.get(LetterTemplate, template_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFoundError
    return row


def right(code: str, texts: Mapping[str, Text]) -> dict[str, Text]:
    """The texts of a kind in every language, tidied, or an `InvalidInputError` at the field that is wrong."""
    kind = kind_of(code)
    return {language: checked(texts[language], kind.fields, place=f"body_{language}") for language in LANGUAGES}


def draft(services: Services, context: Context, code: str, texts: Mapping[str, Text]) -> str:
    """Write a new version; it changes nothing until a second person takes it into use. Returns its id.

    Raises:
        InvalidInputError: the text is not right; the sentence says what.
    """
    texts = right(code, texts)
    with services.db.writing() as session:
        tenant = own_tenant(session, context.person)
        newest = session.scalar(
            select(func.max(LetterTemplate.version)).where(
                LetterTemplate.tenant_id == tenant.id, LetterTemplate.kind == code
            )
        )
        row_id = new_id()
        told = {language: {"subject": text.subject, "body": text.body} for language, text in texts.items()}
        row = LetterTemplate(
            id=row_id,
            tenant_id=tenant.id,
            kind=code,
            version=(newest or VERSION) + 1,
            details=sealing.seal(services.vault, tenant.id, "template", row_id, told),
            made_by=context.person.account_id,
            made_at=context.now,
        )
        before = in_force(session, services.vault, tenant.id, code).texts
        session.add(row)
        session.flush()
        changed = {
            f"{language}.{part}": [getattr(before[language], part), getattr(text, part)]
            for language, text in texts.items()
            for part in ("subject", "body")
            if getattr(before[language], part) != getattr(text, part)
        }
        _record(services, session, context, row, {"state": ["", "draft"], **changed})
        return row_id


def decide(services: Services, context: Context, template_id: str, *, approve: bool) -> None:
    """Take a version into use or not: a second person, or the privacy officer.

    Raises:
        ConflictError: it was decided before, or its maker tries who is not the privacy officer.
    """
    with services.db.writing() as session:
        tenant = own_tenant(session, context.person)
        row = get(session, tenant.id, template_id)
        session.refresh(row, with_for_update=True)  # of two who decide at once, one finds it decided
        if row.state != "draft":
            raise ConflictError("Over deze tekst is al beslist. Maak een nieuwe versie om iets te veranderen.")
        if not may_decide(context, row):
            raise ConflictError("Een tweede persoon moet deze tekst in gebruik nemen. U hebt de tekst zelf gemaakt.")
        row.state = "approved" if approve else "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        _record(services, session, context, row, {"state": ["draft", row.state]})


def may_decide(context: Context, row: LetterTemplate) -> bool:
    """Whether this person may take the version into use: not its own maker, unless the privacy officer."""
    return row.made_by != context.person.account_id or context.person.role is Role.PRIVACY_OFFICER


def _record(
    services: Services, session: Session, context: Context, row: LetterTemplate, changed: dict[str, list[str]]
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.CONFIGURE,
        object_type="letter_template",
        object_id=row.id,
        article="PR11.10",
        payload={"letter": row.kind, "version": row.version, "changed": changed},
    )
