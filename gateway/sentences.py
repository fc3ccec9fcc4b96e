"""Sentences for people that remember how they were made.

What is below the web speaks Dutch, the language of log and law, and knows no request. A `Sentence` is that Dutch
text, ready to log or print; the page that shows it can say it in another language, because the template and the values
that went into it are still known (`gateway.text.told`). `gateway.catalogue` finds them by these functions' names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sentence(str):
    """A Dutch text for people, with its template and values; for everything else it is a plain `str`."""

    __slots__ = ("number", "plural", "template", "values")

    template: str
    plural: str | None
    number: int
    values: Mapping[str, Any]


def sentence(template: str, /, **values: Any) -> Sentence:
    """A sentence with its values filled in: `sentence("Ten hoogste %(count)d tekens.", count=300)`.

    Without values the template is taken as it is, and may hold a percent sign. A value may itself be a `Sentence`.
    """
    made = Sentence(template % values if values else template)
    made.template, made.plural, made.number, made.values = template, None, 0, values
    return made


def counted(one: str, many: str, num: int, /, **values: Any) -> Sentence:
    """A sentence about a number of things, filled in as `%(num)d`: `one` when there is one, else `many`."""
    filled = {"num": num, **values}
    made = Sentence((one if num == 1 else many) % filled)
    made.template, made.plural, made.number, made.values = one, many, num, values
    return made
