"""Witnesses are of nobody."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="witness", of_nobody=("witness_party",))
