"""Each line of the timeline says in words what happened; a parent reads plain words and no file name."""

from __future__ import annotations

import pytest

from gateway.dossiers.happened import told_to_family, told_what
from gateway.recording import Action

NAME = "verslag.pdf"


@pytest.mark.parametrize(
    ("action", "payload", "about", "words"),
    [
        (Action.RECORD, {"opened": True}, "dossier", "Dossier gestart"),
        (Action.RECORD, {"version": 1, "file": NAME}, "document_version", "Stuk toegevoegd: verslag.pdf"),
        (Action.RECORD, {"version": 2, "file": NAME}, "document_version", "Nieuwe versie toegevoegd: verslag.pdf"),
        (Action.RECORD, {"kind": "opp"}, "document_version", "Stuk beschreven: verslag.pdf"),
        (Action.CHECK, {"code": None}, "document_version", "Stuk gecontroleerd: verslag.pdf"),
        (Action.CONSULT, {"version": 1}, "document_version", "Geopend om te lezen: verslag.pdf"),
        (Action.DISCLOSE, {"recipient_name": "Noord"}, "verstrekking", "Verstrekt aan Noord"),
        (Action.WITHDRAW, {}, "verstrekking", "Verstrekking gesloten"),
        (Action.WITHDRAW, {}, "document", "Stuk ingetrokken: verslag.pdf"),
        (Action.CONSENT, {"withdrawn": True}, "consent", "Toestemming ingetrokken"),
        (Action.SHIELD, {"restriction": "verzet_pending"}, "restriction", "Verzet ontvangen: verstrekken is gestopt"),
        (Action.SHIELD, {"restriction": "shield", "document": "x"}, "restriction", "Stuk afgeschermd: verslag.pdf"),
        (Action.SHIELD, {"restriction": "restricted", "ended": True}, "restriction",
         "Beperking van het gebruik beëindigd"),
        (Action.KEY, {}, "document", ""),
    ],
)  # fmt: skip
def test_a_line_says_what_happened(action, payload, about, words):
    assert told_what(action, payload, name=NAME, about=about, refused=False) == words


def test_what_did_not_go_through_is_said_in_words():
    assert (
        told_what(Action.CHECK, {}, name=NAME, about="document_version", refused=True) == "Stuk afgekeurd: verslag.pdf"
    )
    refused = told_what(Action.REFUSE, {"recipient_name": "Noord"}, name=None, about="verstrekking", refused=True)
    assert refused == "Verstrekken aan Noord geweigerd"


@pytest.mark.parametrize("action", [Action.CONSULT, Action.DOWNLOAD, Action.DISCLOSE, Action.SUBMIT])
def test_a_parent_reads_plain_words_and_no_file_name(action):
    words = told_to_family(
        action, {"file": NAME, "documents": [NAME], "recipient_name": "Noord"}, about="document_version"
    )
    assert words
    assert NAME not in words
    assert ("Noord" in words) == (action is Action.DISCLOSE)
