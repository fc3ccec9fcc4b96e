"""What stays of a destroyed dossier: the destruction itself and the register, by opaque ids."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(
    slice="erasure",
    stays=("destruction", "destruction_approval", "verstrekking_gone"),
    of_nobody=("destruction_clock",),
)
