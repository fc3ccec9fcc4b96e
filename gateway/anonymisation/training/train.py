"""Trains the model of the unknown names: `python -m gateway.anonymisation.training.train`, a few minutes on one core.

Deterministic: the same lists, templates and seed make the same model. The pack `heldout` is never read here.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any, Final

from gateway.anonymisation import features
from gateway.anonymisation.folding import fold
from gateway.anonymisation.tagger import LABELS, MODEL
from gateway.anonymisation.tokens import Tokens, tokenise
from gateway.anonymisation.training import generate
from gateway.anonymisation.words import listed

PACKS: Final = ("reports", "letters", "forms", "practice", "plain", "trial", "abroad")
SEED: Final = 7
SHORT: Final = 4600
LONG: Final = 340
HIDDEN: Final = 0.4  # of the names, so that the model learns to do without the lists
_BACK: Final = {kind: label for label, kind in LABELS.items()} | dict.fromkeys(("PERSON_PUPIL", "PERSON_PARENT"), "PER")


def labels_of(tokens: Tokens, spans: list[list[Any]], places: list[int]) -> list[str]:
    """The label of each token, from the labelled ranges of the original text."""
    made = ["O"] * len(tokens)
    ranges = sorted((start, end, _BACK[kind]) for start, end, kind in spans if kind in _BACK)
    at = 0
    for place in range(len(tokens)):
        start, end = places[tokens.starts[place]], places[tokens.ends[place]]
        while at < len(ranges) and ranges[at][1] <= start:
            at += 1
        if at < len(ranges) and ranges[at][0] < end and start < ranges[at][1] and tokens.words[place] != "\n":
            made[place] = ranges[at][2]
    return made


def hide(rng: random.Random) -> frozenset[str]:
    """The names that the lists do not have while the model learns."""
    names = sorted(set().union(*(listed(f"{name}.gz") for name in ("first_names", "surnames", "places", "proper"))))
    return frozenset(rng.sample(names, int(HIDDEN * len(names))))


def main() -> None:
    """Generate, train, write the model into `data`."""
    import pycrfsuite  # noqa: PLC0415 - the command that needs it loads it

    out = sys.argv[1] if len(sys.argv) > 1 else str(Path(features.__file__).with_name("data") / MODEL)
    iterations = int(sys.argv[2]) if len(sys.argv) > 2 else 90
    began = time.perf_counter()
    features.hide(hide(random.Random(SEED)))  # noqa: S311 - texts, not secrets
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    count = 0
    for number in range(SHORT + LONG):
        row = generate.row(SEED, number, PACKS, long=number >= SHORT, vary=True)
        folded = fold(row["text"])
        tokens = tokenise(folded.text)
        labels = labels_of(tokens, row["spans"], folded.places)
        for start, end in features.sentences(tokens):
            trainer.append(features.row_of(tokens, start, end), labels[start:end])
        count += len(tokens)
    sys.stdout.write(f"{count} tokens, {time.perf_counter() - began:.0f} s\n")
    trainer.set_params(
        {
            "c1": 0.08,
            "c2": 0.005,
            "max_iterations": iterations,
            "feature.possible_transitions": True,
            "feature.minfreq": 2,
        }
    )
    trainer.train(out)
    sys.stdout.write(f"{out}: {Path(out).stat().st_size // 1024} KB, {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
