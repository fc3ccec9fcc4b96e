"""What is signed is exactly what the format says: vectors, spoiled bytes and lost ends. Source: issue 8 (two gateways)."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.peers import parcels
from gateway.peers.drafts import Draft
from gateway.peers.envelope import (
    MOST_BODY,
    EnvelopeError,
    canonical,
    check_body,
    parse_acknowledgement,
    parse_envelope,
)
from gateway.peers.handlers import Leaving

VECTORS = Path(__file__).parent.parent / "vectors" / "peers"
ENVELOPES = json.loads((VECTORS / "envelopes.json").read_text(encoding="utf-8"))
ANSWERS = json.loads((VECTORS / "answers.json").read_text(encoding="utf-8"))
WHOLE = ENVELOPES[0]["raw"].encode()


@pytest.mark.parametrize("vector", ENVELOPES, ids=lambda each: each["name"])
def test_an_envelope_is_read_or_refused_as_the_vector_says(vector):
    raw = vector["raw"].encode()
    if vector["digest"] is None:
        with pytest.raises(EnvelopeError):
            parse_envelope(raw)
        return
    found = parse_envelope(raw)
    assert found.digest == vector["digest"]
    assert canonical(found.to_json()) == raw, "one message has one spelling"


@pytest.mark.parametrize("vector", ANSWERS, ids=lambda each: each["name"])
def test_an_acknowledgement_is_read_or_refused_as_the_vector_says(vector):
    raw = vector["raw"].encode()
    if vector["state"] is None:
        with pytest.raises(EnvelopeError):
            parse_acknowledgement(raw)
        return
    found = parse_acknowledgement(raw)
    assert found.state == vector["state"]
    assert canonical(found.to_json()) == raw


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_no_changed_byte_is_read_as_the_same_message(at, byte):
    spoiled = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    try:
        found = parse_envelope(spoiled)
    except EnvelopeError:
        return
    assert canonical(found.to_json()) == spoiled
    same = parse_envelope(WHOLE)
    assert spoiled == WHOLE or (found.digest, found.sender, found.receiver) != (same.digest, same.sender, same.receiver)


def test_a_body_that_is_too_large_or_no_json_is_refused():
    check_body({"tekst": "x" * 1000})
    for body in ({"tekst": "x" * MOST_BODY}, {"getal": float("nan")}, {"ding": object()}):
        with pytest.raises(EnvelopeError):
            check_body(body)


def draft(*contents: bytes, said: int | None = None) -> Draft:
    leaving = [
        Leaving(name=f"{n}.txt", size=len(content) if said is None else said, chunks=iter([content[:2], content[2:]]))
        for n, content in enumerate(contents)
    ]
    return Draft(
        row_id="",
        message_id="0" * 32,
        thread="zaak",
        number=1,
        kind="test.act",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        body={},
        leaving=leaving,
    )


def packed(*contents: bytes) -> bytes:
    return b"".join(parcels.Parcel(draft=draft(*contents), sender="A" * 40, receiver="B" * 40).chunks())


def read(tmp_path, inside):
    path = tmp_path / "inside"
    path.write_bytes(inside)
    with parcels.opened(path) as found:
        return found.envelope, [b"".join(chunks) for _, chunks in found.documents()]


def test_documents_travel_with_their_envelope(tmp_path):
    contents = (b"een", b"", b"x" * 3_000_000)
    envelope, documents = read(tmp_path, packed(*contents))
    assert tuple(documents) == contents
    assert [each.size for each in envelope.attachments] == [3, 0, 3_000_000]


@pytest.mark.parametrize("said", [2, 99])
def test_a_document_that_is_longer_or_shorter_than_was_said_is_not_sent(said):
    with pytest.raises(EnvelopeError):
        b"".join(parcels.Parcel(draft=draft(b"vier", said=said), sender="A" * 40, receiver="B" * 40).chunks())


def tar(*entries):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as out:
        for name, content, kind in entries:
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), kind
            if kind == tarfile.SYMTYPE:
                info.linkname = "/etc/passwd"
            out.addfile(info, io.BytesIO(content))
    return made.getvalue()


FILE = tarfile.REGTYPE


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b"geen tar",
        tar(),
        tar(("envelope.json", b"{}", FILE)),
        tar(("00001", b"x", FILE), ("envelope.json", WHOLE, FILE)),
        tar(("envelope.json", WHOLE, FILE)),
        tar(("00002", b"abc", FILE), ("envelope.json", WHOLE, FILE)),
        tar(("envelope.json", WHOLE, FILE), ("00001", b"abc", FILE)),
        tar(("../../00001", b"abc", FILE), ("envelope.json", WHOLE, FILE)),
        tar(("00001", b"", tarfile.SYMTYPE), ("envelope.json", WHOLE, FILE)),
        tar(("envelope.json", b" " * 700_000, FILE)),
    ],
    ids=["empty", "rubbish", "nothing", "no envelope", "other size", "document gone", "other name", "order", "path",
         "link", "too long"],
)  # fmt: skip
def test_an_inside_that_is_not_exactly_so_is_refused(tmp_path, inside):
    with pytest.raises(EnvelopeError):
        read(tmp_path, inside)


def test_the_vectors_are_what_their_maker_makes():
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_peers", VECTORS / "make_peers.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    destructions = json.loads((VECTORS / "destruction.json").read_text(encoding="utf-8"))
    assert (made.envelopes(), made.answers(), made.destructions()) == (ENVELOPES, ANSWERS, destructions)
