"""Passwords that leaked elsewhere: looked up in a local file of hashes, so that no password or part of it goes out.

The file has a SHA-1 in hexadecimal at the start of each line, sorted: the form in which such lists are published. SHA-1
hides nothing here; it is only how the list is written.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

_HEX = 40


def is_breached(place: str, password: str) -> bool:
    """Whether this password is in the list; without a list nothing is.

    Raises:
        OSError: the list that is set is not there; a password is then not taken unseen.
    """
    if not place:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    path = Path(place)
    low, high = 0, path.stat().st_size
    with path.open("rb") as lines:
        while low < high:
            middle = (low + high) // 2
            lines.seek(middle)
            if middle:
                lines.readline()  # to the start of the next line
            found = lines.readline()[:_HEX].upper()
            if found == wanted:
                return True
            if not found or found > wanted:
                high = middle
            else:
                low = middle + 1
        lines.seek(0)
        return lines.readline()[:_HEX].upper() == wanted
