"""The documents say what is so: links lead somewhere, commands exist, and the table of roles is that of the routes.

`python -m tests.unit.test_docs` writes the table in docs/roles.md anew.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import click
import pytest
from flask import Flask

from gateway import cli, demo
from gateway.app import BLUEPRINTS
from gateway.context import Role
from gateway.web import entry_of

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/FORMAT.md"))
    if not path.is_relative_to(ROOT / "node_modules")
)
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
BEGIN, END = "<!-- routes: begin -->", "<!-- routes: end -->"
ORDER = {role.value: place for place, role in enumerate(Role)}


def _name(path):
    return str(path.relative_to(ROOT))


def _anchors(text):
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def routes():
    """Every route as a row: address, methods, who may enter, what it does."""
    app = Flask("gateway", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    rows = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        entry = entry_of(view)
        methods = ", ".join(sorted(rule.methods - {"HEAD", "OPTIONS"}))
        roles = sorted(entry.roles, key=lambda role: ORDER[role.value])
        who = "everyone" if entry.public else "signed in" if len(roles) == len(Role) else ", ".join(roles)
        who += "; asks a fresh second factor" if entry.fresh else ""
        who += " of whom has one" if entry.fresh == "when-set" else ""
        rows.append((rule.rule.replace("|", "/"), methods, who, (view.__doc__ or "").split("\n")[0]))
    return [f"| `{address}` | {methods} | {who} | {what} |" for address, methods, who, what in sorted(set(rows))]


def _table():
    head = ["| address | methods | who | what |", "|---|---|---|---|"]
    return "\n".join([BEGIN, *head, *routes(), END])


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_links_within_the_repository_lead_somewhere(document):
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for found in LINK.findall(text):
        target = found[0] or found[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (document.parent / path).resolve() if path else document
        assert place.exists(), f"{_name(document)} → {target}"
        assert place.is_relative_to(ROOT), f"{_name(document)} → {target}"
        if anchor and place.suffix == ".md":
            assert anchor in _anchors(place.read_text(encoding="utf-8")), f"{_name(document)} → {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_files_that_a_document_names_exist(document):
    """`gateway/…`, `tests/…` and the like in backticks; a name with a test function must hold that function."""
    named = re.findall(
        r"`((?:gateway|crypto|audit|retention|tests|templates|script|docs)/[\w./*-]+)(?:::(\w+))?`",
        document.read_text(encoding="utf-8"),
    )
    for path, function in named:
        found = list(ROOT.glob(path.rstrip("/")))
        assert found or path.startswith("gateway/static/build"), f"{_name(document)} names {path}"
        if function:
            assert f"def {function}(" in found[0].read_text(encoding="utf-8"), f"{_name(document)}: {path}::{function}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_commands_that_a_document_names_exist(document):
    text = document.read_text(encoding="utf-8")
    for command in re.findall(r"(?:^ {4}|`)(script/[a-z-]+)", text, re.MULTILINE):
        assert os.access(ROOT / command, os.X_OK), f"{_name(document)} names {command}"
    for words in re.findall(r"(?:^ {4}|`)dossierpoort ([a-z][a-z -]*?)(?= --|[`\n<]|  )", text, re.MULTILINE):
        group: click.Command = cli.main
        for word in words.split():
            if not isinstance(group, click.Group):
                break
            assert word in group.commands, f"{_name(document)} names dossierpoort {words}"
            group = group.commands[word]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_settings_that_a_document_names_exist(document):
    from dataclasses import fields

    from gateway.config import Settings

    known = {f"DOSSIERPOORT_{item.name.upper()}" for item in fields(Settings)}
    for name in re.findall(r"DOSSIERPOORT_[A-Z0-9_]*[A-Z0-9]", document.read_text(encoding="utf-8")):
        assert name in known or name.removesuffix("_FILE") in known or name.startswith("DOSSIERPOORT_TEST"), (
            f"{_name(document)}: {name}"
        )


def test_the_table_of_roles_is_that_of_the_routes():
    text = (ROOT / "docs/roles.md").read_text(encoding="utf-8")
    table = text[text.index(BEGIN) : text.index(END) + len(END)]
    assert table == _table(), "run `python -m tests.unit.test_docs`"


def test_every_threat_names_a_test_that_exists():
    """Each row of the tables of threats: its last column names files of tests, or a function in one."""
    text = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| [STRIDE](, [STRIDE])* \|", line)]
    assert len(rows) > 40
    for line in rows:
        named = re.findall(r"`(?:tests/[\w/]+/)?(test_\w+\.py)(?:::(\w+))?`", line.split("|")[-2])
        assert named, f"no test: {line[:80]}"
        for file, function in named:
            found = list((ROOT / "tests").rglob(file))
            assert found, file
            assert not function or f"def {function}(" in found[0].read_text(encoding="utf-8"), (file, function)


def test_the_readme_names_every_demo_account_and_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for account in demo.ACCOUNTS:
        assert f"`{account.email}`" in text
    assert "script/run" in text
    assert "script/test" in text


def test_pictures_are_small():
    pictures = list((ROOT / "docs/images").glob("*"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < 150_000, picture.name


def test_the_licence_is_the_one_that_the_project_names():
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["license"] == "EUPL-1.2"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in text
    assert len(text) > 13_000


if __name__ == "__main__":
    document = ROOT / "docs/roles.md"
    text = document.read_text(encoding="utf-8")
    document.write_text(text[: text.index(BEGIN)] + _table() + text[text.index(END) + len(END) :], encoding="utf-8")
