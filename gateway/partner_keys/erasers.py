"""Keys of organisations are of nobody."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="partner_keys", of_nobody=("organisation_key", "own_key"))
