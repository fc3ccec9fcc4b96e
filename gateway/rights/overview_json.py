"""The answer of an inzage as JSON that any program can read, and back (AVG 20). Pure.

The form is written in docs/FORMAT-inzage.md, and as a JSON schema in `inzage.schema.json`. Days are `JJJJ-MM-DD`,
moments are UTC with `Z`. What is unknown or left out is null or an empty text.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from gateway.rights.overview_values import Overview

FORMAT: Final = "dossierpoort-inzage"
VERSION: Final = 1
SCHEMA: Final = "inzage.schema.json"


class FormatError(ValueError):
    """A text that is no overview in this form; says the place, and no value."""


def to_json(overview: Overview) -> dict[str, Any]:
    """The overview as JSON values, with the name and version of the form."""
    told: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    return {**told, **_out(overview)}


def dumps(overview: Overview) -> bytes:
    """The file that is handed out: UTF-8, readable by people too."""
    return (json.dumps(to_json(overview), ensure_ascii=False, indent=2) + "\n").encode()


def from_json(told: Any) -> Overview:
    """The overview that `to_json` told.

    Raises:
        FormatError: another form or version, or a field is missing, unknown or of another type.
    """
    if not isinstance(told, dict) or told.get("format") != FORMAT or told.get("version") != VERSION:
        raise FormatError(f"dit is geen {FORMAT}, versie {VERSION}")
    values = {name: value for name, value in told.items() if name not in {"format", "version"}}
    made = _in(Overview, values, "")
    assert isinstance(made, Overview)  # noqa: S101 - tells the type checker what `_in` made
    return made


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of this version."""
    text = files("gateway.rights").joinpath(SCHEMA).read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _out(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _out(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_out(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _in(kind: Any, told: Any, place: str) -> Any:
    if get_origin(kind) is UnionType:
        if told is None:
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(told, list):
            raise FormatError(f"{place} is geen lijst")
        return tuple(_in(get_args(kind)[0], each, f"{place}[{at}]") for at, each in enumerate(told))
    if is_dataclass(kind):
        return _in_object(kind, told, place)
    return _in_value(kind, told, place)


def _in_object(kind: Any, told: Any, place: str) -> Any:
    hints = _hints(kind)
    if not isinstance(told, dict) or told.keys() != hints.keys():
        raise FormatError(f"{place or 'het overzicht'} heeft andere velden dan deze versie")
    return kind(**{name: _in(hint, told[name], f"{place}.{name}") for name, hint in hints.items()})


def _in_value(kind: type, told: Any, place: str) -> Any:
    try:
        if kind is datetime and isinstance(told, str):
            moment = datetime.fromisoformat(told)
            if moment.tzinfo is not None:
                return moment
        elif kind is date and isinstance(told, str):
            return date.fromisoformat(told)
        elif type(told) is kind:
            return told
    except ValueError:
        pass
    raise FormatError(f"{place} is geen {kind.__name__}")


def made_schema() -> dict[str, Any]:
    """The schema as the values say it: what `inzage.schema.json` must hold (a test compares them)."""
    definitions: dict[str, Any] = {}
    whole = _object_schema(Overview, definitions)
    whole["properties"] = {"format": {"const": FORMAT}, "version": {"const": VERSION}, **whole["properties"]}
    whole["required"] = ["format", "version", *whole["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT}, versie {VERSION}",
        **whole,
        "$defs": dict(sorted(definitions.items())),
    }


def _object_schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _schema_of(hint, definitions) for name, hint in _hints(kind).items()}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if get_origin(kind) is UnionType:
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        return {"anyOf": [_schema_of(inner, definitions), {"type": "null"}]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema_of(get_args(kind)[0], definitions)}
    if is_dataclass(kind):
        name = kind.__name__  # type: ignore[union-attr]  # a class, said is_dataclass of its hints
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _object_schema(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    return {
        str: {"type": "string"},
        int: {"type": "integer"},
        bool: {"type": "boolean"},
        date: {"type": "string", "format": "date"},
        datetime: {"type": "string", "format": "date-time"},
    }[kind]
