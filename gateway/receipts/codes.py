"""The QR of a receipt: an address with the receipt's id and leaf hash, which say nothing of a person."""

from __future__ import annotations

import segno


def verify_address(base_url: str, event_id: str, leaf_hash: str) -> str:
    """Where a receipt is checked, with what is filled in there. Source: `audit/FORMAT.md`, On paper."""
    return f"{base_url.rstrip('/')}/controle?bewijs={event_id}&afdruk={leaf_hash}"


def qr_svg(address: str, *, title: str) -> str:
    """The address as a QR picture that can stand in a page."""
    made = segno.make(address, error="m", micro=False)
    return str(made.svg_inline(scale=4, border=2, title=title, omitsize=True, svgclass="dp-qr", lineclass=None))
