"""Drawing a page of a PDF: as pdfium draws it, and never longer than it may. Source: issue 7."""

import io
import time

import pikepdf
import pypdfium2 as pdfium
import pytest

from gateway.dossiers.files.drawing import drawn
from gateway.dossiers.files.errors import RefusedError


def page_of(content, image_side=0):
    pdf, made = pikepdf.new(), io.BytesIO()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    if image_side:
        image = pdf.make_stream(bytes(range(256)) * (image_side * image_side * 3 // 256))
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height = image_side, image_side
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
        resources.XObject = pikepdf.Dictionary(I=image)
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page, MediaBox=[0, 0, 595, 842], Resources=resources, Contents=pdf.make_stream(content)
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    pdf.save(made)
    return pdfium.PdfDocument(made.getvalue())[0]


def test_a_page_looks_as_pdfium_draws_it():
    page = page_of(b"BT /F 24 Tf 72 700 Td (Verslag) Tj ET 0.5 g 100 100 200 50 re f")
    assert drawn(page, 1.5).tobytes() == page.render(scale=1.5).to_pil().convert("RGB").tobytes()


def test_a_page_that_draws_one_image_a_thousand_times_is_given_up_in_time():
    page = page_of(b"q 500 0 0 500 40 40 cm /I Do Q\n" * 2000, image_side=2048)
    began = time.monotonic()
    with pytest.raises(RefusedError) as refused:
        drawn(page, 2.0, seconds=0.5)
    assert refused.value.code == "too_heavy"
    assert time.monotonic() - began < 10
