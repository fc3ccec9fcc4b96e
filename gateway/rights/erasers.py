"""Requests of pupil and guardians follow the dossier that they are about; while one runs, nothing is destroyed."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(
    slice="rights",
    follows=(
        "inzage_answer",
        "inzage_document",
        "inzage_piece",
        "right_item",
        "right_pause",
        "right_request",
        "right_step",
        "right_told",
    ),
    stays=("correction_notice",),
)
