"""Separation of duties, walked over all routes and use cases and not a sample (issue 6).

A system administrator cannot read dossiers; who approves did not ask. That the officer cannot change anything is
walked in `tests/web/test_default_deny.py`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import gateway
from gateway.context import Role
from gateway.errors import GatewayError
from gateway.web import entry_of
from tests import builders, personas
from tests.attack.test_attacks import everything_but_the_log
from tests.web import matrix

GATEWAY = Path(gateway.__file__).parent
MARKER = b" over de voortgang."
OF_A_PUPIL = (b"Kind-", b"123456782", b"Zwollebol")


def test_nothing_that_an_administrator_can_open_names_a_pupil_or_holds_a_word_of_a_document(app, world, browsers):
    """Every route that lets the role in, with every thing that there is; every other route answers 404."""
    opened = 0
    for rule in app.url_map.iter_rules():
        entry = entry_of(app.view_functions[rule.endpoint])
        for thing in () if "filename" in rule.rule else matrix.TABLE[rule.rule].get("GET", {}):
            path = matrix.address(app, rule.rule, world.parameters(rule.rule, thing))
            answer = browsers["admin"].client.get(path)
            body = answer.get_data()
            if not entry.public and Role.ADMINISTRATOR not in entry.roles:
                assert answer.status_code == 404, path
            assert MARKER not in body, path
            if rule.rule != "/demo/postvak-uit":  # a demo shows everyone's mail to everyone, and says so
                assert not [text for text in OF_A_PUPIL if text in body], path
            opened += answer.status_code == 200
    assert opened > 20


SLICES = ("dossiers", "disclosure", "oversight")
OPEN = {
    "gateway.dossiers.pages.open_query": "what they typed themselves",
    "gateway.dossiers.pages.seal_query": "what they typed themselves",
    "gateway.disclosure.queries.recipients": "names of organisations, which the administrator wrote",
    "gateway.disclosure.queries.laws": "the laws that the reglement names",
    "gateway.dossiers.seen.asking_ways": "what the published reglement says, for everyone",
    "gateway.dossiers.inbound.unpack": "the worker's own act on a file that came in",
    "gateway.oversight.queries.note_reading": "writes in the log that someone read, and reads nothing",
    "gateway.oversight.register.schools": "names of schools, which the administrator wrote",
    "gateway.oversight.register.recipients": "names of organisations, which the administrator wrote",
}
"""What an administrator could call without harm, and why."""


def use_cases():
    """Every public function of these slices that takes services and context: what a view can call."""
    for path in sorted(path for slice_ in SLICES for path in (GATEWAY / slice_).glob("*.py")):
        name = ".".join(("gateway", *path.relative_to(GATEWAY).with_suffix("").parts))
        module = importlib.import_module(name)
        for called, function in inspect.getmembers(module, inspect.isfunction):
            parameters = list(inspect.signature(function).parameters.values())
            takes = [each.name for each in parameters[:2]] == ["services", "context"]
            if function.__module__ == name and not called.startswith("_") and takes:
                yield f"{name}.{called}", function, parameters[2:]


def test_no_use_case_of_a_dossier_gives_or_does_anything_for_who_is_only_an_administrator(services, world):
    """Below the routes too: what a view would call by mistake answers that it does not exist, or with nothing."""
    things = world.things
    ids = {**things["submitted"], **things["sent"], **things["consent"], **things["request"], **things["breach"]}
    ids |= {"query": "Kind", "state": "", "page": 1, "reason": "Verzonnen.", "about": "dossier", "what": "json"}
    who, tried, gave = builders.context(services, personas.ADMINISTRATOR), 0, []
    before = everything_but_the_log(services)
    for name, function, parameters in use_cases():
        needed = [each.name for each in parameters if each.default is inspect.Parameter.empty]
        if name in OPEN or not set(needed) <= set(ids):
            continue  # what takes a filled-in form is walked by its route above
        tried += 1
        try:
            result = function(services, who, **{each: ids[each] for each in needed})
            if hasattr(result, "__enter__"):
                result = result.__enter__()
            rows = getattr(result, "lines", list(result) if inspect.isgenerator(result) else result)
        except GatewayError:
            continue
        if not (rows is None or (hasattr(rows, "__len__") and len(rows) == 0)):
            gave.append(name)
    assert gave == [], " ".join(gave)
    assert tried > 25
    assert everything_but_the_log(services) == before


APPROVALS = {
    "gateway/access/usecases.py": "_may_decide",
    "gateway/accounts/invitations.py": "_may_decide",
    "gateway/accounts/reset.py": "decide",
    "gateway/accounts/sign_on/connections.py": "decide",
    "gateway/convenant/proxies.py": "decide_proxy",
    "gateway/convenant/signing.py": "decide_paper",
    "gateway/disclosure/approving.py": "_asked",
    "gateway/letters/templates.py": "may_decide",
    "gateway/reglement/versions.py": "decide",
    "gateway/rights/treating.py": "_taken",
    "gateway/partner_keys/usecases.py": "confirm",
    "gateway/witness/usecases.py": "confirm",
}
"""Every act that needs a second person, and the function that compares the two."""
OF_TWO_SIDES = {
    "gateway/convenant/agreeing.py": ("decide", "accept"),
    "gateway/convenant/ending.py": ("answer_end", "agree"),
}
"""Acts that need another organisation, not another person, and the function that compares the two parties: who
proposed may take it back, and never agrees. Nobody sits for two parties: the seat is that of one's own organisation."""
NOT_OF_TWO = {
    "gateway/disclosure/usecases.py",  # the recipient confirms that it arrived
    # what goes along with an inzage, while the officer treats it; the decision itself is that of `rights.treating`
    "gateway/rights/answering.py",
    "gateway/rights/redaction.py",
}


@pytest.mark.parametrize("path", APPROVALS)
def test_each_approval_compares_who_asked_with_who_approves(path):
    tree = ast.parse((GATEWAY.parent / path).read_text(encoding="utf-8"))
    function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == APPROVALS[path])
    compared = [ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Compare)]
    assert any(re.search(r"(made_by|registered_by|proposed_by|asked_by)\b", each) for each in compared), path


@pytest.mark.parametrize("path", OF_TWO_SIDES)
def test_each_agreement_of_two_sides_compares_whose_proposal_it_is_with_who_agrees(path):
    name, agrees = OF_TWO_SIDES[path]
    tree = ast.parse((GATEWAY.parent / path).read_text(encoding="utf-8"))
    function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)
    refused = [
        ast.unparse(node.test)
        for node in ast.walk(function)
        if isinstance(node, ast.If) and any(isinstance(each, ast.Raise) for each in node.body)
    ]
    assert f"{agrees} and row.party_id == at.party.id" in refused, path


def test_every_act_that_writes_who_decided_is_among_the_approvals():
    decided = re.compile(r"\.(decided_by|confirmed_by|approved_by)\b[^=\n]*=[^=]")
    found = {
        str(path.relative_to(GATEWAY.parent))
        for path in GATEWAY.rglob("*.py")
        if decided.search(path.read_text(encoding="utf-8"))
    }
    assert found - NOT_OF_TWO <= set(APPROVALS) | set(OF_TWO_SIDES), "an approval that this test does not know"
