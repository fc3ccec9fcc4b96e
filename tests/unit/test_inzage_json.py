"""The answer of an inzage as JSON: what is written is read back the same, and its schema says the same (AVG 20)."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rights import overview_json
from gateway.rights.overview_json import FormatError
from gateway.rights.overview_values import Overview

DOCS = Path(__file__).resolve().parents[2] / "docs" / "FORMAT-inzage.md"


def made(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of this type; lists are kept short."""
    if get_origin(kind) is UnionType:
        return st.none() | made(next(each for each in get_args(kind) if each is not NoneType))
    if get_origin(kind) is tuple:
        return st.lists(made(get_args(kind)[0]), max_size=2).map(tuple)
    if is_dataclass(kind):
        return st.builds(kind, **{name: made(hint) for name, hint in get_type_hints(kind).items()})
    return {
        str: st.text(max_size=12),
        int: st.integers(min_value=0, max_value=10**6),
        bool: st.booleans(),
        date: st.dates(),
        datetime: st.datetimes(timezones=st.just(UTC)),
    }[kind]


OVERVIEWS = made(Overview)


@given(OVERVIEWS)
@settings(max_examples=12, deadline=None)
def test_what_is_written_is_read_back_the_same_and_fits_the_schema(overview: Overview) -> None:
    told = json.loads(overview_json.dumps(overview))
    assert overview_json.from_json(told) == overview
    jsonschema.Draft202012Validator(overview_json.schema()).validate(told)


@given(OVERVIEWS, st.sampled_from([each.name for each in fields(Overview)]))
@settings(max_examples=5, deadline=None)
def test_a_field_that_is_missing_unknown_or_of_another_type_is_refused(overview: Overview, name: str) -> None:
    told = overview_json.to_json(overview)
    without = {key: value for key, value in told.items() if key != name}
    for wrong in (without, {**told, "meer": 1}, {**told, name: 3.5}, {**told, "version": 2}):
        with pytest.raises(FormatError):
            overview_json.from_json(wrong)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(overview_json.schema()).validate(wrong)


def test_the_schema_in_the_repository_is_that_of_the_values() -> None:
    assert overview_json.schema() == overview_json.made_schema()


def test_the_written_form_names_every_part_and_field() -> None:
    text = DOCS.read_text("utf-8")
    named = {*overview_json.schema()["properties"]}
    for part in overview_json.schema()["$defs"].values():
        named |= set(part["properties"])
    assert sorted(each for each in named if f"`{each}`" not in text) == []
