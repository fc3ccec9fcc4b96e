"""Jobs from promise to done: enqueued with the act, claimed by one worker, tried again, given up in the open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from gateway.ids import new_id
from gateway.jobs.tables import Heartbeat, Job, Lease

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

LEASE = timedelta(minutes=10)
RENEW = LEASE / 4
"""How often a worker that is still at a job asks for its lease to run on."""
AT_WORK = ("running", "again")
"""`again` runs, and was promised anew meanwhile: it is queued once more when it ends, and never runs twice at once."""
MAX_ATTEMPTS = 5
LATE = timedelta(seconds=60)
_BACKOFF = (2, 15, 60, 300, 900)


def enqueue(session: Session, *, kind: str, ref: str, now: datetime) -> None:
    """Promise a job, in the transaction of the act; the same job twice is one job.

    One that runs may have read its matter before this act: it is done again after its end, and keeps its worker, its
    lease and its attempts until then.
    """
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert

    statement = insert(Job).values(id=new_id(), kind=kind, ref=ref, state="queued", attempts=0, made_at=now, due_at=now)
    at_work = Job.state.in_(AT_WORK)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Job.kind, Job.ref],
            set_={
                "state": case((at_work, "again"), else_="queued"),
                "due_at": case((at_work, Job.due_at), else_=now),
                "attempts": case((at_work, Job.attempts), else_=0),
            },
        )
    )


def due(session: Session, now: datetime, limit: int = 50) -> Sequence[Job]:
    """Jobs to be started: due ones, and those whose worker died (their lease ran out)."""
    query = (
        select(Job)
        .where(
            or_(
                and_(Job.state == "queued", Job.due_at <= now),
                and_(Job.state.in_(AT_WORK), Job.lease_until < now),
            )
        )
        .order_by(Job.due_at, Job.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def claim(session: Session, job_id: str, now: datetime) -> Job | None:
    """Take a job for this worker; None when another has it or it is done."""
    result = session.execute(
        update(Job)
        .where(
            Job.id == job_id,
            or_(
                and_(Job.state == "queued", Job.due_at <= now),
                and_(Job.state.in_(AT_WORK), Job.lease_until < now),
            ),
        )
        .values(state="running", lease_until=now + LEASE, attempts=Job.attempts + 1)
    )
    if getattr(result, "rowcount", 0) != 1:
        return None
    return session.get(Job, job_id, populate_existing=True)


def renew(session: Session, job: Job, now: datetime) -> bool:
    """Let the lease of a job run on from now; false when another took it over, or it is gone."""
    result = session.execute(update(Job).where(*_held(job)).values(lease_until=now + LEASE))
    return getattr(result, "rowcount", 0) == 1


def finish(session: Session, job: Job, now: datetime) -> None:
    """The job is done: its row goes, or waits anew when it was promised anew. Who lost it changes nothing.

    In this order: a promise that is being written meanwhile makes the first statement wait, and the second one sees it.
    The other way round it fell between the two on PostgreSQL, and the job stood still until its lease ran out.
    """
    fresh = {"state": "queued", "attempts": 0, "due_at": now, "lease_until": None}
    session.execute(delete(Job).where(*_held(job), Job.state == "running"))
    session.execute(update(Job).where(*_held(job), Job.state == "again").values(fresh))


def fail(session: Session, job: Job, now: datetime, trouble: str) -> bool:
    """Try again later, or give up after the last attempt; returns whether it was given up.

    `trouble` is a class name: a message might hold data.
    """
    given_up = job.attempts >= MAX_ATTEMPTS
    wait = _BACKOFF[min(job.attempts, len(_BACKOFF)) - 1]
    later = {"due_at": now + timedelta(seconds=wait), "lease_until": None, "trouble": trouble[:60]}
    state = "failed" if given_up else "queued"
    result = session.execute(update(Job).where(*_held(job), Job.state == "running").values(state=state, **later))
    # What was promised anew has all its attempts before it; in this order, see `finish`.
    session.execute(update(Job).where(*_held(job), Job.state == "again").values(state="queued", attempts=0, **later))
    return given_up and getattr(result, "rowcount", 0) == 1


def _held(job: Job) -> tuple[ColumnElement[bool], ...]:
    """Only who still holds the job may settle it: each claim counts one attempt, so a late worker finds no row."""
    return (Job.id == job.id, Job.state.in_(AT_WORK), Job.attempts == job.attempts)


def lead(session: Session, *, name: str, holder: str, now: datetime, seconds: int) -> bool:
    """Hold or take the named lease: true when this holder leads until `now + seconds`."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    until = now + timedelta(seconds=seconds)
    statement = insert(Lease).values(name=name, holder=holder, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=[Lease.name],
        set_={"holder": holder, "until": until},
        where=or_(Lease.holder == holder, Lease.until < now),
    )
    session.execute(statement)
    return session.scalar(select(Lease.holder).where(Lease.name == name)) == holder


def step_down(session: Session, *, name: str, holder: str) -> None:
    """Let go of the lease at a graceful stop."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def beat(session: Session, name: str, now: datetime) -> None:
    """Show that this part lives."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    statement = insert(Heartbeat).values(name=name, at=now)
    session.execute(statement.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": now}))


def last_beat(session: Session, name: str) -> datetime | None:
    """When this part last showed that it lives."""
    return session.scalar(select(Heartbeat.at).where(Heartbeat.name == name))


def is_late(session: Session, now: datetime) -> bool:
    """Whether the background work stands still: no heartbeat for a minute."""
    at = last_beat(session, "worker")
    return at is None or now - at > LATE


def counts(session: Session) -> dict[str, int]:
    """How many jobs there are in each state; what runs and was promised anew counts as running."""
    shown = case((Job.state == "again", "running"), else_=Job.state)
    return dict(session.execute(select(shown, func.count()).group_by(shown)).all())
