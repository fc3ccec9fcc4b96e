"""Every table that names a dossier says how its rows go when that dossier is destroyed (ADR 17)."""

from __future__ import annotations

import gateway.tables  # noqa: F401 - registers every table
from gateway.db import Base

WITH_ITS_ROW = "by the foreign key, with the dossier's row"
FORGOTTEN = "its slice forgets it: there is no key to the dossier's row"
STAYS_IN_THE_WAY = "the row keeps the dossier from being deleted until its slice took it away"
TABLES = {
    **dict.fromkeys(
        ("anonymised_rendition", "besluit", "consent_request", "court_order", "document", "document_version",
         "dossier_person", "enrolment", "informing", "legal_hold", "letter", "matter", "restriction", "right_request",
         "second_opinion_case", "statement",
         "second_opinion_wish", "sixteenth_birthday"),
        WITH_ITS_ROW,
    ),
    **dict.fromkeys(("breach_document", "casus_meeting", "consent", "notice", "signal"), FORGOTTEN),
    "verstrekking": STAYS_IN_THE_WAY,
}  # fmt: skip


def test_each_table_that_names_a_dossier_says_how_it_goes():
    found = {}
    for name, table in Base.metadata.tables.items():
        if "dossier_id" in table.c:
            keys = table.c.dossier_id.foreign_keys
            cascades = [key.ondelete == "CASCADE" for key in keys]
            found[name] = FORGOTTEN if not keys else WITH_ITS_ROW if all(cascades) else STAYS_IN_THE_WAY
    assert found == TABLES, "say in ADR 17 and here how the rows of a new table go"
