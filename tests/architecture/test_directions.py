"""The directions of the house: the contracts in `.importlinter`, and what they cannot say."""

import ast
from fnmatch import fnmatch
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gateway", "crypto", "audit", "retention")

# A library has its place; whoever wants what it does asks that place.
PLACES = {
    "flask": (
        "gateway.app",
        "gateway.edge",
        "gateway.known_texts",
        "gateway.web",
        "gateway.text",
        "gateway.*.web",
        "gateway.*_web",
    ),
    "werkzeug": (
        "gateway.app",
        "gateway.edge",
        "gateway.web",
        "gateway.*.web",
        "gateway.*_web",
        "gateway.dossiers.accepting",
    ),
    "wtforms": ("gateway.*.forms", "gateway.*_forms", "gateway.*_web"),
    "flask_wtf": ("gateway.app", "gateway.web", "gateway.*.web", "gateway.*.forms", "gateway.*_forms", "gateway.*_web"),
    "flask_login": (
        "gateway.app",
        "gateway.web",
        "gateway.entrance_web",
        "gateway.accounts.web",
        "gateway.accounts.factors_web",
        "gateway.accounts.passkeys_web",
        "gateway.accounts.sign_on_web",
        "gateway.accounts.entered_web",
        "gateway.accounts.signed_in",
    ),
    "gunicorn": ("gateway.serving",),
    "boto3": ("gateway.storage.s3", "crypto.keyring_kms"),
    "botocore": ("gateway.storage.s3", "gateway.storage.locked", "crypto.keyring_kms"),
    "gnupg": ("crypto.openpgp",),
    "webauthn": ("gateway.accounts.passkeys",),
    "joserfc": ("gateway.accounts.sign_on.tokens",),
    "pyotp": ("gateway.accounts.totp",),
    "shamir_mnemonic": ("crypto.escrow",),
    "huey": ("gateway.worker",),
    "weasyprint": ("gateway.paper", "gateway.dossiers.letters", "gateway.disclosure.paper"),
    "prometheus_client": ("gateway.metrics",),
    "pikepdf": ("gateway.dossiers.files.*", "gateway.anonymisation.*"),
    "pypdfium2": ("gateway.dossiers.files.*", "gateway.anonymisation.*"),
    "segno": ("gateway.qr",),
    "lxml": ("gateway.anonymisation.files.*",),
    "pyhanko": ("gateway.letters.signing",),
    "PIL": ("gateway.dossiers.files.*", "gateway.anonymisation.*", "gateway.letters.house"),
}
# Everyone who may see the inside of a document. `content` is the one module that opens sealed files.
OPENERS = {
    "gateway.dossiers.reading": "reading and downloading, each with its decision and its event",
    "gateway.dossiers.checking": "the worker scans and renders",
    "gateway.dossiers.derived": "files made from a version: sealed by the worker, opened by the review with its event",
    "gateway.dossiers.upload": "seals only: it names the context under which a file is sealed",
    "gateway.dossiers.inbound": "an OpenPGP message of a school, opened in scratch and sealed in its place",
    "gateway.rescue_export": "opens nothing: it names the context under which a file was sealed",
    "gateway.disclosure.evidence": "the same door, for who gave a consent: the form they signed",
    "gateway.disclosure.outgoing": "the one door through which data leave: portal, package and paper take from it",
}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(*PACKAGES, include_external_packages=True)


def test_no_import_climbs_a_floor_or_crosses_a_border():
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


@pytest.mark.parametrize("library", PLACES)
def test_a_library_is_used_in_its_place_only(graph, library):
    if library not in graph.modules:
        pytest.skip(f"{library} is not used yet")
    users = graph.find_modules_that_directly_import(library)
    strangers = [user for user in users if not any(fnmatch(user, place) for place in PLACES[library])]
    assert not strangers


def test_sealed_content_is_opened_by_the_listed_modules_only(graph):
    assert graph.find_modules_that_directly_import("gateway.dossiers.content") == set(OPENERS)


def table_classes():
    """Each table class with the package that owns it."""
    found = {}
    for path in (ROOT / "gateway").glob("*/tables.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = path.parent.name
    return found


WRITING = {"insert", "update", "delete", "sqlite_insert", "postgres_insert"}
# Where a row of another slice is written after all, and why that is right.
WRITERS = {
    ("gateway/demo.py", "Organisation"): "example data of an empty installation",
    ("gateway/dossiers/family.py", "Organisation"): "parents and pupils of a tenant share one, made with the first",
    ("gateway/worker.py", "Notice"): "the worker is the only one that knows that a mail went out",
    ("gateway/destruction/announcing.py", "Destruction"): "the run writes what every slice may read",
    ("gateway/destruction/approving.py", "DestructionApproval"): "the same",
    ("gateway/destruction/asked.py", "Destruction"): "the same, of a partner's copy",
    ("gateway/destruction/clock.py", "DestructionClock"): "the same",
    ("gateway/destruction/replaying.py", "Destruction"): "the same",
    ("gateway/destruction/part_recipients.py", "VerstrekkingGone"): "the same, of what went with a set",
    ("gateway/disclosure/erasers.py", "VerstrekkingGone"): "what stays of its own rows",
    (
        "gateway/dossiers/content.py",
        "DataKey",
    ): "keys of renditions hang under the version's key, which `content` alone opens",
}


def written(path):
    """Names of table classes of other packages that this module makes, inserts, updates or deletes."""
    tree = ast.parse(path.read_text())
    imported = {
        name.asname or name.name: name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".tables")
        for name in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        first = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
        name = first if node.func.id in WRITING else node.func.id
        if name in imported:
            yield imported[name]


def test_rows_of_a_slice_are_written_by_that_slice():
    """Reading models may join the tables of lower floors; changing a row goes through its owner's use case."""
    owners = table_classes()
    assert {"Dossier", "Account", "Consent"} <= set(owners)
    foreign = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        place = path.relative_to(ROOT)
        slice_ = place.parts[1]
        foreign |= {(str(place), name) for name in written(path) if name in owners and owners[name] != slice_}
    assert foreign - set(WRITERS) == set()
    assert set(WRITERS) - foreign == set(), "an exception that is no longer needed"
