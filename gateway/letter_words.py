"""The words of letters, which log, pages and letters share. Pure."""

from __future__ import annotations

TITLES: dict[str, str] = {
    "receipt": "ontvangstbevestiging",
    "proof_asked": "vraag om bewijs van wie u bent",
    "extension": "meer tijd nodig",
    "decision": "beslissing op een verzoek",
    "refusal": "afwijzing van een verzoek",
    "notice_third": "bericht aan wie de gegevens kreeg",
    "reminder": "herinnering",
    "complaint_answer": "antwoord op een klacht",
    "consent_withdrawn": "bevestiging dat toestemming is ingetrokken",
    "objection_received": "ontvangst van een bezwaar",
    "objection_decided": "beslissing op een bezwaar",
}
"""How a kind of letter is called in a sentence; a test holds it to the kinds of `gateway.letters`."""
WAYS: dict[str, str] = {"portal": "in het portaal", "post": "met de post of met de hand"}
"""How a letter goes out."""
