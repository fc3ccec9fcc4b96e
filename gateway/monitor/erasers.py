"""Counts of school years: nothing in them is about a pupil, and nothing leads from them to a dossier."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="monitor", of_nobody=("afterlife_year",))
