"""Every benchmark runs in its small form and says what it measured; how quick this machine is, is not asked here."""

from __future__ import annotations

import json

import pytest

from benchmarks import bench_audit, bench_crypto, bench_judge, bench_retention, bench_timing, bench_upload

FORMS = {
    "audit": lambda: bench_audit.main(["--small"]),
    "crypto": lambda: bench_crypto.main(["--small"]),
    "judge": lambda: bench_judge.main(1),
    "retention": lambda: bench_retention.main(["--small"]),
    "timing": lambda: bench_timing.main(["--small"]),
    "upload": lambda: bench_upload.main(["--small", "--no-s3"]),
}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_small_form_of_a_benchmark_measures_and_ends(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    FORMS[name]()
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert lines
    assert all(set(line) == {"bench", "metric", "value", "goal", "holds"} for line in lines)
    assert {line["bench"] for line in lines} == {name}
