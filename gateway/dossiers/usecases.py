"""The use cases of a dossier from draft to submitted, each in the room of its act. Other slices ask here.

One public function is one use case is one commit.
"""

from __future__ import annotations

from gateway.dossiers.describing import Description, describe
from gateway.dossiers.erasing import erase_draft, withdraw
from gateway.dossiers.opening import change_pupil, open_dossier
from gateway.dossiers.submitting import settle_double, submit

__all__ = [
    "Description",
    "change_pupil",
    "describe",
    "erase_draft",
    "open_dossier",
    "settle_double",
    "submit",
    "withdraw",
]
