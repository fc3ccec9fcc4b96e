"""Draws a page of a PDF, and stops when that takes too long: a small file may ask for one image a thousand times."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

import pypdfium2 as pdfium
import pypdfium2.internal as pdfium_i
import pypdfium2.raw as pdfium_c

from gateway.dossiers.files.errors import RefusedError

if TYPE_CHECKING:
    from PIL import Image

SECONDS: Final = 30.0
_WHITE: Final = (255, 255, 255, 255)


def drawn(page: pdfium.PdfPage, scale: float, *, seconds: float = SECONDS) -> Image.Image:
    """The page with its notes and filled-in fields, in RGB on white, `scale` pixels a point.

    Raises RefusedError("too_heavy") when drawing takes longer than `seconds`, ("broken") when pdfium cannot.
    Source: issue 7 (one file never holds a worker).
    """
    width, height = (math.ceil(side * scale) for side in page.get_size())
    if width < 1 or height < 1:
        raise RefusedError("broken")
    bitmap = pdfium.PdfBitmap.new_native(width, height, pdfium_c.FPDFBitmap_BGR)
    try:
        bitmap.fill_rect(_WHITE, 0, 0, width, height)
        _draw(page, (bitmap, page, 0, 0, width, height, 0, pdfium_c.FPDF_ANNOT), seconds)
        image: Image.Image = bitmap.to_pil().convert("RGB")
        return image
    finally:
        bitmap.close()


def _draw(page: pdfium.PdfPage, place: tuple[object, ...], seconds: float) -> None:
    end = time.monotonic() + seconds
    pause = pdfium_c.IFSDK_PAUSE(version=1)
    pdfium_i.set_callback(pause, "NeedToPauseNow", lambda _pause: time.monotonic() > end)
    state = pdfium_c.FPDF_RenderPageBitmap_Start(*place, pause)
    pdfium_c.FPDF_RenderPage_Close(page)
    if state == pdfium_c.FPDF_RENDER_TOBECONTINUED:
        raise RefusedError("too_heavy")
    if state != pdfium_c.FPDF_RENDER_DONE:
        raise RefusedError("broken")
    if page.formenv:
        pdfium_c.FPDF_FFLDraw(page.formenv, *place)
