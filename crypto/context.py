"""The context that is bound into everything sealed: what it is for and where it belongs."""

from dataclasses import dataclass, field

_VERSION = b"\x01"
_LENGTH_BYTES = 2
_LONGEST = 2 ** (8 * _LENGTH_BYTES) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SealContext:
    """Names the one place where sealed bytes may be opened again.

    All fields are identifiers, never personal data. `purpose` is required; the others are empty where they do not
    apply. Raises `ValueError` for an empty purpose, a field over 65 535 bytes or one with lone surrogates.

    Source: issue 3, Streams (context = purpose, organisation, dossier, document, version).
    """

    purpose: str
    organisation: str = ""
    dossier: str = ""
    document: str = ""
    version: str = ""
    # made at once, so that a context that cannot be encoded fails where it is made, not where it is used
    _encoded: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.purpose:
            raise ValueError("a seal context needs a purpose")
        raw = [text.encode() for text in (self.purpose, self.organisation, self.dossier, self.document, self.version)]
        if max(map(len, raw)) > _LONGEST:
            raise ValueError("a field of a seal context is too long")
        encoded = b"".join([len(each).to_bytes(_LENGTH_BYTES, "big") + each for each in raw])
        object.__setattr__(self, "_encoded", _VERSION + encoded)

    def as_dict(self) -> dict[str, str]:
        """Give the fields that are not empty, for an export; `SealContext(**fields)` makes the same context again."""
        names = ("purpose", "organisation", "dossier", "document", "version")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def encode(self) -> bytes:
        """Give the bytes that are bound; two different contexts never give the same bytes.

        One version byte, then the five fields in fixed order, each UTF-8 behind its length in two bytes, big-endian.
        """
        return self._encoded
