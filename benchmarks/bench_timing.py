"""Whether the time of an answer tells who has an account, or whose BSN is known: each pair of roads, interleaved.

The real pages over WSGI, on an own installation; processor time, so that neighbours on the machine do not count. For
each pair two numbers: how often one answer is rightly told from the other by its time (0.5: by chance; the goal is what
chance alone exceeds once in a thousand runs), and the difference between the medians in milliseconds, for whoever wants
to know how much. Prints JSON lines; exit 1 when a goal does not hold.
"""

from __future__ import annotations

import gc
import json
import math
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.setup import make_tenant
from gateway.accounts.tables import Account
from gateway.app import create_app
from gateway.context import Role
from tests import builders, personas
from tests.personas import Visitor, visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from gateway.services import Services

SIGMAS = 3.1  # once in a thousand runs by chance
WRONG = "een verkeerd wachtwoord dat lang genoeg is"


def _posting(someone: Visitor, path: str, token: str, fields: Callable[[int], dict[str, str]]) -> Callable[[int], None]:
    def send(number: int) -> None:
        someone.client.post(path, data={"csrf_token": token, **fields(number)}).close()

    return send


def _sign_in(app: Flask, email: str) -> Callable[[int], None]:
    someone = visitor(app)
    return _posting(someone, "/aanmelden", someone.token(), lambda _n: {"email": email, "password": WRONG})


def _forgotten(app: Flask, email: str) -> Callable[[int], None]:
    someone = visitor(app)
    return _posting(someone, "/wachtwoord-vergeten", someone.token(), lambda _n: {"email": email})


def _link(app: Flask, token: str) -> Callable[[int], None]:
    someone = visitor(app)
    return lambda _n: someone.client.get(f"/uitnodiging/{token}").close()


def _search(app: Flask, bsn: str) -> Callable[[int], None]:
    someone = visitor(app, personas.OTHER_SCHOOL)
    return _posting(someone, "/dossiers", someone.token(), lambda _n: {"zoek": bsn})


def _invite(app: Flask, organisation: str, emails: Iterator[str]) -> Callable[[int], None]:
    someone = visitor(app, personas.ADMINISTRATOR)
    fields = {"organisation_id": organisation, "role": "swv_staff", "name": "Iemand Nieuw"}
    return _posting(someone, "/inrichting/uitnodigen", someone.token(), lambda _n: {**fields, "email": next(emails)})


def _elsewhere(services: Services, count: int) -> list[str]:
    """Accounts at another SWV, for the invitations of this one."""
    emails = [f"elders{number}@demo.example" for number in range(count)]
    now = services.clock()
    with services.db.writing() as session:
        _, swv = make_tenant(session, swv="SWV Overkant (verzonnen)", slug="overkant", profile="po-raad-2014", now=now)
        for email in emails:
            person = Person(name="Ver Weg", email=email)
            people.create(session, services.vault, organisation=swv, role=Role.SWV_STAFF, person=person, now=now)
    return emails


def pairs(app: Flask, services: Services, count: int) -> dict[str, tuple[Callable[[int], None], Callable[[int], None]]]:
    """Each pair: what somebody would like to tell apart."""
    dossier, _ = builders.submitted(services, bsn="100000009")
    assert dossier
    swv = builders.account(services, personas.SWV).organisation_id
    with services.db.writing() as session:
        ended = update(Account).where(Account.id == builders.account(services, personas.COLLEAGUE).id)
        session.execute(ended.values(active=False))
    known, fresh = (
        iter(_elsewhere(services, count + 2)),
        iter(f"nergens{number}@demo.example" for number in range(count + 2)),
    )
    nobody = "bestaat.niet@demo.example"
    return {
        "sign_in_with_factor": (_sign_in(app, personas.OWNER), _sign_in(app, nobody)),
        "sign_in_of_guardian": (_sign_in(app, personas.GUARDIAN), _sign_in(app, nobody)),
        "sign_in_ended_account": (_sign_in(app, personas.COLLEAGUE), _sign_in(app, nobody)),
        "forgotten_password": (_forgotten(app, personas.OWNER), _forgotten(app, nobody)),
        "link_unknown_or_other": (_link(app, "x" * 43), _link(app, "y" * 43)),
        "bsn_of_another_school": (_search(app, "100000009"), _search(app, "123456782")),
        "invite_known_elsewhere": (_invite(app, swv, known), _invite(app, swv, fresh)),
    }


def measure(
    roads: tuple[Callable[[int], None], Callable[[int], None]], count: int, between: Callable[[], None]
) -> tuple[list[float], list[float]]:
    """Milliseconds of processor time of each road, one after the other in changing order."""
    found: tuple[list[float], list[float]] = ([], [])
    for road in roads:  # warm up
        road(0)
    gc.collect()
    gc.disable()
    try:
        for number in range(count):
            between()
            for which in (0, 1) if number % 2 else (1, 0):
                began = time.process_time()
                roads[which](number)
                found[which].append((time.process_time() - began) * 1000)
    finally:
        gc.enable()
    return found


def told_apart(first: list[float], second: list[float]) -> float:
    """How often one of the first takes longer than one of the second, from 0.5 (no difference) up."""
    wins = sum((a > b) + (a == b) / 2 for a in first for b in second) / (len(first) * len(second))
    return max(wins, 1 - wins)


def _report(metric: str, value: float, goal: float | None) -> bool:
    holds = goal is None or value <= goal
    line = {"bench": "timing", "metric": metric, "value": round(value, 3), "goal": goal, "holds": holds}
    sys.stdout.write(json.dumps(line) + "\n")
    return holds


def main(arguments: list[str] | None = None) -> int:
    small = "--small" in (sys.argv[1:] if arguments is None else arguments)
    count, clock, good = (4 if small else 60), builders.Clock(), True
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as place,
        builders.demo_installation(Path(place), clock=clock) as services,
    ):
        app = create_app(services)
        throttled = _sign_in(app, personas.OWNER), _sign_in(app, "bestaat.niet@demo.example")
        goal = round(0.5 + SIGMAS * math.sqrt((2 * count + 1) / (12 * count * count)), 3)
        for name, roads in pairs(app, services, count).items():
            # A new window for every pair of tries, and signed-in people stay in.
            far = {"hours": 1} if re.match("sign_in|forgotten|link", name) else {"seconds": 1}
            first, second = measure(roads, count, lambda far=far: clock.forward(**far))
            good &= _report(f"{name}_told_apart", told_apart(first, second), goal)
            _report(f"{name}_ms", abs(statistics.median(first) - statistics.median(second)), None)
        for _ in range(11):
            for road in throttled:
                road(0)
        first, second = measure(throttled, count, lambda: None)
        good &= _report("sign_in_throttled_told_apart", told_apart(first, second), goal)
        _report("sign_in_throttled_ms", abs(statistics.median(first) - statistics.median(second)), None)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
