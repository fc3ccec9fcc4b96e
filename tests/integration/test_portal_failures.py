"""What fails around the portal: full disk, storage, database and scanner away, processes killed. Source: issue 2."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from audit.events import Action, Outcome
from audit.log import events
from gateway.accounts.tables import Account
from gateway.app import create_app
from gateway.db import Database
from gateway.dossiers import checking, reading, usecases
from gateway.dossiers.tables import DocumentVersion
from gateway.errors import ConflictError, UnavailableError
from gateway.jobs import queue
from gateway.services import open_storage, utc_now
from gateway.storage import LocalStorage
from tests import builders
from tests.personas import OWNER, SWV, visitor
from tests.portal import ROOT, environment, serve
from tests.services import processes
from tests.services.clamd import SIGNATURE, eicar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.services import Services


def rows(services: Services, dossier_id: str) -> int:
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(DocumentVersion.dossier_id == dossier_id)) or 0


def version_of(services: Services, document_id: str) -> DocumentVersion:
    with services.db.reading() as session:
        return session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()


@contextmanager
def write_lock(services: Services) -> Iterator[None]:
    """Another process that keeps the database's writers out."""
    if services.db.is_sqlite:
        other = sqlite3.connect(services.db.url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()
            other.close()
        return
    url = make_url(services.settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE dossier, throttle IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def short_patience(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The same installation with a busy timeout of half a second."""
    monkeypatch.setattr("gateway.db.BUSY_TIMEOUT_MS", 500)
    impatient = replace(services, db=Database(services.settings.database))
    try:
        yield impatient
    finally:
        impatient.db.dispose()


# --- the database -----------------------------------------------------------------------------------------------------


def test_a_locked_database_is_told_in_dutch_and_nothing_is_half_done(services, monkeypatch):
    dossier_id = builders.draft(services)
    with short_patience(services, monkeypatch) as impatient:
        before = set(services.storage.keys(utc_now() + timedelta(days=1)))
        started = time.monotonic()
        with write_lock(services), pytest.raises(UnavailableError, match="database antwoordt nu niet"):
            builders.upload(impatient, OWNER, dossier_id, "a.txt", b"Een verslag.")
        assert time.monotonic() - started < 15
        assert set(services.storage.keys(utc_now() + timedelta(days=1))) == before
        assert rows(services, dossier_id) == 0
        assert builders.upload(impatient, OWNER, dossier_id, "a.txt", b"Een verslag.").problem is None


def test_a_locked_database_gives_the_503_page_also_when_that_page_needs_the_database(services, monkeypatch):
    with short_patience(services, monkeypatch) as impatient:
        someone = visitor(create_app(impatient), OWNER)
        fields = {"email": OWNER, "password": "niet goed genoeg", "csrf_token": someone.token()}
        with write_lock(services):
            answer = someone.client.post("/aanmelden", data=fields)
        assert answer.status_code == 503
        assert "database antwoordt nu niet" in answer.get_data(as_text=True)


def test_a_database_that_is_away_gives_503_and_says_nothing_of_where_it_is(tmp_path, postgres_server):
    url = postgres_server.fresh_database("away")
    with builders.demo_installation(tmp_path, database_url=url) as services:
        app = create_app(services)
        someone = visitor(app, OWNER)
        postgres_server.drop_database("away")
        answer = someone.get("/dossiers")
        assert answer.status_code == 503
        page = answer.get_data(as_text=True)
        assert "database antwoordt nu niet" in page
        assert "away" not in page
        assert "127.0.0.1" not in page
        assert someone.get("/readyz").status_code == 503
        assert someone.get("/healthz").status_code == 200
        services.db.dispose()


def test_a_full_pool_of_connections_is_unavailable_not_a_fault(services, monkeypatch):
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError

    def none_left(*_args: Any) -> None:
        raise PoolTimeoutError

    monkeypatch.setattr(services.db.engine, "connect", none_left)
    monkeypatch.setattr(type(services.db.engine), "connect", none_left)
    with pytest.raises(UnavailableError), services.db.reading() as session:
        session.execute(text("SELECT 1"))


# --- two people at once -----------------------------------------------------------------------------------------------


def test_of_two_people_who_change_a_dossier_at_once_the_second_is_told_and_nothing_is_lost(services):
    dossier_id = builders.draft(services)
    context = builders.context(services, OWNER)
    usecases.change_pupil(services, context, dossier_id, builders.pupil(town="Eersteburg"), seen_version=1)
    with pytest.raises(ConflictError, match="Iemand anders"):
        usecases.change_pupil(services, context, dossier_id, builders.pupil(town="Tweededorp"), seen_version=1)
    with services.db.reading() as session:
        from gateway.dossiers.queries import pupil_of, school_dossier

        assert pupil_of(session, services.vault, school_dossier(session, context, dossier_id)).town == "Eersteburg"


def test_two_changes_in_the_same_moment_are_one_change_and_one_conflict(services):
    dossier_id = builders.draft(services)
    results = at_once(
        lambda n: usecases.change_pupil(
            services,
            builders.context(services, OWNER),
            dossier_id,
            builders.pupil(town=f"Plaats{n}"),
            seen_version=1,
        )
    )
    assert sorted(results) == ["ConflictError", "done"]


def test_two_who_submit_in_the_same_moment_submit_once(services):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    builders.describe(services, OWNER, dossier_id, received.document_id)
    builders.work(services)
    results = at_once(lambda _n: usecases.submit(services, builders.context(services, OWNER), dossier_id))
    assert sorted(results) == ["ConflictError", "done"]


def at_once(act: Any) -> list[str]:
    gate, results = threading.Barrier(2), []

    def run(number: int) -> None:
        gate.wait(20)
        try:
            act(number)
        except Exception as error:  # noqa: BLE001 - its kind is what the test looks at
            results.append(type(error).__name__)
        else:
            results.append("done")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


# --- the disk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", place], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("this machine lets nobody mount; the child with a file size limit tries the same")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_told_in_dutch_leaves_nothing_and_the_next_small_file_goes_in(services, small_disk):
    full = replace(services, storage=LocalStorage(small_disk / "objects"))
    dossier_id = builders.draft(services)
    with pytest.raises(UnavailableError, match="geen ruimte meer"):
        builders.upload(full, OWNER, dossier_id, "groot.txt", b"Een lang verslag. " * 500_000)
    assert rows(services, dossier_id) == 0
    assert not [path for path in small_disk.rglob("*") if path.is_file()]
    assert builders.upload(full, OWNER, dossier_id, "klein.txt", b"Een kort verslag.").problem is None


def test_a_limit_on_file_size_is_a_full_disk_too(tmp_path):
    """In a child, since the limit holds for the whole process."""
    with builders.demo_installation(tmp_path) as services:
        dossier_id = builders.draft(services)
        services.db.dispose()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
                try:
                    builders.upload(services, OWNER, dossier_id, "groot.txt", b"Een lang verslag. " * 500_000)
                except UnavailableError as error:
                    code = 0 if "geen ruimte meer" in error.message else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert rows(services, dossier_id) == 0


# --- killed between object and row ------------------------------------------------------------------------------------


def test_a_process_killed_between_object_and_row_leaves_an_orphan_that_goes_when_it_is_old(services):
    dossier_id = builders.draft(services)
    before = set(services.storage.keys(utc_now() + timedelta(days=1)))
    services.db.dispose()
    child = os.fork()
    if child == 0:
        try:
            made = services.storage.writer
            from gateway.storage.local import _LocalWriter

            commit = _LocalWriter.commit

            def commit_and_die(writer: Any) -> None:
                commit(writer)
                os._exit(77)

            _LocalWriter.commit = commit_and_die
            assert made
            builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77
    orphans = set(services.storage.keys(utc_now() + timedelta(days=1))) - before
    assert len(orphans) == 1
    assert rows(services, dossier_id) == 0
    now = utc_now()
    assert checking.reconcile(services, now) == 0
    assert checking.reconcile(services, now + timedelta(hours=7)) == 1
    assert set(services.storage.keys(now + timedelta(days=1))) == before
    again = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    assert again.problem is None


def test_a_web_process_killed_in_the_middle_of_an_upload_loses_nothing_that_was_kept(tmp_path):
    from tests.portal import part_head, upload_head

    with builders.demo_installation(tmp_path, clock=utc_now) as services, serve(services.settings) as portal:
        owner = portal.person(OWNER)
        dossier_id = builders.draft(services)
        assert owner.upload(dossier_id, [("eerst.txt", b"Het eerste verslag.")]).status == 303
        token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
        line = portal.raw(upload_head(owner, dossier_id, token=token, length=50_000_000))
        line.sendall(part_head("file", "half.txt") + b"Het begin. " * 300_000)
        time.sleep(1)
        victim = portal.workers()[0]
        victim.send_signal(signal.SIGKILL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if owner.ask("GET", "/dossiers").status == 200:
                    break
            except OSError:
                time.sleep(0.2)
        line.close()
        assert rows(services, dossier_id) == 1
        checking.reconcile(services, utc_now() + timedelta(hours=7))
        assert not list((services.settings.object_dir / "incoming").iterdir())
        assert owner.upload(dossier_id, [("weer.txt", b"Het tweede verslag.")]).status == 303


# --- storage that does not answer -------------------------------------------------------------------------------------


def s3_at_nothing(services: Services) -> Services:
    settings = replace(
        services.settings,
        storage="s3",
        s3_bucket="b",
        s3_endpoint=f"http://127.0.0.1:{processes.free_port()}",
        s3_access_key="k",
        s3_secret_key="s",
    )
    return replace(services, settings=settings, storage=open_storage(settings))


def test_storage_that_cannot_be_reached_is_told_within_seconds(services):
    dossier_id, document_id = builders.submitted(services)
    away = s3_at_nothing(services)
    started = time.monotonic()
    with pytest.raises(UnavailableError, match="opslag antwoordt nu niet"):
        builders.upload(away, OWNER, dossier_id, "a.txt", b"Een verslag.")
    with pytest.raises(UnavailableError, match="kan nu niet worden geopend"):
        reading.download(away, builders.context(services, OWNER), dossier_id, document_id)
    assert time.monotonic() - started < 20
    with services.db.reading() as session:  # what was granted and did not leave stands as just that, newest first
        logged = events(session.connection(), dossier=dossier_id, action=Action.DOWNLOAD).rows
    assert [row.outcome for row in logged] == [Outcome.FAILED, Outcome.SUCCESS]


def test_storage_that_takes_the_line_and_falls_silent_is_given_up_within_a_minute(services):
    import socket as sockets

    dossier_id = builders.draft(services)
    with sockets.create_server(("127.0.0.1", 0)) as silent:
        settings = replace(
            services.settings,
            storage="s3",
            s3_bucket="b",
            s3_endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}",
            s3_access_key="k",
            s3_secret_key="s",
        )
        away = replace(services, settings=settings, storage=open_storage(settings))
        started = time.monotonic()
        with pytest.raises(UnavailableError):
            builders.upload(away, OWNER, dossier_id, "a.txt", b"Een verslag.")
        assert time.monotonic() - started < 45


def test_a_document_whose_storage_is_away_gives_the_503_page_and_keeps_no_writer_waiting(services):
    dossier_id, document_id = builders.submitted(services)
    away = s3_at_nothing(services)
    someone = visitor(create_app(away), SWV)
    path = f"/dossiers/{dossier_id}/stukken/{document_id}/downloaden"
    fields = {"csrf_token": someone.token()}
    waited: list[float] = []

    def write_meanwhile() -> None:
        time.sleep(0.3)
        started = time.monotonic()
        with services.db.writing() as session:
            queue.beat(session, "test", services.clock())
        waited.append(time.monotonic() - started)

    other = threading.Thread(target=write_meanwhile)
    other.start()
    answer = someone.client.post(path, data=fields)
    other.join(60)
    assert answer.status_code == 503
    assert "kan nu niet worden geopend" in answer.get_data(as_text=True)
    assert waited[0] < 5  # with the writer waiting for the storage it would be the whole of its patience


# --- the scanner ------------------------------------------------------------------------------------------------------


def test_a_known_virus_is_rejected_with_its_sentence_and_its_object_goes(tmp_path, clamd_socket):
    with builders.demo_installation(tmp_path, clamd=f"unix:{clamd_socket}") as services:
        dossier_id = builders.draft(services)
        bad = builders.upload(services, OWNER, dossier_id, "besmet.txt", b"Een brief. " + eicar())
        good = builders.upload(services, OWNER, dossier_id, "schoon.txt", b"Een gewone brief.")
        builders.work(services)
        version = version_of(services, bad.document_id)
        assert (version.state, version.verdict_code) == ("rejected", "malware")
        assert version.verdict.endswith(".")
        assert SIGNATURE not in version.verdict
        assert not services.storage.exists(version.object_key)
        assert version_of(services, good.document_id).state == "ready"


def test_without_scanner_a_document_stays_in_check_is_tried_again_and_given_up_in_the_end(tmp_path, clock):
    with builders.demo_installation(tmp_path, clock=clock) as embedded:
        from gateway.dossiers.files.scan import ClamdScanner

        services = replace(embedded, scanner=ClamdScanner(f"unix:{tmp_path}/nobody.sock"))
        dossier_id = builders.draft(services)
        received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een gewone brief.")
        builders.work(services)
        assert version_of(services, received.document_id).state == "in_check"
        clock.forward(minutes=5)
        builders.work(embedded)  # the scanner is back
        assert version_of(services, received.document_id).state == "ready"
        other = builders.upload(services, OWNER, dossier_id, "b.txt", b"Een andere brief.")
        for _ in range(queue.MAX_ATTEMPTS):
            assert version_of(services, other.document_id).state == "in_check"
            builders.work(services)
            clock.forward(hours=1)
        version = version_of(services, other.document_id)
        assert (version.state, version.verdict_code) == ("rejected", "not_checked")


# --- the whole road on S3 ---------------------------------------------------------------------------------------------


def test_the_whole_road_on_a_real_s3_server(tmp_path, s3_service):
    changes = {
        "storage": "s3",
        "s3_bucket": s3_service.new_bucket(),
        "s3_endpoint": s3_service.endpoint_url,
        "s3_region": "us-east-1",
        "s3_access_key": s3_service.access_key,
        "s3_secret_key": s3_service.secret_key,
    }
    with builders.demo_installation(tmp_path, **changes) as services:
        dossier_id = builders.draft(services)
        small = b"Verslag met een zin die niet leesbaar mag liggen.\n"
        received = builders.upload(services, OWNER, dossier_id, "klein.txt", small)
        large = b"%PDF-1.7\n" + os.urandom(20_000_000)
        other = builders.upload(services, OWNER, dossier_id, "groot.pdf", large)
        assert (received.problem, other.problem) == (None, None)
        client = s3_service.client()
        lying = [
            client.get_object(Bucket=changes["s3_bucket"], Key=entry["Key"])["Body"].read()
            for entry in client.list_objects_v2(Bucket=changes["s3_bucket"])["Contents"]
        ]
        assert not any(b"niet leesbaar" in content for content in lying)
        assert b"".join(open_it(services, other.document_id)) == large
        builders.work(services)
        context = builders.context(services, OWNER)
        opened = reading.open_reading(services, context, dossier_id, received.document_id)
        assert "niet leesbaar" in opened.texts[0]
        _, image = reading.page_image(services, context, opened.reading_id, 1)
        assert b"".join(image)[8:12] == b"WEBP"
        assert b"".join(reading.download(services, context, dossier_id, received.document_id).chunks) == small
        rejected = version_of(services, other.document_id)
        assert rejected.state == "rejected"
        assert not services.storage.exists(rejected.object_key)
        client.delete_object(Bucket=changes["s3_bucket"], Key=version_of(services, received.document_id).object_key)
        with pytest.raises(UnavailableError):
            reading.download(services, context, dossier_id, received.document_id)


def open_it(services: Services, document_id: str) -> Iterator[bytes]:
    from gateway.dossiers.content import open_content
    from gateway.dossiers.tables import Dossier

    version = version_of(services, document_id)
    with services.db.reading() as session:
        tenant = session.get_one(Dossier, version.dossier_id).tenant_id
        return open_content(services, session, tenant_id=tenant, version=version)


# --- a portal on its own ----------------------------------------------------------------------------------------------


def test_the_portal_on_another_database_tells_a_lock_within_its_patience(tmp_path, postgres_server):
    """PostgreSQL's lock_timeout is fifteen seconds: the page comes, and later requests work."""
    url = postgres_server.fresh_database("patience")
    try:
        with (
            builders.demo_installation(tmp_path, clock=utc_now, database_url=url) as services,
            serve(services.settings) as portal,
        ):
            owner = portal.person(OWNER)
            dossier_id = builders.draft(services)
            token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
            script = {"X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token}
            with write_lock_on(url):
                started = time.monotonic()
                direct = owner.ask(
                    "POST",
                    f"/dossiers/{dossier_id}/toevoegen",
                    upload_body(),
                    {**script, "Content-Type": "multipart/form-data; boundary=dossierpoort-test-boundary"},
                )
                assert time.monotonic() - started < 40
            assert direct.status == 503
            assert "database antwoordt nu niet" in json.loads(direct.text)["message"]
            assert owner.ask("GET", "/dossiers").status == 200
    finally:
        postgres_server.drop_database("patience")


def upload_body() -> bytes:
    from tests.portal import multipart

    return multipart([("file", "a.txt", b"Een verslag.")])


@contextmanager
def write_lock_on(url: str) -> Iterator[None]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as other:
        other.execute("LOCK TABLE document_version IN EXCLUSIVE MODE")
        other.execute("SELECT 1 FROM dossier FOR UPDATE")
        yield
        other.rollback()


def test_the_command_runs_from_the_environment_of_these_settings(services):
    found = subprocess.run(
        [sys.executable, "-m", "gateway", "user", "list"],
        cwd=ROOT,
        env=environment(services.settings),
        capture_output=True,
        text=True,
        check=True,
    )
    with services.db.reading() as session:
        assert found.stdout.count("active") == session.scalar(select(func.count()).select_from(Account))
