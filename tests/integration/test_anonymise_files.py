"""A file anonymised by the command: each layer's canary is looked for with readers of our own."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from click.testing import CliRunner
from PIL import Image

from gateway.anonymisation.files import child, running
from gateway.cli import main
from tests import canaries
from tests.canaries import HIDDEN_DOCX, HIDDEN_ODT, HIDDEN_PDF, HIDDEN_XLSX, KEPT, NAMES, hidden

RECORD = json.dumps(canaries.RECORD)


class Ran:
    def __init__(self, folder, name, data, *options):
        self.folder = folder
        self.source = folder / name
        if data is not None:
            self.source.write_bytes(data)
        record = folder / "dossier.json"
        record.write_text(RECORD)
        self.report_path = folder / "rapport.json"
        command = ["anonymise", str(self.source), "--dossier", str(record), "--report", str(self.report_path), *options]
        self.result = CliRunner().invoke(main, command)
        self.report = json.loads(self.report_path.read_text()) if self.report_path.is_file() else None
        known = {self.source.name, "dossier.json", "rapport.json"}
        self.made = [path for path in folder.iterdir() if path.name not in known]

    @property
    def out(self):
        assert self.result.exit_code == 0, (self.result.output, self.report)
        assert len(self.made) == 1
        return self.made[0]

    def everything(self):
        """All bytes of the output, unpacked, in the ways in which a text can stand there."""
        data = self.out.read_bytes()
        texts = [data]
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                texts += [package.read(name) for name in package.namelist()]
                texts.append("\n".join(package.namelist()).encode())
        if data.startswith(b"%PDF"):
            with pikepdf.open(self.out) as pdf:
                for item in pdf.objects:
                    texts.append(str(item).encode())
                    if isinstance(item, pikepdf.Stream) and item.get("/Subtype") != "/Image":
                        texts.append(item.read_bytes())
            texts.append(
                subprocess.run(["pdftotext", "-q", str(self.out), "-"], capture_output=True, check=True).stdout
            )
        joined = [re.sub(rb"<[^>]*>", b"", text) for text in texts]
        wide = [text.replace(b"\x00", b"") for text in texts]
        return b"\n".join([*texts, *joined, *wide]).lower()


def refused(ran, code):
    assert ran.result.exit_code == 1, ran.result.output
    assert ran.made == []
    assert ran.report["code"] == code, ran.report
    assert ran.report["outcome"] == "refused"
    assert ran.report["output"] is None
    assert ran.report["reason"] in ran.result.output
    return ran


def here(module, job, work, limits, *, on_tick):
    """What a child process does, in this one: so that it is seen which lines run. Others start the real processes."""
    on_tick()
    return json.dumps(child.load(json.loads(json.dumps(job)), limits)()).encode()


def ran_here(folder, name, data, *options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "run_child", here)
        return Ran(folder, name, data, *options)


@pytest.fixture(scope="module")
def word(tmp_path_factory):
    return Ran(tmp_path_factory.mktemp("word"), "verslag.docx", canaries.docx())


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    data = canaries.picture("Rapport van Quirijntje Zwaluwnest, rekenen", form="JPEG")
    return Ran(tmp_path_factory.mktemp("photo"), "Quirijntje.jpg", data)


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    return ran_here(tmp_path_factory.mktemp("sheets"), "scores.xlsx", canaries.xlsx())


@pytest.fixture(scope="module")
def text_document(tmp_path_factory):
    return ran_here(tmp_path_factory.mktemp("odt"), "verslag.odt", canaries.odt())


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    return ran_here(tmp_path_factory.mktemp("pdf"), "verslag.pdf", canaries.pdf())


KINDS = {"word": HIDDEN_DOCX, "sheets": HIDDEN_XLSX, "text_document": HIDDEN_ODT, "pdf": HIDDEN_PDF}
LAYERS = [(kind, layer) for kind, layers in KINDS.items() for layer in layers]


def test_each_canary_is_in_its_source_and_is_a_word_of_its_own(word):
    assert len({hidden(layer) for layer in HIDDEN_DOCX}) == len(HIDDEN_DOCX)
    with zipfile.ZipFile(word.source) as package:
        packed = b"".join(package.read(name) for name in package.namelist()) + package.comment
    seen_in_pixels = {"thumbnail", "cropped"}
    assert [n for n in HIDDEN_DOCX if hidden(n).encode() not in packed and n not in seen_in_pixels] == []


@pytest.mark.parametrize(("kind", "layer"), LAYERS)
def test_a_layer_that_nobody_reads_does_not_come_along(request, kind, layer):
    assert hidden(layer).lower().encode() not in request.getfixturevalue(kind).everything()


@pytest.mark.parametrize("kind", [*KINDS, "photo"])
def test_a_known_name_stands_nowhere_in_the_output(request, kind):
    everything = request.getfixturevalue(kind).everything()
    assert [name for name in NAMES if name.lower().encode() in everything] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_points_to_nobody_stays(request, kind):
    ran = request.getfixturevalue(kind)
    shown = ran.everything()
    assert b"rekenen" in shown
    assert b"[leerling]" in shown or kind == "pdf"
    assert KEPT.split()[1].encode() in shown


@pytest.mark.parametrize("kind", [*KINDS, "photo"])
def test_the_report_names_kinds_and_places_and_no_value(request, kind):
    report = request.getfixturevalue(kind).report
    assert report["format"] == "dossierpoort-anonymisation-report/1"
    assert report["proof"]["residue"] == "none"
    assert report["proof"]["readers"]
    assert report["reviewer"] is None
    assert report["finds"]["by_kind"]["PERSON_PUPIL"] >= 1
    assert any(w["code"] == "context" for w in report["warnings"])
    written = json.dumps(report, ensure_ascii=False).lower()
    assert [name for name in NAMES if name.lower() in written] == []
    assert [layer for _kind, layer in LAYERS if hidden(layer).lower() in written] == []


def test_the_report_counts_the_layers_of_a_word_document(word, tmp_path):
    """Rewritten once more in this process: the same layers, as the real ones told."""
    made = tmp_path / "out"
    made.mkdir()
    source = tmp_path / "in.docx"
    source.write_bytes(canaries.docx())
    job = {"record": canaries.RECORD, "work": str(tmp_path), "into": str(made), "path": str(source), "stem": "in",
           "out": str(tmp_path / "made.docx"), "kind": "docx", "as_pdf": False, "stage": "redact"}  # fmt: skip
    again = child.load(job, running.LIMITS)()
    layers = word.report["layers"]
    assert {name: count for name, count in again["layers"].items() if count} == layers
    expected = {"comments", "tracked_changes", "hidden_text", "field_codes", "link_targets", "bookmarks", "custom_xml",
                "content_controls", "document_properties", "thumbnails", "embedded_objects", "charts", "text_boxes",
                "alternative_texts", "pictures", "footnotes", "endnotes", "header", "footer"}  # fmt: skip
    assert expected <= set(layers)


def test_a_number_of_a_person_and_a_date_of_birth_in_cells_are_masked(sheets):
    with zipfile.ZipFile(sheets.out) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert "42077" not in sheet, "a date of birth is a number too"
    assert "14-03-2015" not in sheet
    assert "<v>27</v>" in sheet, "a score stays a number"


def test_a_pdf_is_made_anew_as_pictures_with_a_text_layer(pdf):
    assert pdf.out.read_bytes().count(b"%%EOF") == 1
    checks = pdf.report["output"]["pdf_a"]
    assert "not validated" in checks["status"]
    assert all(checks["checks"].values())
    with pikepdf.open(pdf.out) as made:
        assert [
            name
            for name in ("/AcroForm", "/Names", "/Outlines", "/OCProperties", "/StructTreeRoot")
            if name in made.Root
        ] == []
        assert "/Annots" not in made.pages[0]
        assert [float(side) for side in made.pages[0].mediabox] == pytest.approx([0, 0, 595, 842], abs=1)


def test_a_number_in_boxes_of_a_form_is_covered_in_the_picture(pdf):
    with pdfium.PdfDocument(pdf.out) as made:
        picture = made[0].render(scale=2).to_pil().convert("L")
    field = picture.crop((2 * 66, 2 * (842 - 398), 2 * 354, 2 * (842 - 382)))
    assert field.getpixel((4, 4)) < 250, "the paper of a box, not of the page"
    assert sum(field.histogram()[:60]) < 0.2 * field.width * field.height or field.getextrema()[1] < 60


def test_a_photo_keeps_its_kind_and_nothing_but_pixels(photo):
    with Image.open(photo.out) as image:
        assert image.format == "JPEG"
        assert len(image.getexif()) == 0
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)
    assert photo.out.name == "document-geanonimiseerd.jpg", "the name of the source named the pupil"


def test_the_default_name_says_what_it_is(word):
    assert word.out.name == "verslag-geanonimiseerd.docx"
    assert oct(word.out.stat().st_mode & 0o777) == "0o600"


def test_a_text_keeps_its_kind_and_an_existing_output_is_never_overwritten(tmp_path):
    text = f"{KEPT}\r\nQuirijn\u00adtje van der Zwaluw\u00adnest, BSN 690 009 902, tel. 06 12 34 56 78.\r\n"
    ran = Ran(tmp_path, "brief.txt", text.encode("cp1252"))
    assert ran.out.read_bytes().startswith(KEPT.encode() + b"\r\n")
    assert b"nest" not in ran.out.read_bytes()
    before = ran.out.read_bytes()
    again = CliRunner().invoke(main, ["anonymise", str(ran.source), "--dossier", str(tmp_path / "dossier.json")])
    assert again.exit_code == 1
    assert "bestaat al" in again.output
    assert ran.out.read_bytes() == before


def test_a_name_that_stays_in_the_output_blocks_it(tmp_path, monkeypatch):
    """The proof is a process of its own: a detector that finds nothing is not believed."""
    real = running.run_child

    def no_detection(module, job, *rest, **more):
        if job["stage"] == "redact":
            other = {"leerling": {"roepnaam": "Iemandanders"}}
            job = {**job, "record": other}
        return real(module, job, *rest, **more)

    monkeypatch.setattr(running, "run_child", no_detection)
    ran = refused(Ran(tmp_path, "brief.txt", b"Zwaluwnest en 690009902 zijn hier."), "residue")
    assert ran.report["proof"]["residue"]
    assert "waluwnest" not in json.dumps(ran.report)


def _encrypted_pdf(data):
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as source:
        source.save(made, encryption=pikepdf.Encryption(user="geheim", owner="geheim"))
    return made.getvalue()


def _macro(data):
    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a") as package:
        package.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    return made.getvalue()


def _bomb():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "wordprocessingml.document.main+xml")
        package.writestr("word/document.xml", b"0" * 60_000_000)
    return made.getvalue()


BAD = {
    "password.pdf": (lambda: _encrypted_pdf(canaries.pdf()), "hidden_password"),
    "corrupt.pdf": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20, "broken"),
    "corrupt.docx": (lambda: canaries.docx()[:3000], "broken"),
    "macro.docx": (lambda: _macro(canaries.docx()), "macro"),
    "bomb.docx": (_bomb, "bomb"),
    "extension.pdf": (lambda: b"gewone tekst over Quirijntje", "wrong_extension"),
    "unknown.txt": (lambda: b"\x7fELF" + b"\x00" * 200, "unknown_kind"),
    "empty.txt": (lambda: b"", "empty"),
    "archive.zip": (lambda: canaries.zipped({"a.txt": "x"}), "archive"),
    "entity.docx": (
        lambda: canaries.zipped({
            "[Content_Types].xml": "<Types>wordprocessingml.document.main+xml</Types>",
            "_rels/.rels": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Relationships>&e;</Relationships>',
        }),
        "active_content",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_a_sentence_and_no_file(tmp_path, name):
    make, code = BAD[name]
    ran = refused(Ran(tmp_path, name, make()), code)
    assert ran.report["reason"].endswith(".")
    assert "Traceback" not in ran.result.output


def test_what_is_no_plain_file_is_refused(tmp_path):
    target = tmp_path / "echt.txt"
    target.write_text("x")
    for name, make in (
        ("link.txt", lambda p: p.symlink_to(target)),
        ("map.txt", lambda p: p.mkdir()),
        ("pijp.txt", os.mkfifo),
    ):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        make(folder / name)
        refused(Ran(folder, name, None), "not_a_file")


def test_a_broken_record_is_told_without_its_values(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("x")
    for written in ("{", "[]", '{"leerling": {"roepnaam": 7, "geheimveld": "Zwaluwnest"}}'):
        record = tmp_path / "dossier.json"
        record.write_text(written)
        ended = CliRunner().invoke(main, ["anonymise", str(source), "--dossier", str(record)])
        assert ended.exit_code == 1
        assert "dossierbestand" in ended.output
        assert "Zwaluwnest" not in ended.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "dossier.json"]


def test_an_output_name_of_another_kind_is_refused(tmp_path):
    refused(Ran(tmp_path, "a.txt", b"x y z", "--out", str(tmp_path / "b.docx")), "out_kind")


def test_a_missing_program_is_named_with_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.dossiers.files.sandbox.PROGRAMS", str(tmp_path / "leeg"))
    ran = refused(Ran(tmp_path, "a.png", canaries.picture("x")), "no_tesseract")
    assert "tesseract-ocr-nld" in ran.result.output


def test_a_document_about_somebody_else_says_so(tmp_path):
    ran = Ran(tmp_path, "a.txt", b"Deze brief gaat over rekenen en over taal.")
    assert ran.out
    assert any(w["code"] == "other_pupil" for w in ran.report["warnings"])


def test_a_pdf_of_501_pages_is_refused_with_the_limit(tmp_path):
    made, data = pikepdf.new(), io.BytesIO()
    for _page in range(501):
        made.add_blank_page(page_size=(200, 200))
    made.save(data)
    ran = refused(Ran(tmp_path, "lang.pdf", data.getvalue()), "too_many_pages")
    assert "500" in ran.report["reason"]


def test_an_empty_page_is_a_page_and_is_told(tmp_path):
    made, data = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(595, 842))
    made.save(data)
    ran = Ran(tmp_path, "leeg.pdf", data.getvalue())
    assert ran.report["output"]["pages"] == 1
    assert {"no_text", "empty_pages"} <= {w["code"] for w in ran.report["warnings"]}
    assert ran.out


def test_who_stops_the_command_leaves_no_readable_scratch(tmp_path):
    source, record = tmp_path / "a.pdf", tmp_path / "dossier.json"
    source.write_bytes(canaries.pdf())
    record.write_text(RECORD)
    scratch = Path(tempfile.mkdtemp(prefix="test-anonymise-", dir="/dev/shm"))
    environment = {**os.environ, "DOSSIERPOORT_SCRATCH": str(scratch)}
    command = [sys.executable, "-m", "gateway", "anonymise", str(source), "--dossier", str(record)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as running:
        until = time.monotonic() + 60
        while not list(scratch.glob("*/original")) and time.monotonic() < until:
            time.sleep(0.05)
        assert list(scratch.glob("*/original"))
        running.terminate()
        assert running.wait(timeout=30) == 128 + 15
    assert list(scratch.iterdir()) == []
    scratch.rmdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "dossier.json"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "make"), [("a.xlsx", canaries.xlsx), ("a.odt", canaries.odt), ("a.pdf", canaries.pdf)]
)
def test_each_kind_through_the_real_processes(tmp_path, name, make):
    ran = Ran(tmp_path, name, make())
    everything = ran.everything()
    assert [n for n in NAMES if n.lower().encode() in everything] == []
    assert ran.report["sandbox"]["network"] == "none"


@pytest.mark.long
def test_rtf_goes_through_odt_and_comes_back_clean(tmp_path):
    body = (
        r"{\rtf1\ansi{\info{\author "
        + hidden("rtf_author")
        + r"}}Rekenen van Qui{\b rijn}tje Zwaluw{\v0 nest}. {\v "
        + hidden("rtf_hidden")
        + r"}{\*\geheim "
        + hidden("rtf_unknown")
        + "}}"
    )
    ran = Ran(tmp_path, "a.rtf", body.encode())
    everything = ran.everything()
    assert [n for n in NAMES if n.lower().encode() in everything] == []
    assert [n for n in ("rtf_author", "rtf_hidden", "rtf_unknown") if hidden(n).lower().encode() in everything] == []
    assert b"ekenen" in everything


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.docx", canaries.docx),
        ("a.xlsx", canaries.xlsx),
        ("a.odt", canaries.odt),
        ("a.txt", lambda: b"Rekenen van Quirijntje."),
    ],
)
def test_each_kind_becomes_a_pdf_on_request(tmp_path, name, make):
    ran = Ran(tmp_path, name, make(), "--as", "pdf")
    assert ran.out.read_bytes().startswith(b"%PDF-")
    assert ran.out.suffix == ".pdf"
    everything = ran.everything()
    assert [n for n in NAMES if n.lower().encode() in everything] == []
    assert b"rekenen" in everything


@pytest.mark.long
def test_a_scan_of_60_megapixels_is_made_smaller(tmp_path):
    image = Image.new("L", (9000, 6700), 255)
    image.paste(
        Image.open(io.BytesIO(canaries.picture("Rapport van Quirijntje"))).convert("L").resize((4200, 780)), (300, 300)
    )
    made = io.BytesIO()
    image.save(made, "JPEG")
    ran = Ran(tmp_path, "scan.jpg", made.getvalue())
    with Image.open(ran.out) as after:
        assert after.width * after.height <= 20_000_000
    assert ran.report["finds"]["by_kind"]["PERSON_PUPIL"] >= 1


@pytest.mark.long
def test_a_tiff_keeps_all_its_pages(tmp_path):
    pages = [Image.open(io.BytesIO(canaries.picture(f"Bladzijde {n} van Quirijntje"))).convert("L") for n in (1, 2)]
    made = io.BytesIO()
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:])
    ran = Ran(tmp_path, "scan.tiff", made.getvalue())
    with Image.open(ran.out) as after:
        assert after.n_frames == 2
    assert ran.report["finds"]["by_kind"]["PERSON_PUPIL"] == 2
