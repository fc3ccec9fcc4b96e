"""Letters about a dossier follow its row; what they are made from is the SWV's own."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="letters", follows=("letter",), of_nobody=("letter_house", "letter_template"))
