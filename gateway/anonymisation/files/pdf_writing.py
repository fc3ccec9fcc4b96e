"""Boxed pages become a PDF/A-2: pictures, the text read from them, a colour space, and nothing else.

Requested, and checked by the list in `conformance`; no validator is at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pikepdf
from PIL import Image, ImageCms

from gateway.anonymisation.files.pictures import DPI

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.anonymisation.files.raster import PageMade

_POINTS: Final = 72
_XMP: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Geanonimiseerd document</rdf:li></rdf:Alt></dc:title>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)


def write_pdf(pages: Sequence[PageMade], path: Path) -> None:
    """A new PDF/A-2b of these pages at `path`, without a date, a maker or an object of the source."""
    pdf = pikepdf.new()
    for page in pages:
        _add_page(pdf, page)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colours = pdf.make_stream(profile)
    colours.N = 3
    pdf.Root.OutputIntents = pikepdf.Array(
        [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.OutputIntent,
                    S=pikepdf.Name.GTS_PDFA1,
                    OutputConditionIdentifier="sRGB",
                    Info="sRGB",
                    DestOutputProfile=colours,
                )
            )
        ]
    )
    told = pdf.make_stream(_XMP.encode())
    told.Type, told.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = told
    pdf.Root.Lang = pikepdf.String("nl-NL")
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    pdf.remove_unreferenced_resources()
    pdf.save(path, deterministic_id=True, min_version="1.7")


def _add_page(pdf: pikepdf.Pdf, page: PageMade) -> None:
    width, height = (round(side * _POINTS / DPI, 3) for side in (page.width, page.height))
    with Image.open(page.image) as image:
        colours = pikepdf.Name.DeviceGray if image.mode == "L" else pikepdf.Name.DeviceRGB
    picture = pdf.make_stream(page.image.read_bytes())
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width, picture.Height = page.width, page.height
    picture.ColorSpace, picture.BitsPerComponent = colours, 8
    picture.Filter = pikepdf.Name.DCTDecode
    content = f"q {width} 0 0 {height} 0 0 cm /Page Do Q\n".encode()
    resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=picture))
    if page.text is not None:
        with pikepdf.open(page.text) as text:
            source = text.pages[0]
            fonts = source.get("/Resources", pikepdf.Dictionary()).get("/Font")
            box = [float(side) for side in source.mediabox]
            if fonts is not None:
                resources.Font = pdf.copy_foreign(text.make_indirect(fonts))
                stretch = (width / (box[2] or width), height / (box[3] or height))
                layer = source.Contents.read_bytes()
                content += f"q {stretch[0]:.6f} 0 0 {stretch[1]:.6f} 0 0 cm\n".encode() + layer + b"\nQ\n"
    made = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, width, height],
        Resources=resources,
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(made)))


_FORBIDDEN: Final = frozenset(
    {"/JS", "/JavaScript", "/AA", "/OpenAction", "/EmbeddedFiles", "/EF", "/AcroForm", "/XFA", "/Annots", "/Encrypt"}
)


def conformance(path: Path) -> dict[str, bool]:
    """Our own list for PDF/A-2b: each line and whether it holds. It is no validation, and does not say so."""
    with pikepdf.open(path) as pdf:
        objects = list(pdf.objects)
        intents = pdf.Root.get("/OutputIntents")
        metadata = pdf.Root.get("/Metadata")
        told = bytes(metadata.read_bytes()) if metadata is not None else b""
        dictionaries = [d for d in (_dictionary(item) for item in objects) if d is not None]
        fonts = [d for d in dictionaries if d.get("/Type") == "/FontDescriptor"]
        return {
            "output_intent_with_profile": intents is not None
            and len(intents) == 1
            and "/DestOutputProfile" in intents[0],
            "xmp_says_part_2": b"part>2<" in told or b'part="2"' in told,
            "metadata_not_compressed": metadata is not None and "/Filter" not in metadata,
            "fonts_embedded": all({"/FontFile", "/FontFile2", "/FontFile3"} & set(d.keys()) for d in fonts),
            "not_encrypted": not pdf.is_encrypted,
            "has_an_id": "/ID" in pdf.trailer,
            "no_actions_forms_or_files": not any(_FORBIDDEN & set(_used(d)) for d in dictionaries),
        }


def _used(dictionary: Any) -> list[str]:
    return [key for key in dictionary.keys() if not (key == "/Annots" and len(dictionary[key]) == 0)]  # noqa: SIM118 - not a dict


def _dictionary(item: Any) -> Any | None:
    if isinstance(item, pikepdf.Stream):
        return item.stream_dict
    return item if isinstance(item, pikepdf.Dictionary) else None
