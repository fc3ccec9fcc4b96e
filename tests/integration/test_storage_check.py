"""Storage is held against the rows: what is missing, cut or changed is named (PR10.1)."""

from __future__ import annotations

from gateway.dossiers.storage_check import examine
from tests import builders


def faults(services, **options):
    return sorted(found.fault for found in examine(services, **options) if found.fault)


def test_what_is_missing_cut_or_changed_is_named(services):
    for number in range(3):
        builders.submitted(services, bsn=["100000009", "100000010", "100000022"][number])
    assert faults(services) == []
    assert len(list(examine(services))) >= 9
    paths = sorted(path for path in services.settings.object_dir.rglob("*") if path.is_file())
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    content = bytearray(paths[2].read_bytes())
    content[-1] ^= 1
    paths[2].write_bytes(bytes(content))
    assert faults(services) == ["another size", "changed", "missing"]
    assert faults(services, quick=True) == ["another size", "missing"]
