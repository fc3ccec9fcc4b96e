"""A letter with values that are made up, to look at before a text is taken into use. Pure; nobody's data is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.letters.making import Addressee, texts_of
from gateway.letters.queries import Opened
from gateway.letters.templates import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.letters.house import HouseVersion
    from gateway.letters.kinds import Kind
    from gateway.letters.language import Text

_TO = Addressee(name="mevrouw A. de Voorbeeld", street="Voorbeeldstraat 1", postcode="1234 AB", town="Voorbeeldstad")
_UNKNOWN = "[nog in te vullen bij Huisstijl]"


def example(kind: Kind, texts: Mapping[str, Text], style: HouseVersion) -> Opened:
    """The letter of this kind with the example of every field; what the house style lacks shows as lacking."""
    shown = replace(style.house, objections=style.house.objections or _UNKNOWN, court=style.house.court or _UNKNOWN)
    values = {field.key: field.example for field in kind.fields} | {"to": _TO.name, "swv": shown.name}
    signed = {
        "name": shown.signatory or "C. Voorbeeld",
        "function": shown.function or "medewerker",
        "on_behalf": shown.on_behalf or shown.name,
        "mandate": shown.mandate,
    }
    template = Template(kind=kind, version=0, texts=texts)
    return Opened(
        row=None, to=_TO, house=shown, signed=signed, texts=texts_of(template, shown, values, "en"), logo=style.logo
    )
