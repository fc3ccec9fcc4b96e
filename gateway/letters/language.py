"""The language of letters: plain paragraphs with named fields in braces. Pure; nothing in a template is code or HTML.

A paragraph in which a field has no value is left out whole, so that one text serves with and without it. What must be
said never shares a paragraph with what may be missing.
Source: issue 9, Letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import InvalidInputError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TEXT_MAX = 6000
SUBJECT_MAX = 200
_FIELD = re.compile(r"\{([a-z_]{1,40})\}")
_BREAK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as templates know it: `name` between braces, `key` in the values, what it means and an example.

    `must`: a text without it is refused, and so is a letter without its value; `optional`: a value may be missing.
    """

    name: str
    key: str
    meaning: str
    example: str
    must: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A template in one language."""

    subject: str
    body: str


def paragraphs(body: str) -> list[str]:
    """The paragraphs of a text: what an empty line divides, without the spaces around."""
    plain = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    return [part.strip() for part in _BREAK.split(plain) if part.strip()]


def checked(text: Text, fields: Sequence[Field], *, place: str = "body") -> Text:
    """The same with its spaces tidied, or an `InvalidInputError` that says what is wrong; `place` is its form field."""
    subject, parts = text.subject.strip(), paragraphs(text.body)
    where = f"subject_{place.removeprefix('body_')}" if place.startswith("body_") else "subject"
    if not subject or len(subject) > SUBJECT_MAX or "\n" in subject:
        raise InvalidInputError("Schrijf een onderwerp van één regel, in ten hoogste 200 tekens.", field=where)
    if not parts or sum(map(len, parts)) > TEXT_MAX:
        raise InvalidInputError("Schrijf de tekst van de brief, in ten hoogste 6000 tekens.", field=place)
    known = {field.name: field for field in fields}
    _plain(subject, known, where)
    if any(known[name].optional for name in _FIELD.findall(subject)):
        raise InvalidInputError("In het onderwerp kan geen veld staan dat soms leeg is.", field=where)
    for part in parts:
        _plain(part, known, place)
        _apart(part, known, place)
    used = {name for part in parts for name in _FIELD.findall(part)}
    lacking = [f"{{{field.name}}}" for field in fields if field.must and field.name not in used]
    if lacking:
        raise InvalidInputError(
            sentence("In deze brief mag %(fields)s niet ontbreken.", fields=", ".join(lacking)), field=place
        )
    return Text(subject=subject, body="\n\n".join(parts))


def _plain(part: str, known: Mapping[str, Field], place: str) -> None:
    for name in _FIELD.findall(part):
        if name not in known:
            raise InvalidInputError(
                sentence("Het veld {%(name)s} bestaat niet in deze brief. Kies een veld uit de lijst.", name=name),
                field=place,
            )
    rest = _FIELD.sub("", part)
    if "{" in rest or "}" in rest:
        raise InvalidInputError(
            "Een accolade staat alleen om een veld, zoals {leerling}. Kijk of elk veld goed is geschreven.",
            field=place,
        )
    if "<" in rest or ">" in rest:
        raise InvalidInputError("Een brief is gewone tekst: gebruik geen < of >.", field=place)
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in rest):  # noqa: PLR2004 - control characters
        raise InvalidInputError("In deze tekst staat een teken dat niet af te drukken is.", field=place)


def _apart(part: str, known: Mapping[str, Field], place: str) -> None:
    names = list(dict.fromkeys(_FIELD.findall(part)))
    maybe = [name for name in names if known[name].optional]
    certain = [name for name in names if known[name].must]
    if maybe and certain:
        raise InvalidInputError(
            sentence(
                "Zet {%(certain)s} niet in dezelfde alinea als {%(maybe)s}: is dat veld leeg, dan valt de alinea weg.",
                certain=certain[0],
                maybe=maybe[0],
            ),
            field=place,
        )


def filled(text: Text, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """Subject and paragraphs with the values (by field name) in place; a paragraph with an empty one is left out."""
    return _fill(text.subject, values), list(_filled(paragraphs(text.body), values))


def _filled(parts: Sequence[str], values: Mapping[str, str]) -> Iterator[str]:
    for part in parts:
        if all(values.get(name) for name in _FIELD.findall(part)):
            yield _fill(part, values)


def _fill(part: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: values[found[1]], part)  # one pass: a value with braces stays what it is
