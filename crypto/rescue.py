"""Open everything a keyring still opens, without the web app and without a database: `python -m crypto.rescue`.

Needs the keyring file (or a registered copy), its root secret or the sheets of an escrow, the exported wraps (JSON
lines, see crypto/FORMAT.md) and the directory with the sealed objects. Writes to a new, private directory, under names
of its own. A keyring whose keys open by a service only needs an export that opens alone.

Source: issue 3, Keys (escrow and rescue).
"""

import argparse
import base64
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError, KeyDestroyed
from crypto.escrow import read_sheet, restore
from crypto.fields import open_field
from crypto.keyring_file import open_state
from crypto.keyring_loaded import LoadedKeyring
from crypto.keys import WrappingKey, wrapped_by
from crypto.stream import open_stream

_READ = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Rescue:
    """The keys that can be reached from one keyring; `counts` tells what became of each line."""

    keyring: LoadedKeyring
    lines: Sequence[Mapping[str, Any]] = field(repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    _by_id: dict[str, Mapping[str, Any]] = field(init=False, repr=False)
    _opened: dict[str, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._by_id = {line["key"]: line for line in self.lines if "wrapped" in line}

    def key(self, key_id: str, above: tuple[str, ...] = ()) -> bytes:
        """Open a key by opening the keys above it first; `DecryptError` when one is missing or they form a ring."""
        if key_id not in self._opened:
            line = self._by_id.get(key_id)
            if line is None or key_id in above:
                raise DecryptError
            wrapped = base64.b64decode(line["wrapped"], validate=True)
            self._opened[key_id] = self._wrapping_key(wrapped_by(wrapped), (*above, key_id)).unwrap(
                wrapped, SealContext(**line["context"])
            )
        return self._opened[key_id]

    def _wrapping_key(self, key_id: str, above: tuple[str, ...]) -> WrappingKey:
        if key_id in self._by_id:
            return WrappingKey(key_id, self.key(key_id, above))
        return self.keyring.wrapping_key(key_id)

    def write_all(self, objects: Path, out: Path) -> None:
        """Open every object and field; `index.jsonl` in `out` tells what each file is, or why it is not there."""
        out.mkdir(mode=0o700)
        with _private(out / "index.jsonl") as index:
            for number, line in enumerate(self.lines, start=1):
                if "object" in line or "field" in line:
                    told = self._write(number, line, objects, out)
                    index.write(json.dumps({"line": number, **told}, ensure_ascii=False).encode() + b"\n")
                    self.counts[str(told["result"])] += 1

    def _write(self, number: int, line: Mapping[str, Any], objects: Path, out: Path) -> dict[str, Any]:
        told: dict[str, Any] = {"context": line.get("context"), "name": self._name(line.get("name", ""))}
        target = out / f"{number:08d}"
        try:
            key, context = self.key(line["key"]), SealContext(**line["context"])
            if "field" in line:
                plain: Iterable[bytes] = [open_field(key, context, base64.b64decode(line["field"], validate=True))]
            else:
                plain = open_stream(key, context, _chunks(_below(objects, line["object"])))
            with _private(target) as file:
                for chunk in plain:
                    file.write(chunk)
        except KeyDestroyed:
            return told | {"result": "destroyed"}
        except (CryptoError, OSError, KeyError, TypeError, ValueError) as cause:
            target.unlink(missing_ok=True)  # a beginning that verified is still not the document
            return told | {"result": "failed", "why": type(cause).__name__}
        return told | {"result": "opened", "file": target.name}

    def _name(self, name: Any) -> Any:
        """A name in the clear, or a sealed field that holds it; empty when that does not open."""
        if not isinstance(name, dict):
            return name
        try:
            sealed = base64.b64decode(name["field"], validate=True)
            return json.loads(open_field(self.key(name["key"]), SealContext(**name["context"]), sealed))
        except (CryptoError, KeyError, TypeError, ValueError):
            return ""


def _below(objects: Path, name: str) -> Path:
    path = (objects / name).resolve()
    if "/" not in name and not path.exists():  # of a bucket, put down as a directory of objects has them
        path = (objects / name[:2] / name[2:4] / name).resolve()
    if not path.is_relative_to(objects.resolve()):
        raise DecryptError
    return path


def _chunks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            yield chunk


def _private(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _root_secret(options: argparse.Namespace) -> bytes:
    if options.root_secret_file:
        return bytes(options.root_secret_file.read_bytes())
    return restore(read_sheet(path.read_text("utf-8")) for path in options.escrow_sheet).encode("ascii")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rescue; 0 when everything that still exists was opened, 1 when something failed, 2 for a wrong start."""
    parser = argparse.ArgumentParser(prog="python -m crypto.rescue", description="Open what a keyring still opens.")
    parser.add_argument("--keyring", type=Path, required=True, help="the keyring file or a registered copy of it")
    root = parser.add_mutually_exclusive_group(required=True)
    root.add_argument("--root-secret-file", type=Path, help="file with the root secret, typed over")
    root.add_argument(
        "--escrow-sheet", type=Path, action="append", help="file with the words of a sheet; once for each sheet"
    )
    parser.add_argument("--wraps", type=Path, required=True, help="exported wraps and contexts, JSON lines")
    parser.add_argument("--objects", type=Path, required=True, help="directory with the sealed objects")
    parser.add_argument("--out", type=Path, required=True, help="new directory for what is opened; best on tmpfs")
    options = parser.parse_args(arguments)
    try:
        state = open_state(options.keyring.read_bytes(), _root_secret(options))
        lines = [json.loads(line) for line in options.wraps.read_text("utf-8").splitlines() if line.strip()]
        rescue = Rescue(keyring=LoadedKeyring(state=state), lines=lines)
        rescue.write_all(options.objects, options.out)
    except (CryptoError, OSError, ValueError) as cause:
        sys.stderr.write(f"rescue: {cause}\n")
        return 2
    told = ", ".join(f"{rescue.counts[result]} {result}" for result in ("opened", "destroyed", "failed"))
    sys.stdout.write(f"{told}; see {options.out / 'index.jsonl'}\n")
    return 1 if rescue.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
