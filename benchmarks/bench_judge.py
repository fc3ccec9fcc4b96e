"""How many judgements a second `reglement judge --jsonl` makes on one core: parsing, judging and writing included.

Time is processor time, so that neighbours on the machine do not count; the command's includes its start.
Prints JSON lines `{"bench","metric","value","goal","holds"}`; exit 1 when a goal does not hold.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from gateway.reglement.cli import judge_lines
from gateway.reglement.profiles import shipped

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "tests" / "data" / "judgement" / "judgement.jsonl"
GOAL = 5_000
TIMES = 200


def _question(line: bytes) -> bytes:
    row = json.loads(line)
    return json.dumps({"id": row["id"], "facts": row["facts"]}).encode() + b"\n"


def _report(metric: str, value: float) -> bool:
    holds = value >= GOAL
    print(json.dumps({"bench": "judge", "metric": metric, "value": round(value), "goal": GOAL, "holds": holds}))
    return holds


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(times: int = TIMES) -> int:
    lines = [_question(line) for line in ROWS.read_bytes().splitlines() if line.strip()] * times
    profiles = shipped()
    began = time.process_time()
    answers = sum(1 for _ in judge_lines(lines, profiles))
    inside = answers / (time.process_time() - began)
    command = [sys.executable, "-m", "gateway.reglement.cli", "judge", "--jsonl"]
    began = _of_children()
    done = subprocess.run(command, input=b"".join(lines), capture_output=True, check=True, cwd=ROOT)
    outside = len(done.stdout.splitlines()) / (_of_children() - began)
    held = [_report("judgements_per_second_in_process", inside), _report("judgements_per_second_command", outside)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
