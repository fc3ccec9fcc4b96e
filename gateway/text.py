"""Words and numbers for people: Dutch dates, sizes and labels, as template filters."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_babel import format_date, format_datetime, format_decimal, gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from jinja2 import pass_context

from gateway import letter_words, objection_words, rights_words
from gateway.access.rules import CHANGES, PROFESSIONS, REGISTERS, STATES
from gateway.accounts.rules import FACTOR_WORDS, ORGANISATION_KINDS
from gateway.context import Role
from gateway.convenant import rules as convenant
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.messages import MESSAGES, numbers
from gateway.dossiers.rules import (
    CATEGORIES,
    DOCUMENT_KINDS,
    DOSSIER_STATES,
    ORIGINS,
    PURPOSES,
    VERSION_STATES,
)
from gateway.erasure.words import ANSWER_WORDS, DESTROYED_KINDS, KEPT_BECAUSE_WORDS
from gateway.matters.rules import BESLUIT_KINDS, FUNDING, GENDERS, HOLD_KINDS, MATTER_KINDS, SCHOOL_TYPES
from gateway.second_opinion_words import ABOUT, ADVICE, FAMILY_STEPS, PARTS, PAYERS, PHASES, STEPS
from gateway.second_opinion_words import FORMS as CASE_FORMS
from gateway.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

ACTIONS: dict[str, str] = {
    "record": "vastgelegd",
    "consult": "geraadpleegd",
    "print": "afgedrukt",
    "search": "gezocht",
    "download": "gedownload",
    "disclose": "verstrekt",
    "refuse": "geweigerd",
    "submit": "ingediend",
    "withdraw": "ingetrokken",
    "correct": "gewijzigd",
    "shield": "afgeschermd",
    "destroy": "verwijderd",
    "check": "bestand gecontroleerd",
    "anonymise": "geanonimiseerd",
    "request": "gevraagd",
    "decide": "beslist",
    "consent": "toestemming vastgelegd",
    "confirm-receipt": "ontvangst bevestigd",
    "sign-in": "aangemeld",
    "sign-in-failed": "aanmelden mislukt",
    "sign-out": "afgemeld",
    "invite": "uitgenodigd",
    "permission": "bevoegdheid gewijzigd",
    "configure": "inrichting gewijzigd",
    "key": "sleutel gewijzigd",
    "export": "lijst opgeslagen",
    "notify": "bericht gestuurd",
    "break-glass": "noodtoegang genomen",
    "review": "beoordeeld",
    "breach": "datalek bijgewerkt",
    "sign": "ondertekend",
    "hold": "vernietiging uitgesteld",
    "advise": "advies ondertekend of geleverd",
    "continue": "logboek voortgezet onder een nieuwe sleutel",
}
BASES: dict[str, str] = {
    "law": "wet",
    "consent": "toestemming",
    "public_task": "publieke taak",
    "legitimate_interest": "gerechtvaardigd belang",
}
FORMS: dict[str, str] = {
    "original": "origineel",
    "anonymised": "geanonimiseerd",
    "coded": "alleen codes",
    "redacted": "zonder gegevens van anderen",
}
"""In which form something was disclosed."""
OTHER_PURPOSES: dict[str, str] = {
    "research": "onderzoek",
    "policy": "beleid",
    "evaluation": "evaluatie",
    "inzage": "inzage",
    "publication": "publicatie",
}
"""Purposes that a regulation may name and no document is kept for."""
SUB_FIELDS: dict[str, str] = {"bank": "bankrekening", "birthplace": "geboorteplaats"}
"""Fields within a category that a reglement names apart."""
RECIPIENTS: dict[str, str] = {
    **ORGANISATION_KINDS,
    "data_subject": "de leerling",
    "guardian": "ouders",
    "school_board": "scholen en besturen",
    "swv": "het samenwerkingsverband",
    "expert": "deskundigen",
    "researcher": "onderzoekers",
    "public": "iedereen",
}
"""Kinds of recipient as the judge knows them."""
ENTRY_FIELDS: dict[str, str] = {
    "motivation": "waarom",
    "categories": "gegevens",
    "scope": "dossiers",
    "scope_ids": "welke",
    "valid_from": "vanaf",
    "valid_until": "tot en met",
    "profession": "beroep",
    "register": "register",
    "register_number": "registratienummer",
    "register_from": "geregistreerd sinds",
    "register_until": "registratie tot en met",
}
ENTRY_SCOPES: dict[str, str] = {"tenant": "alle dossiers", "schools": "bepaalde scholen", "dossier": "één dossier"}
CHANGED_FIELDS: dict[str, str] = {
    "role": "rol",
    "organisation": "organisatie",
    "state": "status",
    "successor": "opvolger",
    "link": "link",
    "mail_domain": "maildomein",
    "second_factor_reset": "tweede stap",
    "idle_minutes": "minuten zonder handeling",
    "hours": "uren aangemeld",
    "key": "sleutel",
    "kind": "soort",
    "name": "naam",
    "brin": "BRIN",
    "password": "wachtwoord",
}
"""What an act of settings or accounts changes; a field without a word is shown as it is."""
CHANGED_TO: dict[str, str] = {
    "waiting": "wacht op een tweede persoon",
    "invited": "uitgenodigd",
    "active": "actief",
    "ended": "beëindigd",
    "old": "oude",
    "new": "nieuwe",
    "asked": "gevraagd om weg te halen",
    "approved": "goedgekeurd",
    "refused": "afgewezen",
    "rejected": "afgewezen",
    "proposed": "voorgesteld",
    "replaced": "vervangen",
    "registered": "aangemeld",
    "confirmed": "bevestigd",
    **{role.value: role.label for role in Role},
}
TABLES: dict[str, dict[str, str]] = {
    "changed": CHANGED_FIELDS,
    "changed_to": CHANGED_TO,
    "action": ACTIONS,
    "sub_field": SUB_FIELDS,
    "basis": BASES,
    "category": CATEGORIES,
    "factor": FACTOR_WORDS,
    "form": FORMS,
    "kind": {**DOCUMENT_KINDS, "besluit": "besluit", "destruction": "aankondiging van vernietiging"},
    "origin": {**ORIGINS, "swv": "het samenwerkingsverband"},
    "purpose": {**PURPOSES, **OTHER_PURPOSES},
    "organisation": ORGANISATION_KINDS,
    "recipient": RECIPIENTS,
    "role": {role.value: role.label for role in Role},
    "dossier_state": {key: value[0] for key, value in DOSSIER_STATES.items()},
    "version_state": {key: value[0] for key, value in VERSION_STATES.items()},
    "entry_state": {key: value[0] for key, value in STATES.items()},
    "entry_change": CHANGES,
    "entry_field": ENTRY_FIELDS,
    "entry_scope": ENTRY_SCOPES,
    "profession": PROFESSIONS,
    "register": REGISTERS,
    "convenant_kind": convenant.KINDS,
    "convenant_state": {key: value[0] for key, value in convenant.STATES.items()},
    "convenant_step": convenant.STEPS,
    "authority": convenant.AUTHORITIES,
    "manner": convenant.MANNERS,
    "checklist": convenant.CHECKLIST,
    "matter": MATTER_KINDS,
    "besluit": BESLUIT_KINDS,
    "destroy_answer": ANSWER_WORDS,
    "kept_because": KEPT_BECAUSE_WORDS,
    "destroyed_kind": DESTROYED_KINDS,
    "school_type": SCHOOL_TYPES,
    "funding": FUNDING,
    "gender": GENDERS,
    "hold": HOLD_KINDS,
    "letter": letter_words.TITLES,
    "objection": objection_words.KINDS,
    "objection_by": objection_words.BY,
    "objection_state": {key: value[0] for key, value in objection_words.STATES.items()},
    "objection_advice": objection_words.ADVICE,
    "objection_outcome": objection_words.ALL_OUTCOMES,
    "letter_way": letter_words.WAYS,
    "right": rights_words.KINDS,
    "right_ask": rights_words.ASKS,
    "right_help": rights_words.HELP,
    "right_state": {key: value[0] for key, value in rights_words.STATES.items()},
    "right_outcome": rights_words.OUTCOMES,
    "complaint_outcome": rights_words.COMPLAINT_OUTCOMES,
    "right_change": rights_words.CHANGES,
    "right_field": rights_words.FIELDS,
    "right_capacity": rights_words.CAPACITIES,
    "right_way": rights_words.WAYS,
    "right_step": rights_words.STEPS,
    "right_step_family": rights_words.FAMILY_STEPS,
    "right_next": rights_words.NEXT,
    "case_about": ABOUT,
    "case_phase": {key: value[0] for key, value in PHASES.items()},
    "case_step": STEPS,
    "case_step_family": FAMILY_STEPS,
    "case_part": PARTS,
    "case_payer": PAYERS,
    "case_form": CASE_FORMS,
    "case_advice": ADVICE,
}
_TONES = {
    key: value[1]
    for key, value in {
        **DOSSIER_STATES,
        **VERSION_STATES,
        **STATES,
        **PHASES,
        **convenant.STATES,
        **rights_words.STATES,
    }.items()
}
OUTCOMES = {"success": ("gelukt", "success"), "refused": ("geweigerd", "warning"), "failed": ("mislukt", "danger")}


def register_filters(app: Flask) -> None:
    """Make the filters known to the templates.

    Those of moments take the context, without using it: else Jinja works a constant out once, when it reads the
    template, and "now" stays that moment and that language for as long as the portal runs.
    """
    app.jinja_env.filters.update(
        datetimeformat=pass_context(lambda _, *given: datetime_text(*given)),
        dateformat=pass_context(lambda _, *given: date_text(*given)),
        size=size_text,
        word=word,
        category=category_text,
        letter_choice=lambda letter: (letter, category_text(letter)),
        tone=lambda state: _TONES.get(state, "neutral"),
        told=told,
        gettext=lambda text: str(gettext(text)),
        choice=lambda row: (row.id, row.name),
        choices=lambda table, name: [(code, word_choice(code, name)) for code in table],
        verdict=lambda version: verdict_text(version.verdict_code, version.verdict, _limits(app)),
    )


def _limits(app: Flask) -> Limits:
    return Limits(max_bytes=app.extensions["dossierpoort"].settings.max_file_bytes)


def told(text: str) -> str:
    """A `Sentence` in the reader's language; any other text, such as what people typed, as it is."""
    if not isinstance(text, Sentence):
        return text
    values = {name: told(value) if isinstance(value, str) else value for name, value in text.values.items()}
    if text.plural is not None:
        return str(ngettext(text.template, text.plural, text.number, **values))
    return str(gettext(text.template, **values))


def verdict_text(code: str | None, kept: str | None, limits: Limits) -> str:
    """Why a file was refused, in the reader's language; `kept` is the Dutch sentence of the day it was."""
    known = MESSAGES.get(code or "")
    return str(gettext(known)).format(**numbers(limits)) if known and kept else str(gettext(kept)) if kept else ""


def choices(table: Mapping[str, str]) -> list[tuple[str, Any]]:
    """A table of words as the choices of a form field, in the language of whoever sees the form."""
    return [(code, lazy_gettext(text)) for code, text in table.items()]


def category_choices() -> list[tuple[str, Any]]:
    """The categories of PR7 as the choices of a form field."""
    return [(letter, LazyString(category_text, letter)) for letter in CATEGORIES]


def datetime_text(moment: datetime | None, form: str = "d MMMM y, HH:mm") -> str:
    """`27 november 2026, 14:05`, in Europe/Amsterdam; without a moment: now."""
    return str(format_datetime(moment, form))


def date_text(day: date | str | None, form: str = "d MMMM y") -> str:
    """`27 november 2026`."""
    if day is None:
        return ""
    return str(format_date(date.fromisoformat(day) if isinstance(day, str) else day, form))


def size_text(count: int) -> str:
    """`1,2 MB`."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            return f"{format_decimal(round(count / factor, 1))} {unit}"
    return f"{count} bytes"


def word(value: Any, table: str) -> str:
    """The Dutch word for a code; a code without a word is shown as it is."""
    return str(gettext(TABLES[table].get(str(value), str(value)))) if value else ""


def word_choice(code: str, table: str) -> str:
    """A code as a filter offers it; categories (PR7) with their letter."""
    return category_text(code) if table == "category" else word(code, table)


def category_text(category: str) -> str:
    """`e – gezondheid en welzijn`; a sub-field is named after its category."""
    letter, _, field = category.partition(".")
    text = f"{letter} – {gettext(CATEGORIES.get(letter, letter))}"
    return f"{text} ({gettext(SUB_FIELDS.get(field, field))})" if field else text
