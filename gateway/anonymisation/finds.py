"""What was found in a text: where, of which kind, by which means, and what stands in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# Kinds, as in the labelled corpora. `direct` ones point to the child or a parent by themselves.
PUPIL: Final = "PERSON_PUPIL"
PARENT: Final = "PERSON_PARENT"
OTHER: Final = "PERSON_OTHER"
PERSONS: Final = frozenset({PUPIL, PARENT, OTHER})
KINDS: Final = frozenset(
    {
        *PERSONS,
        *("DATE_BIRTH", "DATE", "AGE"),
        *("ADDRESS", "POSTCODE", "PLACE", "PHONE", "EMAIL", "URL"),
        *("BSN", "BRIN", "TLV_NUMBER", "IBAN", "ID"),
        *("SCHOOL", "INSTITUTION"),
    }
)
SOURCES: Final = ("known", "pattern", "model", "spread")
COUNTED_LABEL: Final = re.compile(
    r"(?P<word>persoon|plaats|instelling|school) (?P<number>[1-9]\d{0,3}|(?<=school )[A-Z])"
)
"""The replacements that are numbered as they come: what one stands for, only the documents of its dossier say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One identifier in a text: `text[start:end]`, and what stands in its place.

    `source` is `known` (the dossier says so), `pattern` (a validated form), `model` (probable), or `spread` (found in
    a strong context elsewhere in the dossier). `certainty` lies between 0 and 1. Source: CV4.6.
    """

    start: int
    end: int
    kind: str
    source: str
    certainty: float
    replacement: str
