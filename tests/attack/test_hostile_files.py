"""Hostile files by the road that a school takes: sent with the form, checked by the worker, refused in words, in bounds."""

from __future__ import annotations

import io
import resource
import time

import pytest
from sqlalchemy import select

from gateway.dossiers.tables import DocumentVersion
from tests import builders, personas
from tests.data.files import bad
from tests.personas import visitor

SENT = {
    "zip slip": "docx_with_a_path_upwards",
    "an absolute path": "docx_with_an_absolute_path",
    "a symbolic link": "docx_with_symbolic_link",
    "a zip in an office file": "docx_with_zip_inside",
    "a zip bomb": "docx_that_is_a_zip_bomb",
    "too many parts": "docx_with_too_many_parts",
    "entities in a DOCX": "docx_with_entities",
    "entities in UTF-16": "docx_with_entities_in_utf16",
    "elements without end": "docx_with_deep_xml",
    "entities in a drawing": "docx_with_a_drawing_that_reads_a_file",
    "a script in a drawing": "docx_with_a_drawing_that_runs_a_script",
    "a picture of elsewhere": "docx_with_remote_picture",
    "a formula that calls home": "xlsx_with_formula_that_calls_home",
    "a PDF stream that unpacks": "pdf_whose_page_unpacks_without_end",
    "a PDF with a huge image": "pdf_with_a_huge_image",
    "PNG dimensions": "png_of_60_megapixels",
    "a TIFF without end": "tiff_whose_frames_never_end",
}
SVG = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg>&x;</svg>'
SECONDS = 60
MEBIBYTES = 1_500


@pytest.fixture(scope="module")
def outcome(app, services):
    """What became of each file: (state, sentence), how long all took, and the highest memory of a child if they set it."""
    dossier = builders.draft(services)
    school = visitor(app, personas.OWNER)
    before, began = _peak(), time.monotonic()
    for what, name in SENT.items():
        data, extension, _code = bad.BAD[name]()
        answer = school.client.post(
            f"/dossiers/{dossier}/toevoegen",
            data={"csrf_token": school.token(), "file": (io.BytesIO(data), f"{what}.{extension}")},
            content_type="multipart/form-data",
        )
        assert answer.status_code in {200, 303}, what
    builders.work(services)
    took, grown = time.monotonic() - began, _peak() if _peak() > before else 0
    with services.db.reading() as session:
        rows = session.scalars(select(DocumentVersion).where(DocumentVersion.dossier_id == dossier)).all()
        return dossier, [(row.state, row.verdict or "") for row in rows], took, grown


def _peak():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def test_each_hostile_file_is_refused_in_words_and_none_becomes_readable(app, outcome):
    dossier, rows, *_bounds = outcome
    page = visitor(app, personas.OWNER).get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert all(state == "rejected" and verdict.endswith(".") for state, verdict in rows), rows
    assert len(rows) == len(SENT)
    for what in SENT:
        assert what in page, "the school sees which file it was"


def test_all_of_them_together_stay_within_time_and_memory(outcome):
    *_, took, grown = outcome
    assert took < SECONDS
    assert grown < MEBIBYTES


def test_nothing_is_written_outside_and_nothing_is_left(services, outcome):
    root = services.settings.data_dir.parent
    assert outcome
    found = {path.name for path in root.rglob("*") if path.is_file()}
    assert not [name for name in found if name.endswith((".docx", ".svg", ".xml"))]
    assert not [path for path in services.settings.scratch.rglob("*") if path.is_file()]


def test_a_drawing_by_itself_and_a_page_of_the_web_are_not_taken(app, services):
    dossier, school = builders.draft(services), visitor(app, personas.OWNER)
    for name, data in (
        ("a.svg", SVG),
        ("a.html", b"<script>alert(1)</script>"),
        ("a.pdf", SVG),
        ("a.zip", bad.a_zip(a=b"1")),
    ):
        answer = school.client.post(
            f"/dossiers/{dossier}/toevoegen",
            data={"csrf_token": school.token(), "file": (io.BytesIO(data), name)},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
        assert "root:" not in answer.get_data(as_text=True)
    builders.work(services)
    with services.db.reading() as session:
        query = select(DocumentVersion.state).where(DocumentVersion.dossier_id == dossier)
        assert set(session.scalars(query)) <= {"rejected"}
