"""Jobs, leases and the worker on both databases: nothing is done twice, nothing is lost. Source: issue 2, "The worker"."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text, update

from gateway.dossiers import checking
from gateway.dossiers.tables import DocumentVersion, Erasure, Rendition
from gateway.jobs import queue
from gateway.jobs.tables import Heartbeat, Job, Lease
from gateway.services import utc_now
from gateway.storage import new_key
from gateway.worker import Worker, kept, make_huey, run_job
from tests import builders
from tests.personas import OWNER
from tests.portal import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.services import Services

pytestmark = pytest.mark.alone  # leases run out in seconds: a busy machine would change who leads


def put_job(services: Services, kind: str = "erase", ref: str = "r" * 32) -> str:
    with services.db.writing() as session:
        queue.enqueue(session, kind=kind, ref=ref, now=services.clock())
    with services.db.reading() as session:
        return session.scalars(select(Job.id).where(Job.kind == kind, Job.ref == ref)).one()


def claim(services: Services, job_id: str) -> Job | None:
    with services.db.writing() as session:
        return queue.claim(session, job_id, services.clock())


def state(services: Services, job_id: str) -> tuple[str, int] | None:
    with services.db.reading() as session:
        job = session.get(Job, job_id)
        return (job.state, job.attempts) if job else None


def lease_of(services: Services, job_id: str) -> datetime | None:
    with services.db.reading() as session:
        return session.get_one(Job, job_id).lease_until


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def version_of(services: Services, document_id: str) -> DocumentVersion:
    with services.db.reading() as session:
        return session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()


def test_the_same_promise_twice_is_one_job(services):
    assert put_job(services) == put_job(services)


def test_of_many_workers_that_reach_for_a_job_one_gets_it(services):
    job_id = put_job(services)
    gate, got = threading.Barrier(6), []

    def reach() -> None:
        gate.wait(20)
        got.append(claim(services, job_id) is not None)

    threads = [threading.Thread(target=reach) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == [False] * 5 + [True]


def test_a_job_whose_worker_died_is_taken_over_when_its_lease_ends_and_not_before(services, clock):
    job_id = put_job(services)
    assert claim(services, job_id)
    clock.forward(minutes=9)
    assert claim(services, job_id) is None
    with services.db.reading() as session:
        assert job_id not in [job.id for job in queue.due(session, services.clock())]
    clock.forward(minutes=2)
    with services.db.reading() as session:
        assert job_id in [job.id for job in queue.due(session, services.clock())]
    assert claim(services, job_id).attempts == 2


def test_a_worker_that_comes_back_late_neither_ends_nor_fails_the_job_of_its_successor(services, clock):
    job_id = put_job(services)
    late = claim(services, job_id)
    clock.forward(minutes=11)
    claim(services, job_id)
    with services.db.writing() as session:
        queue.fail(session, late, services.clock(), "OSError")
    assert state(services, job_id) == ("running", 2)
    with services.db.writing() as session:
        queue.finish(session, late, services.clock())
    assert state(services, job_id) == ("running", 2)


def test_a_promise_made_while_the_job_runs_is_not_swallowed_by_its_end(services):
    job_id = put_job(services)
    running = claim(services, job_id)
    put_job(services)
    with services.db.writing() as session:
        queue.finish(session, running, services.clock())
    assert state(services, job_id) == ("queued", 0)


@pytest.mark.parametrize("ends", ["finish", "fail"])
def test_a_promise_that_is_being_written_while_the_job_ends_is_not_swallowed_either(services, clock, ends):
    """On PostgreSQL the end waits for who writes the promise, and must see it then."""
    job_id = put_job(services)
    job = claim(services, job_id)

    def end() -> None:
        with services.db.writing() as other:
            queue.finish(other, job, clock()) if ends == "finish" else queue.fail(other, job, clock(), "X")

    with ThreadPoolExecutor() as pool:
        with services.db.writing() as session:
            queue.enqueue(session, kind="erase", ref="r" * 32, now=clock())
            ending = pool.submit(end)
            time.sleep(0.5)  # it waits for this transaction now
        ending.result(30)
    assert state(services, job_id)[0] == "queued"


def test_a_promise_made_while_the_job_runs_starts_no_second_run_beside_it_and_takes_no_attempts_away(services, clock):
    job_id = put_job(services)
    with services.db.writing() as session:
        queue.fail(session, queue.claim(session, job_id, services.clock()), services.clock(), "OSError")
    clock.forward(seconds=3)
    running = claim(services, job_id)
    put_job(services)
    assert claim(services, job_id) is None
    assert state(services, job_id) == ("again", 2)
    with services.db.reading() as session:
        counted = queue.counts(session)
    assert (counted["running"], "again" in counted) == (1, False)
    with services.db.writing() as session:
        assert not queue.fail(session, running, services.clock(), "OSError")
    assert state(services, job_id) == ("queued", 0)


def test_a_job_that_was_promised_anew_is_taken_over_when_its_worker_died(services, clock):
    job_id = put_job(services)
    claim(services, job_id)
    put_job(services)
    clock.forward(minutes=11)
    with services.db.reading() as session:
        assert job_id in [job.id for job in queue.due(session, services.clock())]
    assert claim(services, job_id).state == "running"  # it reads its matter after the promise


def test_the_lease_of_a_long_job_runs_on_as_long_as_its_worker_lives(services, clock):
    job_id = put_job(services)
    job = claim(services, job_id)
    with kept(services, job, every=0.02):
        for _ in range(3):
            clock.forward(minutes=9)
            assert eventually(lambda: lease_of(services, job_id) == services.clock() + queue.LEASE)
            assert claim(services, job_id) is None
    clock.forward(minutes=11)
    assert claim(services, job_id)


def test_who_lost_a_job_renews_nothing(services, clock):
    job_id = put_job(services)
    late = claim(services, job_id)
    clock.forward(minutes=11)
    claim(services, job_id)
    until = lease_of(services, job_id)
    with services.db.writing() as session:
        assert not queue.renew(session, late, services.clock())
    assert lease_of(services, job_id) == until


def test_a_failed_job_waits_its_time_also_when_it_is_in_the_queue_twice(services, clock):
    job_id = put_job(services)
    with services.db.writing() as session:
        queue.fail(session, queue.claim(session, job_id, services.clock()), services.clock(), "OSError")
    assert claim(services, job_id) is None
    clock.forward(seconds=3)
    assert claim(services, job_id)


def test_a_job_is_given_up_after_its_last_attempt_and_stays_to_be_seen(services, clock):
    job_id = put_job(services)
    for _ in range(queue.MAX_ATTEMPTS):
        job = claim(services, job_id)
        with services.db.writing() as session:
            given_up = queue.fail(session, job, services.clock(), "X" * 100)
        clock.forward(hours=1)
    assert given_up
    assert state(services, job_id) == ("failed", queue.MAX_ATTEMPTS)
    with services.db.reading() as session:
        assert job_id not in [job.id for job in queue.due(session, services.clock())]
        assert session.get(Job, job_id).trouble == "X" * 60


def test_one_worker_leads_and_another_takes_over_when_it_falls_silent(services, clock):
    def leads(holder: str) -> bool:
        with services.db.writing() as session:
            return queue.lead(session, name="worker", holder=holder, now=services.clock(), seconds=15)

    assert leads("a" * 32)
    assert not leads("b" * 32)
    clock.forward(seconds=10)
    assert leads("a" * 32)
    clock.forward(seconds=10)
    assert not leads("b" * 32)
    clock.forward(seconds=10)
    assert leads("b" * 32)
    assert not leads("a" * 32)
    with services.db.writing() as session:
        queue.step_down(session, name="worker", holder="b" * 32)
    assert leads("a" * 32)


def test_two_that_reach_for_the_lead_at_once_are_one_leader(services):
    gate, got = threading.Barrier(4), []

    def reach(holder: str) -> None:
        gate.wait(20)
        with services.db.writing() as session:
            got.append(queue.lead(session, name="worker", holder=holder, now=services.clock(), seconds=15))

    threads = [threading.Thread(target=reach, args=(letter * 32,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == [False, False, False, True]


def test_two_workers_never_do_a_job_twice(services, monkeypatch):
    done: list[str] = []
    monkeypatch.setattr(
        "gateway.worker.handlers",
        lambda _services: {"erase": lambda _context, ref: (time.sleep(0.02), done.append(ref))},
    )
    jobs = [put_job(services, ref=f"{n:032x}") for n in range(12)]

    def work() -> None:
        for job_id in jobs:
            run_job(services, job_id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == [f"{n:032x}" for n in range(12)]


def test_once_does_what_is_due_and_beats(services):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    assert Worker(services).once() >= 1
    assert version_of(services, received.document_id).state == "ready"
    assert Worker(services).once() == 0
    with services.db.reading() as session:
        assert not queue.is_late(session, services.clock())


def test_work_without_heartbeat_for_a_minute_is_late(services, clock):
    with services.db.writing() as session:
        queue.beat(session, "worker", services.clock())
        assert not queue.is_late(session, services.clock())
        clock.forward(seconds=61)
        assert queue.is_late(session, services.clock())
        session.execute(text("DELETE FROM heartbeat"))
        assert queue.is_late(session, services.clock())


def test_a_check_that_fails_each_time_is_given_up_in_the_open(services, clock):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    services.storage.delete(version_of(services, received.document_id).object_key)
    for _ in range(queue.MAX_ATTEMPTS):
        builders.work(services)
        clock.forward(hours=1)
    version = version_of(services, received.document_id)
    assert (version.state, version.verdict_code) == ("rejected", "not_checked")
    assert "niet controleren" in version.verdict


def test_the_reconciler_removes_only_old_objects_that_no_row_knows(services):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    builders.work(services)
    orphan = new_key()
    with services.storage.writer(orphan) as writer:
        writer.write(b"left by a dead process")
        writer.commit()
    now = utc_now()  # storage dates by the machine's clock
    assert checking.reconcile(services, now) == 0
    assert services.storage.exists(orphan)
    assert checking.reconcile(services, now + timedelta(hours=7)) == 1
    assert not services.storage.exists(orphan)
    assert services.storage.exists(version_of(services, received.document_id).object_key)


def test_objects_asked_to_be_erased_go_and_the_asking_with_them(services):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    builders.work(services)
    with services.db.reading() as session:
        version = version_of(services, received.document_id)
        keys = [
            version.object_key,
            *session.scalars(select(Rendition.object_key).where(Rendition.version_id == version.id)),
        ]
    assert len(keys) == 3
    from gateway.dossiers import usecases

    usecases.withdraw(
        services, builders.context(services, OWNER), dossier_id, received.document_id, "Verkeerde leerling."
    )
    builders.work(services)
    assert not any(services.storage.exists(key) for key in keys)
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 0


def test_one_object_that_may_not_be_deleted_does_not_keep_the_others_alive(services, monkeypatch):
    from gateway.storage import StorageRefused

    locked, free = "0" * 32, "f" * 32
    real_delete = services.storage.delete

    def delete(key: str) -> None:
        if key == locked:
            raise StorageRefused("locked")
        real_delete(key)

    with services.db.writing() as session:
        for key in (locked, free):
            session.merge(Erasure(object_key=key, asked_at=services.clock()))
    monkeypatch.setattr(services.storage, "delete", delete)
    assert checking.erase_asked(services) == 1
    with pytest.raises(StorageRefused):
        checking.erase_asked(services)
    with services.db.reading() as session:
        assert session.scalars(select(Erasure.object_key)).all() == [locked]


def test_storage_that_is_away_does_not_stop_the_rest_of_the_housekeeping(services, monkeypatch):
    from gateway.storage import StorageUnavailable

    def mute(_key: str) -> None:
        raise StorageUnavailable("no answer")

    with services.db.writing() as session:
        session.merge(Erasure(object_key=new_key(), asked_at=services.clock()))
    monkeypatch.setattr(services.storage, "delete", mute)
    swept: list[bool] = []
    monkeypatch.setattr(type(services.scratch), "sweep", lambda _self: swept.append(True))
    builders.work(services)
    assert swept
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 1
        assert session.scalar(select(Heartbeat.at)) == services.clock()


def test_the_queue_keeps_the_database_safe_in_a_power_cut(services):
    """A connection with synchronous=OFF may checkpoint the shared file without fsync and spoil it."""
    huey = make_huey(services.db)
    if not services.db.is_sqlite:
        pytest.skip("PostgreSQL keeps its own promise")
    assert huey.storage.conn.execute("PRAGMA synchronous").fetchone()[0] == 2


@pytest.fixture
def real(services: Services) -> Services:
    """The same installation on the machine's clock, as processes of their own see it."""
    return replace(services, clock=utc_now)


def start_worker(services: Services) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "worker"],
        cwd=ROOT,
        env=environment(services.settings),
        stderr=subprocess.DEVNULL,
    )


def until(holds: object, seconds: float = 40) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():  # type: ignore[operator] # a callable
            return True
        time.sleep(0.2)
    return False


def test_a_worker_that_is_killed_loses_nothing_and_another_takes_the_lead(real):
    def holder() -> str | None:
        with real.db.reading() as session:
            return session.scalar(select(Lease.holder))

    with real.db.writing() as session:
        session.execute(text("DELETE FROM heartbeat"))
    first = start_worker(real)
    try:
        assert until(holder)
        leader = holder()
        dossier_id = builders.draft(real)
        received = builders.upload(real, OWNER, dossier_id, "a.txt", b"Een verslag.")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with real.db.writing() as session:
            session.execute(
                update(Job).where(Job.state == "running").values(lease_until=utc_now() - timedelta(seconds=1))
            )
        second = start_worker(real)
        try:
            assert until(lambda: holder() not in {leader, None})
            assert until(lambda: version_of(real, received.document_id).state == "ready")
            second.send_signal(signal.SIGTERM)
            assert second.wait(30) == 0
            assert holder() is None
        finally:
            if second.poll() is None:
                second.kill()
                second.wait()
    finally:
        if first.poll() is None:
            first.kill()
            first.wait()
