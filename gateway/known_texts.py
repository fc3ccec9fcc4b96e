"""The templates' `_()` trusts the texts of the catalogue, and no one else's words.

Jinja takes what its gettext gives for safe HTML and for a format. That holds for our own texts, which are in the
catalogue; a variable that reaches `_()` may hold what a person typed, and is then escaped and shown as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from babel.messages.pofile import read_po
from babel.support import Translations
from flask_babel import get_translations
from jinja2 import pass_context
from markupsafe import escape

from gateway.notices.outbox import TRANSLATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask
    from jinja2.runtime import Context

__all__ = ["install"]


def install(app: Flask) -> None:
    """Let the templates of this application translate known texts and escape all others. After `Babel(app)`."""
    known = frozenset(_known())

    @pass_context
    def gettext(context: Context, text: str) -> str:
        if text in known:
            return str(get_translations().ugettext(text))
        return _as_it_is(context, str(text))

    @pass_context
    def ngettext(context: Context, singular: str, plural: str, number: int) -> str:
        if singular in known:
            return str(get_translations().ungettext(singular, plural, number))
        return _as_it_is(context, singular if number == 1 else plural)

    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined] # by the extension


def _as_it_is(context: Context, text: str) -> str:
    shown: Any = escape(text) if context.eval_ctx.autoescape else text
    return str(shown).replace("%", "%%")


def _known() -> set[str]:
    loaded = Translations.load(TRANSLATIONS, ["en"])
    if isinstance(loaded, Translations):
        catalogue: Iterable[Any] = loaded._catalog  # noqa: SLF001 - Babel offers no way to ask what it knows
    else:  # not compiled yet: the portal speaks Dutch, and must know its texts all the same
        with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
            catalogue = [message.id for message in read_po(file)]
    return {key[0] if isinstance(key, tuple) else key for key in catalogue}
