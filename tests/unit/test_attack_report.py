"""The figures of the attack report are those of the code and the tests, and what it names is there."""

from __future__ import annotations

import re

from tests.attack import report


def test_the_figures_are_those_of_now():
    text = report.REPORT.read_text(encoding="utf-8")
    assert text == report.written(text), "write them anew: python -m tests.attack.report"


def test_every_place_that_it_names_is_there():
    text = report.REPORT.read_text(encoding="utf-8")
    places = re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)`", text)
    assert len(places) > 15
    assert [place for place in places if not (report.ROOT / place).exists()] == []
