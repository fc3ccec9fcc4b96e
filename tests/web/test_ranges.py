"""A range of a download is decrypted from the start; the last bytes leave only when the whole stream proved true."""

from __future__ import annotations

import pytest

from tests import builders, personas
from tests.personas import visitor

CONTENT = b"".join(b"regel %06d\n" % number for number in range(20_000))


@pytest.fixture(scope="module")
def address(services):
    dossier = builders.draft(services)
    received = builders.upload(services, personas.OWNER, dossier, "regels.txt", CONTENT)
    builders.describe(services, personas.OWNER, dossier, received.document_id)
    builders.work(services)
    return f"/dossiers/{dossier}/stukken/{received.document_id}/downloaden"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=100000-100099", 100_000, 100_100), ("bytes=-5", -5, None)],
)
def test_a_range_gives_just_those_bytes(app, address, asked, start, stop):
    answer = visitor(app, personas.OWNER).post(address, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.get_data() == CONTENT[start:stop]
    assert answer.headers["Content-Range"].endswith(f"/{len(CONTENT)}")


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=0-1,4-5", "regels=1-2", "onzin"])
def test_a_range_that_cannot_be_given_gives_the_whole(app, address, asked):
    answer = visitor(app, personas.OWNER).post(address, headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.get_data() == CONTENT


def test_the_whole_says_that_ranges_are_possible(app, address):
    answer = visitor(app, personas.OWNER).post(address)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content_length == len(CONTENT)
