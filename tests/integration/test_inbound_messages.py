"""A school uploads an OpenPGP message: opened, verified, sealed; whatever fails leaves nothing readable (issue 3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crypto.openpgp import Recipient, encrypt, generate_secret_key, inspect_public_key, public_key_of
from gateway.dossiers import inbound, labels, reading
from gateway.dossiers.files.kinds import KINDS
from gateway.dossiers.tables import DocumentVersion
from gateway.partner_keys import usecases as partner_keys
from tests import builders, personas

CONTENT = b"Verslag in een versleuteld bericht over de voortgang.\n" * 40


def key_pair(services, name):
    with services.scratch.directory() as scratch:
        today = services.clock().date()
        secret = generate_secret_key(
            name, "school@voorbeeld.example", expires_on=today + timedelta(days=400), scratch=scratch
        )
        return secret, public_key_of(secret, scratch=scratch)


@pytest.fixture
def school(services):
    """The school's key pair, registered and confirmed; returns the secret half."""
    secret, public = key_pair(services, "De Linde")
    organisation = builders.account(services, personas.OWNER).organisation_id
    key_id = partner_keys.register(services, builders.context(services, personas.ADMINISTRATOR), organisation, public)
    with services.scratch.directory() as scratch:
        fingerprint = inspect_public_key(public, on=services.clock().date(), scratch=scratch).fingerprint
    partner_keys.confirm(services, builders.context(services, personas.CONTACT_PERSON), key_id, fingerprint)
    return secret


def message(services, secret, content=CONTENT):
    """A message to the SWV, signed with this secret key."""
    context = builders.context(services, personas.SWV)
    partner_keys.own_secret(services, context, context.person.tenant_id)
    with services.db.reading() as session:
        own = partner_keys.own_public(session, context.person.tenant_id, context.today)
    with services.scratch.directory() as scratch:
        output = scratch / "out.gpg"
        to = Recipient(key=own.public, fingerprint=own.fingerprint)
        encrypt([content], output, recipients=[to], secret_key=secret, on=context.today, scratch=scratch)
        return output.read_bytes()


def uploaded(services, sealed, name="verslag.txt.gpg"):
    dossier = builders.draft(services)
    received = builders.upload(services, personas.OWNER, dossier, name, sealed)
    assert received.document_id, received.problem
    builders.work(services)
    with services.db.reading() as session:
        version = session.scalars(
            select(DocumentVersion).where(DocumentVersion.document_id == received.document_id)
        ).one()
        shown = labels.file_name_of(services.vault, session, version)
    assert services.scratch.used_bytes() == 0
    return dossier, version, shown


def test_a_signed_message_becomes_the_document_that_was_in_it(services, school):
    dossier, version, shown = uploaded(services, message(services, school))
    assert (version.state, version.media_kind, shown) == ("ready", "txt", "verslag.txt")
    builders.describe(services, personas.OWNER, dossier, version.document_id)
    found = reading.download(services, builders.context(services, personas.OWNER), dossier, version.document_id)
    assert b"".join(found.chunks) == CONTENT
    assert len(list(services.storage.keys(services.clock() + timedelta(days=9999)))) >= 1


def test_a_message_signed_by_another_key_is_refused_with_its_reason(services, school):
    stranger, _ = key_pair(services, "Iemand anders")
    _, version, _ = uploaded(services, message(services, stranger))
    assert version.state == "rejected"
    assert "niet ondertekend" in version.verdict


def test_a_tampered_message_is_refused_and_leaves_nothing(services, school):
    sealed = bytearray(message(services, school))
    sealed[-30] ^= 1
    _, version, _ = uploaded(services, bytes(sealed))
    assert version.state == "rejected"
    assert "kon niet worden geopend" in version.verdict


def test_without_a_confirmed_key_of_the_school_a_message_is_refused(services):
    secret, _ = key_pair(services, "Onbekend")
    _, version, _ = uploaded(services, message(services, secret))
    assert version.state == "rejected"
    assert "geen bevestigde OpenPGP-sleutel" in version.verdict


def test_what_is_in_the_message_is_checked_like_any_file(services, school):
    _, version, _ = uploaded(services, message(services, school, content=b"MZ\x00\x01 geen document"))
    assert version.state == "rejected"
    _, version, _ = uploaded(services, message(services, school, content=b"%PDF-1.7\nkapot"))
    assert version.state == "rejected"


def test_the_same_content_in_a_message_is_told_to_be_there_already(services, school):
    dossier = builders.draft(services)
    builders.upload(services, personas.OWNER, dossier, "verslag.txt", CONTENT)
    received = builders.upload(services, personas.OWNER, dossier, "verslag.gpg", message(services, school))
    builders.work(services)
    with services.db.reading() as session:
        version = session.scalars(
            select(DocumentVersion).where(DocumentVersion.document_id == received.document_id)
        ).one()
    assert version.state == "rejected"
    assert "staat al in het dossier" in version.verdict


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_ordinary_file_is_taken_for_a_message(kind):
    from pathlib import Path

    samples = Path(__file__).parent.parent / "data" / "files"
    found = [path for path in samples.iterdir() if path.suffix.lstrip(".").lower() in KINDS[kind].extensions]
    assert found
    assert not any(inbound.is_message(path.read_bytes()[:8192]) for path in found)
