"""Reads RTF by itself, as another reader than LibreOffice: all words in all groups, hidden or not."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\u(-?\d+) ?\??|\\([a-zA-Z]+)(-?\d+)? ?|\\([^a-zA-Z])|([{}])|([^\\{}]+)"
)
_SPACES: Final = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"page": "\n"}
_SPECIAL: Final = {b"~": " ", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n"}


def plain(data: bytes) -> str:
    """Every word of an RTF, also of tables of fonts, properties and comments: for a search, not for a reader."""
    told: list[str] = []
    for code, number, word, _value, special, _brace, text in _TOKEN.findall(data):
        if code:
            told.append(bytes([int(code, 16)]).decode("cp1252", "replace"))
        elif number:
            told.append(chr(int(number) % 0x10000))
        elif word:
            told.append(_SPACES.get(word, ""))
        elif special:
            told.append(_SPECIAL.get(special, special.decode("latin-1")))
        elif text:
            told.append(text.replace(b"\r", b"").replace(b"\n", b"").decode("cp1252", "replace"))
    return "".join(told)
