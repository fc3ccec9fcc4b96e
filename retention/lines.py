"""Reading JSON that others wrote, strictly: what the commands answer line by line must mean one thing only."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any


class RepeatedKeyError(ValueError):
    """A key that occurs twice in one object: nobody can say which of its values was meant."""

    def __init__(self, key: str) -> None:
        # ASCII and short, so that the key can be written out whatever it is.
        self.key = ascii(key[:60])[1:-1]
        super().__init__(self.key)


def load_strictly(raw: bytes) -> Any:
    """The value of a text in UTF-8, without a byte order mark, whose keys occur once.

    Raises:
        ValueError: anything else, nesting past what can be read included; `RepeatedKeyError` names the key.
    """
    try:
        return _STRICT.decode(raw.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def id_of(line: bytes) -> str | int | float | None:
    """The id of a line whatever else is wrong with it, so that its answer can be found; None where it has none.

    An id is a text or a number: what else stands there, or stands there twice, is no id.
    """
    try:
        row = _LOOSE.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    ids = [value for key, value in row if key == "id"] if isinstance(row, _Pairs) else []
    return ids[0] if len(ids) == 1 and is_id(ids[0]) else None


def is_id(value: object) -> bool:
    """Whether a value can be the id of a line: a text, a finite number, or null for none."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object as it is written, repeated keys included; told apart from a list."""

    __slots__ = ()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedKeyError(next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1))
    return found


_STRICT = json.JSONDecoder(object_pairs_hook=_once)
_LOOSE = json.JSONDecoder(object_pairs_hook=_Pairs)
