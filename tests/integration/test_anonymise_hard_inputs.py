"""Documents that are not what one expects, each through the command: what is told, and what is not left. Issue 7."""

import io
import json
import subprocess

import pikepdf
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont
from weasyprint import HTML

from gateway.cli import main

RECORD = {
    "leerling": {"roepnaam": "Willemijn", "achternaam": "Hoekstra", "geboortedatum": "2015-03-09"},
    "ouders": [{"roepnaam": "Roos", "achternaam": "Groen", "rol": "moeder"}],
}
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def anonymised(folder, name, data):
    """The command's answer: its output file, its words and its report."""
    source, record = folder / name, folder / "dossier.json"
    source.write_bytes(data)
    record.write_text(json.dumps(RECORD))
    out, report = folder / f"uit.{source.suffix[1:]}", folder / "rapport.json"
    words = ["anonymise", str(source), "--dossier", str(record), "--out", str(out), "--report", str(report)]
    ended = CliRunner().invoke(main, words)
    return out, ended, json.loads(report.read_text())


ENGLISH = (
    "Willemijn Hoekstra is a cheerful girl who works hard in class. She reads well, but maths is difficult for her. "
    "Her mother Roos Groen would like extra support, because Willemijn tells her friend Shanice that she cannot do it."
)
TURKISH = (
    "Willemijn okula gitmek istemiyor ve evde çok üzgün. Annesi Roos çalışıyor, büyükannesi Fatma yardım ediyor ama "  # noqa: RUF001 - Turkish
    "çocuk konuşmak istemiyor. Okulda arkadaşı yok ve öğretmeni bunu biliyor. Biz çok üzgünüz ve yardım istiyoruz."  # noqa: RUF001 - Turkish
)
OTHER = "Verslag\nLeerling: Quinten Abspoel\nGeboortedatum: 3 mei 2012\n\nQuinten werkt goed. Willemijn was er ook."
ARABIC = "Willemijn speelde met سلمى الحداد en met Тарас Шевченко. Moeder Roos Groen was erbij."  # noqa: RUF001 - a name in Cyrillic


@pytest.mark.parametrize(
    ("text", "code", "gone", "stays"),
    [
        (ENGLISH, "other_language", ["Willemijn", "Roos", "Groen", "Shanice"], "works hard in class"),
        (TURKISH, "other_language", ["Willemijn", "Roos", "Fatma"], "çocuk konuşmak istemiyor"),
        (OTHER, "other_pupil_named", ["Quinten", "Abspoel", "Willemijn", "2012"], "werkt goed"),
        (ARABIC, "context", ["Willemijn", "سلمى", "الحداد", "Тарас", "Шевченко", "Groen"], "was erbij"),  # noqa: RUF001 - as above
    ],
)
def test_another_language_script_or_pupil_is_told_and_masked(tmp_path, text, code, gone, stays):
    out, ended, report = anonymised(tmp_path, "brief.txt", text.encode())
    assert ended.exit_code == 0, ended.output
    made = out.read_text()
    assert not [word for word in gone if word in made]
    assert stays in made
    told = {warning["code"]: warning["text"] for warning in report["warnings"]}
    assert code in told
    assert told[code] in ended.output


def _without_unicode():
    """A PDF whose letters say nothing: what is seen can only be read from the picture."""
    html = "<p style='font:20pt DejaVu Sans'>Verslag van Willemijn Hoekstra</p><p style='font:16pt DejaVu Sans'>Zij leest graag.</p>"
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(HTML(string=html).write_pdf())) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                del item["/ToUnicode"]
        pdf.save(made)
    return made.getvalue()


def test_a_pdf_of_letters_that_say_nothing_is_read_as_a_picture(tmp_path):
    out, ended, report = anonymised(tmp_path, "letters.pdf", _without_unicode())
    assert ended.exit_code == 0, ended.output
    assert [warning["pages"] for warning in report["warnings"] if warning["code"] == "other_letters"] == [[1]]
    said = subprocess.run(["pdftotext", str(out), "-"], capture_output=True, text=True, check=True).stdout
    assert "Zij leest graag" in said
    assert "illemijn" not in said
    assert "oekstra" not in said


def _sideways():
    page = Image.new("RGB", (1000, 1000), "white")
    font = ImageFont.truetype(FONT, 30)
    for line in range(6):
        ImageDraw.Draw(page).text((200, 150 + 60 * line), "De leerling werkt goed en leest graag.", "black", font)
    for turn, left in ((90, 40), (270, 930)):
        aside = Image.new("RGB", (600, 44), "white")
        ImageDraw.Draw(aside).text((4, 4), "Dossier Willemijn Hoekstra", "black", font)
        page.paste(aside.rotate(turn, expand=True), (left, 200))
    made = io.BytesIO()
    page.save(made, "PNG", dpi=(200, 200))
    return made.getvalue()


def test_a_name_that_stands_sideways_on_an_upright_scan_is_boxed(tmp_path):
    out, ended, _report = anonymised(tmp_path, "scan.png", _sideways())
    assert ended.exit_code == 0, ended.output
    for turn in (90, 270):
        with Image.open(out) as page:
            page.rotate(turn, expand=True).save(tmp_path / "gedraaid.png")
        command = ["tesseract", str(tmp_path / "gedraaid.png"), "-", "-l", "nld", "--psm", "11"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "illemijn" not in said
        assert "oekstra" not in said
