"""Opaque ids: 128 random bits as 32 lower-case hex characters. They say nothing of the person behind them."""

from __future__ import annotations

import re
import secrets

_SHAPE = re.compile(r"\A[0-9a-f]{32}\Z")


def new_id() -> str:
    """Make a fresh id; two never meet."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Tell whether this text has the shape of an id (it may still name nothing)."""
    return bool(_SHAPE.match(text))
