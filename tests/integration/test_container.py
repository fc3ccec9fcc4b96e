"""The container without an engine: its entrypoint runs here as it would there, and the Dockerfile keeps its promises."""

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import installation
from tests.portal import environment
from tests.services.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ENTRYPOINT = ROOT / "docker" / "entrypoint"


def with_python(variables):
    """The variables of the container: its PATH begins with the environment that holds Python."""
    return {**variables, "PATH": f"{Path(sys.executable).parent}:{variables['PATH']}"}


def healthcheck(port):
    """The command after HEALTHCHECK, on another port."""
    words = re.search(r"HEALTHCHECK .*?CMD (\[.*?\])\n", DOCKERFILE, re.DOTALL).group(1)
    return [word.replace(":8080/", f":{port}/") for word in re.findall(r'"([^"]*)"', words)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with installation(tmp_path_factory.mktemp("container")) as services:
        yield services


def test_serve_answers_the_healthcheck_and_stops_cleanly_at_a_term(built, tmp_path):
    port = free_port()
    variables = with_python({**environment(built.settings), "DOSSIERPOORT_PORT": str(port)})
    # The image's root is read-only; what is written must lie in the volumes or in memory.
    process = subprocess.Popen([ENTRYPOINT, "serve"], cwd=ROOT, env={**variables, "TMPDIR": "/dev/shm"})
    try:
        end = time.monotonic() + 60
        while subprocess.run(healthcheck(port), env=variables, capture_output=True, check=False).returncode:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert subprocess.run(healthcheck(port), env=variables, capture_output=True, check=False).returncode != 0


def test_other_words_go_to_the_command_and_a_shell_stays_a_shell(built):
    variables = with_python(environment(built.settings))
    migrated = subprocess.run(
        [ENTRYPOINT, "migrate"], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    assert "nothing to do" in migrated.stdout
    umask = subprocess.run([ENTRYPOINT, "sh", "-c", "umask"], env=variables, capture_output=True, text=True, check=True)
    assert umask.stdout.strip() == "0077"


def test_every_command_of_dossierpoort_is_known_to_the_entrypoint():
    from gateway.cli import main

    words = re.search(
        r"^    (anonymise \| worker \|.*)\)$", ENTRYPOINT.read_text(encoding="utf-8"), re.MULTILINE
    ).group(1)
    assert set(main.commands) - {"serve"} <= set(words.split(" | "))


def instructions():
    return [line.split(maxsplit=1) for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and line[0] != "#"]


def test_the_image_runs_as_nobody_in_particular_with_a_healthcheck():
    found = instructions()
    last_stage = found[max(i for i, (word, _) in enumerate(found) if word == "FROM") :]
    words = [word for word, _ in last_stage]
    assert "HEALTHCHECK" in words
    assert dict(last_stage)["USER"] == "dossierpoort"
    # Nothing is made in the image after that.
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") :])


def test_what_the_image_copies_exists_and_is_sent_to_the_builder():
    sent = [line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in instructions():
        if word != "COPY" or rest.startswith("--from"):
            continue
        for source in shlex.split(rest)[:-1]:
            assert (ROOT / source).exists(), source
            assert source == "." or any(source == name or source.startswith(name + "/") for name in sent), source


def test_data_and_keys_never_go_to_the_builder():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert not [line for line in lines if line.startswith(("!var", "!.git", "!.venv"))]


def test_no_secret_stands_in_the_image():
    assert not re.search(r"SECRET|PASSWORD", DOCKERFILE)
