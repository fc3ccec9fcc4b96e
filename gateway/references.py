"""What people call a dossier on the telephone: eight characters out of its opaque id, such as `K7QM-2XPD`.

It says nothing of the pupil, and forty random bits are not guessed (tries are counted by who asks for one).
"""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which the ear or eye takes for another
_HEARD = str.maketrans("ILOU", "110V")
_LENGTH = 8
_HEX = 10


def reference_of(dossier_id: str) -> str:
    """The reference of a dossier: the last ten hex digits of its id, in Crockford's base 32."""
    value = int(dossier_id[-_HEX:], 16)
    signs = "".join(_ALPHABET[(value >> shift) & 31] for shift in range(35, -1, -5))
    return f"{signs[:4]}-{signs[4:]}"


def id_ending(reference: str) -> str | None:
    """The ten hex digits on which the id ends, or None for what is none; case, spaces and dashes do not count."""
    signs = "".join(c for c in reference.upper() if c.isalnum()).translate(_HEARD)
    if len(signs) != _LENGTH or set(signs) - set(_ALPHABET):
        return None
    value = 0
    for sign in signs:
        value = value << 5 | _ALPHABET.index(sign)
    return f"{value:0{_HEX}x}"
