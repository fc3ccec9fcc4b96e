"""An address as a QR picture, drawn here: what stands in it goes to no other machine."""

from __future__ import annotations

import segno


def qr_svg(address: str, *, title: str) -> str:
    """The address as a QR picture that can stand in a page."""
    made = segno.make(address, error="m", micro=False)
    return str(made.svg_inline(scale=4, border=2, title=title, omitsize=True, svgclass="dp-qr", lineclass=None))
