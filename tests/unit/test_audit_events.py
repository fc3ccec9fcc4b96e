"""What an event may say in clear, and the bytes that say it."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import EventError
from audit.events import (
    FIELD_ORDER,
    Action,
    Event,
    FixedFields,
    Outcome,
    canonical_bytes,
    commitment_of,
    instant_text,
    new_event_id,
    parse_instant,
    payload_text,
    read_canonical,
    truncate_network,
)

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


def make(**changes):
    return Event.new(
        **{"action": Action.CONSULT, "outcome": Outcome.SUCCESS, "at": AT, "software": "dossierpoort 0.1", **changes}
    )


IDS = ["actor", "organisation", "tenant", "on_behalf_of", "object_id", "dossier", "request_id"]
CODES = ["role", "purpose", "legal_basis", "article", "profile", "object_type", "software"]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "value", ["someone@school.example", "Demo Persoon", "", "a" * 65, "123456782", "12345678", "é", 'a"b', "a\n", 7]
)
def test_an_id_that_could_name_a_person_is_refused(name, value):
    with pytest.raises(EventError) as refused:
        make(**{name: value})
    assert not value or str(value) not in str(refused.value)


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "", "x" * 201, "\ud800", 7])
def test_a_code_that_would_need_an_escape_is_refused(name, value):
    with pytest.raises(EventError):
        make(**{name: value})


def test_the_software_is_always_named():
    with pytest.raises(EventError):
        make(software=None)


@pytest.mark.parametrize("event_id", ["", "g" * 32, "A" * 32, "a" * 31, "a" * 33])
def test_an_event_id_has_32_hex_digits(event_id):
    with pytest.raises(EventError):
        dataclasses.replace(make(), event_id=event_id)


@pytest.mark.parametrize("changes", [{"action": "consult"}, {"outcome": "success"}])
def test_action_and_outcome_are_typed(changes):
    with pytest.raises(EventError):
        make(**changes)


def test_a_search_never_names_an_object_in_clear():
    with pytest.raises(EventError, match="search"):
        make(action=Action.SEARCH, object_id="term")


@pytest.mark.parametrize(
    "network",
    [
        "192.0.2.7",
        "192.0.2.7/32",
        "192.0.2.0/25",
        "192.0.2.1/24",
        "2001:db8::/64",
        "not a network",
        "192.0.2.0/255.255.255.0",
    ],
)
def test_a_network_point_that_is_not_truncated_is_refused(network):
    with pytest.raises(EventError):
        make(network=network)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_an_address_is_truncated_to_its_network(address, network):
    assert truncate_network(address) == network
    assert make(network=network).network == network


def test_something_that_is_no_address_is_not_truncated_to_something():
    with pytest.raises(EventError):
        truncate_network("unix:")


@given(st.ip_addresses())
def test_every_truncated_address_is_accepted_and_loses_its_host(address):
    network = truncate_network(str(address))
    make(network=network)
    assert str(address) not in network or str(address).endswith((".0", "::"))


def test_a_naive_instant_is_refused():
    with pytest.raises(EventError):
        make(at=AT.replace(tzinfo=None))


def test_an_instant_before_1970_is_refused():
    with pytest.raises(EventError):
        new_event_id(datetime(1969, 12, 31, tzinfo=UTC))


@given(
    st.lists(
        st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])),
        min_size=2,
    )
)
def test_instants_sort_as_text_and_read_back_the_same(instants):
    texts = [instant_text(each) for each in instants]
    assert [parse_instant(each) for each in sorted(texts)] == sorted(instants)


@pytest.mark.parametrize(
    "text", ["", "2026-03-01", "2026-03-01T09:05:00Z", "2026-02-30T09:05:00.000000Z", "2026-03-01T09:05:00.000000+00"]
)
def test_an_instant_of_another_form_is_refused(text):
    with pytest.raises(EventError):
        parse_instant(text)


def test_event_ids_differ_sort_by_time_and_are_uuids_of_version_seven():
    ids = [new_event_id(AT + timedelta(milliseconds=number)) for number in range(50)]
    assert len(set(ids)) == 50
    assert ids == sorted(ids)
    assert {(each[12], each[16] in "89ab") for each in ids} == {("7", True)}
    assert len({new_event_id(AT) for _ in range(50)}) == 50


def test_the_bytes_spell_every_field_in_order_and_read_back():
    event = make(actor="a1", role="swv-medewerker", article="PR9.3, AVG art. 6 lid 1 onder e", network="192.0.2.0/24")
    stored = canonical_bytes(event, "ab" * 32)
    assert list(json.loads(stored)) == ["v", *FIELD_ORDER, "payload"]
    values, commitment = read_canonical(stored)
    assert FixedFields(**values) == FixedFields(**{name: getattr(event, name) for name in FIELD_ORDER})
    assert commitment == "ab" * 32
    assert read_canonical(canonical_bytes(event, None))[1] is None


@given(
    st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable() and '"' not in text and "\\" not in text)
)
def test_no_accepted_text_needs_an_escape(text):
    stored = canonical_bytes(make(purpose=text), None).decode()
    assert f'"purpose":"{text}"' in stored
    assert "\\" not in stored
    assert "\n" not in stored


@pytest.mark.parametrize("stored", [b"", b"\xff", b"[]", b"{}", b"null"])
def test_bytes_that_are_no_event_are_refused(stored):
    with pytest.raises(EventError):
        read_canonical(stored)


@pytest.mark.parametrize(
    "change", [{"action": "dance"}, {"outcome": None}, {"at": 5}, {"at": "yesterday"}, {"payload": 5}, {"v": 2}]
)
def test_bytes_with_a_foreign_value_are_refused(change):
    record = json.loads(canonical_bytes(make(), None))
    with pytest.raises(EventError):
        read_canonical(json.dumps(record | change).encode())


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"bytes"])
def test_a_payload_that_json_cannot_carry_is_refused_without_quoting_it(value):
    with pytest.raises(EventError) as refused:
        payload_text({"name": "Demo Persoon", "value": value})
    assert "Demo" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_payload_stays_out_of_the_text_form():
    assert "Demo" not in repr(make(payload={"name": "Demo Persoon"}))


def test_the_commitment_depends_on_every_byte():
    assert commitment_of(b"a") != commitment_of(b"b")
    assert len(commitment_of(b"a")) == 64
