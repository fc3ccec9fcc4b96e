"""Speed of sealing and of the key step: `python -m benchmarks.bench_crypto`. JSON lines, medians, ratios in one run.

Files are 20 MB of bytes that do not compress, as PDF, JPEG and DOCX are. gpg encrypts to one Curve25519 key.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from crypto.context import SealContext
from crypto.keyring import FileKeyring, generate_root_secret
from crypto.stream import SealingSink, generate_key, open_stream, seal_stream

SIZE, ROUNDS, WRAPS = 20_000_000, 7, 100_000
READ = 256 * 1024  # larger pieces leave the cache, and cost a third of the speed
CONTEXT = SealContext(purpose="document", organisation="o1", dossier="d1", document="s1", version="1")


def timed(*acts: Callable[[], object]) -> list[float]:
    """Medians in seconds; the acts take turns, so that a busy moment of the machine hits them alike."""
    times: list[list[float]] = [[] for _ in acts]
    for round_ in range(ROUNDS + 1):
        for act, taken in zip(acts, times, strict=True):
            start = time.perf_counter()
            act()
            if round_:  # the first round warms up
                taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def tell(metric: str, value: float, goal: float | None = None, *, at_most: bool = False) -> bool:
    holds = goal is None or (value <= goal if at_most else value >= goal)
    line = {"bench": "crypto", "metric": metric, "value": round(value, 4), "goal": goal, "holds": holds}
    print(json.dumps(line), flush=True)
    return holds


def seal_file(source: Path, target: Path, key: bytes) -> None:
    """The same work as gpg's: an encrypted and authenticated file."""
    with source.open("rb", buffering=0) as read, target.open("wb", buffering=0) as write:
        for sealed in seal_stream(key, CONTEXT, iter(lambda: read.read(READ), b"")):
            write.write(sealed)


def seal_file_with_digest(source: Path, target: Path, key: bytes) -> None:
    """As an upload is stored: with the SHA-256 of the sealed bytes, which costs more than the sealing."""
    with source.open("rb", buffering=0) as read, target.open("wb", buffering=0) as write:
        sink = SealingSink(key, CONTEXT, write.write)
        while chunk := read.read(READ):
            sink.update(chunk)
        sink.finish()


def open_file(source: Path, target: Path, key: bytes) -> None:
    with source.open("rb", buffering=0) as read, target.open("wb", buffering=0) as write:
        for plain in open_stream(key, CONTEXT, iter(lambda: read.read(READ), b"")):
            write.write(plain)


def bench_seal(directory: Path) -> list[bool]:
    plain, sealed, key = directory / "plain", directory / "sealed", generate_key()
    plain.write_bytes(os.urandom(SIZE))
    gpg = ["gpg", "--homedir", str(directory), "--batch", "--yes", "--quiet", "--trust-model", "always"]
    subprocess.run([*gpg, "--passphrase", "", "--quick-generate-key", "bench", "ed25519", "cert"], check=True)
    listed = subprocess.run([*gpg, "--with-colons", "--list-keys"], check=True, capture_output=True, text=True).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    subprocess.run([*gpg, "--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr"], check=True)
    to = ["--recipient", fingerprint, "--output", str(directory / "pgp"), "--encrypt", str(plain)]
    ours, digested, default, uncompressed, opened, copied = timed(
        lambda: seal_file(plain, sealed, key),
        lambda: seal_file_with_digest(plain, sealed, key),
        lambda: subprocess.run([*gpg, *to], check=True),
        lambda: subprocess.run([*gpg, "--compress-algo", "none", *to], check=True),
        lambda: open_file(sealed, directory / "opened", key),
        lambda: shutil.copyfile(plain, directory / "copied"),
    )
    tell("seal 20 MB file to file, MB/s", SIZE / ours / 1e6)
    tell("seal 20 MB file to file with digest, MB/s", SIZE / digested / 1e6)
    tell("seal with digest against gpg default, times as fast", default / digested)
    tell("seal with digest against gpg uncompressed, times as fast", uncompressed / digested)
    tell("open 20 MB file to file, MB/s", SIZE / opened / 1e6)
    tell("seal against a plain copy, speed ratio", copied / ours)
    return [
        tell("seal against gpg default, times as fast", default / ours, 30),
        tell("seal against gpg uncompressed, times as fast", uncompressed / ours, 4),
    ]


def bench_keys(directory: Path) -> list[bool]:
    keyring = FileKeyring.create(directory / "keys" / "keyring", generate_root_secret().encode())
    old = keyring.ensure_period_key("o1", "2026Q4")
    contexts = [SealContext(purpose="dossier-key", organisation="o1", dossier=str(n)) for n in range(WRAPS)]
    key = generate_key()
    wraps = [keyring.wrap(old, key, context) for context in contexts]

    def key_step() -> None:
        nonlocal old, wraps
        new = keyring.supersede(old)
        wraps = list(keyring.rewrap(zip(wraps, contexts, strict=True), new))
        keyring.destroy(old)
        old = new

    (step,) = timed(key_step)
    (one,) = timed(lambda: [keyring.unwrap(wraps[0], contexts[0]) for _ in range(1000)])
    tell("unwrap one key, microseconds", one * 1000)
    return [tell("key step: supersede, 100 000 rewraps, destroy, with fsync; seconds", step, 5, at_most=True)]


def main(arguments: Sequence[str] | None = None) -> int:
    global SIZE, ROUNDS, WRAPS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a hundredth of everything, one round (for a test)")
    small = parser.parse_args(arguments).small
    if small:
        SIZE, ROUNDS, WRAPS = SIZE // 100, 1, WRAPS // 100
    home = Path(tempfile.mkdtemp(prefix="bench"))
    try:
        held = [*bench_seal(home), *bench_keys(home)]
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)
    return 0 if small or all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
