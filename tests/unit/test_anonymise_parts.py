"""The pure parts of the redaction of files: texts in pieces, cells, fields, lists of words, boxes."""

import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.anonymisation.detection import Detector
from gateway.anonymisation.files.boxes import boxes
from gateway.anonymisation.files.errors import SENTENCES, FileRefusedError, sentence_for
from gateway.anonymisation.files.kinds import kind_of
from gateway.anonymisation.files.markup import is_mechanical, parse
from gateway.anonymisation.files.masker import Masker
from gateway.anonymisation.files.packages import Package
from gateway.anonymisation.files.reading import Scan, Word
from gateway.anonymisation.files.redacting import Redaction
from gateway.anonymisation.files.residual import hints
from gateway.anonymisation.files.rich_text import plain
from gateway.anonymisation.files.running import LIMITS
from gateway.anonymisation.files.sheet_values import shown
from gateway.anonymisation.files.slots import Story
from gateway.anonymisation.finds import Find
from gateway.anonymisation.identities import NOBODY, known_from_record
from gateway.anonymisation.masking import mask
from tests import canaries
from tests.canaries import hidden, paragraph, run, zipped


class Place:
    def __init__(self, text):
        self.text = text

    def write(self, text):
        self.text = text


def found(start, end, replacement="[x]"):
    return Find(start=start, end=end, kind="ID", source="known", certainty=1.0, replacement=replacement)


@given(
    pieces=st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=8),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=5),
)
def test_however_a_text_is_cut_masking_the_places_masks_the_text(pieces, cuts):
    story, places = Story("x"), [Place(piece) for piece in pieces]
    for place in places:
        story.add(place.text, place)
    text = story.text
    finds = [found(start, min(start + size, len(text))) for start, size in cuts if start < len(text)]
    story.mask(finds)
    assert "".join(place.text for place in places) == story.text
    assert story.text == mask(text, finds)


def test_a_find_over_two_cells_is_replaced_in_the_first_and_gone_from_the_second():
    story, first, second = Story("x"), Place("Jan"), Place("sen is er")
    story.add("Jan", first)
    story.gap("\t")
    story.add("sen is er", second)
    story.mask([found(0, 7, "[leerling]")])
    assert (first.text, second.text) == ("[leerling]", " is er")


def test_names_glued_together_are_read_apart():
    known = known_from_record({"leerling": {"roepnaam": "Quirijntje", "achternaam": "Zwaluwnest"}})
    story, places = Story("x"), [Place("Zwaluwnest"), Place("Quirijntje")]
    for place in places:
        story.add(place.text, place)
    Masker(Detector(known), known).mask([story])
    assert "waluw" not in "".join(place.text for place in places)


def test_an_empty_text_has_no_finds():
    assert Detector(NOBODY).find("") == []


@pytest.mark.parametrize(
    ("raw", "form", "expected"),
    [
        ("42077", (True, False, 0), ("14-03-2015", False)),
        ("40615", (True, True, 0), ("14-03-2015", False)),
        ("1", (True, False, 0), ("01-01-1900", False)),
        ("0.5", (True, False, 0), ("12:00", False)),
        ("12345678", (False, False, 9), ("012345678", False)),
        ("690009902", (False, False, 0), ("690009902", False)),
        ("27", (False, False, 0), ("27", True)),
        ("27.5", (False, False, 0), ("27.5", True)),
        ("tekst", (False, False, 0), ("tekst", False)),
    ],
)
def test_a_number_in_a_cell_stays_one_only_when_it_is_small(raw, form, expected):
    assert shown(raw, form) == expected


def test_rtf_is_read_with_all_its_groups():
    text = plain(rb"{\rtf1{\info{\author Thadd\'e9us}}Qui{\b rijn}tje\par\u233?\tab x\~y\_z{\v weg}}")
    assert "Thaddéus" in text
    assert "Quirijntje\n" in text
    assert "é\tx y-z" in text
    assert "weg" in text


def test_a_rare_diagnosis_is_pointed_at_by_itself_and_common_facts_only_together():
    assert [hint.kind for hint in hints([("pagina 1", "Zij heeft het syndroom van Rett.")])] == ["zeldzame diagnose"]
    assert hints([("pagina 1", "Een 8-jarige jongen uit een dorp.")]) == ()
    together = hints([("pagina 1", "Een 8-jarige uit een dorp."), ("pagina 2", "Zijn vader is burgemeester.")])
    assert {hint.kind for hint in together} == {"leeftijd", "kleine plaats", "bijzonder gezin"}
    assert "burgemeester" not in str(together)


@pytest.mark.parametrize("value", ["Jansen", "690009902", "20150314", "single Jansen", "a@b.nl"])
def test_an_attribute_that_could_name_somebody_is_no_measure(value):
    assert not is_mechanical(value, frozenset({"single"}))


@pytest.mark.parametrize("value", ["", "12.5pt", "0.06pt solid #ff0000", "-720", "100%", "true", "00FFAA"])
def test_measures_colours_and_switches_are_mechanical(value):
    assert is_mechanical(value, frozenset({"solid"}))


@pytest.mark.parametrize("data", [b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"<a>" * 500 + b"</a>" * 500, b"<a"])
def test_xml_with_a_document_type_or_without_bottom_is_refused(data):
    with pytest.raises(FileRefusedError):
        parse(data)


def test_covered_words_on_a_line_share_a_box_and_a_comma_goes_along():
    words = [Word(text, at * 50, 0, at * 50 + 40, 20, (1,)) for at, text in enumerate(("Jan", "Jansen,", "komt"))]
    story = Scan(words=words).story("x")
    story.mask([found(0, 10, "[leerling]")])
    (box,) = boxes(words)
    assert (box.left, box.right, box.label) == (0, 90, "[leerling],")


def test_every_code_has_a_dutch_sentence_with_an_end():
    for code in SENTENCES:
        assert sentence_for(code, LIMITS, "het is geen JSON.").rstrip().endswith(".")
    assert sentence_for("onbekend", LIMITS) == SENTENCES["internal"]


@pytest.mark.parametrize(
    ("data", "extension", "code"),
    [
        (b"", "txt", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "docx", "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "doc", "old_office"),
        (zipped({"mimetype": "application/epub+zip"}), "odt", "unknown_kind"),
        (zipped({"[Content_Types].xml": "x.macroEnabled.main+xml"}), "docm", "macro"),
        (zipped({"[Content_Types].xml": "presentationml"}), "pptx", "unknown_kind"),
        (canaries.docx(), "docm", "macro"),
        (canaries.docx(), "xlsx", "wrong_extension"),
        (b"PK\x03\x04rest", "docx", "broken"),
    ],
)
def test_a_kind_is_told_by_bytes_and_must_fit_the_name(tmp_path, data, extension, code):
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(FileRefusedError) as refusal:
        kind_of(path, extension)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("names", "code"),
    [(("a/../b.xml",), "path_trick"), (("A.xml", "a.xml"), "path_trick"), (("word/vbaProject.bin",), "macro")],
)
def test_a_package_with_tricks_is_refused(tmp_path, names, code):
    path = tmp_path / "x.zip"
    path.write_bytes(zipped(dict.fromkeys(names, "x")))
    with pytest.raises(FileRefusedError) as refusal:
        Package(path, LIMITS)
    assert refusal.value.code == code


def redacted(tmp_path, kind, data):
    """The parts of the new file, made in this process and not proven: what stays and what goes."""
    source, work, out = tmp_path / "in", tmp_path / "work", tmp_path / f"out.{kind}"
    source.write_bytes(data)
    work.mkdir()
    known = known_from_record(canaries.RECORD)
    redaction = Redaction(Masker(Detector(known), known), work, LIMITS, lambda *_told: None)
    made = redaction.run(source, kind, out, as_pdf=False)
    with zipfile.ZipFile(io.BytesIO(Path(made.path).read_bytes())) as package:
        return {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}, Counter(
            made.layers
        )


def small_docx(body, styles=""):
    ns = canaries._NS
    rels = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return zipped({
        "[Content_Types].xml": "<Types>wordprocessingml.document.main+xml</Types>",
        "_rels/.rels": f'<Relationships {rels}><Relationship Id="a" Type="{kind}/officeDocument" Target="/word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships {rels}><Relationship Id="a" Type="{kind}/styles" Target="styles.xml"/></Relationships>',
        "word/styles.xml": f"<w:styles {ns}>{styles}</w:styles>",
        "word/document.xml": f"<w:document {ns}><w:body>{body}</w:body></w:document>",
    })  # fmt: skip


def begin(data):
    return f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r><w:r><w:instrText>X</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'


def test_what_a_form_of_word_shows_becomes_text(tmp_path):
    body = paragraph(
        begin("<w:checkBox><w:checked/></w:checkBox>"),
        begin('<w:checkBox><w:default w:val="0"/></w:checkBox>'),
        begin('<w:ddList><w:result w:val="1"/><w:listEntry w:val="nee"/><w:listEntry w:val="ja, Quirijntje"/></w:ddList>'),
        '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r><w:r><w:sym w:font="Eigen" w:char="F0FC"/></w:r>',
        '<w:r><w:br w:type="page"/><w:noBreakHyphen/><w:tab/></w:r>',
        '<w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>9</w:t></w:r></w:fldSimple>',
    )  # fmt: skip
    parts, _layers = redacted(tmp_path, "docx", small_docx(body))
    made = parts["word/document.xml"]
    assert "☒" in made
    assert "☐" in made
    assert "ja, [leerling]" in made
    assert made.count("F0FC") == 1
    assert 'w:instr="NUMPAGES"' in made
    assert 'w:type="page"' in made


def test_wrappers_go_and_what_is_in_them_stays(tmp_path):
    cell = f"<w:tc>{paragraph(run('In de cel'))}</w:tc>"
    body = (
        f"<w:customXml><w:p>{run('Verpakt')}</w:p></w:customXml>"
        f"<w:ins w:id='1' w:author='x'><w:p>{run('Nieuw')}</w:p></w:ins>"
        f"<w:tbl><w:sdt><w:sdtContent><w:tr>{cell}<w:sdt><w:sdtContent>{cell}</w:sdtContent></w:sdt></w:tr></w:sdtContent></w:sdt>"
        f"<w:tr><w:trPr><w:del w:id='2' w:author='x'/></w:trPr><w:tc>{paragraph(run(hidden('deleted')))}</w:tc></w:tr></w:tbl>"
        "<w:altChunk r:id='rId5'/>"
        f"<mc:AlternateContent><mc:Fallback>{paragraph(run('Terugval'))}</mc:Fallback></mc:AlternateContent>"
        f"<m:oMathPara><m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></m:oMathPara>"
        + paragraph('<w:r><w:pict><v:shape><v:imagedata r:id="weg"/></v:shape></w:pict></w:r>')
        + paragraph(run("Geheim kopje"), properties='<w:pPr><w:pStyle w:val="Kind"/></w:pPr>')
    )
    styles = '<w:style w:type="paragraph" w:styleId="Ouder"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="Kind"><w:basedOn w:val="Ouder"/></w:style>'
    parts, layers = redacted(tmp_path, "docx", small_docx(body, styles))
    made = parts["word/document.xml"]
    for text in (
        "Verpakt",
        "Nieuw",
        "In de cel",
        "Terugval",
        "a+b",
        "[ingevoegd bestand verwijderd]",
        "[afbeelding verwijderd]",
    ):
        assert text in made
    for text in (hidden("deleted"), "Geheim kopje"):
        assert text not in made
    assert layers["hidden_text"] >= 2
    assert layers["embedded_objects"] == 1


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0">
<office:automatic-styles><style:style style:name="weg" style:family="table"><style:table-properties table:display="false"/>
</style:style></office:automatic-styles><office:body><office:spreadsheet>
<table:table table:name="Zwaluwnest"><table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>
<table:table-row><table:table-cell office:value-type="float" office:value="690009902"><text:p>690009902</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>{column}</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="27" table:formula="of:=1+26"><text:p>27</text:p></table:table-cell></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell><text:p>{row}</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="date" office:date-value="2015-03-14"><text:p>14-03-15</text:p></table:table-cell>
<table:table-cell/><table:table-cell><text:p>Quirijntje</text:p><draw:custom-shape><text:p>vorm Thaddeus</text:p></draw:custom-shape></table:table-cell></table:table-row></table:table>
<table:table table:name="Diep" table:style-name="weg"><table:table-row><table:table-cell><text:p>{sheet}</text:p></table:table-cell></table:table-row></table:table>
<table:named-expressions><table:named-range table:name="{defined}"/></table:named-expressions>
</office:spreadsheet></office:body></office:document-content>"""


def test_hidden_rows_columns_and_sheets_of_an_ods_go_and_numbers_of_people_become_text(tmp_path):
    layers = {name: hidden(name) for name in ("column", "row", "sheet", "defined")}
    data = zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": ODS.format(**layers),
        "META-INF/manifest.xml": "<manifest/>",
    })  # fmt: skip
    parts, _layers = redacted(tmp_path, "ods", data)
    made = parts["content.xml"]
    assert [
        word for word in [*layers.values(), *canaries.NAMES, "2015-03-14", "14-03-15", "1+26"] if word in made
    ] == []
    assert 'office:value="27"' in made
    assert "[leerling]" in made
    assert 'table:name="blad 1"' in made


def test_a_record_is_no_part_of_any_answer_but_the_found_words():
    assert "Quirijntje" not in repr(known_from_record(json.loads(json.dumps(canaries.RECORD))))
