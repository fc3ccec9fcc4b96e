"""Kill -9 of the worker in the midst of a check, and of the web in the midst of an upload: nothing is lost, nothing is half."""

from __future__ import annotations

import contextlib
import http.client
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from sqlalchemy import select

from gateway.dossiers import checking
from gateway.dossiers.tables import Document, DocumentVersion, Rendition
from gateway.jobs.queue import LEASE
from gateway.jobs.tables import Job
from gateway.worker import Worker
from tests import builders, doors, personas
from tests.browser import portal as portals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.services import Services

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "files"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[portals.Portal]:
    with portals.running(tmp_path / "installation", web=False, worker=False) as made:
        yield made


@pytest.fixture
def services(portal: portals.Portal) -> Iterator[Services]:
    built = portal.services()
    yield built
    built.db.dispose()


def test_a_worker_that_is_killed_in_a_check_loses_no_document(portal, services):
    dossier = builders.draft(services)
    content = (SAMPLES / "verslag.docx").read_bytes()
    document = builders.upload(services, personas.OWNER, dossier, "verslag.docx", content).document_id
    portal.start_worker()
    _until(lambda: any(portal.scratch.glob("job-*/*")), "the check began")
    portal.kill(portal.worker)
    assert _state(services, document) == "in_check"
    portal.run("worker", "--once")  # the job still belongs to the dead worker; its scratch is cleaned up already
    assert list(portal.scratch.iterdir()) == []
    later = replace(services, clock=lambda: services.clock() + LEASE + timedelta(seconds=1))
    Worker(later).once()
    assert _state(services, document) == "ready"
    with services.db.reading() as session:
        assert session.scalars(select(Job)).all() == []
    _only_what_rows_know(services)


def test_a_web_that_is_killed_in_an_upload_leaves_neither_row_nor_object(portal, services):
    dossier = builders.draft(services)
    before = _documents(services)
    portal.start_web()
    connection = _half_an_upload(portal, dossier)
    _until(
        lambda: any(
            path.is_file() and path.stat().st_size
            for path in (portal.data / "objects").rglob("*")
            if path.name not in _objects(services)
        ),
        "the upload arrived",
    )
    portal.kill(portal.web)
    connection.close()
    portal.start_web()
    portal.run("worker", "--once")
    assert _documents(services) == before
    _only_what_rows_know(services)


def test_a_web_that_is_killed_after_an_answer_keeps_what_it_answered(portal, services):
    dossier = builders.draft(services)
    portal.start_web()
    connection, headers = _signed_in(portal)
    body = _form(_token(connection, headers, f"/dossiers/{dossier}/toevoegen"), b"Een verslag dat moet blijven.\n")
    connection.request(
        "POST", f"/dossiers/{dossier}/toevoegen", body, {**headers, "Content-Type": TYPE, "Accept": "application/json"}
    )
    answer = connection.getresponse().read()
    connection.close()
    portal.kill(portal.web)
    assert b'"ok":true' in answer.replace(b" ", b"")
    portal.run("worker", "--once")
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.dossier_id == dossier)).one()
        assert version.state == "ready"
    _only_what_rows_know(services)


BOUNDARY = "grens-van-deze-proef"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def _form(token: str, content: bytes, *, end: bool = True) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="verslag.txt"\r\n\r\n'
    return head.encode() + content + (f"\r\n--{BOUNDARY}--\r\n".encode() if end else b"")


def _half_an_upload(portal: portals.Portal, dossier: str) -> http.client.HTTPConnection:
    """Sends three of the ten megabytes that it announces, and stays."""
    connection, headers = _signed_in(portal)
    path = f"/dossiers/{dossier}/toevoegen"
    body = _form(_token(connection, headers, path), b"Een regel van een lang verslag.\n" * 100_000, end=False)
    connection.putrequest("POST", path)
    for name, value in {**headers, "Content-Type": TYPE, "Content-Length": "10000000"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body)
    return connection


def _signed_in(portal: portals.Portal) -> tuple[http.client.HTTPConnection, dict[str, str]]:
    connection = http.client.HTTPConnection("localhost", portal.port, timeout=60)
    services = portal.services()
    headers = {"Cookie": f"dossierpoort={doors.cookie_for(services, personas.OWNER)}"}
    services.db.dispose()
    return connection, headers


def _token(connection: http.client.HTTPConnection, headers: dict[str, str], path: str) -> str:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.headers["Set-Cookie"]:
        headers["Cookie"] = str(answer.headers["Set-Cookie"]).split(";")[0]
    return text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def _until(done, what: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess):
            if done():
                return
        time.sleep(0.01)
    pytest.fail(f"never: {what}")


def _state(services: Services, document: str | None) -> str:
    with services.db.reading() as session:
        return session.scalars(select(DocumentVersion.state).where(DocumentVersion.document_id == document)).one()


def _documents(services: Services) -> list[str]:
    with services.db.reading() as session:
        return sorted(session.scalars(select(Document.id)))


def _objects(services: Services) -> set[str]:
    with services.db.reading() as session:
        return set(session.scalars(select(DocumentVersion.object_key))) | set(
            session.scalars(select(Rendition.object_key))
        )


def _only_what_rows_know(services: Services) -> None:
    """After the reconciler's time storage holds exactly the objects that rows name, and no half file."""
    later = services.clock() + checking.ORPHAN_AGE + timedelta(minutes=5)
    checking.reconcile(services, later)
    assert set(services.storage.keys(later)) == _objects(services)
    files = [path for path in services.settings.object_dir.rglob("*") if path.is_file()]
    assert len(files) == len(_objects(services)), files
