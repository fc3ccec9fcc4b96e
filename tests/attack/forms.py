"""Forms as a browser sees them: found in real pages, filled in as a person would, and sent with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from tests.web.matrix import Browser

TODAY = "2026-11-23"
SAMPLE = {
    "date": TODAY,
    "datetime-local": TODAY + "T09:00",
    "email": "nieuw.persoon@aanval.example",
    "number": "3",
    "password": "een-lang-verzonnen-wachtwoord",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its name, its kind (of `input`, or the tag) and what it may hold where that is a list."""

    name: str
    kind: str
    value: str = ""
    options: tuple[str, ...] = ()
    checked: bool = False
    most: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of a page, with every field that a browser would send."""

    page: str
    action: str
    method: str
    fields: tuple[Field, ...] = field(default=())

    @property
    def hidden(self) -> tuple[Field, ...]:
        """What the page sends along without showing it, but for the token."""
        return tuple(each for each in self.fields if each.kind == "hidden" and each.name != "csrf_token")

    def filled(self) -> dict[str, list[str]]:
        """Something sensible in every field; the first real choice where there are choices."""
        values: dict[str, list[str]] = {}
        for each in self.fields:
            if each.kind in {"checkbox", "radio"}:
                if each.checked or (each.kind == "radio" and each.name not in values):
                    values[each.name] = [each.value]
            elif each.kind == "select":
                values[each.name] = [next((option for option in each.options if option), "")]
            elif each.kind != "file" and each.name:
                values[each.name] = [
                    each.value or ("" if each.kind == "hidden" else SAMPLE.get(each.kind, "Verzonnen."))
                ]
        for each in self.fields:  # a list of boxes of which none is ticked: tick the first
            if each.kind == "checkbox":
                values.setdefault(each.name, [each.value])
        return values


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms, self.links = page, [], []
        self._form: dict[str, Any] | None = None
        self._select: dict[str, Any] | None = None
        self._area: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._form = {
                "action": given.get("action") or self.page,
                "method": given.get("method", "get"),
                "fields": [],
            }
        elif self._form is None:
            return
        elif tag == "input":
            self._add(given, given.get("type", "text"))
        elif tag == "button" and given.get("name"):
            self._form["fields"].append(Field(name=given["name"], kind="button", value=given.get("value", "")))
        elif tag == "select":
            self._select = {"name": given.get("name", ""), "options": []}
        elif tag == "option" and self._select is not None:
            self._select["options"].append(given.get("value", ""))
        elif tag == "textarea":
            self._area = {"name": given.get("name", ""), "value": "", "most": _most(given)}

    def _add(self, given: dict[str, str], kind: str) -> None:
        assert self._form is not None
        value = given.get("value", "y" if kind == "checkbox" else "")
        self._form["fields"].append(
            Field(name=given.get("name", ""), kind=kind, value=value, checked="checked" in given, most=_most(given))
        )

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area["value"] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._form is not None and self._select is not None:
            self._form["fields"].append(
                Field(name=self._select["name"], kind="select", options=tuple(self._select["options"]))
            )
            self._select = None
        elif tag == "textarea" and self._form is not None and self._area is not None:
            self._form["fields"].append(
                Field(
                    name=self._area["name"], kind="textarea", value=self._area["value"].strip(), most=self._area["most"]
                )
            )
            self._area = None
        elif tag == "form" and self._form is not None:
            made = Form(
                page=self.page,
                action=self._form["action"],
                method=self._form["method"].lower(),
                fields=tuple(self._form["fields"]),
            )
            self.forms.append(made)
            self._form = None


def _most(given: dict[str, str]) -> int:
    return int(given.get("maxlength") or 100_000)


def read(page: str, html: str) -> tuple[list[Form], list[str]]:
    """The forms and the links of a page."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.forms, reader.links


def shape(form: Form, rule: str) -> tuple[str, str, tuple[str, ...]]:
    """What makes a form the same as another: where it goes and what it sends, whatever thing it is about."""
    return form.method, rule, tuple(sorted({each.name for each in form.fields}))


def send(someone: Browser, form: Form, /, **changed: list[str]) -> TestResponse:
    """Send the form filled in, with these fields changed."""
    values = {**form.filled(), **changed}
    if form.method == "get":
        return someone.client.get(form.action, query_string=values)
    return someone.client.post(form.action.split("#")[0], data={**values, "csrf_token": someone.token})


def with_field(form: Form, name: str, value: str) -> Form:
    """The form with one more field, as if the page had sent it along."""
    return replace(form, fields=(*form.fields, Field(name=name, kind="hidden", value=value)))


def each_field(form: Form) -> Iterator[Field]:
    """Every field that carries something of its own, each name once."""
    seen = {"csrf_token", ""}
    for each in form.fields:
        if each.name not in seen and each.kind not in {"file", "button"}:
            seen.add(each.name)
            yield each
