"""Every Dutch sentence that people see, gathered for translation; `script/texts` keeps the catalogues up to date.

Three sources: templates, sentences in the code (found by the name of the function that gets them), and tables of words.
A test holds the English catalogue to this list. Source: issue 2, "The face".
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from audit.verify import SENTENCES as WRONG
from crypto.openpgp_rules import REFUSALS
from gateway import text
from gateway.access.usecases import CONFIDENTIALITY_TEXT
from gateway.accounts.sign_on.rules import TROUBLE
from gateway.consent.usecases import CAPACITIES
from gateway.disclosure.coding import FIELDS as CODED_FIELDS
from gateway.disclosure.forms import RECIPIENT_KINDS
from gateway.dossiers import checking, inbound
from gateway.dossiers.files.messages import MESSAGES
from gateway.letters import house as letter_house
from gateway.letters import kinds as letter_kinds
from gateway.menus import MENUS
from gateway.monitor import rules as monitor
from gateway.notices.outbox import CLOSING, WORDINGS
from gateway.oversight import breach_rules
from gateway.oversight.wordings import SIGNALS, THRESHOLDS
from gateway.reglement.reasons import CITED, RULES, SENTENCES
from gateway.second_opinion_words import CHECKS, INFORMED

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = Path(__file__).resolve().parent / "translations"
LANGUAGES = ("en",)
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("_l", "lazy_gettext", "said", "sentence"), None),
    "counted": (1, 2),
    **dict.fromkeys(
        ("InvalidInputError", "ConflictError", "TooLargeError", "ThrottledError", "UnavailableError", "RefusedError"),
        None,
    ),
}
"""Functions whose first text is a sentence for people; errors become pages (`gateway.app`)."""

_UNSTEADY = (b'"Project-Id', b'"Report-', b'"POT-', b'"PO-', b'"Last-', b'"Language-Team', b'"Generated-')
"""Lines of a catalogue's head that say nothing and change each time."""


def words() -> Iterator[str]:
    """The words and sentences that stand in tables and reach a page through a variable."""
    for table in text.TABLES.values():
        yield from table.values()
    yield from (label for entries in MENUS.values() for label, _url in entries)
    yield from CONFIDENTIALITY_TEXT
    yield from CAPACITIES.values()
    yield from RECIPIENT_KINDS.values()
    yield from CODED_FIELDS.values()
    for told in (monitor.SUBJECTS, monitor.SPLITS, monitor.VALUES):
        yield from told.values()
    yield from MESSAGES.values()
    yield from SENTENCES.values()
    yield from RULES.values()
    yield from CITED.values()
    yield from REFUSALS.values()
    yield from WRONG.values()
    yield from TROUBLE.values()
    yield from (checking.NOT_CHECKED, inbound.NO_KEY, inbound.UNKNOWN_CONTENT, inbound.DOUBLE)
    for wording in WORDINGS.values():
        yield from (wording.subject, wording.text, wording.on_screen)
    yield from (*breach_rules.KINDS.values(), *breach_rules.CAUSES.values())
    for kind in SIGNALS.values():
        yield from (kind.title, kind.advice)
    for question, help_text in THRESHOLDS.values():
        yield from (question, help_text)
    yield from (label for label, _article in CHECKS.values())
    yield from INFORMED.values()
    yield from letter_house.NEEDED.values()
    yield from (field.meaning for kind in letter_kinds.KINDS.values() for field in kind.fields)
    yield CLOSING


def gathered() -> Catalog:
    """A catalogue of all texts without translations."""
    catalogue = Catalog(project="Dossierpoort", charset="utf-8")
    python = extract_from_dir(
        ROOT / "gateway",
        method_map=[("dossiers/files/**", "ignore"), ("migrations/**", "ignore"), ("**.py", "python")],
        keywords=KEYWORDS,
    )
    templates = extract_from_dir(
        ROOT / "templates",
        method_map=[("**.html", "jinja2")],
        options_map={"**.html": {"silent": "false"}},
        keywords=KEYWORDS,
        directory_filter=lambda _directory: True,  # by itself it skips folders that begin with an underscore
    )
    for folder, found in (("gateway", python), ("templates", templates)):
        for name, _line, message, _comments, _context in found:
            catalogue.add(message, locations=[(f"{folder}/{name}", 0)])
    for word in words():
        if word:
            catalogue.add(word, locations=[("gateway/catalogue.py", 0)])
    return catalogue


def load(language: str) -> Catalog:
    """The catalogue of this language as it is kept."""
    with _path(language).open("rb") as source:
        return read_po(source, locale=language, ignore_obsolete=True)


def update(language: str) -> Catalog:
    """Write the catalogue anew: texts that are new come in empty, texts that are gone go, no guesses are made."""
    kept = load(language)
    kept.update(gathered(), no_fuzzy_matching=True, update_header_comment=False)
    kept.obsolete.clear()
    target = BytesIO()
    write_po(target, kept, sort_output=True, width=120, include_lineno=False, ignore_obsolete=True)
    lines = target.getvalue().splitlines(keepends=True)
    _path(language).write_bytes(b"".join(line for line in lines if not line.startswith(_UNSTEADY)))
    return kept


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts that still need their translation."""
    missing = []
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and (message.fuzzy or not all(texts)):
            missing.append(str(message.id))
    return missing


def _path(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def main() -> int:
    """Bring all catalogues up to date and print what still needs a translation."""
    missing = {language: untranslated(update(language)) for language in LANGUAGES}
    for language, texts in missing.items():
        for each in texts:
            sys.stdout.write(f"{language}: {each}\n")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
