"""What an SWV writes for all its letters, sealed for the tenant: each value with a key of its own, bound to its row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crypto.context import SealContext
from gateway.vault.boxes import STANDING, open_box, seal_box

if TYPE_CHECKING:
    from gateway.vault.keys import Vault


def seal(vault: Vault, tenant_id: str, place: str, row_id: str, value: Any) -> bytes:
    """Seal a small JSON value of this row; `place` is `template` or `house`."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return seal_box(vault.keyring, tenant_id, STANDING, _context(place, row_id), plain)


def opened(vault: Vault, place: str, row_id: str, sealed: bytes) -> Any:
    """Open what `seal` made for this row and place.

    Raises:
        crypto.errors.CryptoError: it is another row's, or was tampered with.
    """
    return json.loads(open_box(vault.keyring, _context(place, row_id), sealed))


def _context(place: str, row_id: str) -> SealContext:
    return SealContext(purpose=f"letter-{place}", document=row_id)
