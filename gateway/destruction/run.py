"""The whole run: what changed is taken back, what is due is announced, what may go goes, what was begun goes on.

One dossier at a time, each step committed: killed anywhere, the next run takes it up; two runs at once wait for each
other at each row and find the step done. Memory does not grow with the number. Source: issue 10, ADR 17.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import exists, func, or_, select, text

from gateway.context import AMSTERDAM, Context
from gateway.destruction import announcing, asked, asking, clock, executing, line_rules, recipients
from gateway.destruction.announcing import BEFORE
from gateway.destruction.sets import letters_of
from gateway.destruction.tables import LineAsk, LineAsked
from gateway.dossiers.tables import Dossier, Enrolment
from gateway.erasure.tables import Destruction
from gateway.ids import new_id
from gateway.jobs import queue
from gateway.matters.tables import Hold, Matter
from gateway.storage import StorageError, StorageRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from gateway.db import Database
    from gateway.destruction.rules import ClockTrouble
    from gateway.services import Services

    Tell = Callable[["Told"], None]

log = structlog.get_logger("destruction")

KIND = "destroy"
NIGHT = time(1, 0)
"""Before the keys are renewed at two, so that what goes tonight opens nowhere tomorrow."""
AT_ONCE = 500
BY_DAY = 20
TROUBLES = "troubles"
AT_LEAST = timedelta(days=300)
"""No reglement keeps less than a year, and it is announced a month ahead: before that nothing can be due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened to one dossier in a run, or to a set of categories in it."""

    dossier_id: str
    what: str
    categories: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How many of each; with `trouble` nothing was done, for the clock is not believed.

    `troubles` is how many could not be done for a reason that only the log of the system names; they are tried again.
    """

    announced: int = 0
    taken_back: int = 0
    erased: int = 0
    waiting: int = 0
    certified: int = 0
    troubles: int = 0
    trouble: ClockTrouble | None = None


def run(services: Services, *, tell: Tell | None = None) -> Ran:
    """Do all that is to be done today, and go on with what an earlier run began."""
    say = tell or _silent
    trouble = clock.look(services, _context(services))
    if trouble is not None:
        log.warning("destruction_refused", trouble=trouble.value)
        return Ran(trouble=trouble)
    counts: Counter[str] = Counter()
    for row_id in announcing.announced(services):
        with _one(counts):
            if announcing.is_changed(services, _context(services), row_id):
                counts["taken_back"] += announcing.take_back(services, _context(services), row_id)
    with _one(counts):
        for dossier_id, only in announcing.to_announce(services, _context(services).today):
            with _one(counts):
                if announcing.announce(services, _context(services), dossier_id, only):
                    counts["announced"] += 1
                    say(Told(dossier_id=dossier_id, what="announced", categories=" ".join(only)))
    _erase_due(services, counts, say)
    _erase_asked(services, counts, say)
    went = _go_on(services, say, executing.STATES[1:-1], counts)
    if counts["erased"] and not went.emptied:
        forget_old_rows(services.db)
    with _one(counts):
        recipients.remind(services, _context(services))
    with _one(counts):
        asking.again(services, _context(services))
    _answer(services, counts)
    return Ran(
        announced=counts["announced"],
        taken_back=counts["taken_back"],
        erased=counts["erased"],
        waiting=counts["waiting"],
        certified=went.certified,
        troubles=counts[TROUBLES],
    )


BEFORE_OBJECTS = ("erased", "journalled")
BEGUN = executing.STATES[1:-2]
"""Erased, and without a certificate yet: goes on by day too. What waits for the keys to go waits for the night."""


def finish(services: Services) -> int:
    """By day: let what was erased get its certificate, when a place that did not answer does so now; a few at a time.

    Whatever goes wrong is logged and tried again: nothing else that the worker does waits for it.
    """
    counts: Counter[str] = Counter()
    certified = 0
    with _one(counts):
        certified = _go_on(services, _silent, BEGUN, counts, only=BY_DAY).certified
    _answer(services, counts)
    return certified


def go_on(services: Services, say: Tell | None = None) -> int:
    """Take everything that was begun as far as it goes now; returns how many got their certificate."""
    return _go_on(services, say or _silent, executing.STATES[1:-1], Counter()).certified


@dataclass(frozen=True, slots=True, kw_only=True)
class _Went:
    """How many got their certificate, and whether the files of the database were emptied of what went."""

    certified: int
    emptied: bool


def _go_on(
    services: Services, say: Tell, states: Sequence[str], counts: Counter[str], *, only: int | None = None
) -> _Went:
    certified, emptied, after = 0, False, ""
    while True:
        with services.db.reading() as session:
            query = select(Destruction).where(Destruction.state.in_(states), Destruction.id > after)
            # Of a few, others each time: what waits for a person must not keep the rest from their turn.
            ordered = query.order_by(Destruction.id if only is None else func.random())
            rows = session.scalars(ordered.limit(only or AT_ONCE)).all()
        answers = True
        for row in rows:
            state = row.state
            with _one(counts) as one:
                state = _as_far_as_it_goes(services, row)
            if state != row.state and state in {"certified", "final"}:
                certified += 1
                say(Told(dossier_id=row.dossier_id, what=state, categories=row.categories))
            with services.db.reading() as session:
                state = session.get_one(Destruction, row.id).state
            emptied = emptied or (row.state in BEFORE_OBJECTS and state not in BEFORE_OBJECTS)
            if one.silent_place:
                answers = False
                break
        if only is not None or not answers or len(rows) < AT_ONCE:
            break
        after = rows[-1].id
    if emptied:
        forget_old_rows(services.db)
    return _Went(certified=certified, emptied=emptied)


def would_go(services: Services) -> Iterator[tuple[Destruction, str]]:
    """What a run would destroy today, and what stands in the way of the others that are due: `--dry-run`."""
    context = _context(services)
    for row in _due(services, context):
        with services.db.reading() as session:
            dossier = session.get(Dossier, row.dossier_id)
            approved = len(executing.approvals_of(session, row.id))
            needed = executing.needed_of(session, row, context.today)
            only = letters_of(row)
            if dossier is None or not executing.judge_destroy(services, session, dossier, context.today, only).allowed:
                yield row, "refused"
            else:
                yield row, "goes" if approved >= needed else "waits for approval"


def is_due(session: Session, now: datetime) -> bool:
    """Whether tonight's run has not begun and there may be something in it: cheap, for it is asked every minute."""
    here = now.astimezone(AMSTERDAM)
    last = queue.last_beat(session, KIND)
    if here.time() < NIGHT or (last is not None and last.astimezone(AMSTERDAM).date() >= here.date()):
        return False
    before = here.date() - AT_LEAST
    old = or_(
        exists().where(Matter.ended_on < before),
        exists().where(Hold.final_decision_on < before),
        exists().where(Enrolment.until_day < before),
        exists().where(Destruction.state.in_(executing.STATES[:-1])),
        exists().where(LineAsked.told.not_in(asked.ENDED)),
        exists().where(LineAsk.state.in_(("", line_rules.KEPT))),
    )
    return bool(session.scalar(select(old)))


def begin(services: Services, now: datetime) -> None:
    """Put tonight's run in the queue when it is due; by day only what an earlier one began goes on."""
    finish(services)
    with services.db.reading() as session:
        due = is_due(session, now)
    if due:
        with services.db.writing() as session:
            queue.beat(session, KIND, now)
            queue.enqueue(session, kind=KIND, ref="all", now=now)


def forget_old_rows(db: Database) -> None:
    """What was deleted leaves the files of the database too: SQLite's log is emptied, PostgreSQL vacuums its tables."""
    if db.is_sqlite:
        connection = db.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            connection.close()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection_:
        connection_.execute(text("VACUUM"))


def _erase_due(services: Services, counts: Counter[str], say: Tell) -> None:
    """Erase what is due; each stands in the journal before the next one goes, or no next one goes."""
    for row in _due(services, _context(services)):
        what = state = ""
        with _one(counts):
            what = executing.erase(services, _context(services), row.id)
            counts[what] += 1
            say(Told(dossier_id=row.dossier_id, what=what, categories=row.categories))
            if what == "erased":
                state = executing.go_on(services, _context(services), row.id)
        if what == "erased" and state in {"", "erased"}:
            log.warning("destruction_stopped", trouble="journal")
            return


def _erase_asked(services: Services, counts: Counter[str], say: Tell) -> None:
    """Destroy what partners asked over the line: each stands in the journal before the next one goes."""
    with services.db.reading() as session:
        ids = asked.open_asks(session)
    for asked_id in ids:
        with _one(counts) as one:
            for thread_id in asked.due(services, _context(services), asked_id):
                made = asked.erase_one(services, _context(services), asked_id, thread_id)
                if made is None:
                    continue
                counts["erased"] += 1
                say(Told(dossier_id=thread_id, what="erased"))
                if executing.go_on(services, _context(services), made) == "erased":
                    log.warning("destruction_stopped", trouble="journal")
                    return
        if one.silent_place:
            return


def _answer(services: Services, counts: Counter[str]) -> None:
    """Tell the partners who asked what became of it, as far as that is something new."""
    with _one(counts):
        with services.db.reading() as session:
            ids = asked.open_asks(session)
        for asked_id in ids:
            with _one(counts):
                asked.answer(services, _context(services), asked_id)


class _One:
    """What went wrong with one dossier, if anything; `silent_place`: a place did not answer."""

    silent_place = False


@contextlib.contextmanager
def _one(counts: Counter[str]) -> Iterator[_One]:
    """Do one dossier: its trouble is counted and logged by kind, and the next one has its turn."""
    one = _One()
    try:
        yield one
    except Exception as error:  # noqa: BLE001 - whatever it is, one dossier must not keep all others from going
        counts[TROUBLES] += 1
        one.silent_place = isinstance(error, OSError | StorageError) and not isinstance(error, StorageRefused)
        log.warning("destruction_trouble", trouble=type(error).__name__)


def _due(services: Services, context: Context) -> Iterator[Destruction]:
    """The destructions of which the day has come."""
    after = ""
    while True:
        with services.db.reading() as session:
            query = select(Destruction).where(
                Destruction.state == BEFORE, Destruction.due_on <= context.today, Destruction.id > after
            )
            rows = session.scalars(query.order_by(Destruction.id).limit(AT_ONCE)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def _as_far_as_it_goes(services: Services, row: Destruction) -> str:
    state = row.state
    while True:
        now_in = executing.go_on(services, _context(services), row.id)
        if now_in == state:
            return state
        state = now_in


def _context(services: Services) -> Context:
    """Nobody acts: the reglement and the people who approved decided. Each step has its own moment."""
    return Context(actor=None, now=services.clock(), request_id=new_id())


def _silent(_told: Told) -> None:
    pass
