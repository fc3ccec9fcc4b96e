"""Rules of our own about security, read from the code itself: what bandit and semgrep would be asked for (issue 6).

semgrep is not used: it asks for older versions of libraries that the portal itself needs.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = [path for name in ("gateway", "crypto", "audit", "retention") for path in (ROOT / name).rglob("*.py")]
CODE = [path for path in CODE if "migrations" not in path.parts]


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path):
    return str(path.relative_to(ROOT))


def called(node):
    """The name that a call is written with, such as `datetime.now`."""
    return ast.unparse(node.func)


def all_calls():
    for path in CODE:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                yield path, node


def built_by_formatting(node):
    """A text put together of parts: f-string with a value, +, %, .format, .join."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "join"}


PRAGMAS = {"gateway/db.py"}  # settings of a connection, from a list in the code
RAW_SQL = {"text", "sa.text", "execute", "exec_driver_sql", "executescript"}


def test_no_sql_is_put_together_of_texts():
    found = [
        (name(path), node.lineno)
        for path, node in all_calls()
        if called(node).rpartition(".")[2] in {"text", "execute", "exec_driver_sql", "executescript"}
        and node.args and built_by_formatting(node.args[0]) and name(path) not in PRAGMAS
    ]  # fmt: skip
    assert found == []


OWN_DRAWINGS = '{{ _shapes.get(name, _shapes["dot"])|safe }}'  # a table in the same file; nobody types into it


def test_no_template_and_no_code_calls_a_text_safe():
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8").replace(OWN_DRAWINGS, "")
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|\{%-?\s*raw\b", text), template
    assert not [
        name(path)
        for path in CODE
        if re.search(r"autoescape\s*=\s*False|render_template_string", path.read_text("utf-8"))
    ]


MARKUP = {
    "gateway/receipts/web.py",
    "gateway/accounts/factors_web.py",
    "gateway/known_texts.py",
    "gateway/text.py",
    "gateway/oversight/charts.py",
}
"""Where our own files, and pictures that a library drew, become markup."""


def test_markup_is_made_in_known_places():
    found = {name(path) for path, node in all_calls() if called(node) in {"Markup", "markupsafe.Markup"}}
    assert found <= MARKUP


CLOCKS = {
    "gateway/services.py", "gateway/worker.py", "gateway/doctor.py", "gateway/doctor_log.py", "gateway/cli.py", "gateway/audit_cli.py",
    "gateway/keys_cli.py", "gateway/escrow_cli.py", "gateway/cli_setup.py", "gateway/rescue_export.py", "retention/cli.py",
    "gateway/reglement/cli.py", "gateway/demo.py", "gateway/demo_convenant.py", "gateway/demo_desk.py", "gateway/demo_family.py", "gateway/demo_rendition.py",
    "crypto/rescue.py",
}  # fmt: skip
"""Where the clock may be read: the services' own clock, commands, and the demo. Everything else is told the time."""


def test_the_clock_is_read_in_known_places_alone():
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "dt.datetime.now"}
    found = {name(path) for path, node in all_calls() if called(node) in clocks}
    assert found <= CLOCKS


UPLOAD = (
    "upload.py",
    "upload_web.py",
    "multipart_stream.py",
    "raw_body.py",
    "accepting.py",
    "content.py",
    "quota.py",
    "reading.py",
)


@pytest.mark.parametrize("module", UPLOAD)
def test_no_file_is_opened_where_uploads_and_documents_pass(module):
    path = ROOT / "gateway" / "dossiers" / module
    opens = re.compile(
        r"(^|\.)(open|write_bytes|write_text|read_bytes|NamedTemporaryFile|TemporaryFile|mkstemp|mkdtemp)$"
    )
    assert not [
        node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and opens.search(called(node))
    ]


DANGEROUS = {
    "eval", "exec", "compile", "os.system", "os.popen", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "shelve.open",
    "tempfile.mktemp", "ssl._create_unverified_context", "hashlib.md5", "hashlib.sha1", "xml.etree.ElementTree.parse", "__import__",
    "random.random", "random.choice", "random.randint", "random.shuffle", "socket.gethostbyname", "subprocess.getoutput",
}  # fmt: skip


def test_nothing_dangerous_is_called():
    found = [
        (name(path), node.lineno, called(node))
        for path, node in all_calls()
        if called(node) in DANGEROUS and "usedforsecurity=False" not in ast.unparse(node)  # a checksum that S3 asks for
    ]
    assert found == []


def test_no_shell_is_started_and_no_certificate_goes_unchecked():
    for path, node in all_calls():
        for keyword in node.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            assert not (keyword.arg == "shell" and value is True), (name(path), node.lineno)
            assert not (keyword.arg == "verify" and value is False), (name(path), node.lineno)


def test_no_line_of_the_log_takes_what_was_sent():
    """Route patterns, opaque ids, kinds of error: never an address, a form, a name, or the text of an error."""
    said = re.compile(
        r"request\.(path|url|full_path|args|form|headers|cookies|data|query_string)|str\(error\)|repr\(error\)|exc_info"
    )
    for path, node in all_calls():
        if re.fullmatch(r"(log|logger|_log)\.(debug|info|warning|error|exception|critical)", called(node)):
            assert not said.search(ast.unparse(node)), (name(path), node.lineno)
            assert not called(node).endswith("exception"), (name(path), node.lineno)


SEEDED = (
    "gateway/anonymisation/training/"  # makes texts for the model, the same for the same seed; no part of the portal
)


def test_only_secrets_module_and_os_urandom_make_what_nobody_may_guess():
    assert not [
        name(path)
        for path in CODE
        if not name(path).startswith(SEEDED)
        and re.search(r"^\s*(import random|from random)\b", path.read_text("utf-8"), re.MULTILINE)
    ]
