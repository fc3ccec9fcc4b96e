"""What an upload costs without any of our promises: the yardstick of `bench_upload`. Never part of the product."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from flask import Flask, Response, request, send_file

SIZE = 20_000_000
_HOME = Path(tempfile.mkdtemp(prefix="bare", dir=os.environ.get("DOSSIERPOORT_DATA_DIR")))
_PLAIN = _HOME / "plain"
_PLAIN.write_bytes(os.urandom(SIZE))

application = Flask("bare")


@application.get("/healthz")
def healthz() -> str:
    return "ok"


@application.post("/form")
def form() -> str:
    request.files["file"].save(_HOME / "saved")
    return "ok"


@application.put("/raw")
def raw() -> str:
    with (_HOME / "raw").open("wb") as target:
        while part := request.stream.read(1 << 18):
            target.write(part)
    return "ok"


@application.get("/plain")
def plain() -> Response:
    return send_file(_PLAIN, mimetype="application/octet-stream")
