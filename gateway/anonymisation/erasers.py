"""What was found and decided about a version goes with it; its files are renditions of that version."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="anonymisation", follows=("anonymised_rendition",))
