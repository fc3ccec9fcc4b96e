"""Memory stays flat however large an object is: measured in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# The first small object loads the client; what counts is what a large object adds to that.
MEASURE = """
import json, re, sys
from pathlib import Path
from gateway.storage import LocalStorage, S3Storage, new_key

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10

settings, size = json.loads(sys.argv[1]), int(sys.argv[2]) << 20
storage = LocalStorage(Path(settings["root"])) if "root" in settings else S3Storage(**settings)
storage.check()
before, key, piece = peak(), new_key(), bytes(1 << 20)
with storage.writer(key) as writer:
    for _ in range(size // len(piece)):
        writer.write(piece)
    writer.commit()
assert sum(map(len, storage.read(key))) == size
print(json.dumps({"before": before, "added": peak() - before}))
"""


def _settings(kind: str, request: pytest.FixtureRequest, place: Path) -> dict[str, Any]:
    if kind == "local":
        return {"root": str(place / "objects")}
    service = request.getfixturevalue("s3_service")
    return {
        "bucket": service.new_bucket(),
        "endpoint_url": service.tls_endpoint_url if kind == "s3-tls" else service.endpoint_url,
        "region": service.region,
        "access_key": service.access_key,
        "secret_key": service.secret_key,
        "ca_bundle": service.ca_bundle if kind == "s3-tls" else None,
    }


@pytest.mark.parametrize("kind", ["local", "s3", "s3-tls"])
@pytest.mark.parametrize("megabytes", [48, pytest.param(200, marks=pytest.mark.long)])
def test_a_large_object_adds_no_more_memory_than_its_parts(
    kind: str, megabytes: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, json.dumps(_settings(kind, request, tmp_path)), str(megabytes)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stderr
    added = json.loads(done.stdout)["added"]
    assert added <= (8 if kind == "local" else 24), f"{added} MB for an object of {megabytes} MB"
