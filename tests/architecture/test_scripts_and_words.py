"""What the documents tell to type exists, and the scripts are what they say."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gateway.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/FORMAT*.md")])
SCRIPTS = sorted(path for path in (ROOT / "script").iterdir() if path.is_file())
FENCE = re.compile(r"^```(?:sh|shell|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page):
    """What a page tells to type: lines of its shell blocks, and `dossierpoort …` or `script/…` within a sentence."""
    text = page.read_text(encoding="utf-8")
    for block in FENCE.findall(text):
        for line in block.splitlines():
            yield line.removeprefix("$ ").split("#")[0].strip()
    for inline in re.findall(r"`((?:dossierpoort|script/)[^`]*)`", text):
        yield inline.strip()


def known(words):
    """Whether the command `dossierpoort` has this sub-command."""
    group = main
    for word in words:
        if word.startswith(("-", "<", "[", "…")) or not isinstance(group, click.Group):
            return True
        group = group.commands.get(word)
        if group is None:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_in_a_document_exists(page):
    for command in commands(page):
        words = [word for word in command.split() if "=" not in word]
        if not words:
            continue
        if words[0].startswith("script/"):
            assert (ROOT / words[0]).exists(), command
        if words[0] == "dossierpoort":
            assert known(words[1:]), command


def test_an_unknown_command_would_be_found():
    assert known(["audit", "verify"])
    assert not known(["audit", "no-such-thing"])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_plain_sh_that_stops_at_a_fault(script):
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n# script/" if script.name != "assets" else "#!/bin/sh\n# ")
    assert "\nset -eu\n" in text
    assert script.stat().st_mode & stat.S_IXUSR
    subprocess.run(["sh", "-n", script], check=True)


def test_ci_runs_the_tests_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    acts = [line for line in lines if line and not line.startswith("#")]
    assert acts[0] == "set -eu"
    assert acts[-1] == 'exec script/test "$@"'
    assert all(act.startswith(("set ", "cd ", "export ", "exec ")) for act in acts)


def test_an_unknown_argument_is_refused_before_anything_happens():
    for script in ("run", "test"):
        said = subprocess.run([ROOT / "script" / script, "--no-such"], capture_output=True, text=True, check=False)
        assert said.returncode != 0
        assert "--no-such" in said.stderr


def test_help_tells_how_to_call_a_script():
    for script in ("run", "test"):
        said = subprocess.run([ROOT / "script" / script, "--help"], capture_output=True, text=True, check=True)
        assert f"script/{script}" in said.stdout
        assert "#" not in said.stdout


JUNIT = """<testsuites><testsuite tests="4" time="1.5">
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure/></testcase>
<testcase classname="a" name="bad"><error/></testcase>
<testcase classname="a" name="left_out"><skipped/></testcase>
</testsuite></testsuites>"""


def summary(place):
    return subprocess.run(
        [sys.executable, "-m", "tests.summary", str(place)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_summary_counts_a_test_once_and_fails_with_it(tmp_path):
    (tmp_path / "part.xml").write_text(JUNIT)
    said = summary(tmp_path)
    assert said.stdout.splitlines() == ["FAILED a::bad", "1 passed, 1 failed, 1 skipped in 2 s of tests"]
    assert said.returncode == 1


def test_a_run_without_tests_is_a_failure(tmp_path):
    assert summary(tmp_path).returncode == 1


@pytest.mark.alone
def test_the_portal_starts_from_nothing_and_stops():
    """One command from an empty place to a sign-in page; afterwards nothing of it is left running."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIERPOORT_")}
    before = set(Path("/dev/shm").glob("dossierpoort-check.*"))
    said = subprocess.run(
        [ROOT / "script" / "run", "--check"],
        env={**environment, "DOSSIERPOORT_TEST_SETUP": "no"},  # pytest runs from .venv: nobody changes it meanwhile
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "shows its sign-in page" in said.stdout
    assert set(Path("/dev/shm").glob("dossierpoort-check.*")) <= before
