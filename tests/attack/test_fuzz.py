"""The parsers that we wrote, fed what nobody would send: a little each time, for minutes and guided with --long."""

from __future__ import annotations

import random
import subprocess
import sys
from time import process_time

import pytest

from tests.attack.targets import TARGETS, one_input
from tests.portal import ROOT

ROUNDS = 150
SECONDS_EACH = 20
LONGEST = 2.0
TOKENS = (
    b"\x00",
    b"\xff",
    b"\r\n",
    b"\n\n",
    b"<<",
    b">>",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[" * 50,
    b"9" * 400,
    b"-1",
    b"\xed\xa0\x80",
    b"=",
    b"--grens",
)


def changed(seed, chance):
    """The seed with some of it dropped, doubled, turned over or replaced."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        what = chance.randrange(5)
        if what == 0:
            del data[at : at + chance.choice((1, 2, 16, 400))]
        elif what == 1:
            data[at:at] = chance.choice(TOKENS)
        elif what == 2 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif what == 3:
            piece = data[at : at + chance.randrange(1, 200)]
            data[at:at] = piece * chance.choice((1, 2, 9))
        else:
            del data[at:]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_says_no_in_its_own_words_and_in_time(name):
    target, chance = TARGETS[name], random.Random(name)
    for seed in target.seeds:
        one_input(target, seed)
    for _ in range(ROUNDS):
        data = changed(chance.choice(target.seeds), chance)
        started = process_time()
        one_input(target, data)
        assert process_time() - started < LONGEST, data[:100]


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_guided_by_coverage_nothing_is_found_either(name, tmp_path):
    pytest.importorskip("atheris")
    command = [sys.executable, "-m", "tests.attack.guided", name, str(SECONDS_EACH), str(tmp_path / "corpus")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_EACH + 120, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
