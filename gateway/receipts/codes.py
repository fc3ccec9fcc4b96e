"""The QR of a receipt: an address with the receipt's id and leaf hash, which say nothing of a person."""

from __future__ import annotations


def verify_address(base_url: str, event_id: str, leaf_hash: str) -> str:
    """Where a receipt is checked, with what is filled in there. Source: `audit/FORMAT.md`, On paper."""
    return f"{base_url.rstrip('/')}/controle?bewijs={event_id}&afdruk={leaf_hash}"
