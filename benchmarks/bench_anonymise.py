"""How well and how fast identifiers are found, on texts from templates the model never saw.

`reserve` is the pack whose errors nobody looked at; those of `heldout` and `unseen` were.

`python -m benchmarks.bench_anonymise [CORPUS.jsonl …]`: our own texts, made here, or corpora in the same form. Prints
JSON lines `{"bench","metric","value","goal","holds"}`, shares with a 95% interval (`low`, `high`, Wilson) and their
number (`of`); time is processor time. Exit 1 when a goal does not hold. What counts is as the labelled corpora's scorer
has it: a range leaks when one of its letters or digits is open; a document when a direct identifier of pupil or parent
does.

How fast this machine is differs by the hour (others work on it): speed is given as measured, and against a yardstick of
the standard library that is timed in between, as it would be on a quiet machine.
"""

from __future__ import annotations

import json
import math
import re
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from gateway.anonymisation.detection import Detector
from gateway.anonymisation.identities import known_from_record

ROOT = Path(__file__).resolve().parent.parent
DIRECT = {"PERSON_PUPIL", "PERSON_PARENT", "BSN", "DATE_BIRTH", "ADDRESS", "POSTCODE", "PHONE", "EMAIL"}
SETS = (
    ("reserve", 300, 601, False),
    ("reserve", 60, 602, True),
    ("unseen", 300, 502, False),
    ("heldout", 300, 501, False),
)
QUIET = 0.0058  # processor seconds of `yardstick` on the machine of docs/anonymisation.md when nothing else runs
ORIGIN_MIN = 100


class Share:
    """A share with its interval."""

    def __init__(self) -> None:
        self.part = self.whole = 0

    def add(self, part: float, whole: float = 1) -> None:
        self.part += part
        self.whole += whole

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else math.nan

    def interval(self) -> tuple[float, float]:
        if not self.whole:
            return (math.nan, math.nan)
        z, count, share = 1.96, self.whole, self.value
        below = 1 + z * z / count
        middle = (share + z * z / (2 * count)) / below
        half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / below
        return max(0.0, middle - half), min(1.0, middle + half)


class Score:
    """Everything that is measured on one corpus."""

    def __init__(self) -> None:
        self.shares: dict[str, Share] = defaultdict(Share)
        self.seconds = self.kilobytes = 0.0
        self.yards: list[float] = []

    def add(self, row: dict[str, Any], spans: list[tuple[int, int]]) -> None:
        text = row["text"]
        masked = {place for start, end in spans for place in range(start, end) if text[place].isalnum()}
        gold: set[int] = set()
        leaks = leaks_known = False
        for (start, end, kind), about in zip(row["spans"], row["meta"], strict=True):
            places = {place for place in range(start, end) if text[place].isalnum()}
            gold |= places
            wanted = {place for place in places if text[place].isdigit()} or places if kind == "AGE" else places
            whole = wanted <= masked
            direct = kind in DIRECT and about["owner"] in ("pupil", "parent")
            names = [
                "recall all",
                f"recall {'known' if about['known'] else 'unknown'}",
                f"type {kind}",
                f"noise {row['noise']}",
            ]
            names += ["recall direct"] if direct else []
            names += [f"origin {about['group']}"] if about.get("group") else []
            names += ["known without OCR"] if about["known"] and row["noise"] != "ocr" else []
            for name in names:
                self.shares[name].add(whole)
            leaks |= direct and not whole
            leaks_known |= direct and not whole and about["known"] and row["noise"] != "ocr"
        self._documents(row, masked, gold, leaks=leaks, leaks_known=leaks_known)

    def _documents(
        self, row: dict[str, Any], masked: set[int], gold: set[int], *, leaks: bool, leaks_known: bool
    ) -> None:
        text = row["text"]
        passed = {place for start, end in row["neutral"] for place in range(start, end)}
        for word in re.finditer(r"[^\W_]+", text):
            places = set(range(*word.span()))
            passed |= places if places & gold else set()
        ordinary = {place for place in range(len(text)) if text[place].isalnum()} - gold - passed
        self.shares["precision"].add(len(masked & gold), len(masked & gold) + len(masked & ordinary))
        self.shares["ordinary letters masked"].add(len(masked & ordinary), len(ordinary))
        self.shares["documents leaking"].add(leaks)
        self.shares["documents leaking known, without OCR"].add(leaks_known)
        self.shares[f"documents leaking, noise {row['noise']}"].add(leaks)


GOALS = {
    "documents leaking": 0.01,
    "documents leaking known, without OCR": 0.0,
    "recall direct": 0.999,
    "recall known": 0.9995,
    "recall unknown": 0.97,
    "precision": 0.97,
    "ordinary letters masked": 0.01,
}
AT_MOST = ("documents leaking", "ordinary letters masked")


def say(
    bench: str, metric: str, value: float, goal: float | None = None, *, most: bool = False, **more: object
) -> bool:
    holds = goal is None or (value <= goal if most else value >= goal)
    line = {"bench": bench, "metric": metric, "value": round(value, 4), "goal": goal, "holds": holds, **more}
    print(json.dumps(line, ensure_ascii=False))
    return holds


def report(bench: str, score: Score) -> bool:
    held = True
    for name, share in sorted(score.shares.items(), key=lambda item: (item[0] not in GOALS, item[0])):
        low, high = share.interval()
        more = {"low": round(low, 4), "high": round(high, 4), "of": share.whole}
        held &= say(bench, name, share.value, GOALS.get(name), most=name.startswith(AT_MOST), **more)
    origins = {
        name: share.value
        for name, share in score.shares.items()
        if name.startswith("origin") and share.whole >= ORIGIN_MIN
    }
    if len(origins) > 1:
        held &= say(bench, "gap between origins", max(origins.values()) - min(origins.values()), 0.02, most=True)
    speed = score.kilobytes / score.seconds
    slow = max(1.0, statistics.median(score.yards) / QUIET)
    say(bench, "KB a second, one core, as measured", speed)
    return held & say(bench, "KB a second, one core", speed * slow, 100, machine=round(1 / slow, 2))


def yardstick() -> float:
    """Processor seconds of a fixed piece of work of the standard library: how fast this machine is at this moment."""
    words = [f"woord{number % 977}x{number}" for number in range(12_000)]
    began = time.process_time()
    text = " ".join(sorted(words))
    counts: dict[str, int] = {}
    for match in re.finditer(r"[a-z]+(\d+)x", text):
        counts[match.group(1)] = counts.get(match.group(1), 0) + len(match.group())
    "".join(f"{key}{value}" for key, value in sorted(counts.items()))
    return time.process_time() - began


def corpus(pack: str, count: int, seed: int, *, long: bool) -> list[dict[str, Any]]:
    from gateway.anonymisation.training import generate  # noqa: PLC0415 - needs Faker, a corpus does not

    return [generate.row(seed, number, (pack,), long=long) for number in range(count)]


def measure(rows: list[dict[str, Any]]) -> Score:
    score = Score()
    Detector(known_from_record(rows[0]["dossier"])).find(rows[0]["text"])
    for number, row in enumerate(rows):
        if number % 10 == 0:
            score.yards.append(yardstick())
        known = known_from_record(row["dossier"])
        began = time.process_time()
        finds = Detector(known).find(row["text"])
        score.seconds += time.process_time() - began
        score.kilobytes += len(row["text"].encode()) / 1024
        score.add(row, [(find.start, find.end) for find in finds])
    return score


def start_and_memory() -> bool:
    """One short row through the command, its start included."""
    row = json.dumps({"id": 1, "text": "Juf Anna zag Jan.", "dossier": {"leerling": {"roepnaam": "Jan"}}})
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "gateway", "anonymise", "--jsonl", "-"]
    subprocess.run(command, input=row.encode(), cwd=ROOT, capture_output=True, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime
    held = say("anonymise", "start of the command, seconds", seconds, 2, most=True)
    return held & say(
        "anonymise", "memory, MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 300, most=True
    )


def main(files: list[str]) -> int:
    held = True
    if files:
        for name in files:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
            held &= report(f"anonymise {Path(name).stem}", measure([json.loads(line) for line in lines]))
    else:
        for pack, count, seed, long in SETS:
            rows = corpus(pack, count, seed, long=long)
            held &= report(f"anonymise {pack}{' long' if long else ''}", measure(rows))
    return 0 if held & start_and_memory() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
