"""Two at once on the access list, on both databases: what one decided the other does not undo unseen (PR8.2)."""

from __future__ import annotations

import threading

from sqlalchemy import select

from gateway.access import usecases as access
from gateway.access.tables import AccessChange, AccessEntry
from gateway.access.usecases import NewEntry
from gateway.errors import ConflictError
from tests import builders, personas
from tests.builders import context

SECOND = "beheer2@demo.example"
NARROW = "swv2@demo.example"


def entry(services, **changes):
    today = services.clock().date()
    values = {
        "account_id": builders.account(services, NARROW).id, "valid_from": today, "valid_until": None,
        "categories": "ag", "scope": "tenant", "school_ids": (), "motivation": "Verzonnen.",
    }  # fmt: skip
    return NewEntry(**{**values, **changes})


def at_once(*acts):
    """Start all acts together; gives what each came to: its value, or the class of what it raised."""
    start, ends = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait()
        try:
            ends[place] = act() or "done"
        except ConflictError as refused:
            ends[place] = type(refused)

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ends


def kept(services, entry_id):
    with services.db.reading() as session:
        row = session.get_one(AccessEntry, entry_id)
        changes = session.scalars(select(AccessChange.what).where(AccessChange.entry_id == entry_id)).all()
        return row.state, row.categories, sorted(changes)


def test_two_at_once_on_one_list(services):
    """One installation for each of the races: making it costs more than running them."""
    boss, second = context(services, personas.ADMINISTRATOR), context(services, SECOND)
    third = context(services, personas.CONTACT_PERSON)

    made = access.add_entry(services, boss, entry(services))
    ends = at_once(
        lambda: access.decide(services, second, made, seen=1, approve=True),
        lambda: access.decide(services, third, made, seen=1, approve=True),
    )
    assert sorted(map(str, ends)) == sorted(["done", str(ConflictError)])
    assert kept(services, made) == ("approved", "ag", ["approved", "proposed"])

    made = access.add_entry(services, boss, entry(services))
    wide = entry(services, categories="abcdefghijklmnop")
    ends = at_once(
        lambda: access.decide(services, second, made, seen=1, approve=True),
        lambda: access.change_entry(services, boss, made, wide, seen=1),
    )
    state, categories, _ = kept(services, made)
    assert ends.count(ConflictError) == 1
    assert (state, categories) in {("approved", "ag"), ("proposed", "abcdefghijklmnop")}, "approved what nobody saw"

    made = builders.approve(services, access.add_entry(services, boss, entry(services)))
    ends = at_once(
        lambda: access.change_entry(services, boss, made, entry(services, motivation="Een."), seen=2),
        lambda: access.change_entry(services, second, made, entry(services, motivation="Twee."), seen=2),
    )
    assert ends.count(ConflictError) == 1
    waiting = next(end for end in ends if end is not ConflictError)
    ends = at_once(
        lambda: access.decide(services, third, waiting, seen=1, approve=True),
        lambda: access.end_entry(services, boss, made),
    )
    states = {kept(services, made)[0], kept(services, waiting)[0]}
    assert states in ({"ended"}, {"replaced", "approved"}), (ends, states)


def test_a_wider_change_does_not_count_while_it_waits_and_an_ended_entry_never_comes_back(services):
    boss = context(services, personas.ADMINISTRATOR)
    made = builders.approve(services, access.add_entry(services, boss, entry(services)))
    wider = access.change_entry(services, boss, made, entry(services, categories="aeg"), seen=2)
    access.end_entry(services, boss, made)
    assert kept(services, wider)[0] == "ended"
    for gone in (made, wider):
        for act in (
            lambda: access.decide(services, context(services, SECOND), gone, seen=3, approve=True),  # noqa: B023 - called at once
            lambda: access.change_entry(services, boss, gone, entry(services), seen=3),  # noqa: B023 - called at once
            lambda: access.end_entry(services, boss, gone),  # noqa: B023 - called at once
        ):
            assert at_once(act) == [ConflictError]
