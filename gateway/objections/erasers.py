"""Objections and appeals follow the dossier's row."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="objections", follows=("objection",))
