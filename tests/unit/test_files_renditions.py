"""Page images and text: bounded, upright, without metadata, for each kind that needs no LibreOffice."""

import dataclasses
import io
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.kinds import JPEG, KINDS, PDF, PNG, TIFF, TXT
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.looking import look
from gateway.dossiers.files.renditions import render
from gateway.dossiers.files.text_checks import decode_text
from tests.data.files import bad, make

SAMPLES = Path(bad.HERE)
LIMITS = Limits()


def stored(tmp_path: Path, image: Image.Image, form: str, **options: object) -> Path:
    path = tmp_path / "original"
    image.save(path, form, **options)
    return path


@pytest.mark.parametrize("name", ["verslag.txt", "verslag-cp1252.txt", "verslag-utf16.txt"])
def test_a_text_is_read_in_each_encoding_and_drawn(name, tmp_path):
    rendered = render(SAMPLES / name, TXT, tmp_path, LIMITS)
    assert make.MARKER in rendered.text_per_page[0]
    assert "één" in rendered.text_per_page[0]
    assert "€ 3,50" in rendered.text_per_page[0]
    with Image.open(rendered.pages[0].path) as image:
        assert image.convert("L").getextrema()[0] < 60


def test_a_long_text_runs_over_pages_and_loses_no_word(tmp_path):
    words = [f"woord{number}" for number in range(9000)]
    source = tmp_path / "original"
    source.write_text("\n".join(" ".join(words[at : at + 3]) for at in range(0, 9000, 3)) + "\fslot", encoding="utf-8")
    rendered = render(source, TXT, tmp_path, LIMITS)
    assert " ".join(rendered.text_per_page).split() == [*words, "slot"]
    assert rendered.text_per_page[-1] == "slot"
    assert [page.number for page in rendered.pages] == list(range(1, len(rendered.pages) + 1))


def test_a_line_without_end_is_broken_off_at_the_margin(tmp_path):
    source = tmp_path / "original"
    source.write_text("x" * 1000, encoding="utf-8")
    lines = render(source, TXT, tmp_path, LIMITS).text_per_page[0].split("\n")
    assert max(len(line) for line in lines) < 100
    assert "".join(lines) == "x" * 1000


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_text_in_utf8_and_utf16_is_decoded_as_written(text):
    assert decode_text(text.encode("utf-8-sig")) == text
    assert decode_text(text.encode("utf-16")) == text


def test_pages_above_the_limit_are_refused_and_not_cut_off(tmp_path):
    limits = dataclasses.replace(LIMITS, max_pages=1)
    source = tmp_path / "original"
    source.write_text("een\ftwee", encoding="utf-8")
    for path, kind in ((source, TXT), (SAMPLES / "scan.tiff", TIFF)):
        with pytest.raises(RefusedError, match="too_many_pages"):
            render(path, kind, tmp_path, limits)
    out = io.BytesIO(bad.pdf(lambda d: d.pages.append(d.pages[0])))
    source.write_bytes(out.getvalue())
    with pytest.raises(RefusedError, match="too_many_pages"):
        render(source, PDF, tmp_path, limits)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_png_in_each_mode_becomes_plain_colour(mode, tmp_path):
    image = Image.new(mode, (40, 30))
    if mode == "I;16":
        image.putpixel((0, 0), 60_000)
    path = stored(tmp_path, image, "PNG")
    page = render(path, PNG, tmp_path, LIMITS).pages[0]
    with Image.open(page.path) as drawn:
        assert (drawn.mode, drawn.size) == ("RGB", (40, 30))


@pytest.mark.parametrize("mode", ["I", "F", "I;16", "1"])
def test_a_tiff_with_more_or_fewer_bits_than_a_screen_is_spread_over_grey(mode, tmp_path):
    image = Image.new(mode, (40, 30))
    image.paste(1 if mode == "1" else 60_000, (0, 0, 20, 30))
    path = stored(tmp_path, image, "TIFF")
    with Image.open(render(path, TIFF, tmp_path, LIMITS).pages[0].path) as drawn:
        grey = drawn.convert("L")
        assert grey.getpixel((5, 15)) > 240
        assert grey.getpixel((35, 15)) < 15


def test_what_is_transparent_is_paper(tmp_path):
    path = stored(tmp_path, Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")
    with Image.open(render(path, PNG, tmp_path, LIMITS).pages[0].path) as drawn:
        assert drawn.convert("L").getextrema()[0] > 250


def test_a_jpeg_for_print_in_four_inks_can_be_seen(tmp_path):
    path = stored(tmp_path, Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG")
    with Image.open(render(path, JPEG, tmp_path, LIMITS).pages[0].path) as drawn:
        red, green, blue = drawn.convert("RGB").getpixel((10, 10))
    assert red > 150
    assert max(green, blue) < 90


def test_a_large_image_is_scaled_within_the_bound(tmp_path):
    path = stored(tmp_path, Image.new("L", (3000, 5000), 255), "PNG")
    page = render(path, PNG, tmp_path, LIMITS).pages[0]
    assert 0.95 * LIMITS.max_page_pixels < page.width * page.height <= LIMITS.max_page_pixels
    assert page.height / page.width == pytest.approx(5 / 3, rel=0.01)


def test_a_very_long_image_keeps_at_least_one_pixel(tmp_path):
    path = stored(tmp_path, Image.new("L", (1, 40_000), 255), "PNG")
    page = render(path, PNG, tmp_path, LIMITS).pages[0]
    assert page.width == 1
    assert page.height <= 8000


@pytest.mark.parametrize("box", [[0, 0, 14_400, 14_400], [0, 0, 100_000, 10], [-50, -50, 50, 50], [0, 0, 3, 3]])
def test_a_pdf_page_of_any_size_is_drawn_within_the_bound(box, tmp_path):
    source = tmp_path / "original"
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(100, 100))
        document.pages[0].mediabox = box
        document.save(source)
    page = render(source, PDF, tmp_path, LIMITS).pages[0]
    assert page.width * page.height <= LIMITS.max_page_pixels * 1.01
    assert min(page.width, page.height) >= 1


def test_what_someone_filled_in_on_a_form_is_on_the_page(tmp_path):
    def change(document: pikepdf.Pdf) -> None:
        look_of_it = document.make_stream(
            b"0 g 0 0 200 100 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 200, 100]
        )
        field = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="naam",
                V="Fenna",
                F=4,
                Rect=[300, 100, 500, 200],
                AP=pikepdf.Dictionary(N=look_of_it),
            )
        )
        document.pages[0].obj.Annots = pikepdf.Array([field])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[field])

    source = tmp_path / "original"
    source.write_bytes(bad.pdf(change))
    page = render(source, PDF, tmp_path, LIMITS).pages[0]
    with Image.open(page.path) as drawn:
        scale = LIMITS.dpi / 72
        assert drawn.convert("L").getpixel((int(400 * scale), page.height - int(150 * scale))) < 60


def test_text_of_a_page_is_bounded(tmp_path):
    limits = dataclasses.replace(LIMITS, max_text_chars=10)
    assert len(render(SAMPLES / "verslag.pdf", PDF, tmp_path, limits).text_per_page[0]) == 10


@pytest.mark.parametrize(
    ("kind", "name"), [("pdf", "scan.png"), ("png", "foto.jpg"), ("jpeg", "verslag.pdf"), ("tiff", "scan.png")]
)
def test_a_file_is_only_opened_as_the_kind_that_was_checked(kind, name, tmp_path):
    with pytest.raises(RefusedError, match="broken"):
        render(SAMPLES / name, KINDS[kind], tmp_path, LIMITS)


def test_looking_gives_sizes_and_writes_pages_and_texts(tmp_path):
    answer = look(SAMPLES / "verslag.pdf", tmp_path, LIMITS, "pdf")
    assert (answer["code"], answer["kind"], len(answer["pages"])) == ("ok", "pdf", 1)
    assert make.MARKER in (tmp_path / "page-0001.txt").read_text(encoding="utf-8")
    assert (tmp_path / "page-0001.webp").is_file()


def test_looking_at_a_bad_file_writes_nothing(tmp_path):
    source, into = tmp_path / "original", tmp_path / "out"
    into.mkdir()
    source.write_bytes(bad.sample("scan.png") + b"verborgen")
    assert look(source, into, LIMITS, "png") == {"code": "polyglot", "kind": "png", "pages": []}
    assert list(into.iterdir()) == []


def test_looking_without_libreoffice_blames_the_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert look(SAMPLES / "verslag.docx", tmp_path, LIMITS, "docx") == {"unavailable": "converter"}


def test_looking_at_an_office_file_that_cannot_be_converted_is_broken(tmp_path, monkeypatch):
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert look(SAMPLES / "verslag.docx", tmp_path, LIMITS, "docx")["code"] == "broken"
    program.write_text("#!/bin/sh\nkill -KILL $$\n")
    (tmp_path / "zwaar").mkdir()
    assert look(SAMPLES / "verslag.docx", tmp_path / "zwaar", LIMITS, "docx")["code"] == "too_heavy"
    program.write_text("#!/bin/sh\nsleep 20\n")
    (tmp_path / "traag").mkdir()
    quick = dataclasses.replace(LIMITS, seconds=0.3)
    assert look(SAMPLES / "verslag.docx", tmp_path / "traag", quick, "docx")["code"] == "too_heavy"
