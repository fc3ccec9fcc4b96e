"""Bad input at the use case of an upload, on both databases. Source: issue 2, "Bad input that must be tried"."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from gateway.dossiers import checking
from gateway.dossiers.queries import documents_of, school_dossier
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.dossiers.upload import receive
from gateway.errors import InvalidInputError, NotFoundError, UnavailableError
from tests import builders
from tests.personas import OTHER_SCHOOL, OWNER

if TYPE_CHECKING:
    from gateway.services import Services

FAR = timedelta(days=365)


def objects(services: Services) -> set[str]:
    """Every object in storage."""
    return set(services.storage.keys(builders.Clock().now + FAR * 50))


def rows(services: Services, dossier_id: str) -> int:
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(DocumentVersion.dossier_id == dossier_id)) or 0


def names(services: Services, dossier_id: str) -> list[str]:
    context = builders.context(services, OWNER)
    with services.db.reading() as session:
        lines, _ = documents_of(services, session, context, school_dossier(session, context, dossier_id))
    return [line.file_name for line in lines]


def test_of_fifty_files_with_one_broken_the_other_forty_nine_stay(services):
    dossier_id = builders.draft(services)
    received = [
        builders.upload(
            services,
            OWNER,
            dossier_id,
            f"stuk-{n}.txt",
            b"\x7fELF\x00 no letter" if n == 17 else f"Verslag nummer {n}.".encode(),
        )
        for n in range(50)
    ]
    assert [n for n, item in enumerate(received) if item.problem] == [17]
    assert "nemen wij niet aan" in received[17].problem
    assert rows(services, dossier_id) == 49


def test_a_file_whose_inside_is_broken_is_rejected_with_its_sentence_and_the_others_become_ready(services):
    dossier_id = builders.draft(services)
    good = builders.upload(services, OWNER, dossier_id, "goed.txt", b"Een goed verslag.")
    bad = builders.upload(services, OWNER, dossier_id, "kapot.pdf", b"%PDF-1.7\nthis ends too early")
    builders.work(services)
    with services.db.reading() as session:
        states = {
            row.document_id: (row.state, row.verdict)
            for row in session.scalars(select(DocumentVersion).where(DocumentVersion.dossier_id == dossier_id))
        }
    assert states[good.document_id] == ("ready", None)
    assert states[bad.document_id][0] == "rejected"
    assert states[bad.document_id][1].endswith(".")


def test_an_empty_file_and_a_stranger_kind_are_told_apart(services):
    dossier_id = builders.draft(services)
    assert builders.upload(services, OWNER, dossier_id, "leeg.txt", b"").problem == "Dit bestand is leeg."
    assert (
        "soort bestand" in builders.upload(services, OWNER, dossier_id, "x.exe", b"MZ\x90\x00" + b"\x00" * 100).problem
    )
    assert rows(services, dossier_id) == 0


def test_a_file_above_the_limit_is_refused_while_it_streams_and_leaves_nothing(services):
    small = replace(services, settings=replace(services.settings, max_file_bytes=3_000_000))
    dossier_id, before, seen = builders.draft(services), objects(services), 0

    def endless() -> Any:
        nonlocal seen
        for _ in range(2000):
            seen += 1_000_000
            yield b"a" * 1_000_000

    part = replace(builders.file_part("groot.txt", b""), chunks=endless())
    received = receive(small, builders.context(services, OWNER), dossier_id, part)
    assert received.problem == "Dit bestand is groter dan 3 MB. Splits het, of maak het kleiner."
    assert seen == 4_000_000
    assert objects(services) == before
    assert rows(services, dossier_id) == 0


def test_a_dossier_takes_no_more_than_its_room_also_when_two_files_come_at_once(services):
    small = replace(services, settings=replace(services.settings, max_dossier_bytes=100_000))
    dossier_id = builders.draft(services)
    gate, results = threading.Barrier(2), []

    def send(letter: bytes) -> None:
        def chunks() -> Any:
            yield letter * 30_000
            gate.wait(20)  # both have read how much room there is
            yield letter * 40_000

        part = replace(builders.file_part("half.txt", b""), chunks=chunks())
        results.append(receive(small, builders.context(services, OWNER), dossier_id, part))

    threads = [threading.Thread(target=send, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(item.problem is None for item in results) == [False, True]
    assert any("dossier te groot" in (item.problem or "") for item in results)
    with services.db.reading() as session:
        assert session.get_one(Dossier, dossier_id).stored_bytes == 70_000


def test_the_same_file_twice_is_told_by_the_name_that_it_has(services):
    dossier_id = builders.draft(services)
    before = objects(services)
    builders.upload(services, OWNER, dossier_id, "Verslag maart.txt", b"Hetzelfde verslag.")
    again = builders.upload(services, OWNER, dossier_id, "ander naampje.txt", b"Hetzelfde verslag.")
    assert again.document_id is None
    assert "Verslag maart.txt" in again.problem
    assert rows(services, dossier_id) == 1
    assert len(objects(services) - before) == 1


def test_the_same_file_in_another_dossier_is_no_double_and_tells_nothing(services):
    first, second = builders.draft(services), builders.draft(services)
    assert builders.upload(services, OWNER, first, "a.txt", b"Gelijk verslag.").problem is None
    assert builders.upload(services, OWNER, second, "a.txt", b"Gelijk verslag.").problem is None


def test_the_same_file_by_two_people_at_once_is_kept_once(services):
    dossier_id = builders.draft(services)
    before = objects(services)
    gate, results = threading.Barrier(2), []

    def send() -> None:
        def chunks() -> Any:
            yield b"Een verslag dat twee mensen tegelijk sturen."
            gate.wait(20)

        part = replace(builders.file_part("zelfde.txt", b""), chunks=chunks())
        results.append(receive(services, builders.context(services, OWNER), dossier_id, part))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(item.problem is None for item in results) == [False, True]
    assert len(objects(services) - before) == 1


def test_a_connection_that_breaks_half_way_leaves_neither_row_nor_object(services):
    dossier_id = builders.draft(services)
    before = objects(services)

    def broken() -> Any:
        yield b"Het begin van een verslag. " * 100_000
        raise InvalidInputError("weg")

    part = replace(builders.file_part("half.txt", b""), chunks=broken())
    assert receive(services, builders.context(services, OWNER), dossier_id, part).document_id is None
    assert rows(services, dossier_id) == 0
    assert objects(services) == before
    assert services.storage.abandoned(builders.Clock().now + FAR * 50) == 0


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../x.txt", "x.txt"),
        ("C:\\Documenten\\x.txt", "x.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
        ("...verborgen.txt", "verborgen.txt"),
        ("x" * 400 + ".txt", "x" * 146 + ".txt"),
        ("", "bestand"),
        ("..", "bestand"),
        ("\u202etxt.exe", "txt.exe"),
        ("D'Artagnan 🎈 تقرير.txt", "D'Artagnan 🎈 تقرير.txt"),
    ],
)
def test_tricks_in_a_file_name_end_as_a_plain_name(services, sent, shown):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, sent, b"Een verslag.")
    assert received.problem is None
    assert received.file_name == shown
    assert names(services, dossier_id) == [shown]


def test_another_school_gets_the_answer_of_what_does_not_exist(services):
    dossier_id = builders.draft(services)
    with pytest.raises(NotFoundError):
        builders.upload(services, OTHER_SCHOOL, dossier_id, "a.txt", b"Verslag.")
    with pytest.raises(NotFoundError):
        builders.upload(services, OWNER, "f" * 32, "a.txt", b"Verslag.")


def test_a_new_version_takes_the_description_over_and_the_old_one_stays_readable_until_it_passed(services):
    dossier_id, document_id = builders.submitted(services)
    context = builders.context(services, OWNER)
    received = receive(
        services, context, dossier_id, builders.file_part("v2.txt", b"De tweede uitgave."), replaces=document_id
    )
    assert received.document_id == document_id
    with services.db.reading() as session:
        query = (
            select(DocumentVersion).where(DocumentVersion.document_id == document_id).order_by(DocumentVersion.number)
        )
        old, new = session.scalars(query).all()
        assert (old.state, new.state, new.kind, new.categories) == ("ready", "in_check", old.kind, old.categories)
    builders.work(services)
    with services.db.reading() as session:
        old, new = session.scalars(query).all()
        assert (old.state, new.state) == ("superseded", "ready")


def test_when_row_and_clean_up_both_fail_the_first_reason_is_told(services, monkeypatch):
    """The database goes away after the object was stored, and the storage does not answer either."""
    from gateway.storage import StorageUnavailable

    dossier_id = builders.draft(services)

    def away(*_args: Any, **_kwargs: Any) -> None:
        raise UnavailableError("De database antwoordt nu niet.")

    def mute(_key: str) -> None:
        raise StorageUnavailable("no answer")

    monkeypatch.setattr("gateway.dossiers.upload._add_rows", away)
    monkeypatch.setattr(services.storage, "delete", mute)
    with pytest.raises(UnavailableError, match="De database antwoordt nu niet"):
        builders.upload(services, OWNER, dossier_id, "a.txt", b"Verslag.")
    monkeypatch.undo()
    assert rows(services, dossier_id) == 0
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(Document.dossier_id == dossier_id)) == 0
    age(services)
    assert checking.reconcile(services, services.clock()) >= 1


def age(services: Services) -> None:
    """Make every object as old as the standing clock needs it: storage dates by the machine's own clock."""
    import os

    past = (services.clock() - timedelta(hours=7)).timestamp()
    for path in services.settings.object_dir.rglob("*"):
        if path.is_file():
            os.utime(path, (past, past))
