"""No pattern of ours works longer than its text is long, whatever stands in it (issue 6, ReDoS)."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
from pathlib import Path
from time import process_time

import pytest

import audit
import crypto
import gateway
import retention
from audit import carrier
from audit.errors import AuditError
from gateway.anonymisation.detection import Detector
from gateway.anonymisation.identities import known_from_record
from gateway.anonymisation.residue import residue

LENGTH = 8_000
SECONDS = 0.25  # a linear pattern needs a thousandth of it; one that squares needs more
SKIPPED = ("gateway.migrations", "gateway.wsgi", "__main__")


def patterns():
    """Every compiled pattern that a module of ours keeps, by its name."""
    found = {}
    for package in (audit, crypto, retention, gateway):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not any(skipped in info.name for skipped in SKIPPED):
                for name, value in vars(importlib.import_module(info.name)).items():
                    for place, each in enumerate(value if isinstance(value, tuple) else (value,)):
                        if isinstance(each, re.Pattern):
                            mark = f"{info.name}.{name}" + (f"[{place}]" if isinstance(value, tuple) else "")
                            found.setdefault((each.pattern, each.flags), (mark, each))
    return dict(sorted(found.values()))


def ways(name):
    """How the code uses a pattern: one that is only ever matched at a place is not searched with."""
    module, _, variable = name.partition("[")[0].rpartition(".")
    source = Path(importlib.import_module(module).__file__).read_text(encoding="utf-8")
    used = set(re.findall(rf"\b{variable}\.(\w+)\(", source))
    return ("match",) if used and used <= {"match", "fullmatch"} else ("search", "match")


PATTERNS = patterns()


def pumps(pattern):
    """Texts made to be tried: each thing that the pattern names, and each two of them, over and over."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words = sorted({*re.findall(r"[A-Za-z]{2,}|<<|>>|[^\\A-Za-z\s]", source), " ", "a", "0", "\n", "\t "})
    singles = [word for word in words if word not in "()|?*+^"] + ["(", "\\", "-1"]
    for first, second in itertools.chain(((one, "") for one in singles), itertools.permutations(singles[:9], 2)):
        piece = first + second
        yield (piece * (LENGTH // len(piece) + 1))[:LENGTH] + "\x00"
    yield from (first + " " * LENGTH + "\x00" for first in singles)


def test_there_are_patterns_to_look_at():
    assert len(PATTERNS) > 40


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_answers_in_time_whatever_it_is_given(name):
    pattern = PATTERNS[name]
    methods = [getattr(pattern, way) for way in ways(name)]
    for text in pumps(pattern):
        given = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
        started = process_time()
        for method in methods:
            method(given)
        assert process_time() - started < SECONDS, text[:60]


# What a text may hold over and over: words without end, names, initials, numbers, dates, signs, other scripts.
ENDLESS = ("a", "Willemijn", "van der ", "W.", "1", "a-\n", "Ploeg, ", "jan.jansen@", "straat 1 ", "1 mei ", "NL12ABCD", "obs de ", "\u0645 ", "lage ", "a\u0301")  # fmt: skip
TEXT = 20_000
TEXT_SECONDS = 5.0  # a tenth of it is enough; a way that squares takes minutes


@pytest.mark.parametrize("piece", ENDLESS)
def test_the_detector_answers_in_time_whatever_is_repeated(piece):
    record = {
        "leerling": {"roepnaam": "Willemijn", "voorletters": "W.", "tussenvoegsel": "van der", "achternaam": "Ploeg"},
        "adres": {"straat_huisnummer": "Lage Kanaaldijk 12a", "postcode": "6212AB", "plaats": "Maastricht"},
        "school": {"naam": "OBS De Waterval"},
    }
    known = known_from_record(record)
    text = piece * (TEXT // len(piece))
    started = process_time()
    Detector(known).find(text)
    residue(text, known, ["Anna Bakker", "OBS De Zon"])
    assert process_time() - started < TEXT_SECONDS


@pytest.mark.parametrize("body", [b"<<" * 200_000, b"<<" * 900 + b">>" + b" " * 400_000, b"<<>>stream\n" * 40_000])
def test_a_hostile_pdf_keeps_whoever_checks_a_receipt_waiting_no_longer_than_it_is_long(body):
    started = process_time()
    with pytest.raises(AuditError):
        carrier.receipt_text(b"%PDF-1.7\n" + body)
    assert process_time() - started < SECONDS
