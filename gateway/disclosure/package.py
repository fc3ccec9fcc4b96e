"""A verstrekking as one OpenPGP package: documents, accompanying statement, signed manifest; for the recipient alone.

Through the same door: judged again for every document, written in the log before the first byte leaves. If any key of
the recipient is bad, there is no package. Source: PR9.3, CV4.3.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crypto.errors import OpenPGPError
from crypto.openpgp import make_package
from crypto.package import PackageFile
from gateway.accounts.tables import Organisation, Tenant
from gateway.disclosure import alongside, outgoing
from gateway.disclosure.leaving import allowed_now, leave, noting_failure
from gateway.disclosure.noting import record_whole
from gateway.dossiers.rules import clean_file_name
from gateway.errors import ConflictError
from gateway.partner_keys import usecases as partner_keys
from gateway.recording import Action

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from crypto.openpgp import Recipient
    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services

MANIFEST_SIGNING = "package"


@contextmanager
def package(services: Services, context: Context, verstrekking_id: str) -> Iterator[Path]:
    """Make the package of a verstrekking; the file exists until the block ends, and holds nothing readable.

    A package whose making fails after its event stands in the log as failed.

    Raises:
        NotFoundError: not within the actor's reach.
        ConflictError: not approved, closed or past its last day, or the recipient has no confirmed key.
        RefusedError: the reglement says no to one of the documents by now; the refusal is in the log.
    """
    # Opened before the event is begun: slow storage must not keep the writers of the database waiting.
    files, beside = _opened(services, context, verstrekking_id)
    # Made at its first use, so only for someone who may.
    secret = partner_keys.own_secret(services, context, context.person.tenant_id)

    def note(session: Session, row: Verstrekking, leaving: list[Outgoing]) -> tuple[list[Recipient], dict[str, Any]]:
        keys = _keys(services, session, context, row)
        listed = [
            {"file": file.name, "kind": each.version.kind, "categories": each.categories, "form": each.form}
            for file, each in zip(files, leaving, strict=True)
        ]
        listed += [{"file": file.name, "kind": "statement"} for file in beside]
        row.packaged_at = context.now
        told = {"form": "openpgp", "document_ids": [each.version.document_id for each in leaving]}
        told["keys"] = [key.fingerprint for key in keys]
        record_whole(services, session, context, row, Action.DOWNLOAD, told)
        return keys, _manifest(services, session, row, listed)

    keys, manifest = leave(services, context, verstrekking_id, action=Action.DOWNLOAD, opened=len(files), note=note)
    with services.scratch.directory() as scratch:
        output = scratch / "pakket.gpg"
        with noting_failure(services, context, verstrekking_id, Action.DOWNLOAD, "openpgp"):
            try:
                make_package(
                    [*files, *beside],
                    manifest,
                    output,
                    recipients=keys,
                    secret_key=secret,
                    manifest_key=services.vault.keyring.signing_key(MANIFEST_SIGNING),
                    on=context.today,
                    scratch=scratch,
                )
            except OpenPGPError as error:
                raise ConflictError(str(error)) from error
        yield output


def _opened(services: Services, context: Context, verstrekking_id: str) -> tuple[list[PackageFile], list[PackageFile]]:
    """The documents that the judge allows now, each as a stream of its content; and the family's words beside them."""
    files: list[PackageFile] = []
    with services.db.reading() as session:
        row, allowed = allowed_now(services, session, context, verstrekking_id)
        _keys(services, session, context, row)
        for each in allowed:
            name = outgoing.name_of(services, session, each)
            chunks = outgoing.opened(services, session, row.tenant_id, each)
            inside = f"{each.number:02d}-{clean_file_name(name)}"
            files.append(PackageFile(name=inside, size=each.size, chunks=chunks))
        words = alongside.of(services, session, row, allowed)
    beside = [
        PackageFile(name=each.file_name(order), size=len(each.content), chunks=[each.content])
        for order, each in enumerate(words, start=1)
    ]
    return files, beside


def _keys(services: Services, session: Session, context: Context, row: Verstrekking) -> list[Recipient]:
    keys = partner_keys.recipients(services, session, row.recipient_id, context.today)
    if not keys:
        raise ConflictError(
            "Deze ontvanger heeft geen bevestigde OpenPGP-sleutel. Vraag de beheerder om er een te registreren."
        )
    return keys


def _manifest(services: Services, session: Session, row: Verstrekking, listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "verstrekking": row.id,
        "sender": session.get_one(Tenant, row.tenant_id).name,
        "recipient": session.get_one(Organisation, row.recipient_id).name,
        "made_at": row.made_at.isoformat(),
        "purpose": row.purpose,
        "legal_basis": row.law or row.basis,
        "article": row.article,
        "reglement": row.profile,
        "form": row.form,
        "documents": listed,
        "statement": services.vault.open_json(session, row.dossier_id, "statement", row.statement),
    }
