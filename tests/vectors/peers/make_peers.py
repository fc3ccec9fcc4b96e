"""Makes the vectors of docs/FORMAT-peer-messages.md: envelopes, acknowledgements and what is said about destroying."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gateway.destruction.line_rules import Ask, Item, Kept, Statement
from gateway.peers.envelope import Acknowledgement, Attached, Envelope, canonical

HERE = Path(__file__).parent
AT = datetime(2026, 11, 23, 9, 0, 0, 250000, tzinfo=UTC)
ENVELOPE = Envelope(
    sender="A" * 40,
    receiver="B" * 40,
    message_id="0123456789abcdef0123456789abcdef",
    thread="zaak-7f3a",
    number=2,
    kind="second_opinion.act",
    made_at=AT,
    body={"kind": "accept", "reden": "Wij nemen de vraag aan (voorbeeld)."},
    attachments=(Attached(name="01-verslag.pdf", size=3, sha256="ba7816bf8f01cfea414140de5dae2223" "b00361a396177a9cb410ff61f20015ad"),),
)  # fmt: skip
ANSWER = Acknowledgement(
    sender="B" * 40,
    receiver="A" * 40,
    message_id=ENVELOPE.message_id,
    digest=ENVELOPE.digest,
    state="waiting",
    at=AT,
)


def spoiled(found: dict[str, Any], **changes: Any) -> str:
    """The same with these values; a value of None takes the name away."""
    made = {**found, **changes}
    return canonical({key: value for key, value in made.items() if value is not None}).decode()


def envelopes() -> list[dict[str, Any]]:
    """Each envelope: its exact bytes as text, and its digest, or null when it must be refused."""
    good = ENVELOPE.to_json()
    whole = canonical(good).decode()
    bare = replace(ENVELOPE, attachments=(), body={})
    file = good["attachments"][0]
    refused = {
        "another format": spoiled(good, format="dossierpoort-peer-message/2"),
        "a name too many": spoiled(good, extra=1),
        "a name missing": spoiled(good, thread=None),
        "a key twice": whole.replace('"number":2', '"number":1,"number":2'),
        "white space": whole.replace('"number":2', '"number": 2'),
        "escaped where UTF-8 is due": whole.replace("(voorbeeld)", "\\u0028voorbeeld)"),
        "number zero": spoiled(good, number=0),
        "a number that is a truth": whole.replace('"number":2', '"number":true'),
        "a number as text": spoiled(good, number="2"),
        "a fingerprint in small letters": spoiled(good, sender="a" * 40),
        "a message id that is none": spoiled(good, message="0123"),
        "a thread with a space": spoiled(good, thread="zaak 7"),
        "a kind that is none": spoiled(good, kind="Act"),
        "an instant without its zone": spoiled(good, made_at="2026-11-23T09:00:00.250000"),
        "a day that does not exist": spoiled(good, made_at="2026-02-30T09:00:00.000000Z"),
        "a body that is a list": spoiled(good, body=[]),
        "no number that JSON has": whole.replace('"number":2', '"number":NaN'),
        "an attachment with a path": spoiled(good, attachments=[{**file, "name": "../01.pdf"}]),
        "an attachment of less than nothing": spoiled(good, attachments=[{**file, "size": -1}]),
        "an attachment without a hash": spoiled(good, attachments=[{"name": "a", "size": 1}]),
        "two attachments of one name": spoiled(good, attachments=[file, file]),
        "too many attachments": spoiled(good, attachments=[{**file, "name": f"{n}.pdf"} for n in range(51)]),
        "not JSON": "dit is geen envelop",
        "empty": "",
    }
    found = [
        {"name": "a whole message", "raw": whole, "digest": ENVELOPE.digest},
        {"name": "nothing in it", "raw": canonical(bare.to_json()).decode(), "digest": bare.digest},
        {
            "name": "the same under other keys has the same digest",
            "raw": spoiled(good, sender="C" * 64, receiver="D" * 40),
            "digest": ENVELOPE.digest,
        },
    ]
    return found + [{"name": name, "raw": raw, "digest": None} for name, raw in refused.items()]


def answers() -> list[dict[str, Any]]:
    """Each acknowledgement: its exact bytes as text, and its state, or null when it must be refused."""
    good = ANSWER.to_json()
    refused = {
        "a message is no answer": canonical(ENVELOPE.to_json()).decode(),
        "a state that is none": spoiled(good, state="arrived"),
        "a digest that is none": spoiled(good, digest="00"),
        "a code of other letters": spoiled(good, code="Ja!"),
        "a reason that is too long": spoiled(good, reason="x" * 1001),
    }
    found = [
        {"name": "it lies there", "raw": canonical(good).decode(), "state": "waiting"},
        {
            "name": "refused with its reason",
            "raw": spoiled(good, state="refused", reason="De zaak is al gesloten."),
            "state": "refused",
        },
        {"name": "refused as a package", "raw": spoiled(good, state="refused", code="conflict"), "state": "refused"},
    ]
    return found + [{"name": name, "raw": raw, "state": None} for name, raw in refused.items()]


ASKED = Ask(
    request="0f" * 16,
    items=(Item(kind="correction", thread="c1" * 16), Item(kind="second_opinion", thread="a1" * 16)),
    verstrekkingen=("b1" * 16,),
    article="PR12.1",
    destroy_by=date(2029, 12, 22),
)
SAID = Statement(
    request=ASKED.request,
    items=ASKED.items,
    verstrekkingen=ASKED.verstrekkingen,
    state="destroyed",
    made_at=AT,
    destroyed_at=AT,
    counts={"documents": 1, "keys": 2},
)
LONGER = Kept(until=date(2031, 1, 1), kind="complaint", article="PR13")
STAYS = replace(SAID, state="kept", kept=LONGER, destroyed_at=None, counts={})


def destructions() -> list[dict[str, Any]]:
    """Each request (`ask`) and statement: its exact text, and what it says, or null when it must be refused."""
    ask, said, kept = ASKED.body(), json.loads(SAID.text()), json.loads(STAYS.text())
    asks = {
        "another version": spoiled(ask, version=2),
        "a version that is a truth": spoiled(ask, version=True),
        "no items": spoiled(ask, items=[]),
        "items out of order": spoiled(ask, items=ask["items"][::-1]),
        "an item twice": spoiled(ask, items=ask["items"][:1] * 2),
        "an item of another kind": spoiled(ask, items=[{"kind": "dossier", "thread": "a1" * 16}]),
        "a request id that is none": spoiled(ask, request="0f"),
        "a day that is none": spoiled(ask, destroy_by="2029-02-30"),
        "a name too many": spoiled(ask, pupil="Jip"),
    }
    statements = {
        "another format": spoiled(said, format="dossierpoort-peer-destruction/2"),
        "destroyed without a moment": spoiled({**said, "destroyed_at": "x"}, destroyed_at="2029"),
        "kept without a reason": spoiled({**kept, "kept": 1}, kept={}),
        "kept by an article that does not fit": spoiled(kept, kept={**kept["kept"], "article": "PR12.1"}),
        "final and kept": spoiled(kept, final=True),
        "destroyed and kept": spoiled(said, kept=kept["kept"]),
        "a count below zero": spoiled(said, counts={"keys": -1}),
        "not in its one spelling": json.dumps(said),
    }
    good = [
        {"name": "asked", "kind": "ask", "raw": canonical(ask).decode(), "says": "asked"},
        {"name": "asked again", "kind": "ask", "raw": spoiled(ask, reminder=True), "says": "reminder"},
        {"name": "destroyed", "kind": "statement", "raw": SAID.text(), "says": "destroyed"},
        {"name": "definitely", "kind": "statement", "raw": replace(SAID, final=True).text(), "says": "final"},
        {"name": "kept", "kind": "statement", "raw": STAYS.text(), "says": "kept"},
        {
            "name": "nothing of it",
            "kind": "statement",
            "raw": replace(SAID, state="nothing", destroyed_at=None).text(),
            "says": "nothing",
        },
    ]
    bad = [
        {"name": name, "kind": kind, "raw": raw, "says": None}
        for kind, found in (("ask", asks), ("statement", statements))
        for name, raw in found.items()
    ]
    return good + bad


def main() -> None:
    """Write the files."""
    for name, made in (("envelopes", envelopes()), ("answers", answers()), ("destruction", destructions())):
        text = json.dumps(made, ensure_ascii=False, indent=1)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
