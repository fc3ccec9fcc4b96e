"""The trace of an exported event: sixteen bytes, the same for all events of one request, whatever its id looks like."""

from datetime import UTC, datetime

import pytest

from audit.events import Action, Outcome
from audit.export import logboek
from audit.log import Entry

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def trace(request_id, event_id="0" * 32):
    entry = Entry(
        event_id=event_id, action=Action.CONSULT, outcome=Outcome.SUCCESS, at=AT, request_id=request_id,
        software="dossierpoort 0.1.0", seq=1, canonical=b"{}", commitment=None, sealed=None, log_id=None, leaf_index=None,
    )  # fmt: skip
    return logboek(entry, activity="urn:x:y", subject=None, subject_type="dossier")["trace_id"]


def test_an_id_of_sixteen_bytes_is_the_trace_itself():
    assert trace("ab" * 16) == "ab" * 16


@pytest.mark.parametrize("request_id", ["from-a-proxy", "AB" * 16])
def test_any_other_id_gives_sixteen_bytes_and_the_same_for_the_same_request(request_id):
    assert len(bytes.fromhex(trace(request_id))) == 16
    assert trace(request_id) == trace(request_id)
    assert trace(request_id) != trace("another")


def test_events_without_a_request_share_no_trace():
    assert trace(None, "1" * 32) != trace(None, "2" * 32)
