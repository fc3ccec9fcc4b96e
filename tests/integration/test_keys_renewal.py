"""What was erased cannot be opened after the renewal of keys, and nothing else is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from audit.log import events, open_payload
from audit.tables import event
from crypto.errors import CryptoError, DecryptError, KeyDestroyed
from crypto.fields import open_field
from crypto.keyring import FileKeyring
from crypto.keys import unwrap_key
from gateway.context import Context
from gateway.dossiers import content, labels, usecases
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.rules import check_bsn
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.ids import new_id
from gateway.recording import LogSealer
from gateway.services import Services, build
from gateway.vault import renewal
from gateway.vault.keys import DOSSIER, data_context, field_context, subject_context
from gateway.vault.tables import DataKey, KeyRenewal, SearchToken, SubjectKey
from gateway.worker import Worker
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

SCHOOL = "school@demo.example"


def system(services: Services) -> Context:
    return Context(actor=None, now=services.clock(), request_id=new_id())


def renew(services: Services, batch: int = 3) -> list[renewal.Progress]:
    return list(renewal.renew(services.db, services.vault, system(services), batch=batch))


def with_document(services: Services, **changes: object) -> tuple[str, str]:
    """A draft dossier with one checked document."""
    dossier_id = builders.draft(services, SCHOOL, **changes)
    received = builders.upload(services, SCHOOL, dossier_id, "verslag.txt", f"Verslag {dossier_id}.\n".encode())
    assert received.document_id, received.problem
    builders.work(services)
    return dossier_id, received.document_id


def read(services: Services, document_id: str) -> bytes:
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        tenant = session.get_one(Dossier, version.dossier_id).tenant_id
        return b"".join(content.open_content(services, session, tenant_id=tenant, version=version))


def assert_all_readable_and_findable(services: Services) -> int:
    """Every dossier, account and data key opens; every dossier is found by its BSN and name."""
    with services.db.reading() as session:
        for key in session.scalars(select(DataKey).where(DataKey.purpose != "rendition")):
            services.vault.data_key(session, key.subject_id, key.purpose, key.ref)
        dossiers = session.scalars(select(Dossier)).all()
        for dossier in dossiers:
            pupil = pupil_of(session, services.vault, dossier)
            assert dossier.id in services.vault.find(session, dossier.tenant_id, "bsn", check_bsn(pupil.bsn))
            assert dossier.id in services.vault.find(session, dossier.tenant_id, "name", pupil.first_name.lower())
        return len(dossiers)


def standings(services: Services) -> list[str]:
    with services.db.reading() as session:
        return sorted(row.state for row in session.scalars(select(KeyRenewal)))


def wraps_of(services: Services) -> dict[str, tuple[str, bytes]]:
    with services.db.reading() as session:
        return {row.subject_id: (row.period_key_id, row.wrapped) for row in session.scalars(select(SubjectKey))}


def test_an_erased_document_cannot_be_opened_with_its_old_wraps_and_everything_else_can(services: Services) -> None:
    dossier_id, document_id = with_document(services)
    kept = builders.upload(services, SCHOOL, dossier_id, "blijft.txt", b"Dit stuk blijft.\n").document_id
    assert kept
    with services.db.reading() as session:
        old_subject = session.get_one(SubjectKey, dossier_id)
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        old_data = session.get_one(DataKey, (dossier_id, "document", version.id))
    usecases.withdraw(services, builders.context(services, SCHOOL), dossier_id, document_id, "verkeerd bestand")
    # Until the renewal a backup's two wraps still lead to the key: that is what voorlopig means.
    services.vault.keyring.unwrap(old_subject.wrapped, _bound(old_subject))
    assert set(standings(services)) == {"voorlopig"}

    (done,) = renew(services)

    with pytest.raises(KeyDestroyed):
        services.vault.keyring.unwrap(old_subject.wrapped, _bound(old_subject))
    with services.db.reading() as session:
        new_subject_key = services.vault.subject_key(session, dossier_id)
    with pytest.raises(DecryptError):  # with all live keys: the dossier's new key does not open the old wrap
        unwrap_key(new_subject_key, dossier_id, old_data.wrapped, data_context(dossier_id, "document", version.id))
    assert read(services, kept) == b"Dit stuk blijft.\n"
    assert assert_all_readable_and_findable(services) == 2
    assert done.done == done.total == len(wraps_of(services))
    assert set(standings(services)) == {"definitief"}


def test_the_name_and_the_necessity_of_an_erased_document_open_with_no_backup_and_no_live_key(
    services: Services,
) -> None:
    dossier_id, document_id = with_document(services)
    why = "Nodig om te bepalen welke hulp past."
    builders.describe(services, SCHOOL, dossier_id, document_id, categories=("e",), necessity=why)
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        assert labels.file_name_of(services.vault, session, version) == "verslag.txt"
        assert labels.necessity_of(services.vault, session, version) == why
        old_wrap = session.get_one(DataKey, (dossier_id, "fields", document_id)).wrapped
    sealed = [(f"file:{version.id}", version.file_name), (f"necessity:{version.id}", version.necessity or b"")]
    usecases.withdraw(services, builders.context(services, SCHOOL), dossier_id, document_id, "verkeerd bestand")
    renew(services)
    with services.db.reading() as session:
        subject_key, bound = (
            services.vault.subject_key(session, dossier_id),
            data_context(dossier_id, "fields", document_id),
        )
        with pytest.raises(DecryptError):
            unwrap_key(subject_key, dossier_id, old_wrap, bound)
        for place, value in sealed:
            for purpose in ("fields", "audit", "duplicate"):
                key = services.vault.data_key(session, dossier_id, purpose)
                with pytest.raises(DecryptError):
                    open_field(key, field_context(dossier_id, place), value)
        sealer = LogSealer(session, services.vault, organisation_id="", year=2026)
        told = [open_payload(entry, sealer) for entry in events(session.connection(), dossier=dossier_id).rows]
    assert told
    assert "verslag.txt" not in str(told), "the log keeps no name either"


def test_labels_from_before_documents_had_keys_are_moved_once_and_die_with_their_document(services: Services) -> None:
    dossier_id, document_id = with_document(services)
    builders.describe(services, SCHOOL, dossier_id, document_id, categories=("e",), necessity="Nodig.")
    with services.db.writing() as session:  # as it was: everything under the dossier's own key
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        for place, name in (("file", "file_name"), ("necessity", "necessity")):
            ref = f"{place}:{version.id}"
            value = services.vault.open_json(session, dossier_id, ref, getattr(version, name), part=document_id)
            setattr(version, name, services.vault.seal_json(session, dossier_id, ref, value))
        document = session.get_one(Document, document_id)
        reason = services.vault.seal_json(session, dossier_id, f"withdrawn:{document_id}", "verkeerd")
        document.withdrawn_reason = reason
        session.delete(session.get_one(DataKey, (dossier_id, "fields", document_id)))

    def shown() -> tuple[str, str]:
        with services.db.reading() as session:
            found = session.get_one(DocumentVersion, version.id)
            vault = services.vault
            return labels.file_name_of(vault, session, found), labels.necessity_of(vault, session, found)

    assert shown() == ("verslag.txt", "Nodig."), "they are read as they were"
    assert labels.adopt_all(services.db, services.vault) == 1
    assert labels.adopt_all(services.db, services.vault) == 0
    assert shown() == ("verslag.txt", "Nodig.")
    with services.db.reading() as session:
        moved = session.get_one(Document, document_id).withdrawn_reason
        assert moved != reason
        told = services.vault.open_json(session, dossier_id, f"withdrawn:{document_id}", moved or b"", part=document_id)
        assert told == "verkeerd"


def _bound(row: SubjectKey):
    return subject_context(row.kind, row.organisation_id, row.subject_id)


def test_every_survivor_gets_a_new_wrap_and_new_tokens_under_the_new_period_key(services: Services) -> None:
    for number in range(4):
        builders.draft(services, SCHOOL, first_name=f"Kind{number}")
    gone = builders.draft(services, SCHOOL)
    before = wraps_of(services)
    with services.db.reading() as session:
        old_tokens = {row.token for row in session.scalars(select(SearchToken))}
    usecases.erase_draft(services, builders.context(services, SCHOOL), gone)
    renew(services)
    after = wraps_of(services)
    assert set(after) == set(before) - {gone}
    old = {key for key, _ in before.values()}
    assert not old & {key for key, _ in after.values()}
    with services.db.reading() as session:
        tokens = {row.token for row in session.scalars(select(SearchToken))}
        assert not tokens & old_tokens
        assert not session.scalars(select(SearchToken).where(SearchToken.period_key_id.in_(old))).all()
    assert_all_readable_and_findable(services)


def test_without_anything_erased_no_key_is_touched(services: Services) -> None:
    before = wraps_of(services)
    assert renew(services) == []
    assert wraps_of(services) == before


def test_a_second_run_finds_nothing_to_do(services: Services) -> None:
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    renew(services)
    before = wraps_of(services)
    assert renew(services) == []
    assert wraps_of(services) == before


def test_an_erasure_during_a_renewal_waits_for_the_next_one(services: Services) -> None:
    first, second = builders.draft(services, SCHOOL), None
    usecases.erase_draft(services, builders.context(services, SCHOOL), first)
    made = [with_document(services, first_name=f"Kind{n}") for n in range(3)]
    erased: list[str] = []

    def erase_the_first_moved(progress: renewal.Progress) -> None:
        nonlocal second
        if second is None:
            with services.db.reading() as session:
                live = session.execute(
                    select(SubjectKey.subject_id, SubjectKey.period_key_id).where(SubjectKey.kind == DOSSIER)
                ).all()
                old = {row.period_key_id for row in session.scalars(select(KeyRenewal))}
            moved = [subject for subject, key in live if key not in old and subject in dict(made)]
            if moved:
                second = moved[0]
                document_id = dict(made)[second]
                usecases.withdraw(services, builders.context(services, SCHOOL), second, document_id, "verkeerd")
                erased.append(second)

    renewal.renew(services.db, services.vault, system(services), batch=1, tell=erase_the_first_moved)
    assert erased, "the test must reach the case it is about"
    with services.db.reading() as session:
        waiting = session.scalars(select(KeyRenewal).where(KeyRenewal.destroyed_at.is_(None))).all()
        assert {row.subject_id for row in waiting} == set(erased)
        old = session.get_one(SubjectKey, erased[0])
    renew(services)
    with pytest.raises(KeyDestroyed):
        services.vault.keyring.unwrap(old.wrapped, _bound(old))
    assert_all_readable_and_findable(services)
    assert set(standings(services)) == {"definitief"}


def test_an_erasure_of_a_subject_that_was_not_moved_yet_is_done_in_the_same_renewal(services: Services) -> None:
    made = dict(with_document(services, first_name=f"Kind{n}") for n in range(4))
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    erased: list[SubjectKey] = []

    def erase_the_last_one(progress: renewal.Progress) -> None:
        if not erased:
            last = max(made)
            with services.db.reading() as session:
                erased.append(session.get_one(SubjectKey, last))
            usecases.withdraw(services, builders.context(services, SCHOOL), last, made[last], "verkeerd")

    renewal.renew(services.db, services.vault, system(services), batch=1, tell=erase_the_last_one)
    assert set(standings(services)) == {"definitief"}
    with pytest.raises(KeyDestroyed):
        services.vault.keyring.unwrap(erased[0].wrapped, _bound(erased[0]))
    assert_all_readable_and_findable(services)


def test_a_reader_that_began_before_a_renewal_still_reads_after_it(services: Services) -> None:
    dossier_id, document_id = with_document(services)
    other = with_document(services, first_name="Ander")
    with services.db.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        session.get_one(SubjectKey, dossier_id)
        usecases.withdraw(services, builders.context(services, SCHOOL), dossier_id, document_id, "verkeerd")
        usecases.withdraw(services, builders.context(services, SCHOOL), *other, "verkeerd")
        renew(services)
        assert pupil_of(session, services.vault, dossier).first_name == "Jip"
        assert services.vault.subject_key(session, dossier_id)


def test_a_dossier_that_is_being_opened_during_a_renewal_is_not_lost(services: Services) -> None:
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    tenant = builders.account(services, SCHOOL).tenant_id
    wrapped, go_on = threading.Event(), threading.Event()
    subject_id = new_id()

    def slow_opener() -> None:
        with services.db.writing() as session:
            services.vault.create_subject(
                session, kind=DOSSIER, subject_id=subject_id, organisation_id=tenant, opened_on=services.clock().date()
            )
            wrapped.set()
            go_on.wait(20)

    opener = threading.Thread(target=slow_opener)
    opener.start()
    assert wrapped.wait(20)
    renewing = threading.Thread(target=renew, args=(services,))
    renewing.start()
    renewing.join(1)
    assert renewing.is_alive(), "the renewal must wait for the wrap that is not committed yet"
    go_on.set()
    opener.join(20)
    renewing.join(20)
    with services.db.reading() as session:
        assert len(services.vault.subject_key(session, subject_id)) == 32
    assert set(standings(services)) == {"definitief"}


def test_a_key_stored_for_a_new_document_during_a_renewal_is_not_lost(services: Services) -> None:
    dossier_id, document_id = with_document(services)
    usecases.withdraw(services, builders.context(services, SCHOOL), dossier_id, document_id, "verkeerd")
    stored, go_on = threading.Event(), threading.Event()

    def slow_upload() -> None:
        with services.db.writing() as session:
            services.vault.store_data_key(session, dossier_id, "document", "nieuw", bytes(range(32)))
            session.flush()
            stored.set()
            go_on.wait(20)

    uploading = threading.Thread(target=slow_upload)
    uploading.start()
    assert stored.wait(20)
    renewing = threading.Thread(target=renew, args=(services,))
    renewing.start()
    renewing.join(1)
    go_on.set()
    uploading.join(20)
    renewing.join(20)
    with services.db.reading() as session:
        assert services.vault.data_key(session, dossier_id, "document", "nieuw") == bytes(range(32))
    assert set(standings(services)) == {"definitief"}


def test_a_destruction_is_final_only_when_the_registered_copy_was_rewritten(services: Services, tmp_path: Path) -> None:
    keyring = services.vault.keyring
    assert isinstance(keyring, FileKeyring)
    place = tmp_path / "elsewhere"
    place.mkdir(mode=0o700)
    keyring.write_copy(place / "copy", place="kluis", on=services.clock().date())
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    renew(services)
    assert set(standings(services)) == {"voorlopig"}
    builders.work(services)
    assert set(standings(services)) == {"voorlopig"}
    keyring.write_copy(place / "copy", place="kluis", on=services.clock().date())
    builders.work(services)
    assert set(standings(services)) == {"definitief"}


def test_the_worker_renews_at_night_and_not_before(services: Services) -> None:
    clock = services.clock
    assert isinstance(clock, builders.Clock)
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    builders.work(services)
    clock.forward(hours=15)  # 01:00 in Amsterdam
    builders.work(services)
    assert set(standings(services)) == {"voorlopig"}
    clock.forward(hours=1.5)
    Worker(services).once()  # puts it in the queue
    builders.work(services)
    assert set(standings(services)) == {"definitief"}


def test_every_key_act_stands_in_the_log(services: Services) -> None:
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    renew(services)
    with services.db.reading() as session:
        told = session.scalar(select(func.count()).select_from(event).where(event.c.action == "key"))
    assert told == 3  # begun, destroyed, final


def test_a_period_whose_tokens_nobody_can_tell_again_is_not_destroyed(services: Services) -> None:
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services, SCHOOL))
    services.vault.token_sources.clear()
    with pytest.raises(renewal.RenewalError):
        renew(services)
    assert set(standings(services)) == {"voorlopig"}
    assert_all_readable_and_findable(services)
    again = replace(services, vault=build(services.settings).vault)
    renew(again)
    assert_all_readable_and_findable(again)
    assert set(standings(again)) == {"definitief"}


def test_a_log_key_is_not_rotated(services: Services) -> None:
    tenant = builders.account(services, SCHOOL).tenant_id
    with services.db.writing() as session, pytest.raises(renewal.RenewalError):
        renewal.ask_rotation(
            session,
            services.vault,
            renewal.Period(organisation_id=tenant, name=f"log-{services.clock().year}"),
            now=services.clock(),
        )


def test_everything_that_opens_a_document_is_gone_with_the_whole_document(services: Services) -> None:
    dossier_id, document_id = with_document(services)
    usecases.withdraw(services, builders.context(services, SCHOOL), dossier_id, document_id, "verkeerd")
    with services.db.reading() as session:
        assert session.get(Document, document_id) is None
        refs = {key.ref for key in session.scalars(select(DataKey).where(DataKey.subject_id == dossier_id))}
    assert refs == {""}
    with pytest.raises((CryptoError, LookupError)), services.db.reading() as session:
        services.vault.data_key(session, dossier_id, "document", document_id)
