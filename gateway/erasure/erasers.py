"""What stays of a destroyed dossier: the destruction itself and the register, by opaque ids."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(
    slice="erasure",
    stays=("copy_hold", "destruction", "destruction_approval", "line_ask", "line_asked", "verstrekking_gone"),
    of_nobody=("destruction_clock",),
)
