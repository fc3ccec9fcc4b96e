"""A consent as one line in a list that is chosen from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.text import date_text, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.disclosure.consenting import ConsentLine


def valid_consents(lines: Sequence[ConsentLine]) -> list[tuple[str, str]]:
    """The consents that are valid, each by its id: from whom and when, what it is for, and who may receive (GR1)."""
    return [(line.consent.id, _told(line)) for line in lines if line.state == "valid"]


def _told(line: ConsentLine) -> str:
    purposes = ", ".join(word(purpose, "purpose") for purpose in line.consent.purposes.split())
    recipients = ", ".join(word(recipient, "recipient") for recipient in line.consent.recipients.split())
    return f"{line.name}, {date_text(line.consent.given_on)}: {purposes} ({recipients})"
