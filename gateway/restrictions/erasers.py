"""Shields and verzet of a dossier follow its row."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="restrictions", follows=("restriction",))
