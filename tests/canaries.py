"""Documents with a canary in every layer, for the tests of the redaction of files. Nobody in them exists.

A canary of `NAMES` is known to the dossier and stands where text stays: it must be masked. One of `hidden(...)` is a
word that no detector knows: its layer must go as a whole.
"""

import io
import zipfile

import pikepdf
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

RECORD = {
    "leerling": {
        "voornamen": "Quirijntje Liselot",
        "roepnaam": "Quirijntje",
        "tussenvoegsel": "van der",
        "achternaam": "Zwaluwnest",
        "geboortedatum": "2015-03-14",
        "bsn": "690009902",
    },
    "adres": {"straat_huisnummer": "Kwikstaartlaan 12", "postcode": "1234XY", "plaats": "Verzonnenwoude"},
    "ouders": [{"roepnaam": "Thaddeus", "achternaam": "Wielewaal", "rol": "vader", "telefoon": "06-12345678"}],
    "school": {"naam": "Basisschool De Blauwe Kievit", "plaats": "Verzonnenwoude"},
}
NAMES = ("Quirijntje", "Zwaluwnest", "Thaddeus", "Wielewaal", "690009902", "Kwikstaartlaan")
KEPT = "De leerling werkt rustig aan rekenen."

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_NS = (
    f'{_W} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CT = "application/vnd.openxmlformats-officedocument.wordprocessingml"

HIDDEN_DOCX = (
    *("comment", "comment_author", "deleted", "deleted_author", "inserted_author", "moved_from", "vanish", "vanish_style"),
    *("field_code", "link_target", "link_tooltip", "bookmark", "control_alias", "control_tag", "data_binding"),
    *("alt_text", "alt_title", "core", "app", "custom", "custom_xml", "thumbnail", "settings_var", "style_name"),
    *("chart_cache", "embedded", "list_text", "table_caption", "form_default", "external_template", "people", "font"),
    *("hidden_row", "xml_comment", "unknown_part", "unknown_element", "unknown_attribute", "theme", "zip_comment"),
    *("png_text", "exif", "smart_tag", "permission", "cropped", "old_fallback", "header_comment", "instr_simple"),
)  # fmt: skip


def hidden(layer):
    """The canary of a layer that goes: a word that nobody knows."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    number = sum((i + 7) * ord(c) for i, c in enumerate(layer))
    return "Zkw" + "".join(letters[(number // 26**i) % 26] for i in range(4)) + layer.replace("_", "")[:4] + "x"


def run(text, properties=""):
    return f'<w:r>{f"<w:rPr>{properties}</w:rPr>" if properties else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs, properties=""):
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def picture(text, *, form="PNG", wide=1400, cropped=""):
    """A picture with a sentence in it, and canaries in its metadata."""
    image = Image.new("RGB", (wide, 260), "white")
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 44)
    ImageDraw.Draw(image).text((30, 60), text, fill="black", font=font)
    if cropped:
        ImageDraw.Draw(image).text((30, 190), cropped, fill="black", font=font)
    made = io.BytesIO()
    if form == "PNG":
        note = PngInfo()
        note.add_text("Author", hidden("png_text"))
        image.save(made, form, pnginfo=note)
    else:
        exif = Image.Exif()
        exif[0x010E] = hidden("exif")
        exif[0x013B] = "Thaddeus Wielewaal"
        image.save(made, form, exif=exif)
    return made.getvalue()


def _drawing(key, number, crop=""):
    return (
        f'<w:r><w:drawing><wp:inline><wp:extent cx="5000000" cy="900000"/><wp:docPr id="{number}" '
        f'name="{hidden("alt_title")}" descr="{hidden("alt_text")}" title="{hidden("alt_title")}"/><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
        f'<pic:cNvPr id="{number}" name="{hidden("alt_title")}.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        f'<a:blip r:embed="{key}"/>{crop}<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr/></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def _text_box(text, fallback):
    inner = f"<w:txbxContent>{paragraph(run(text))}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:extent cx="3000000" cy="500000"/>'
        f'<wp:docPr id="77" name="vak"/><a:graphic><a:graphicData uri="x"><wps:wsp><wps:txbx>{inner}</wps:txbx></wps:wsp>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>"
        f"<w:txbxContent>{paragraph(run(fallback))}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def _field(code, *shown):
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{"".join(shown)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _body():
    h = hidden
    yield paragraph(run(KEPT))
    # A name cut over runs, with marks of the spelling check between.
    yield paragraph(
        run("Qui"), '<w:proofErr w:type="spellStart"/>', run("rijn", "<w:b/>"), run("tje van der Zwaluw"), run("nest")
    )
    yield paragraph(run("BSN: 6900"), run("09902"), run(" en adres Kwikstaart"), run("laan 12"))
    yield paragraph(
        '<w:commentRangeStart w:id="1"/>',
        run("Zie opmerking"),
        '<w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r>',
        f'<w:ins w:id="2" w:author="{h("inserted_author")}">{run(" ingevoegd Thaddeus")}</w:ins>',
        f'<w:del w:id="3" w:author="{h("deleted_author")}"><w:r><w:delText>{h("deleted")}</w:delText></w:r></w:del>',
        f'<w:moveFrom w:id="4" w:author="x">{run(h("moved_from"))}</w:moveFrom>',
        run(h("vanish"), "<w:vanish/>"),
        run(h("vanish_style"), '<w:rStyle w:val="Verborgen"/>'),
    )
    yield paragraph(
        f'<w:bookmarkStart w:id="5" w:name="{h("bookmark")}"/>',
        f'<w:hyperlink r:id="rIdLink" w:tooltip="{h("link_tooltip")}">{run("website van Thaddeus")}</w:hyperlink>',
        '<w:bookmarkEnd w:id="5"/>',
        _field(f"MERGEFIELD {h('field_code')}", run("Wielewaal")),
        f'<w:fldSimple w:instr=" AUTHOR {h("instr_simple")} ">{run("Thaddeus")}</w:fldSimple>',
        _field("PAGE", run("1")),
    )
    yield (
        f'<w:sdt><w:sdtPr><w:alias w:val="{h("control_alias")}"/><w:tag w:val="{h("control_tag")}"/>'
        f'<w:dataBinding w:xpath="/{h("data_binding")}"/></w:sdtPr><w:sdtContent>{paragraph(run("Roepnaam: Quirijntje"))}'
        "</w:sdtContent></w:sdt>"
    )
    yield paragraph(
        f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="{h("form_default")}"/><w:textInput>'
        f'<w:default w:val="{h("form_default")}"/></w:textInput></w:ffData></w:fldChar></w:r>'
        '<w:r><w:instrText>FORMTEXT</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{run("Zwaluwnest")}<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        f'<w:smartTag w:uri="{h("smart_tag")}" w:element="PersonName">{run(" Wielewaal")}</w:smartTag>',
        f'<w:permStart w:id="9" w:ed="{h("permission")}"/>',
        f'<w:r w14:{h("unknown_attribute")}="1" w:rsidR="00AB12CD"><w:t>Vast</w:t></w:r>',
        f'<w14:onbekend w14:val="{h("unknown_element")}">{h("unknown_element")}</w14:onbekend>',
    )  # fmt: skip
    yield paragraph(_text_box("Tekstvak over Quirijntje", h("old_fallback")))
    yield paragraph(
        _drawing("rIdPicture", 11),
        _drawing("rIdPhoto", 12, '<a:srcRect b="45000"/>'),
    )
    yield paragraph(
        '<w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri="chart"><c:chart r:id="rIdChart"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
    yield paragraph('<w:r><w:object><o:OLEObject r:id="rIdOle"/></w:object></w:r>')
    yield paragraph(
        run("Voetnoot"),
        '<w:r><w:footnoteReference w:id="1"/></w:r>',
        run(" eindnoot"),
        '<w:r><w:endnoteReference w:id="1"/></w:r>',
    )
    yield paragraph(
        run("Lijst"), properties='<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    )
    yield paragraph(
        "<m:oMath><m:r><m:t>x=Zwaluwnest</m:t></m:r></m:oMath>",
        run("rare letter", f'<w:rFonts w:ascii="{h("font")}"/>'),
    )
    yield (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Eigen"/><w:tblCaption w:val="{h("table_caption")}"/></w:tblPr><w:tblGrid>'
        '<w:gridCol w:w="3000"/><w:gridCol w:w="3000"/></w:tblGrid>'
        f"<w:tr><w:tc>{paragraph(run('Naam moeder'))}</w:tc><w:tc>{paragraph(run('Zwaluw'), run('nest'))}</w:tc></w:tr>"
        f"<w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{paragraph(run(h('hidden_row')))}</w:tc><w:tc>{paragraph()}</w:tc></w:tr></w:tbl>"
    )
    yield f"<!-- {h('xml_comment')} -->"
    yield '<w:sectPr><w:headerReference w:type="default" r:id="rIdHeader"/><w:footerReference w:type="default" r:id="rIdFooter"/><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'


def docx():
    """A Word document with a canary in every layer."""
    h = hidden
    xml = '<?xml version="1.0" encoding="UTF-8"?>'

    def part(tag, inner):
        return f"{xml}<w:{tag} {_NS}>{inner}</w:{tag}>"

    def link(i, kind, target, mode=""):
        return f'<Relationship Id="{i}" Type="{_REL}/{kind}" Target="{target}"{mode}/>'

    def rels(*items):
        return f'{xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(items)}</Relationships>'

    out = ' TargetMode="External"'
    kinds = {"document": "document.main", "header1": "header", "footer1": "footer"}
    names = (
        "document",
        "styles",
        "numbering",
        "settings",
        "comments",
        "footnotes",
        "endnotes",
        "header1",
        "footer1",
        "fontTable",
    )
    types = "".join(f'<Override PartName="/word/{n}.xml" ContentType="{_CT}.{kinds.get(n, n)}+xml"/>' for n in names)
    parts = {
        "[Content_Types].xml": f'{xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="bin" ContentType="application/x"/>{types}</Types>',
        "_rels/.rels": rels(
            link("rId1", "officeDocument", "word/document.xml"),
            link("rId2", "extended-properties", "docProps/app.xml"),
            link("rId3", "custom-properties", "docProps/custom.xml"),
        ),
        "docProps/core.xml": f'{xml}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{h("core")} Thaddeus</dc:creator><dc:title>Verslag Quirijntje</dc:title></cp:coreProperties>',
        "docProps/app.xml": f'{xml}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>{h("app")}</Company></Properties>',
        "docProps/custom.xml": f"{xml}<Properties><property>{h('custom')}</property></Properties>",
        "docProps/thumbnail.jpeg": picture(h("thumbnail"), form="JPEG"),
        "customXml/item1.xml": f"{xml}<item>{h('custom_xml')} 690009902</item>",
        "word/document.xml": part("document", f"<w:body>{''.join(_body())}</w:body>"),
        "word/_rels/document.xml.rels": rels(
            *(link(f"rId{n}", n.rstrip("1"), f"{n}.xml") for n in names[1:7]),
            link("rIdHeader", "header", "header1.xml"), link("rIdFooter", "footer", "footer1.xml"),
            link("rIdLink", "hyperlink", f"https://voorbeeld.example/{h('link_target')}?q=Zwaluwnest", out),
            link("rIdPicture", "image", "media/image1.png"), link("rIdPhoto", "image", "media/image2.jpeg"),
            link("rIdChart", "chart", "charts/chart1.xml"), link("rIdOle", "oleObject", "embeddings/oleObject1.bin"),
            link("rIdTheme", "theme", "theme/theme1.xml"),
        ),
        "word/styles.xml": part("styles", f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial"/><w:sz w:val="22"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Standaard"><w:name w:val="Normal"/></w:style><w:style w:type="table" w:styleId="Eigen"><w:name w:val="{h("style_name")}"/><w:tblPr/></w:style><w:style w:type="character" w:styleId="Verborgen"><w:name w:val="Weg"/><w:rPr><w:vanish/></w:rPr></w:style>'),
        "word/numbering.xml": part("numbering", f'<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="{h("list_text")} %1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'),
        "word/settings.xml": part("settings", f'<w:docVars><w:docVar w:name="x" w:val="{h("settings_var")}"/></w:docVars>'),
        "word/_rels/settings.xml.rels": rels(link("rId1", "attachedTemplate", f"file:///C:/{h('external_template')}/x.dotm", out)),
        "word/comments.xml": part("comments", f'<w:comment w:id="1" w:author="{h("comment_author")}" w:initials="TW">{paragraph(run(h("comment")))}</w:comment>'),
        "word/people.xml": f"{xml}<people>{h('people')}</people>",
        "word/footnotes.xml": part("footnotes", f'<w:footnote w:id="1">{paragraph(run("Noot over Thad"), run("deus"))}</w:footnote>'),
        "word/endnotes.xml": part("endnotes", f'<w:endnote w:id="1">{paragraph(run("Einde Wielewaal"))}</w:endnote>'),
        "word/header1.xml": part("hdr", f"<!--{h('header_comment')}-->{paragraph(run('Dossier van Quirijntje Zwaluwnest'))}"),
        "word/footer1.xml": part("ftr", paragraph(run("06-1234"), run("5678"))),
        "word/theme/theme1.xml": f'{xml}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="{h("theme")}"/>',
        "word/fontTable.xml": part("fonts", f'<w:font w:name="{h("font")}"/>'),
        "word/media/image1.png": picture("Klassenlijst: Quirijntje en Thaddeus"),
        "word/media/image2.jpeg": picture("Rapport van Zwaluwnest", form="JPEG", cropped=h("cropped")),
        "word/charts/chart1.xml": f"{xml}<chart><v>{h('chart_cache')}</v></chart>",
        "word/embeddings/oleObject1.bin": h("embedded").encode(),
        "word/onbekend.xml": f"{xml}<x>{h('unknown_part')}</x>",
    }  # fmt: skip
    return zipped(parts, comment=hidden("zip_comment").encode())


def zipped(parts, comment=b"", first=()):
    """A zip of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.comment = comment
        for name, data in parts.items():
            package.writestr(name, data, zipfile.ZIP_STORED if name in first else zipfile.ZIP_DEFLATED)
    return made.getvalue()


HIDDEN_XLSX = (
    *(
        "hidden_sheet",
        "very_hidden",
        "hidden_row",
        "hidden_column",
        "comment",
        "thread",
        "formula",
        "defined",
        "validation",
    ),
    *(
        "pivot",
        "chart",
        "external",
        "connection",
        "table",
        "phonetic",
        "core",
        "format",
        "link",
        "header",
        "style",
        "custom",
    ),
)


def xlsx():
    """A workbook with a canary in every layer."""
    h = hidden
    s = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    xml = '<?xml version="1.0" encoding="UTF-8"?>'
    ct = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    strings = [
        "<si><t>Naam</t></si>",
        f"<si><r><t>Quirijn</t></r><r><t>tje Zwaluwnest</t></r><rPh><t>{h('phonetic')}</t></rPh></si>",
        f"<si><t>{KEPT}</t></si>",
        *(f"<si><t>{h(n)}</t></si>" for n in ("hidden_sheet", "very_hidden", "hidden_row", "hidden_column")),
    ]

    def cell(place, number):
        return f'<c r="{place}" t="s"><v>{number}</v></c>'

    sheet = (
        f'{xml}<worksheet {s}><cols><col min="1" max="1" width="20"/><col min="4" max="4" width="9" hidden="1"/></cols><sheetData>'
        f'<row r="1">{cell("A1", 0)}{cell("B1", 1)}<c r="C1"><v>690009902</v></c>{cell("D1", 6)}</row>'
        f'<row r="2" hidden="1">{cell("A2", 5)}</row>'
        f'<row r="3">{cell("A3", 2)}<c r="B3" s="1"><v>42077</v></c><c r="C3" t="str"><f>"{h("formula")}"&amp;A1</f><v>Wielewaal</v></c>'
        '<c r="E3" t="inlineStr"><is><t>Thaddeus</t></is></c><c r="F3"><v>27</v></c><c r="G3" s="2"><v>5</v></c></row></sheetData>'
        f'<dataValidations count="1"><dataValidation type="list"><formula1>"{h("validation")}"</formula1></dataValidation></dataValidations>'
        f'<hyperlinks><hyperlink ref="A1" r:id="rId9" tooltip="{h("link")}"/></hyperlinks><headerFooter><oddHeader>&amp;L{h("header")}</oddHeader></headerFooter></worksheet>'
    )

    def plain(number):
        return f'{xml}<worksheet {s}><sheetData><row r="1">{cell("A1", number)}</row></sheetData></worksheet>'

    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def rels(items):
        return f'{xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{items}</Relationships>'

    names = ("Zwaluwnest", "Geheim", "Diep")
    return zipped(
        {
            "[Content_Types].xml": f'{xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{ct}.sheet.main+xml"/></Types>',
            "_rels/.rels": rels(f'<Relationship Id="rId1" Type="{base}/officeDocument" Target="xl/workbook.xml"/>'),
            "xl/workbook.xml": f'{xml}<workbook {s}><sheets>{"".join(f"""<sheet name="{n}" sheetId="{i}" r:id="rId{i}" state="{state}"/>""" for i, (n, state) in enumerate(zip(names, ("visible", "hidden", "veryHidden"), strict=True), 1))}</sheets><definedNames><definedName name="{h("defined")}">Blad1!$A$1</definedName></definedNames></workbook>',
            "xl/_rels/workbook.xml.rels": rels("".join(f'<Relationship Id="rId{i}" Type="{base}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in (1, 2, 3)) + f'<Relationship Id="rId8" Type="{base}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId7" Type="{base}/styles" Target="styles.xml"/>'),
            "xl/styles.xml": f'{xml}<styleSheet {s}><numFmts count="1"><numFmt numFmtId="164" formatCode="&quot;{h("format")}&quot;0"/></numFmts><fonts count="1"><font><name val="{h("style")}"/><sz val="11"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f"{xml}<sst {s}>{''.join(strings)}</sst>",
            "xl/worksheets/sheet1.xml": sheet,
            "xl/worksheets/sheet2.xml": plain(3),
            "xl/worksheets/sheet3.xml": plain(4),
            "xl/comments1.xml": h("comment"),
            "xl/threadedComments/threadedComment1.xml": h("thread"),
            "xl/pivotCache/pivotCacheRecords1.xml": h("pivot"),
            "xl/charts/chart1.xml": h("chart"),
            "xl/externalLinks/externalLink1.xml": h("external"),
            "xl/connections.xml": h("connection"),
            "xl/tables/table1.xml": h("table"),
            "docProps/core.xml": h("core"),
            "customXml/item1.xml": h("custom"),
        }
    )  # fmt: skip


HIDDEN_ODT = (
    *(
        "meta",
        "settings",
        "annotation",
        "annotation_author",
        "tracked",
        "hidden_text",
        "hidden_style",
        "hidden_section",
    ),
    *(
        "field_decl",
        "bookmark",
        "link",
        "link_title",
        "title",
        "desc",
        "style_name",
        "style_display",
        "thumbnail",
        "rdf",
    ),
    *("object", "form", "frame_name", "list_prefix", "version", "unknown", "attribute", "xml_comment", "condition"),
)


def odt():
    """An OpenDocument text with a canary in every layer."""
    h = hidden
    uris = {
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
        for name in ("office", "text", "style", "table", "meta", "config", "form", "manifest")
    }
    uris |= {
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
        "dc": "http://purl.org/dc/elements/1.1/",
    }
    ns = " ".join(f'xmlns:{k}="{v}"' for k, v in uris.items())
    xml = '<?xml version="1.0" encoding="UTF-8"?>'
    content = (
        f'{xml}<office:document-content {ns} office:version="1.3"><office:automatic-styles>'
        f'<style:style style:name="{h("style_name")}" style:display-name="{h("style_display")}" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="Weg" style:family="text"><style:text-properties text:display="none"/></style:style>'
        f'<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-prefix="{h("list_prefix")}"/></text:list-style>'
        f'</office:automatic-styles><office:body><office:text><office:forms><form:form form:name="{h("form")}"/></office:forms>'
        f'<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><text:p>{h("tracked")}</text:p></text:deletion></text:changed-region></text:tracked-changes>'
        f'<text:user-field-decls><text:user-field-decl office:string-value="{h("field_decl")}" text:name="x"/></text:user-field-decls>'
        f"<text:p>{KEPT}</text:p><!-- {h('xml_comment')} -->"
        f'<text:p>Qui<text:span text:style-name="{h("style_name")}">rijn</text:span>tje<text:s/>van der Zwaluw<text:bookmark text:name="{h("bookmark")}"/>nest'
        f"<office:annotation><dc:creator>{h('annotation_author')}</dc:creator><text:p>{h('annotation')}</text:p></office:annotation></text:p>"
        f'<text:p><text:span text:style-name="Weg">{h("hidden_style")}</text:span><text:hidden-text text:condition="{h("condition")}" text:string-value="{h("hidden_text")}">x</text:hidden-text>'
        f'<text:a xlink:href="https://voorbeeld.example/{h("link")}" office:title="{h("link_title")}">Thaddeus</text:a> <text:author-name>Wielewaal</text:author-name></text:p>'
        f'<text:section text:name="s" text:display="none"><text:p>{h("hidden_section")}</text:p></text:section>'
        f'<text:p>Noot<text:note text:note-class="footnote"><text:note-citation text:label="{h("attribute")}">1</text:note-citation><text:note-body><text:p>Over Quirijn<text:span>tje</text:span></text:p></text:note-body></text:note></text:p>'
        f'<text:p><draw:frame draw:name="{h("frame_name")}" svg:width="10cm" svg:height="2cm"><draw:image xlink:href="Pictures/foto.png"/><svg:title>{h("title")}</svg:title><svg:desc>{h("desc")}</svg:desc></draw:frame></text:p>'
        '<text:p><draw:frame svg:width="5cm" svg:height="1cm"><draw:text-box><text:p>Vak: Thad<text:span>deus</text:span></text:p></draw:text-box></draw:frame></text:p>'
        '<text:p><draw:frame svg:width="5cm" svg:height="1cm"><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
        f"<text:onbekend>{h('unknown')}</text:onbekend>"
        f'<table:table table:name="Zwaluwnest"><table:table-column/><table:table-row><table:table-cell office:value-type="string"><text:p>BSN</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="690009902"><text:p>690009902</text:p></table:table-cell></table:table-row></table:table>'
        "</office:text></office:body></office:document-content>"
    )
    styles = f'{xml}<office:document-styles {ns} office:version="1.3"><office:styles/><office:automatic-styles><style:page-layout style:name="pm1"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"/></style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pm1"><style:header><text:p>Dossier Quirijntje</text:p></style:header><style:footer><text:p>Pagina <text:page-number text:select-page="current">{h("attribute")}</text:page-number> Zwaluwnest</text:p></style:footer></style:master-page></office:master-styles></office:document-styles>'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "styles.xml": styles,
            "meta.xml": f"{xml}<office:document-meta {ns}><office:meta><meta:initial-creator>{h('meta')}</meta:initial-creator></office:meta></office:document-meta>",
            "settings.xml": f"{xml}<office:document-settings {ns}>{h('settings')}</office:document-settings>",
            "Thumbnails/thumbnail.png": picture(h("thumbnail")),
            "manifest.rdf": h("rdf"),
            "Versions/Version1": h("version"),
            "Object 1/content.xml": f"<x>{h('object')}</x>",
            "Pictures/foto.png": picture("Foto van Quirijntje Zwaluwnest"),
            "META-INF/manifest.xml": f'{xml}<manifest:manifest {ns}><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/></manifest:manifest>',
        },
        first=("mimetype",),
    )  # fmt: skip


HIDDEN_PDF = (
    *("info", "xmp", "attachment", "attachment_name", "annotation", "form_field", "form_name", "actual_text", "alt"),
    *(
        "outline",
        "javascript",
        "uri",
        "old_revision",
        "black_box",
        "invisible",
        "white",
        "outside",
        "hidden_layer",
        "form_xobject",
    ),
)


def pdf():
    """A PDF with a canary in every layer; `black_box` lies under a filled rectangle."""
    h = hidden
    made = pikepdf.new()
    font = made.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    inner = made.make_stream(f"BT /F 12 Tf 3 Tr 60 300 Td ({h('form_xobject')}) Tj ET".encode())
    inner.Type, inner.Subtype, inner.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 595, 842])
    inner.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    layer = made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=h("hidden_layer")))
    text = "\n".join(
        (
            f"BT /F 14 Tf 60 760 Td ({KEPT}) Tj ET",
            "BT /F 14 Tf 60 730 Td [(Quirijn) -2 (tje van der ) 3 (Zwaluwnest)] TJ ET",
            "BT /F 14 Tf 60 700 Td (Vader: Thaddeus Wielewaal, BSN 690009902) Tj ET",
            f"BT /F 14 Tf 60 660 Td ({h('black_box')}) Tj ET 0 g 55 655 300 20 re f",
            f"BT /F 12 Tf 3 Tr 60 600 Td ({h('invisible')} Quirijntje) Tj ET",
            f"BT 1 g /F 12 Tf 0 Tr 60 570 Td ({h('white')}) Tj ET 0 g",
            f"BT /F 12 Tf 60 -300 Td ({h('outside')}) Tj ET",
            f"/Span <</ActualText ({h('actual_text')})>> BDC BT /F 14 Tf 60 520 Td (Vast) Tj ET EMC",
            f"/OC /L BDC BT /F 14 Tf 60 480 Td ({h('hidden_layer')}) Tj ET EMC /X Do",
        )
    )
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, 595, 842],
        Contents=made.make_stream(text.encode()),
        Resources=pikepdf.Dictionary(
            Font=pikepdf.Dictionary(F=font), XObject=pikepdf.Dictionary(X=inner), Properties=pikepdf.Dictionary(L=layer)
        ),
    )
    made.pages.append(pikepdf.Page(made.make_indirect(page)))
    first = made.pages[0]
    note = {
        "Type": pikepdf.Name.Annot,
        "Subtype": pikepdf.Name.Text,
        "Rect": [500, 800, 520, 820],
        "Contents": h("annotation"),
        "T": "Thaddeus",
    }
    link = {
        "Type": pikepdf.Name.Annot,
        "Subtype": pikepdf.Name.Link,
        "Rect": [0, 0, 10, 10],
        "A": pikepdf.Dictionary(S=pikepdf.Name.URI, URI=h("uri")),
    }
    field = {
        "Type": pikepdf.Name.Annot,
        "Subtype": pikepdf.Name.Widget,
        "FT": pikepdf.Name.Tx,
        "T": h("form_name"),
        "V": h("form_field"),
        "F": 2,
        "Rect": [0, 0, 1, 1],
    }
    annotations = [
        made.make_indirect(pikepdf.Dictionary({f"/{k}": v for k, v in each.items()})) for each in (note, link, field)
    ]
    first.Annots = pikepdf.Array(annotations)
    # A number in boxes, one digit in each: a picture of it is read badly, its value is not.
    digits = made.make_stream(
        b"BT /F 12 Tf 2 4 Td [(6) -1500 (9) -1500 (0) -1500 (0) -1500 (0) -1500 (9) -1500 (9) -1500 (0) -1500 (2)] TJ ET"
    )
    digits.Type, digits.Subtype, digits.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 300, 20])
    digits.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    boxed = {
        "Type": pikepdf.Name.Annot,
        "Subtype": pikepdf.Name.Widget,
        "FT": pikepdf.Name.Tx,
        "T": "x",
        "V": "690009902",
        "F": 4,
        "Rect": [60, 380, 360, 400],
        "AP": pikepdf.Dictionary(N=digits),
    }
    annotations.append(made.make_indirect(pikepdf.Dictionary({f"/{k}": v for k, v in boxed.items()})))
    first.Annots = pikepdf.Array(annotations)
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(annotations[2:]))
    made.Root.OCProperties = pikepdf.Dictionary(
        OCGs=pikepdf.Array([layer]), D=pikepdf.Dictionary(OFF=pikepdf.Array([layer]))
    )
    made.Root.StructTreeRoot = made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot, Alt=h("alt")))
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.alert('{h('javascript')}')")
    made.attachments[h("attachment_name")] = pikepdf.AttachedFileSpec(
        made, h("attachment").encode(), filename=h("attachment_name")
    )
    with made.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(h("outline"), 0))
    made.docinfo["/Author"] = h("info")
    with made.open_metadata() as told:
        told["dc:title"] = h("xmp")
    stored = io.BytesIO()
    made.save(stored, compress_streams=False)
    return updated(stored.getvalue(), text)


def updated(data, text):
    """The same PDF with an old revision in front: the first text held one more canary, an update took it out."""
    old = text + f"\nBT /F 14 Tf 60 440 Td ({hidden('old_revision')}) Tj ET"
    with pikepdf.open(io.BytesIO(data)) as pdf_file:
        stream = pdf_file.pages[0].Contents
        number = stream.objgen[0]
        stream.write(old.encode())
        first = io.BytesIO()
        pdf_file.save(first, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    base = first.getvalue()
    with pikepdf.open(io.BytesIO(base)) as again:
        number = again.pages[0].Contents.objgen[0]
        root = again.Root.objgen[0]
        size = int(again.trailer.Size)
    start = int(base[base.rindex(b"startxref") + 9 :].split()[0])
    place = len(base)
    body = text.encode()
    changed = f"{number} 0 obj\n<< /Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream\nendobj\n"
    table = place + len(changed)
    end = f"xref\n{number} 1\n{place:010d} 00000 n \ntrailer\n<< /Size {size} /Root {root} 0 R /Prev {start} >>\nstartxref\n{table}\n%%EOF\n"
    return base + changed + end.encode()
