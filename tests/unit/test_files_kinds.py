"""Kinds are known by their first bytes and by nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.files.kinds import HEAD_BYTES, KINDS, sniff
from tests.data.files import bad

SAMPLES = Path(bad.HERE)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("verslag.pdf", "pdf"),
        ("scan.pdf", "pdf"),
        ("verslag.docx", "docx"),
        ("verslag.odt", "odt"),
        ("scores.xlsx", "xlsx"),
        ("verslag.rtf", "rtf"),
        ("verslag.txt", "txt"),
        ("verslag-cp1252.txt", "txt"),
        ("verslag-utf16.txt", "txt"),
        ("foto.jpg", "jpeg"),
        ("scan.png", "png"),
        ("scan.tiff", "tiff"),
    ],
)
def test_the_head_of_a_real_file_gives_its_kind(name, kind):
    assert sniff((SAMPLES / name).read_bytes()[:HEAD_BYTES]) is KINDS[kind]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"MZ\x90\x00",
        b"\x7fELF\x02\x01",
        b"GIF89a\x01\x00\x01\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"Rar!\x1a\x07\x00",
        b"\x00\x00\x00\x18ftypmp42",
    ],
)
def test_what_is_not_on_the_allow_list_has_no_kind(head):
    assert sniff(head) is None


def test_an_ordinary_zip_has_no_kind():
    assert sniff(bad.a_zip(**{"brief.txt": b"een brief"})) is None


def test_a_pdf_with_bytes_before_its_header_is_no_pdf():
    assert sniff(b"\x00%PDF-1.7") is None


def test_extensions_are_lower_case_and_belong_to_one_kind_each():
    extensions = [extension for kind in KINDS.values() for extension in kind.extensions]
    assert len(set(extensions)) == len(extensions)
    assert all(extension == extension.lower().lstrip(".") for extension in extensions)


@given(st.binary(max_size=2 * HEAD_BYTES))
def test_any_bytes_get_an_answer_that_depends_on_the_head_only(data):
    assert sniff(data) == sniff(data[:HEAD_BYTES])
