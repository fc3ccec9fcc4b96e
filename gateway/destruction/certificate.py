"""The certificate of a destruction (*vernietigingsverklaring*): it says no more than what can be shown.

JSON, signed with the log's key, with the receipt of the event in it. *Voorlopig* until nothing anywhere opens the
dossier any more; then *definitief*. Source: issue 10 (Certificate), D-PR 7.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from audit.errors import AuditError
from audit.receipt import NotYetError, make_receipt
from audit.verify import ReceiptError, verify_receipt
from crypto.errors import CryptoError, KeyringError
from crypto.signing import Signature, sign, verify
from gateway import logbook
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import AMSTERDAM
from gateway.destruction import asking, journal, proving
from gateway.destruction.part_recipients import asked_for
from gateway.destruction.sets import told_of
from gateway.dossiers import objects
from gateway.erasure.tables import Destruction, DestructionApproval, VerstrekkingGone
from gateway.errors import GatewayError
from gateway.peers.tables import PeerThread
from gateway.recording import LogSealer
from gateway.vault.tables import KeyRenewal
from gateway.witness.queries import witness_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from audit.note import VerifierKey
    from crypto.keyring import Keyring
    from crypto.signing import PublicKey
    from gateway.context import Context
    from gateway.destruction.tables import LineAsk
    from gateway.services import Services

FORMAT = "dossierpoort/destruction-certificate/v1"
PURPOSE = "destruction-certificate"
PROVISIONAL, FINAL = "voorlopig", "definitief"


class CertificateError(GatewayError):
    """A certificate does not hold: the sentence says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a certificate proves, as it says it; `confirmed`: a witness signed the log over the event too."""

    body: dict[str, Any]
    confirmed: bool


def later(day: date, days: int) -> date:
    """So many days on."""
    return day + timedelta(days=days)


def certify(services: Services, context: Context, row: Destruction) -> None:
    """Make the first certificate once the log was signed over the event; before that it waits."""
    with services.db.writing() as session:
        found = proving.locked(services, session, row.id, "objects_gone")
    if found is None:
        return
    journal.write(services, found)  # which it has; a row that somebody moved on by hand has not
    with services.db.writing() as session:
        found = proving.locked(services, session, row.id, "objects_gone")
        if found is None:
            return
        try:
            found.certificate = make(services, session, found, context.now)
        except NotYetError:
            return
        found.state, found.certified_at = "certified", context.now


def settle(services: Services, context: Context, row: Destruction) -> None:
    """Make the last version when no copy of the keyring holds the period key any more."""
    with services.db.writing() as session:
        found = session.get_one(Destruction, row.id, with_for_update=True)
        if found.state != "certified" or not _is_final(services, session, found, context.today):
            return
        try:
            found.certificate = make(services, session, found, context.now)
        except AuditError:  # not signed yet; or the log's own term is over, and the one that stands is the last
            return
        found.state, found.certified_at = "final", context.now


def make(services: Services, session: Session, row: Destruction, now: datetime) -> str:
    """The certificate as it stands now, as JSON text.

    Raises:
        audit.receipt.NotYetError: the log was not signed over the event yet.
    """
    keyring = services.vault.keyring
    receipt = make_receipt(
        session.connection(),
        logbook.LOG_ID,
        row.event_id or "",
        keys=logbook.own_keys(keyring),
        witnesses=witness_keys(session),
        former=logbook.former_keys(keyring),
        sealer=LogSealer(session, services.vault, organisation_id=row.tenant_id, year=now.year),
    )
    body = {
        "format": FORMAT,
        **_told(services, session, row, now.astimezone(AMSTERDAM).date()),
        "made_at": now.isoformat(),
        "receipt": json.loads(receipt),
    }
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    signature = sign(keyring.signing_key(logbook.SIGNING), PURPOSE, text.encode())
    made = {"certificate": text, "key": signature.key_id, "signature": base64.b64encode(signature.value).decode()}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def check(text: str, public: Sequence[PublicKey], log_keys: Sequence[VerifierKey]) -> Checked:
    """What a certificate proves under the published keys of an installation.

    Raises:
        CertificateError: it was changed, is of another installation, or its receipt proves something else.
    """
    try:
        outer = json.loads(text)
        signature = Signature(key_id=outer["key"], value=base64.b64decode(outer["signature"], validate=True))
        signed: str = outer["certificate"]
        own = [replace(key, purpose=PURPOSE) for key in public if key.purpose == logbook.SIGNING]
        verify(own, PURPOSE, signed.encode(), signature)
        body: dict[str, Any] = json.loads(signed)
        proven = verify_receipt(json.dumps(body["receipt"], ensure_ascii=False, indent=1) + "\n", log_keys)
    except (ValueError, KeyError, TypeError, CryptoError) as error:
        raise CertificateError("De handtekening onder deze verklaring klopt niet.") from error
    except ReceiptError as error:
        raise CertificateError("Het bewijs in deze verklaring klopt niet.") from error
    payload = proven.payload or {}
    if body.get("format") != FORMAT or proven.event.object_id != body["dossier"]:
        raise CertificateError("Het bewijs in deze verklaring gaat over iets anders.")
    told = (body["destruction"], body["counts"], body["approved_by"], body.get("part"))
    logged = (payload.get("destruction"), payload.get("counts"), payload.get("approved_by"), payload.get("part"))
    if logged != told:
        raise CertificateError("De verklaring zegt iets anders dan het logboek.")
    return Checked(body=body, confirmed=bool(proven.witnesses))


def public_keys(keyring: Keyring) -> tuple[Sequence[PublicKey], Sequence[VerifierKey]]:
    """What `check` asks for, of this installation."""
    return keyring.public_keys(), logbook.all_keys(keyring)


def _told(services: Services, session: Session, row: Destruction, on: date) -> dict[str, Any]:
    final = _is_final(services, session, row, on)
    erased = row.erased_at
    last_backup = later(erased.astimezone(AMSTERDAM).date(), services.settings.backup_days) if erased else None
    tenant = session.get_one(Tenant, row.tenant_id)
    part = told_of(row)
    return {
        **({"part": part} if part is not None else {}),
        "state": FINAL if final else PROVISIONAL,
        "destruction": row.id,
        "dossier": row.dossier_id,
        "swv": {"id": tenant.id, "name": tenant.name},
        "rule": {"article": row.article, "profile": row.profile, "kept_until": row.kept_until.isoformat()},
        "announced_at": row.announced_at.isoformat(),
        "erased_at": erased.isoformat() if erased else None,
        "approved_by": _approved_by(session, row),
        "counts": dict(row.counts),
        "keys": {"destroyed": _destroyed(services, session, row, on), "final_at": _instant(_final_at(session, row))},
        "objects": {"waiting": objects.waiting_of(session, row.dossier_id)},
        "recipients": _recipients(session, row),
        "partners": [] if row.categories else _partners(session, row),
        "copy_of": _copy_of(session, row),
        "last_backup_expires_on": last_backup.isoformat() if last_backup else None,
    }


def _approved_by(session: Session, row: Destruction) -> list[str]:
    query = select(DestructionApproval.account_id).where(DestructionApproval.destruction_id == row.id)
    return list(session.scalars(query.order_by(DestructionApproval.approved_at, DestructionApproval.account_id)))


def _recipients(session: Session, row: Destruction) -> list[dict[str, Any]]:
    query = (
        select(VerstrekkingGone, Organisation.name)
        .join(Organisation, Organisation.id == VerstrekkingGone.recipient_id)
        .where(asked_for(row))
        .order_by(VerstrekkingGone.made_at, VerstrekkingGone.id)
    )
    over_the_line = {each: ask for ask in asking.of_dossier(session, row.dossier_id) for each in ask.verstrekkingen}
    return [_recipient(gone, name, over_the_line.get(gone.id)) for gone, name in session.execute(query)]


def _recipient(gone: VerstrekkingGone, name: str, ask: LineAsk | None) -> dict[str, Any]:
    """What one recipient answered: in the portal, or its gateway over the line."""
    asked_on, answer, answered_at = gone.asked_on, gone.answer, gone.answered_at
    if ask is not None:
        asked_on, answer, answered_at = ask.asked_on, ask.state or None, ask.answered_at
    return {
        "verstrekking": gone.part_of or gone.id,
        "name": name,
        "documents": gone.documents,
        "asked_on": asked_on.isoformat() if asked_on else None,
        "answer": answer,
        "answered_at": _instant(answered_at),
    }


def _partners(session: Session, row: Destruction) -> list[dict[str, Any]]:
    """The gateways that were asked over the line, with what each signed, whole: whoever has its key can check that."""
    return [
        {
            "request": ask.id,
            "name": session.get_one(Organisation, ask.organisation_id).name,
            "asked_on": ask.asked_on.isoformat() if ask.asked_on else None,
            "answer_by": ask.answer_by.isoformat() if ask.answer_by else None,
            "answer": ask.state or None,
            "final": ask.final,
            "kept_until": ask.kept_until.isoformat() if ask.kept_until else None,
            "kept_because": ask.kept_kind,
            "kept_article": ask.kept_article,
            "answered_at": _instant(ask.answered_at),
            "statement": json.loads(ask.declaration) if ask.declaration else None,
        }
        for ask in asking.of_dossier(session, row.dossier_id)
    ]


def _copy_of(session: Session, row: Destruction) -> str | None:
    """The partner of whom this was a copy, when it was no dossier of our own."""
    thread = session.get(PeerThread, row.dossier_id)
    return session.get_one(Organisation, thread.organisation_id).name if thread else None


def _renewals(session: Session, row: Destruction) -> Sequence[KeyRenewal]:
    """The keys that were asked to go with it, in its own transaction: the dossier's, its family's, its threads'."""
    query = select(KeyRenewal).where(KeyRenewal.asked_at == row.erased_at)
    if row.categories:  # the parts of this dossier; after a replay the key itself may be asked again
        query = query.where(KeyRenewal.part, KeyRenewal.subject_id == row.dossier_id)
    else:
        query = query.where(~KeyRenewal.part)
    return session.scalars(query.order_by(KeyRenewal.period_key_id)).all()


def _keys(session: Session, row: Destruction) -> list[str]:
    own = {row.key_id} if row.key_id else set()
    return sorted(own | {each.period_key_id for each in _renewals(session, row)})


def _destroyed(services: Services, session: Session, row: Destruction, on: date) -> list[str]:
    """Those of its keys that are gone from the keyring now; a copy of the keyring may still hold them."""
    return [key for key in _keys(session, row) if _is_gone(services, key, on) is not None]


def _is_gone(services: Services, key_id: str, on: date) -> str | None:
    """Whether a key is destroyed: `final`, or `provisional` while a registered copy holds it; None: it still lives."""
    try:
        return services.vault.keyring.destruction(key_id, on)
    except KeyringError:
        return None


def _is_final(services: Services, session: Session, row: Destruction, on: date) -> bool:
    """Whether no key that opened it is left anywhere: all that was asked is final, and the keyring says so too.

    The key of the record lives on with the dossier: what an old backup holds of fields that were emptied is gone when
    the last such backup is.
    """
    if row.parts.get("fields") and row.erased_at is not None:
        expires = later(row.erased_at.astimezone(AMSTERDAM).date(), services.settings.backup_days)
        if on <= expires:
            return False
    return all(each.final_at is not None for each in _renewals(session, row)) and all(
        _is_gone(services, key, on) == "final" for key in _keys(session, row)
    )


def _final_at(session: Session, row: Destruction) -> datetime | None:
    found = [each.final_at for each in _renewals(session, row)]
    done = [at for at in found if at is not None]
    return max(done) if done and len(done) == len(found) else None


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
