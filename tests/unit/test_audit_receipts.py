"""Receipts: the vectors have the outcome they state, and the offline check needs nothing but its two libraries."""

import importlib.util
import json
import runpy
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.carrier import CarrierError, published_keys, receipt_text
from audit.findings import MOST_FINDINGS, Findings
from audit.note import COSIGNATURE, NoteError, VerifierKey, open_checkpoint
from audit.verify import ReceiptError, describe, main, verify_receipt

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "audit"
EXPECTED = json.loads((VECTORS / "expected.json").read_text(encoding="utf-8"))
KEYS = [VerifierKey.parse(line) for line in (VECTORS / "keys.txt").read_text(encoding="utf-8").splitlines()[1:]]


EXPECTED_PDF = json.loads((VECTORS / "expected-pdf.json").read_text(encoding="utf-8"))
EXPECTED_WITNESS = json.loads((VECTORS / "expected-witness.json").read_text(encoding="utf-8"))
WITNESS = VerifierKey.parse((VECTORS / "witness.txt").read_text(encoding="utf-8").strip())


def outcome_of(text, **others):
    try:
        verify_receipt(text, KEYS, **others)
    except ReceiptError as error:
        return error.code
    return "valid"


def text_of(name):
    return (VECTORS / "receipts" / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_receipt_of_the_vectors_has_the_outcome_it_states(name):
    assert outcome_of(text_of(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED_WITNESS)
def test_a_receipt_has_the_outcome_it_states_for_who_demands_a_witness(name):
    assert outcome_of(text_of(name), witnesses=[WITNESS]) == EXPECTED_WITNESS[name]


@pytest.mark.parametrize("name", EXPECTED_PDF)
def test_a_pdf_of_the_vectors_has_the_outcome_it_states(capsys, name):
    code, out, _ = run(capsys, VECTORS / "pdf" / f"{name}.pdf", "--key", VECTORS / "keys.json")
    assert (code, out.partition("(")[2].partition(")")[0] if code else "valid") == (
        int(EXPECTED_PDF[name] != "valid"),
        EXPECTED_PDF[name],
    )


def test_the_vectors_are_the_ones_that_the_code_makes():
    spec = importlib.util.spec_from_file_location("audit_vectors", VECTORS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.files()
    assert {name: (VECTORS / name).read_text(encoding="utf-8") for name in made} == made
    assert {path.stem for path in (VECTORS / "receipts").iterdir()} == set(EXPECTED)
    papers = {name: data for name, (data, _) in module.pdfs().items()}
    assert {path.stem: path.read_bytes() for path in (VECTORS / "pdf").iterdir()} == papers


def test_the_tree_of_the_vectors_holds():
    vectors = json.loads((VECTORS / "merkle.json").read_text(encoding="utf-8"))
    roots = [bytes.fromhex(root) for root in vectors["roots"]]
    leaves = [merkle.leaf_hash(entry.encode()) for entry in vectors["entries"]]
    for case in vectors["inclusion"]:
        proof = [bytes.fromhex(each) for each in case["proof"]]
        merkle.verify_inclusion(
            leaf=leaves[case["index"]], index=case["index"], size=case["size"], proof=proof, root=roots[case["size"]]
        )
    for case in vectors["consistency"]:
        proof = [bytes.fromhex(each) for each in case["proof"]]
        merkle.verify_consistency(
            old=case["old"], new=case["new"], old_root=roots[case["old"]], new_root=roots[case["new"]], proof=proof
        )
    checkpoint, _ = open_checkpoint((VECTORS / "checkpoint.txt").read_text(encoding="utf-8"), key=KEYS[0])
    assert checkpoint.root == roots[checkpoint.size]


def test_a_valid_receipt_gives_event_payload_and_times():
    verified = verify_receipt(text_of("valid-opened"), KEYS)
    assert verified.event.article == "PR9.3"
    assert verified.payload == {"documents": ["verslag"], "recipient": "Voorbeeldinstelling é"}
    assert [each.at is not None for each in verified.note.signatures] == [False, True]
    told = describe(verified)
    assert "GELDIG" in told
    assert "PR9.3" in told
    assert "2026-03-01T09:05:00" in told


def test_what_is_not_opened_is_said_not_to_be():
    verified = verify_receipt(text_of("valid-unopened"), KEYS)
    assert verified.payload is None
    assert "niet bij dit ontvangstbewijs geopend" in describe(verified)


def test_keys_named_inside_a_receipt_are_never_trusted():
    with pytest.raises(ReceiptError) as refused:
        verify_receipt(text_of("valid-opened"), [])
    assert refused.value.code == "key"
    with pytest.raises(ReceiptError) as refused:
        verify_receipt(text_of("valid-opened"), [KEYS[1]])
    assert refused.value.code == "key"


def test_one_of_several_log_keys_is_enough():
    other = VerifierKey(name="log.example/before", kind=KEYS[0].kind, raw=b"\1" * 32)
    assert verify_receipt(text_of("valid-opened"), [other, KEYS[0]]).leaf_index == 3


@given(st.data())
def test_no_changed_character_of_event_or_payload_is_accepted(data):
    record = json.loads(text_of("valid-opened"))
    member = data.draw(st.sampled_from(["event", "payload"]))
    place = data.draw(st.integers(0, len(record[member]) - 1))
    new = data.draw(st.characters().filter(lambda each: each != record[member][place]))
    record[member] = record[member][:place] + new + record[member][place + 1 :]
    with pytest.raises(ReceiptError):
        verify_receipt(json.dumps(record), KEYS)


@given(
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(json.dumps)
)
def test_any_other_text_is_refused_and_nothing_else_happens(text):
    with pytest.raises(ReceiptError):
        verify_receipt(text, KEYS)


def test_a_deeply_nested_text_is_refused():
    for text in ("[" * 100_000, '{"format":' * 100_000):
        with pytest.raises(ReceiptError):
            verify_receipt(text, KEYS)


# --- the command ---------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = main([str(each) for each in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    "key",
    [VECTORS / "keys.txt", str(KEYS[0]), VECTORS / "keys.json", (VECTORS / "keys.json").read_text(encoding="utf-8")],
)
def test_the_command_says_valid(capsys, key):
    code, out, _ = run(capsys, VECTORS / "receipts" / "valid-opened.json", "--key", key)
    assert (code, out.splitlines()[0]) == (0, "GELDIG: deze gebeurtenis staat in het logboek.")


def test_the_command_says_whether_a_witness_confirmed(capsys):
    receipt = VECTORS / "receipts" / "valid-witnessed.json"
    _, out, _ = run(capsys, receipt, "--key", VECTORS / "keys.json")
    assert "\nBEVESTIGD: " in out
    _, out, _ = run(capsys, receipt, "--key", VECTORS / "keys.txt")
    assert "NIET BEVESTIGD: " in out
    code, out, _ = run(capsys, receipt, "--key", VECTORS / "keys.txt", "--witness", VECTORS / "witness.txt")
    assert (code, "\nBEVESTIGD: " in out) == (0, True)
    other = VECTORS / "receipts" / "valid-opened.json"
    code, out, _ = run(capsys, other, "--key", VECTORS / "keys.txt", "--witness", VECTORS / "witness.txt")
    assert (code, out) == (1, "ONGELDIG (cosignature): De getuige heeft dit controlepunt niet mede ondertekend.\n")


@pytest.mark.parametrize("content", [b'{"keys": []}', b'{"log": "x"}', b'{"log": [1]}', b"{", b"[" * 9])
def test_a_file_of_published_keys_in_another_form_is_said_to_be_none(capsys, tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    code, out, err = run(capsys, VECTORS / "receipts" / "valid-opened.json", "--key", path)
    assert (code, out) == (2, "")
    assert "publieke sleutel" in err


@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_pdf_with_one_changed_byte_never_crashes_the_check_nor_proves_anything_else(place, value):
    data = bytearray((VECTORS / "pdf" / "valid.pdf").read_bytes())
    data[place % len(data)] = value
    try:
        verified = verify_receipt(receipt_text(bytes(data)), KEYS)
    except (ReceiptError, CarrierError, UnicodeDecodeError):
        return
    assert verified.payload == {"documents": ["verslag"], "recipient": "Voorbeeldinstelling é"}
    assert verified.leaf_index == 3


def test_a_small_attachment_that_unpacks_to_a_mountain_is_refused():
    body = zlib.compress(b"0" * 50_000_000, 9)
    data = b"%%PDF-1.7\n<< /Type /EmbeddedFile /Filter /FlateDecode /Length %d >>\nstream\n" % len(body) + body
    with pytest.raises(CarrierError):
        receipt_text(data)


def test_the_command_says_what_is_wrong(capsys):
    code, out, _ = run(capsys, VECTORS / "receipts" / "payload-changed.json", "--key", KEYS[0])
    assert code == 1
    assert out == "ONGELDIG (payload): De inhoud is niet de inhoud die in het logboek is vastgelegd.\n"


@pytest.mark.parametrize("content", [b"", b"# only a remark\n", b"no key\n", b"\xff\xfe"])
def test_a_key_file_without_a_key_is_said_to_be_none(capsys, tmp_path, content):
    path = tmp_path / "keys"
    path.write_bytes(content)
    code, out, err = run(capsys, VECTORS / "receipts" / "valid-opened.json", "--key", path)
    assert (code, out) == (2, "")
    assert err.startswith("Niet te controleren: ")


@pytest.mark.parametrize("content", [None, b"\xff", b"x" * 4_000_001])
def test_a_file_that_cannot_be_read_is_not_called_invalid(capsys, tmp_path, content):
    path = tmp_path / "receipt.json"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run(capsys, path, "--key", KEYS[0])
    assert (code, out) == (2, "")
    assert err.startswith("Niet te controleren: het bestand is ")


def test_a_text_that_is_no_key_is_said_to_be_none(capsys):
    code, _, err = run(capsys, VECTORS / "receipts" / "valid-opened.json", "--key", "a+b+c")
    assert code == 2
    assert "publieke sleutel" in err


BLOCKER = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {*sys.stdlib_module_names, "audit", "cryptography", "_cffi_backend"}:
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Blocked())
import runpy
sys.argv = ["verify", *sys.argv[1:]]
runpy.run_module("audit.verify", run_name="__main__")
"""


@pytest.mark.parametrize(("name", "code"), [("valid-opened", 0), ("proof-too-short", 1)])
def test_the_command_needs_only_the_standard_library_and_cryptography(name, code):
    receipt = VECTORS / "receipts" / f"{name}.json"
    done = subprocess.run(
        [sys.executable, "-c", BLOCKER, receipt, "--key", VECTORS / "keys.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")


def test_the_module_is_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["verify", str(VECTORS / "receipts" / "valid-opened.json"), "--key", str(KEYS[0])])
    monkeypatch.delitem(sys.modules, "audit.verify")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("audit.verify", run_name="__main__")
    assert ended.value.code == 0
    assert "GELDIG" in capsys.readouterr().out


def test_a_check_keeps_a_thousand_findings_and_no_more():
    findings = Findings()
    for number in range(MOST_FINDINGS + 5):
        findings.add("event-missing", f"leaf {number}", "its event is not there")
    assert len(findings.found) == MOST_FINDINGS


def test_a_cosigning_key_is_of_its_own_kind():
    assert KEYS[1].kind == COSIGNATURE
    with pytest.raises(NoteError):
        VerifierKey(name="x", kind=9, raw=b"\0" * 32)


def test_a_log_without_a_key_publishes_none():
    assert published_keys([], None, []) == {"log": [], "witnesses": []}
    assert published_keys([], b"\2" * 32, []) == {"log": [], "witnesses": []}
    one = published_keys([b"\1" * 32], None, [])["log"]
    both = published_keys([b"\1" * 32], b"\2" * 32, [])["log"]
    assert both[:1] == one
    assert len(both) == 2
