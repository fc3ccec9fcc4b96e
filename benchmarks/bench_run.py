"""The destruction run from the first dossier to the last: `python -m benchmarks.bench_run [--small]`. JSON lines.

Dossiers that are announced and due, each with five documents (one version and one page image, objects of 10 kB in local
storage) and an ended matter, destroyed as the worker does it: judged, erased, journalled, objects removed. The event
stays without a checkpoint, so no certificates are made. The same for a tenth, to compare the cost for each;
memory is what Python itself held at most, in a run of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crypto.keyring import FileKeyring
from crypto.keyring_file import generate_root_secret
from crypto.stream import generate_key
from gateway import migrate
from gateway.accounts.setup import make_tenant
from gateway.accounts.tables import Organisation
from gateway.config import Settings
from gateway.destruction import run
from gateway.dossiers.rules import Pupil
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Rendition
from gateway.erasure.tables import Destruction
from gateway.ids import new_id
from gateway.matters.tables import Matter
from gateway.services import Services, build
from gateway.storage import new_key
from gateway.vault.keys import DOSSIER

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NOW = datetime(2029, 11, 24, 2, 0, tzinfo=UTC)
OPENED, ENDED = date(2026, 10, 1), date(2026, 11, 23)
FILES, SIZE, WHO = 5, 10_000, "c" * 32
PUPIL = Pupil(
    first_name="Jip", infix="van", last_name="Zwollebol", born=date(2016, 3, 9), bsn="123456782",
    street="Bedachte Kade 7", postcode="0000 BB", town="Verzinstad", enrolled_from=date(2020, 8, 17),
    reason="(voorbeeld)",
)  # fmt: skip


def tell(metric: str, value: float, goal: float | None = None) -> bool:
    holds = goal is None or value <= goal
    line = {"bench": "run", "metric": metric, "value": round(value, 4), "goal": goal, "holds": holds}
    print(json.dumps(line), flush=True)
    return holds


def installation(directory: Path) -> Services:
    directory.mkdir()
    settings = Settings(
        root_secret=generate_root_secret(), cookie_secret=generate_root_secret(), data_dir=directory / "data",
        keyring=directory / "keys" / "keyring", scratch=Path(f"/dev/shm/dp-bench-{new_id()[:12]}"),
    )  # fmt: skip
    FileKeyring.create(settings.keyring, settings.root_secret.encode())
    services = replace(build(settings), clock=lambda: NOW)
    migrate.upgrade(services.db)
    return services


def fill(services: Services, count: int) -> None:
    """Dossiers that are announced and may go today."""
    content = os.urandom(SIZE)
    with services.db.writing() as session:
        tenant, _ = make_tenant(session, swv="Voorbeeld", slug="voorbeeld", profile="po-raad-2014", now=NOW)
        school = Organisation(id=new_id(), tenant_id=tenant.id, kind="school", name="De Voorbeeldschool", brin="99ZX00")
        session.add(school)
    for _ in range(count):
        with services.db.writing() as session:
            _dossier(services, session, tenant.id, school.id, content)


def _dossier(services: Services, session: Session, tenant_id: str, school_id: str, content: bytes) -> None:
    vault, dossier_id, made = services.vault, new_id(), {"made_by": WHO, "made_at": NOW}
    vault.create_subject(session, kind=DOSSIER, subject_id=dossier_id, organisation_id=tenant_id, opened_on=OPENED)
    pupil = vault.seal_json(session, dossier_id, "pupil", PUPIL.to_json())
    session.add(
        Dossier(
            id=dossier_id, tenant_id=tenant_id, school_id=school_id, state="submitted", pupil=pupil, changed_at=NOW,
            submitted_at=NOW, **made,
        )
    )  # fmt: skip
    session.flush()
    kind = {"kind": "admissibility", "started_on": OPENED, "ended_on": ENDED}
    session.add(Matter(id=new_id(), tenant_id=tenant_id, dossier_id=dossier_id, **kind, **made))
    for _ in range(FILES):
        document, version, keys = new_id(), new_id(), (new_key(), new_key())
        for key in keys:
            with services.storage.writer(key) as writer:
                writer.write(content)
                writer.commit()
        vault.store_data_key(session, dossier_id, "document", version, generate_key())
        session.add(Document(id=document, dossier_id=dossier_id, **made))
        session.flush()
        session.add(
            DocumentVersion(
                id=version, document_id=document, dossier_id=dossier_id, state="ready", object_key=keys[0],
                sealed_size=SIZE, sealed_sha256=b"0" * 32, plain_size=SIZE, content_mark=os.urandom(32),
                media_kind="txt", file_name=b"", categories="g k", **made,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            Rendition(
                version_id=version, kind="page", number=1, object_key=keys[1], sealed_size=SIZE,
                sealed_sha256=b"0" * 32, media_type="image/png",
            )
        )  # fmt: skip
    session.add(
        Destruction(
            id=new_id(), tenant_id=tenant_id, dossier_id=dossier_id, article="PR12.1", profile="po-raad-2014@1",
            kept_until=date(2029, 11, 23), due_on=date(2029, 11, 24), announced_at=NOW,
        )
    )  # fmt: skip


def destroyed(directory: Path, count: int, *, traced: bool = False) -> tuple[float, float]:
    """Seconds for all of them, and megabytes that Python held at most when that is `traced`, which takes time."""
    services = installation(directory)
    fill(services, count)
    waits = [run.executing.approvals_needed]
    run.executing.approvals_needed = lambda _rules, _number: 0
    if traced:
        tracemalloc.start()
    began = time.perf_counter()
    ran = run.run(services)
    taken, held = time.perf_counter() - began, tracemalloc.get_traced_memory()[1] / 1e6 if traced else 0.0
    tracemalloc.stop()
    run.executing.approvals_needed = waits[0]
    services.db.dispose()
    if ran.erased != count:
        raise SystemExit(f"destroyed {ran.erased} of {count}")
    return taken, held


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="100 dossiers instead of 10 000, no goals (for a test)")
    chosen = parser.parse_args(arguments)
    count = 100 if chosen.small else 10_000
    own = Path.cwd() / "var"
    own.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=own) as name:
        few, _ = destroyed(Path(name) / "few", count // 10)
        many, _ = destroyed(Path(name) / "many", count)
        _, few_held = destroyed(Path(name) / "few-traced", count // 50, traced=True)
        _, many_held = destroyed(Path(name) / "many-traced", count // 10, traced=True)
    limit = None if chosen.small else 1.5
    tell(f"seconds for {count} dossiers x {FILES} documents", many)
    tell("seconds for each", many / count)
    held = [
        tell("cost for each against a tenth of them, times", (many / count) / (few / (count // 10)), limit),
        tell("memory against a fifth of them, times", many_held / few_held, limit),
    ]
    tell("memory, MB", many_held)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
