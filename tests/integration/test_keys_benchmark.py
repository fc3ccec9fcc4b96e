"""The benchmark of destroying by keys runs, in its small form, and says what it measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import bench_destroy

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_small_form_of_the_benchmark_measures_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench_destroy.main(["--small", "--size", "1000", "--directory", str(tmp_path)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 9
    assert all(set(line) == {"bench", "metric", "value", "goal", "holds"} for line in lines)
    assert not list(tmp_path.iterdir()), "nothing is left behind"
