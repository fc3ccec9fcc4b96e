"""Throw-away daemons: started by us, known by process id and birth time, and stopped for certain."""

import contextlib
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

PROCESSES = "processes.json"


class ServiceError(Exception):
    """A service did not start; the text ends with what it said last."""


class ServiceMissing(ServiceError):  # noqa: N818 - the base says it is an error
    """The programs of a service are not installed; the text says how to get them."""


def program(name: str, *, package: str, also: Sequence[str] = ()) -> str:
    """The full path of a daemon, which need not be on the PATH of an ordinary user; raises ServiceMissing."""
    places = os.pathsep.join([*also, os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])
    found = shutil.which(name, path=places)
    if found is None:
        raise ServiceMissing(
            f"{name} is not installed, so its tests cannot run: run script/setup test (package {package}),"
            " or name the service in DOSSIERPOORT_TEST_WITHOUT to leave these tests out."
        )
    return found


def free_port() -> int:
    """A loopback port nobody listens on, below the range from which outgoing connections take theirs."""
    for _ in range(200):
        port = random.SystemRandom().randint(20000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServiceError("No free port was found on the loopback interface.")


def unprivileged(user: str) -> str | None:
    """The user to become when we are root; None when we are an ordinary user and stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(user).pw_name
    except KeyError as error:
        raise ServiceMissing(f"There is no system user {user}: run script/setup test.") from error


def run(
    command: Sequence[str | Path],
    *,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 90,
) -> str:
    """Run a short program to its end and return what it prints; raises ServiceError with its last words."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=_environment(env),
        user=user,
        group=_group(user),
        extra_groups=[] if user else None,
    )
    if done.returncode != 0:
        raise ServiceError(f"{Path(str(command[0])).name} failed: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def spawn(
    directory: Path,
    name: str,
    command: Sequence[str | Path],
    *,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
) -> psutil.Process:
    """Start a daemon in the foreground of its own session, note it in the directory, and return it."""
    with (directory / f"{name}.out").open("ab") as out:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env=_environment(env),
            user=user,
            group=_group(user),
            extra_groups=[] if user else None,
        )
    # Popen warns when it is forgotten while its child lives; psutil looks after the child from here.
    child.returncode = 0
    process = psutil.Process(child.pid)
    noted = _noted(directory)
    noted.append((process.pid, process.create_time()))
    (directory / PROCESSES).write_text(json.dumps(noted))
    return process


def wait_until(
    ready: Callable[[], bool], *, process: psutil.Process, log: Path, what: str, seconds: float = 90
) -> None:
    """Poll until ready; raises ServiceError with the end of the log when the process dies or time is up."""
    end = time.monotonic() + seconds
    while not ready():
        dead = not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        if dead or time.monotonic() > end:
            last = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise ServiceError(f"{what} {'ended' if dead else 'was not ready in time'}: {last}")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(directory: Path, *, how: signal.Signals = signal.SIGTERM, patience: float = 5) -> None:
    """Stop every process noted in the directory, the last one first, by force after some patience; then remove it."""
    for pid, born in reversed(_noted(directory)):
        process = _same(pid, born)
        if process is None:
            continue
        family = [process, *process.children(recursive=True)]
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(how)
        _, left = psutil.wait_procs(family, timeout=patience)
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(left, timeout=patience)
    shutil.rmtree(directory, ignore_errors=True)


def alive(directory: Path) -> bool:
    """Whether processes are noted in the directory and every one of them runs."""
    noted = _noted(directory)
    return bool(noted) and all(_same(pid, born) is not None for pid, born in noted)


def _same(pid: int, born: float) -> psutil.Process | None:
    """The process we started, never another one that got its number since."""
    try:
        process = psutil.Process(pid)
        same = process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def _noted(directory: Path) -> list[tuple[int, float]]:
    try:
        return [(pid, born) for pid, born in json.loads((directory / PROCESSES).read_text())]
    except FileNotFoundError:
        return []


def _group(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """A small environment: a developer's own PG* and CEPH* variables would mislead the daemons."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **(extra or {})}
