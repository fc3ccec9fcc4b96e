"""The figures of docs/attack-report.md, counted from the code and the tests. `python -m tests.attack.report` writes them."""

from __future__ import annotations

import ast
from pathlib import Path

from flask import Flask

from gateway.app import BLUEPRINTS
from gateway.web import entry_of
from tests.attack import test_separation
from tests.attack.targets import TARGETS
from tests.attack.test_hostile_files import SENT
from tests.data.files import bad
from tests.web import matrix, test_step_up

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs/attack-report.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def _cases(*paths: str) -> int:
    """How many test functions these modules hold; a parametrised one counts once."""
    found = [path for each in paths for path in sorted(ROOT.glob(each))]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in found]
    return sum(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for tree in trees for node in ast.walk(tree)
    )


def _races() -> int:
    tree = ast.parse((ROOT / "tests/integration/test_attack_races.py").read_text(encoding="utf-8"))
    return sum(isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) for node in ast.walk(tree))


def figures() -> str:
    """The table of figures."""
    app = Flask("report")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    methods = sum(len(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}) for rule in rules)
    things = sum(len(kinds) for ways in matrix.TABLE.values() for kinds in ways.values())
    rows = [
        ("routes", len({rule.rule for rule in rules})),
        ("route and method", methods),
        ("people in the matrix (roles, organisations, two tenants, a stranger)", len(matrix.PERSONAS)),
        ("route, method and thing that the table names", things),
        ("tries of those by each of these people", things * len(matrix.PERSONAS)),
        ("routes that ask a fresh second factor", len(test_step_up.FRESH)),
        ("routes that anyone may enter", sum(entry_of(app.view_functions[rule.endpoint]).public for rule in rules)),
        ("acts that need a second person", len(test_separation.APPROVALS)),
        ("hostile files in the collection", len(bad.BAD)),
        ("of those sent by the form of the portal", len(SENT)),
        ("parsers of ours that are fuzzed", len(TARGETS)),
        ("races on both databases", _races()),
        ("test functions in `tests/attack`", _cases("tests/attack/test_*.py")),
    ]
    lines = ["| what | how many |", "|---|---|", *(f"| {what} | {count} |" for what, count in rows)]
    return "\n".join(lines)


def written(text: str) -> str:
    """The report with the figures of now."""
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + figures() + "\n" + text[text.index(END) :]


if __name__ == "__main__":
    REPORT.write_text(written(REPORT.read_text(encoding="utf-8")), encoding="utf-8")
