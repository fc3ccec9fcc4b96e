"""Whole-file checks: the good samples pass, each bad one is refused for its own reason."""

import dataclasses
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gateway.dossiers.files.checks import check
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.messages import MESSAGES, message_for
from tests.data.files import bad

SAMPLES = Path(bad.HERE)
GOOD = {
    "verslag.pdf": "pdf",
    "scan.pdf": "pdf",
    "verslag.docx": "docx",
    "verslag.odt": "odt",
    "scores.xlsx": "xlsx",
    "verslag.rtf": "rtf",
    "verslag.txt": "txt",
    "verslag-cp1252.txt": "txt",
    "verslag-utf16.txt": "txt",
    "foto.jpg": "jpeg",
    "scan.png": "png",
    "scan.tiff": "tiff",
}
LIMITS = Limits()


def put(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "original"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("name", "kind"), GOOD.items())
def test_a_real_file_passes_with_its_true_kind(name, kind):
    verdict = check(SAMPLES / name, LIMITS, extension=Path(name).suffix)
    assert (verdict.ok, verdict.code) == (True, "ok")
    assert verdict.kind is not None
    assert verdict.kind.name == kind


@pytest.mark.parametrize("name", bad.BAD)
def test_a_bad_file_is_refused_with_its_own_code_and_sentence(name, tmp_path):
    data, extension, code = bad.BAD[name]()
    verdict = check(put(tmp_path, data), LIMITS, extension=extension)
    assert (verdict.ok, verdict.code) == (False, code)
    assert verdict.message == message_for(code, LIMITS)


def test_there_are_enough_bad_files_and_each_checking_code_is_reached():
    reached = {make()[2] for make in bad.BAD.values()}
    by_others = {"ok", "too_large", "too_heavy", "malware"}
    assert len(bad.BAD) > 60
    assert set(MESSAGES) - by_others == reached


def test_a_file_above_the_limit_is_too_large(tmp_path):
    limits = dataclasses.replace(LIMITS, max_bytes=10)
    assert check(put(tmp_path, b"een lange tekst"), limits).code == "too_large"


def test_the_extension_is_not_asked_when_the_caller_has_none():
    assert check(SAMPLES / "foto.jpg", LIMITS).ok


def test_pages_are_counted_for_pdf_and_tiff():
    assert check(SAMPLES / "verslag.pdf", LIMITS).pages == 1
    assert check(SAMPLES / "scan.tiff", LIMITS).pages == 2


@pytest.mark.parametrize("target", [r"file:///C:\Users\x\Normal.dotm", r"G:\sjablonen\brief.dotx", "Normal.dotm"])
def test_a_note_of_where_the_template_stood_on_the_makers_computer_is_no_reason_to_refuse(target, tmp_path):
    data = bad.rezip("verslag.docx", {"word/_rels/settings.xml.rels": bad.relationship("attachedTemplate", target)})
    assert check(put(tmp_path, data), LIMITS).ok


def test_an_ordinary_web_link_and_ordinary_fields_are_no_reason_to_refuse(tmp_path):
    link = bad.relationship("hyperlink", "https://www.voorbeeld.invalid/")
    data = bad.rezip("verslag.docx", {"word/_rels/x.xml.rels": link})
    assert check(put(tmp_path, data), LIMITS).ok
    fields = bad.field(" PAGE ")[: -len("<w:sectPr")] + bad.field('HYPERLINK "x" \\o "please link this"')
    data = bad.replace_in("verslag.docx", "word/document.xml", "<w:sectPr", fields)
    assert check(put(tmp_path, data), LIMITS).ok


def test_a_drawing_as_programs_make_them_is_no_reason_to_refuse(tmp_path):
    svg = (
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><a xlink:href="#b"/>'
        b'<image xlink:href="data:image/png;base64,AAAA"/></svg>'
    )
    assert check(put(tmp_path, bad.rezip("verslag.docx", {"word/media/a.svg": svg})), LIMITS).ok


def test_a_page_that_packs_well_is_no_bomb(tmp_path):
    rows = "".join(f"0 {n} m 500 {n} l S\n" for n in range(20_000)).encode()
    data = bad.pdf(lambda pdf: pdf.pages[0].contents_add(rows), compress_streams=True)
    assert check(put(tmp_path, data), LIMITS).ok


def test_an_escaped_backslash_before_the_word_object_is_plain_text(tmp_path):
    assert check(put(tmp_path, bad.rtf(rb"schrijf \\object in de regel")), LIMITS).ok


def test_a_jpeg_may_end_in_padding(tmp_path):
    assert check(put(tmp_path, bad.sample("foto.jpg") + bytes(40)), LIMITS).ok


def test_what_telephones_add_to_a_photo_is_no_reason_to_refuse(tmp_path):
    small = io.BytesIO()
    Image.new("L", (200, 300), 128).save(small, "JPEG")
    photo = bad.with_more_announced(bad.sample("foto.jpg"))
    assert check(put(tmp_path, photo + small.getvalue()), LIMITS).ok
    assert check(put(tmp_path, photo + bytes(10) + small.getvalue() + bytes(10)), LIMITS).ok
    assert check(put(tmp_path, bad.sample("foto.jpg") + b"Image_UTC_Data1700000000000SEFHxxxxSEFT"), LIMITS).ok
    assert check(put(tmp_path, bad.sample("foto.jpg") + small.getvalue()), LIMITS).code == "polyglot"
    assert (
        check(put(tmp_path, bad.sample("foto.jpg") + bytes(range(1, 200)) * 200 + b"SEFT"), LIMITS).code == "polyglot"
    )


def test_the_main_part_may_have_another_name(tmp_path):
    def rename(name: str, data: bytes) -> bytes:
        if name in {"[Content_Types].xml", "_rels/.rels"}:
            return data.replace(b"word/document.xml", b"word/document2.xml")
        return data

    assert check(put(tmp_path, bad.rezip("verslag.docx", edit=rename)), LIMITS).ok


def test_no_sentence_has_an_open_place_and_each_refusal_says_what_to_do():
    for code in MESSAGES:
        sentence = message_for(code, LIMITS)
        assert "{" not in sentence
        assert sentence.endswith(".")
        assert code == "ok" or sentence.count(". ") >= 1


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(GOOD)), data=st.data())
def test_a_damaged_file_gets_a_verdict_and_never_an_exception(name, data, tmp_path_factory):
    original = bytearray((SAMPLES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(original) - 1))
        original[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(1, len(original))))
    path = put(tmp_path_factory.mktemp("damaged"), bytes(original[:cut]))
    verdict = check(path, LIMITS)
    assert verdict.code in MESSAGES


@settings(max_examples=100, deadline=None)
@given(
    head=st.sampled_from([b"%PDF-1.7\n", b"PK\x03\x04", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\x00"]),
    tail=st.binary(max_size=400),
)
def test_magic_bytes_with_noise_behind_them_never_pass(head, tail, tmp_path_factory):
    verdict = check(put(tmp_path_factory.mktemp("noise"), head + tail), LIMITS)
    assert verdict.code in MESSAGES
    assert not verdict.ok
