"""Versions of the reglement are of nobody."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="reglement", of_nobody=("reglement_version",))
