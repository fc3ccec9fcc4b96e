"""The one background process: what runs when. Queued work goes through huey; its state stands in our own table."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from huey import PostgresHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import select, update

from audit.sequencer import sequence
from audit.tables import pending
from crypto.errors import CryptoError
from gateway import lines, metrics
from gateway.access import warning
from gateway.accounts import alerts, forgotten, people
from gateway.accounts import usecases as accounts
from gateway.accounts.tables import Account
from gateway.anonymisation import making
from gateway.context import AMSTERDAM, Context
from gateway.convenant import files as convenant_files
from gateway.destruction import run as destruction
from gateway.dossiers import birthdays, break_glass, checking, reading
from gateway.ids import new_id
from gateway.jobs import queue
from gateway.jobs.tables import Job
from gateway.keeping import reminders
from gateway.logbook import LOG_ID
from gateway.notices import outbox
from gateway.notices.tables import Notice
from gateway.outside import Outside, keep_up
from gateway.oversight import duties, log_term
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import applying, carrying, threads
from gateway.rights import chasing, redaction_making
from gateway.rights import duties as rights
from gateway.second_opinion import duties as second_opinions
from gateway.storage import StorageError
from gateway.vault import renewal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from gateway.db import Database
    from gateway.services import Services

log = structlog.get_logger("worker")

TICK_SECONDS = 1.0
LEASE_SECONDS = 15
BEAT_SECONDS = 5
RESEND_SECONDS = 60
THREADS = 2
STOP_SECONDS = 60
HANGS_SECONDS = 6 * 3600  # longer than the renewal of a million keys takes


GIVEN_UP = {
    "check": checking.give_up,
    "anonymise": making.give_up,
    "convenant-check": convenant_files.give_up,
    "redact": redaction_making.give_up,
}
"""What says to people that a kind of job could not be done, time after time."""


class IdsOnly(Serializer):  # type: ignore[misc] # huey ships no types
    """Queue messages as JSON with a task name and ids: nothing is unpickled, nothing personal is queued."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps([data.id, data.name, list(data.args)]).encode()

    def _deserialize(self, data: bytes) -> Any:
        task_id, name, args = json.loads(data)
        empty = dict.fromkeys(Message._fields)
        return Message(
            **{**empty, "id": task_id, "name": name, "args": tuple(args), "kwargs": {}, "retries": 0, "retry_delay": 0}
        )


def make_huey(db: Database) -> Any:
    """The queue, in the same database as everything else."""
    if db.is_sqlite:
        # A connection without fsync may checkpoint the shared file unsynced; a power cut would spoil everything.
        return SqliteHuey(
            "dossierpoort", filename=db.url.database, results=False, serializer=IdsOnly(), fsync=True, timeout=15
        )
    dsn = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return PostgresHuey("dossierpoort", dsn=dsn, results=False, serializer=IdsOnly())


def handlers(services: Services) -> dict[str, Callable[[Context, str], None]]:
    """What each kind of job does."""
    return {
        "anonymise": lambda context, ref: making.make(services, context, ref),
        "check": lambda context, ref: checking.check_document(services, context, ref),
        "convenant-check": lambda context, ref: convenant_files.check(services, context, ref),
        "redact": lambda context, ref: redaction_making.make(services, context, ref),
        "mail": lambda context, ref: send_mail(services, context, ref),
        "password": lambda context, ref: forgotten.send_link(services, context, ref),
        "failed-tries": lambda context, ref: alerts.send_failures(services, context, ref),
        "erase": lambda _context, _ref: _erase(services),
        "renew": lambda context, _ref: _renew(services, context),
        destruction.KIND: lambda _context, _ref: _destroy(services),
        threads.CARRY: lambda _context, ref: carrying.carry(services, ref),
        threads.APPLY: lambda _context, ref: applying.apply_thread(services, ref),
    }


def run_job(services: Services, job_id: str) -> None:
    """Claim and do one job; a failure is kept by class name only and tried again later."""
    now = services.clock()
    with services.db.writing() as session:
        job = queue.claim(session, job_id, now)
    if job is None:
        return
    started = time.monotonic()
    context = Context(actor=None, now=now, request_id=new_id())
    try:
        with kept(services, job):
            handlers(services)[job.kind](context, job.ref)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the job's state must say so
        with services.db.writing() as session:
            given_up = queue.fail(session, job, services.clock(), type(error).__name__)
        outcome = "given_up" if given_up else "again"
        metrics.count_job(kind=job.kind, outcome=outcome, seconds=time.monotonic() - started)
        log.warning("job_failed", kind=job.kind, job=job.id, trouble=type(error).__name__, given_up=given_up)
        if given_up and job.kind in GIVEN_UP:
            GIVEN_UP[job.kind](services, Context(actor=None, now=services.clock(), request_id=new_id()), job.ref)
        return
    with services.db.writing() as session:
        queue.finish(session, job, services.clock())
    metrics.count_job(kind=job.kind, outcome="done", seconds=time.monotonic() - started)
    log.info("job_done", kind=job.kind, job=job.id, seconds=round(time.monotonic() - started, 2))


@contextmanager
def kept(services: Services, job: Job, every: float = queue.RENEW.total_seconds()) -> Iterator[None]:
    """Let the lease of a job run on while the block runs: another worker takes it only from one that died or hangs."""
    done, end = threading.Event(), time.monotonic() + HANGS_SECONDS

    def keep() -> None:
        while not done.wait(every) and time.monotonic() < end:
            try:
                with services.db.writing() as session:
                    if not queue.renew(session, job, services.clock()):
                        return
            except Exception as error:  # noqa: BLE001 - the database may be back before the lease ends
                log.warning("lease_not_renewed", kind=job.kind, job=job.id, trouble=type(error).__name__)

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def send_mail(services: Services, context: Context, notice_id: str) -> None:
    """Mail one notice; without a mail server it stays in the portal."""
    if not services.settings.smtp_host:
        if not services.settings.demo:  # a demo shows them in its outbox until they are used or past their day
            _forget_link(services, notice_id)
        return
    with services.db.reading() as session:
        notice = session.get(Notice, notice_id)
        if notice is None or notice.mailed_at is not None:
            return
        account = session.get(Account, notice.account_id)
        if account is None or not account.active:
            return
        try:
            person = people.person_of(session, services.vault, account)
            link = services.vault.open_json(session, account.id, "notice", notice.sealed)["link"]
        except (LookupError, CryptoError):
            return  # the account's key is gone, and with it the address: there is nobody to mail
    message = outbox.compose(
        services.settings, to=person.email, kind=notice.kind, link=link, now=context.now, language=account.language
    )
    outbox.send(services.settings, message)
    with services.db.writing() as session:
        session.execute(update(Notice).where(Notice.id == notice_id).values(mailed_at=services.clock()))
    _forget_link(services, notice_id)


def _forget_link(services: Services, notice_id: str) -> None:
    """A sign-in link that was mailed, or that its maker was shown, is kept nowhere."""
    with services.db.writing() as session:
        notice = session.get(Notice, notice_id)
        if notice is not None and notice.kind in outbox.LINKS:
            session.delete(notice)


def _erase(services: Services) -> None:
    while checking.erase_asked(services):
        pass


def _renew(services: Services, context: Context) -> None:
    for done in renewal.renew(services.db, services.vault, context):
        log.info("keys_renewed", organisation=done.period.organisation_id, period=done.period.name, survivors=done.done)


def _destroy(services: Services) -> None:
    ran = destruction.run(services)
    log.info(
        "destroyed",
        erased=ran.erased,
        announced=ran.announced,
        taken_back=ran.taken_back,
        waiting=ran.waiting,
        troubles=ran.troubles,
    )


def ask_renewal(services: Services, now: datetime) -> None:
    """Put the nightly renewal of keys in the queue when it is due, and call final what has become final."""
    with services.db.reading() as session:
        due = renewal.is_due(session, now)
        waits = due and session.scalar(select(Job.id).where(Job.kind == "renew", Job.state != "failed"))
    if due and not waits:
        with services.db.writing() as session:
            queue.enqueue(session, kind="renew", ref="all", now=now)
    renewal.settle(services.db, services.vault, Context(actor=None, now=now, request_id=new_id()))


class Worker:
    """Leads when it holds the lease: sequences the log, starts due jobs, cleans up. Every worker does queued jobs."""

    def __init__(self, services: Services, *, threads: int = THREADS) -> None:
        lines.wire()
        self.services = services
        self.holder = new_id()
        self.outside = Outside(services)
        self.huey = make_huey(services.db)
        self._run = self.huey.task(name="run_job")(lambda job_id: run_job(services, job_id))
        self._threads = threads
        self._stop = threading.Event()
        self._sent: dict[tuple[str, int, datetime], float] = {}
        self._next: dict[str, float] = {}

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, then finish what runs and let go of the lease."""
        self.services.scratch.assert_safe()
        self.services.scratch.sweep()
        consumer = self.huey.create_consumer(
            workers=self._threads, periodic=False, worker_type="thread", max_delay=1.0, shutdown_timeout=STOP_SECONDS
        )
        consumer.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        log.info("worker_started", holder=self.holder)
        while not self._stop.wait(TICK_SECONDS):
            self._guarded_tick()
        consumer.stop(graceful=True)
        self.outside.wait(STOP_SECONDS)
        with self.services.db.writing() as session:
            queue.step_down(session, name="worker", holder=self.holder)
        log.info("worker_stopped", holder=self.holder)

    def stop(self) -> None:
        """Ask the loop to end."""
        self._stop.set()

    def once(self) -> int:
        """Do everything that is due now, in this thread, and return how many jobs that were (tests and cron)."""
        done = 0
        while True:
            with self.services.db.reading() as session:
                jobs = [job.id for job in queue.due(session, self.services.clock())]
            if not jobs:
                break
            for job_id in jobs:
                run_job(self.services, job_id)
                done += 1
        self._housekeeping(self.services.clock())
        log_term.expire_due(self.services, self.services.clock())
        self._sequence()
        keep_up(self.services, self.services.clock())
        duties.do(self.services, self.services.clock())
        with self.services.db.writing() as session:
            queue.beat(session, "worker", self.services.clock())
        return done

    def _guarded_tick(self) -> None:
        try:
            self._tick()
        except Exception as error:  # noqa: BLE001 - a passing failure (database away) must not end the worker
            log.warning("tick_failed", trouble=type(error).__name__)

    def _tick(self) -> None:
        now = self.services.clock()
        if self._is_time("beat", BEAT_SECONDS):
            with self.services.db.writing() as session:
                self._leads = queue.lead(session, name="worker", holder=self.holder, now=now, seconds=LEASE_SECONDS)
                queue.beat(session, "worker", now)
        if not self._leads:
            return
        self._sequence()
        self._start_due(now)
        if self._is_time("housekeeping", 60):
            self.outside.begin(now)
            self._housekeeping(now)
            duties.do(self.services, now)
        if self._is_time("reconcile", 600):
            removed = checking.reconcile(self.services, now)
            log.info("reconciled", removed=removed)
        if self._is_time("expiry", 3600) and (gone := log_term.expire_due(self.services, now)):
            log.info("log_rows_expired", removed=gone)

    _leads = False

    def _is_time(self, name: str, every: float) -> bool:
        if time.monotonic() < self._next.get(name, 0):
            return False
        self._next[name] = time.monotonic() + every
        return True

    def _sequence(self) -> None:
        with self.services.db.reading() as session:
            if not has_pending(session):
                return
        with self.services.db.writing() as session:
            sequence(session.connection(), LOG_ID)

    def _start_due(self, now: datetime) -> None:
        with self.services.db.reading() as session:
            jobs = [(job.id, job.attempts, job.due_at) for job in queue.due(session, now)]
        moment = time.monotonic()
        self._sent = {job: at for job, at in self._sent.items() if moment - at < RESEND_SECONDS}
        for job in jobs:  # each attempt is sent on its own, or a retry after seconds would wait for the minute
            if job not in self._sent:
                self._sent[job] = moment
                self._run(job[0])

    def _housekeeping(self, now: datetime) -> None:
        accounts.sweep(self.services, now)
        partner_keys.warn(self.services, now, now.astimezone(AMSTERDAM).date())
        reading.sweep(self.services, now)
        birthdays.tell_birthdays(self.services, now)
        with self.services.db.writing() as session:
            outbox.sweep(session, now)
        warning.warn(self.services, now)
        break_glass.tell_guardians(self.services, now)
        reminders.remind(self.services, now)
        second_opinions.do(self.services, now)
        destruction.begin(self.services, now)
        rights.do(self.services, now)
        chasing.do(self.services, now)
        ask_renewal(self.services, now)
        carrying.keep_up(self.services, now)
        self.services.scratch.sweep()
        try:
            _erase(self.services)
        except StorageError as error:  # what was asked stays asked; the rest of the tick must not wait for it
            log.warning("erasure_waits", trouble=type(error).__name__)


def has_pending(session: Any) -> bool:
    """Whether events wait for their leaf."""
    return session.execute(select(pending.c.event_seq).limit(1)).first() is not None
