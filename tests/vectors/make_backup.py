"""A small backup by the second implementation of the formats: `python -m tests.vectors.make_backup` writes it anew."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from tests.vectors.crypto import specification as spec

TARGET = Path(__file__).parent / "backup.json"
INSTALLATION = bytes(range(32))
BACKUP = "5b" * 16
NAME = "1f" * 8
DATABASE = b"SQLite format 3\x00 and the rest" * 600
GONE = "0d" * 16


def sealed(part: str, content: bytes) -> bytes:
    key = spec.derived(INSTALLATION, b"installation-key:backup")
    bound = spec.context({"purpose": "backup", "document": part, "version": BACKUP})
    return spec.encode_stream(key, bound, content, hashlib.sha256(part.encode()).digest()[:24])


def described(part: str, content: bytes) -> dict[str, object]:
    lies = sealed(part, content)
    return {"size": len(content), "sealed_size": len(lies), "sealed_sha256": hashlib.sha256(lies).hexdigest()}


def files() -> dict[str, bytes]:
    lines = json.dumps({"gone": "destroyed", "object": GONE}).encode() + b"\n"
    manifest = {
        "id": BACKUP,
        "installation": NAME,
        "software": "dossierpoort 0.1.0",
        "kind": "sqlite",
        "revision": "0033",
        "began_at": "2026-11-22T22:00:00+00:00",
        "made_at": "2026-11-22T22:01:00+00:00",
        "database": described("database", DATABASE),
        "listed": described("objects-list", lines),
        "objects": 0,
        "objects_size": 0,
        "gone": 1,
        "rows": {"account": 3},
        "periods": {"aa.2": 4},
    }
    header = {
        "format": "dossierpoort/backup/v1",
        **{name: manifest[name] for name in ("id", "installation", "made_at")},
    }
    return {
        "backup.json": json.dumps(header).encode() + b"\n",
        "manifest.sealed": sealed("manifest", json.dumps(manifest).encode()),
        "database.sealed": sealed("database", DATABASE),
        "objects-list.sealed": sealed("objects-list", lines),
    }


def vectors() -> str:
    made = {name: base64.b64encode(content).decode() for name, content in files().items()}
    return json.dumps({"installation": INSTALLATION.hex(), "files": made}, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(vectors(), encoding="utf-8")
