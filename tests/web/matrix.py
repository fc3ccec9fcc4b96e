"""Who may enter which route with which thing: the expectation in one table; `matrix_world` makes the things.

The table is the only place that says "may". Whoever is not named for a thing gets the answer of what does not exist.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from gateway.context import Role
from tests import doors, personas

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from gateway.services import Services


# --- people ----------------------------------------------------------------------------------------------------------

DEMO = {
    "owner": personas.OWNER,
    "colleague": personas.COLLEAGUE,
    "other_school": personas.OTHER_SCHOOL,
    "swv": personas.SWV,
    "contact": personas.CONTACT_PERSON,
    "partner": personas.PARTNER,
    "municipality": personas.MUNICIPALITY,
    "expert": personas.EXPERT,
    "guardian": personas.GUARDIAN,
    "pupil": personas.PUPIL,
    "officer": personas.OFFICER,
    "admin": personas.ADMINISTRATOR,
}


MADE = {
    "board": ("school_board", Role.SCHOOL_STAFF),
    "swv_unlisted": ("swv", Role.SWV_STAFF),
    "swv_not_accepted": ("swv", Role.SWV_STAFF),
    "swv_narrow": ("swv", Role.SWV_STAFF),
    "swv_elsewhere": ("swv", Role.SWV_STAFF),
    "other_partner": ("partner_swv", Role.CONTACT_PERSON),
    "partner_expert": ("partner_swv", Role.EXPERT),
    "other_guardian": ("family", Role.GUARDIAN),
    "t2_school": ("school", Role.SCHOOL_STAFF),
    "t2_swv": ("swv", Role.SWV_STAFF),
    "t2_contact": ("swv", Role.CONTACT_PERSON),
    "t2_officer": ("swv", Role.PRIVACY_OFFICER),
    "t2_admin": ("swv", Role.ADMINISTRATOR),
}


ANONYMOUS = "anonymous"


PERSONAS: tuple[str, ...] = (*DEMO, *MADE, ANONYMOUS)


EMAIL = {**DEMO, **{name: f"{name}@matrix.example" for name in MADE}}


SCHOOL = frozenset({"owner", "colleague", "board"})


ELSEWHERE = frozenset({"other_school", "board"})


LISTED = frozenset({"swv", "contact"})


NARROW = frozenset({"swv_narrow"})  # on the list for all dossiers, but for none of these documents


EXPERT = frozenset({"expert"})


PARTNER = frozenset({"partner"})


CASE_EXPERT = frozenset({"partner_expert"})


CONTACT = frozenset({"contact"})


OFFICER = frozenset({"officer"})


ADMIN = frozenset({"admin"})


RECIPIENT = frozenset({"municipality"})  # of what leaves with a name


T2_SCHOOL = frozenset({"t2_school"})


T2_LISTED = frozenset({"t2_swv", "t2_contact"})


T2_ADMIN = frozenset({"t2_admin"})


T2_LIST_SEERS = frozenset({"t2_officer", "t2_admin", "t2_contact"})


LIST_SEERS = frozenset({"officer", "admin", "contact"}) | T2_LIST_SEERS


NOBODY: frozenset[str] = frozenset()


SWV_OWN = LISTED | NARROW | {"swv_unlisted", "swv_elsewhere"}  # of the SWV itself, whatever they may reach of it


OURS = frozenset({"contact", "admin"})  # who makes convenants for the SWV


SEATED = OURS | {"partner"}


ALL_SCHOOL = SCHOOL | ELSEWHERE | T2_SCHOOL


SWV_ROLES = frozenset({"swv", "contact", "partner", "municipality", "other_partner", "t2_swv", "t2_contact"}) | {
    "swv_unlisted", "swv_not_accepted", "swv_narrow", "swv_elsewhere",
}  # fmt: skip


CONTACTS = frozenset({"contact", "partner", "municipality", "other_partner", "t2_contact"})


FAMILY = frozenset({"guardian", "other_guardian", "pupil"})


SIGNED_IN = frozenset(PERSONAS) - {ANONYMOUS}


EVERYONE = frozenset(PERSONAS)


Who = dict[str, frozenset[str]]


_SCHOOLS: Who = {"draft": SCHOOL, "submitted": SCHOOL, "theirs": ELSEWHERE, "second": T2_SCHOOL}


_READERS: Who = {
    "draft": SCHOOL,
    "submitted": SCHOOL | LISTED | NARROW,
    "health": SCHOOL | LISTED | NARROW | {"swv_elsewhere"},  # by break-glass: the dossier, not its health documents
    "theirs": ELSEWHERE | LISTED | NARROW | {"swv_elsewhere"},
    "second": T2_SCHOOL | T2_LISTED,
}


_ACTORS: Who = {**_READERS, "health": SCHOOL | LISTED | NARROW}  # break-glass reads, and does nothing else


_SENDERS: Who = {
    "draft": NOBODY,
    "submitted": LISTED | NARROW,
    "theirs": LISTED | NARROW | {"swv_elsewhere"},
    "second": T2_LISTED,
}


_OPEN_DOCUMENT: Who = {
    "draft": SCHOOL,
    "submitted": SCHOOL | LISTED,
    "health": SCHOOL | LISTED,
    "second": T2_SCHOOL | T2_LISTED,
    "my_dossier_their_document": NOBODY,
    "their_dossier_my_document": NOBODY,
}


_ANONYMISE: Who = {**_OPEN_DOCUMENT, "draft": NOBODY, "submitted": LISTED, "health": LISTED, "second": T2_LISTED}


_RENDITIONS: Who = {"rendition": LISTED, "rendition_of_second": T2_LISTED}


_MY_DOCUMENT: Who = {
    "draft": SCHOOL,
    "submitted": SCHOOL,
    "second": T2_SCHOOL,
    "my_dossier_their_document": NOBODY,
    "their_dossier_my_document": NOBODY,
}


_SEEN_BY: Who = {"draft": NOBODY, "submitted": OFFICER, "second": frozenset({"t2_officer"})}


_RECEIPTS: Who = {
    "event_of_mine": frozenset({"guardian", "officer"}),
    "event_of_theirs": frozenset({"other_guardian", "officer"}),
    "event_of_second": frozenset({"t2_officer"}),
    "event_of_sent": LISTED | NARROW | RECIPIENT | {"guardian", "officer"},
}


_INZAGE: Who = {"inzage": OFFICER}


_ANSWERS: Who = {
    "inzage_given": frozenset({"guardian"}),
    "inzage_given_to_other": frozenset({"other_guardian"}),
    "inzage": NOBODY,
}


_WISHERS: Who = {
    "draft": NOBODY,
    "submitted": SCHOOL | {"guardian"},
    "theirs": ELSEWHERE | {"other_guardian"},
    "second": T2_SCHOOL,
}


_ADVICE: Who = {"case_done": LISTED | NARROW | PARTNER | CASE_EXPERT | {"guardian"}, "case": NOBODY}


_PLAIN = "any('aannemen','advies-leveren','advies-ontvangen','aan-ouders','afronden')"


_REASONED = "any('weigeren','niet-verlengen','niet-aan-ouders','intrekken','verlengen')"


RIGHT_KINDS = "any('inzage','correctie','verzet','beperking','wissing','overdracht','klacht')"


RIGHT_STEPS = "any('behandelen','bewijs-vragen','bewijs-binnen','verlengen','uitvoeren','afronden','intrekken')"


_RIGHTS: Who = {
    "draft": NOBODY,
    "submitted": SCHOOL | LISTED | NARROW | OFFICER,
    "health": SCHOOL | LISTED | NARROW | OFFICER,
    "theirs": ELSEWHERE | LISTED | NARROW | OFFICER | {"swv_elsewhere"},
    "second": T2_SCHOOL | T2_LISTED | {"t2_officer"},
}


_ON_PAPER: Who = {"right_on_paper": _RIGHTS["submitted"], "right_on_paper_of_second": _RIGHTS["second"]}


_TO_ASK: Who = {"right_on_paper": frozenset({"guardian"}), "right_on_paper_of_second": NOBODY}


_ASKED: Who = {"right": frozenset({"guardian"})}


_ALONE = "-"


def _get(who: frozenset[str]) -> dict[str, Who]:
    return {"GET": {_ALONE: who}}


def _form(who: frozenset[str]) -> dict[str, Who]:
    return {"GET": {_ALONE: who}, "POST": {_ALONE: who}}


# --- the table -------------------------------------------------------------------------------------------------------
# route -> method -> thing -> who may. A route without parameters has the one thing "-".

TABLE: dict[str, dict[str, Who]] = {
    # everyone
    "/": _get(EVERYONE),
    "/over": _get(EVERYONE),
    "/healthz": _get(EVERYONE),
    "/readyz": _get(EVERYONE),
    "/.well-known/dossierpoort-keys.json": _get(EVERYONE),
    "/.well-known/security.txt": _get(EVERYONE),
    "/demo/postvak-uit": _get(EVERYONE),
    "/static/<path:filename>": {"GET": {"stylesheet": EVERYONE}},
    "/aanmelden": _form(EVERYONE),
    "/wachtwoord-vergeten": _form(EVERYONE),
    "/taal": {"POST": {_ALONE: EVERYONE}},
    "/<any('uitnodiging','nieuw-wachtwoord'):what>/<token>": {
        "GET": {"invitation": EVERYONE, "invitation_as_password": NOBODY},
        "POST": {"invitation": EVERYONE, "invitation_as_password": NOBODY},
    },
    # all signed-in people, each their own
    "/berichten": _get(SIGNED_IN),
    "/berichten/<notice_id>": {"GET": {"notice_of_swv": frozenset({"swv"})}},
    "/aanmelden/tweede-stap": _form(SIGNED_IN),
    "/bevestig-dat-u-het-bent": _form(SIGNED_IN),
    "/mijn-account": _get(SIGNED_IN),
    "/mijn-account/app": _form(SIGNED_IN),
    "/mijn-account/app/verwijderen": {"POST": {_ALONE: SIGNED_IN}},
    "/mijn-account/herstelcodes": {"POST": {_ALONE: SIGNED_IN}},
    "/aanmelden/passkey": {"POST": {_ALONE: EVERYONE}},
    "/aanmelden/passkey/begin": {"POST": {_ALONE: EVERYONE}},
    "/aanmelden/organisatie": _form(EVERYONE),
    "/aanmelden/organisatie/<organisation_id>/terug": {"GET": {"sign_on": EVERYONE}},
    "/aanmelden/organisatie/<organisation_id>/afgemeld": {"POST": {"sign_on": EVERYONE}},
    "/uitnodiging/<token>/organisatie": {"POST": {"invitation": EVERYONE}},
    "/mijn-account/organisatie": {"POST": {_ALONE: SIGNED_IN}},
    "/mijn-account/organisatie/verwijderen": {"POST": {_ALONE: SIGNED_IN}},
    "/inrichting/organisatie/<organisation_id>/aanmelden": {"GET": {"sign_on": ADMIN}},
    "/inrichting/organisatie/<organisation_id>/aanmelden/voorstel": {
        "GET": {"sign_on": ADMIN},
        "POST": {"sign_on": ADMIN},
    },
    "/inrichting/organisatie/<organisation_id>/aanmelden/intrekken": {"POST": {"sign_on": ADMIN}},
    "/inrichting/organisatie/<organisation_id>/aanmelden/proberen": {"POST": {"sign_on": ADMIN}},
    "/inrichting/organisatie/<organisation_id>/aanmelden/koppeling/<account_id>/verwijderen": {
        "POST": {"sign_on": ADMIN}
    },
    "/aandacht/organisatie-aanmelden": _get(OFFICER | {"t2_officer"}),
    "/aandacht/organisatie-aanmelden/<connection_id>/<any('goedkeuren','afwijzen'):what>": {
        "POST": {"sign_on_proposal": OFFICER}
    },
    "/inrichting/organisatie/<organisation_id>/aanmelden/uitzetten": {
        "GET": {"sign_on_to_stop": ADMIN},
        "POST": {"sign_on_to_stop": ADMIN},
    },
    "/aanmelden/tweede-stap/passkey": {"POST": {_ALONE: SIGNED_IN}},
    "/mijn-account/passkeys": {"POST": {_ALONE: SIGNED_IN}},
    "/mijn-account/passkeys/begin": {"POST": {_ALONE: SIGNED_IN}},
    "/mijn-account/passkeys/<key_id>/verwijderen": {"POST": {"passkey_of_swv": frozenset({"swv"})}},
    "/inrichting/aanmeldtijd": _form(ADMIN | {"t2_admin"}),
    "/inrichting/account/<account_id>/herstel": {"GET": {"resettable": ADMIN}, "POST": {"resettable": ADMIN}},
    "/aandacht/herstel": _get(OFFICER | {"t2_officer"}),
    "/aandacht/herstel/<reset_id>/<any('goedkeuren','afwijzen'):what>": {"POST": {"reset": OFFICER}},
    "/aangemeld": _get(SIGNED_IN),
    "/aangemeld/<session_id>/beeindigen": {"POST": {"session_of_swv": frozenset({"swv"})}},
    "/aangemeld/overal-beeindigen": {"POST": {_ALONE: SIGNED_IN}},
    # dossiers
    "/dossiers": _form(ALL_SCHOOL | (SWV_ROLES - {"swv_not_accepted"})),
    "/dossiers/nieuw": _form(ALL_SCHOOL),
    "/dossiers/<dossier_id>": {"GET": _READERS},
    "/dossiers/<dossier_id>/stukken": {"GET": _READERS},
    "/dossiers/<dossier_id>/verstrekkingen": {"GET": _ACTORS},
    "/dossiers/<dossier_id>/wijzigen": {"GET": _SCHOOLS, "POST": _SCHOOLS},
    "/dossiers/<dossier_id>/beschrijven": {"GET": _SCHOOLS},
    "/dossiers/<dossier_id>/toevoegen": {"GET": _SCHOOLS, "POST": _SCHOOLS},
    "/dossiers/<dossier_id>/weggooien": {"GET": _SCHOOLS, "POST": _SCHOOLS},
    "/dossiers/<dossier_id>/school": {"GET": _ACTORS, "POST": _ACTORS},
    "/dossiers/<dossier_id>/school/ongedaan": {"POST": _ACTORS},
    "/dossiers/<dossier_id>/ouders": {"GET": _SCHOOLS, "POST": _SCHOOLS},
    "/dossiers/<dossier_id>/ouders/<account_id>/beeindigen": {"POST": {"relative": SCHOOL}},
    "/dossiers/<dossier_id>/indienen": {"POST": {"to_submit": SCHOOL, "second": T2_SCHOOL}},
    "/dossiers/<dossier_id>/dubbel-afgehandeld": {"POST": _SENDERS},
    "/dossiers/<dossier_id>/verstrekken": {"GET": _SENDERS, "POST": _SENDERS},
    "/dossiers/<dossier_id>/toestemming": {"GET": _SENDERS, "POST": _SENDERS},
    "/dossiers/<dossier_id>/toestemmingen": {"GET": _ACTORS},
    "/dossiers/<dossier_id>/toestemming-vragen": {"GET": _SENDERS, "POST": _SENDERS},
    "/dossiers/<dossier_id>/toestemming-vragen/<request_id>/sluiten": {
        "POST": {"request": LISTED | NARROW, "request_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/gezag": {"GET": _ACTORS, "POST": _ACTORS},
    "/dossiers/<dossier_id>/gezag/<account_id>/koppelen": {
        "GET": {"guardian_account": _ACTORS["submitted"], "relative": NOBODY},
        "POST": {"guardian_account": _ACTORS["submitted"]},
    },
    "/dossiers/<dossier_id>/gezag/<order_id>/beeindigen": {
        "POST": {"order": SCHOOL | LISTED | NARROW, "order_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/bewijs/<any('toestemming','uitspraak'):what>": {
        "GET": {"evidence": SCHOOL | LISTED | NARROW, "evidence_of_second": T2_SCHOOL | T2_LISTED},
        "POST": {"evidence": SCHOOL | LISTED | NARROW, "evidence_of_second": T2_SCHOOL | T2_LISTED},
    },
    "/dossiers/<dossier_id>/zaken": {"GET": _ACTORS},
    "/dossiers/<dossier_id>/zaken/nieuw": {"GET": _SENDERS, "POST": _SENDERS},
    **{
        f"/dossiers/<dossier_id>/zaken/<matter_id>/{act}": {
            method: {"matter": LISTED | NARROW, "matter_of_other_dossier": NOBODY} for method in ("GET", "POST")
        }
        for act in ("besluit", "einde", "verbeteren")
    },
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/verbeteren": {
        "GET": {"besluit": LISTED | NARROW, "besluit_of_other_dossier": NOBODY},
        "POST": {"besluit": LISTED | NARROW, "besluit_of_other_dossier": NOBODY},
    },
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/<any('pdf','json','csv'):what>": {
        "POST": {"besluit": SCHOOL | LISTED, "besluit_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/uitstel": {"GET": _SENDERS, "POST": _SENDERS},
    **{
        f"/dossiers/<dossier_id>/uitstel/<hold_id>/{act}": {
            method: {"hold": LISTED | NARROW, "hold_of_other_dossier": NOBODY} for method in ("GET", "POST")
        }
        for act in ("einde", "opnieuw")
    },
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar": {
        "GET": {"besluit": LISTED, "besluit_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar/nieuw": {
        method: {"besluit": LISTED, "besluit_of_other_dossier": NOBODY} for method in ("GET", "POST")
    },
    (
        "/dossiers/<dossier_id>/besluiten/<besluit_id>/bezwaar/<objection_id>/"
        "<any('advies','verlengen','beslissen','intrekken'):what>"
    ): {method: {"objection": LISTED, "objection_of_other_dossier": NOBODY} for method in ("GET", "POST")},
    "/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/bezwaar": {
        method: {"besluit": frozenset({"guardian"}), "besluit_of_other_dossier": NOBODY} for method in ("GET", "POST")
    },
    "/brieven": _get(LIST_SEERS),
    "/brieven/<kind>": {"GET": {"letter_kind": LIST_SEERS, "no_letter_kind": NOBODY}},
    "/brieven/<kind>/aanpassen": {"GET": {"letter_kind": LIST_SEERS}, "POST": {"letter_kind": LIST_SEERS}},
    "/brieven/<kind>/voorbeeld": {"POST": {"letter_kind": LIST_SEERS}},
    "/brieven/teksten/<template_id>": {"GET": {"letter_text": LIST_SEERS - T2_LIST_SEERS}},
    "/brieven/teksten/<template_id>/voorbeeld": {"POST": {"letter_text": LIST_SEERS - T2_LIST_SEERS}},
    "/brieven/teksten/<template_id>/<any('gebruiken','afwijzen'):what>": {
        "POST": {"letter_text": LIST_SEERS - T2_LIST_SEERS}
    },
    "/brieven/huisstijl": _form(LIST_SEERS),
    "/brieven/huisstijl/logo.png": _get(LIST_SEERS - T2_LIST_SEERS),
    "/dossiers/<dossier_id>/brieven": {
        "GET": {"draft": NOBODY, "submitted": LISTED, "theirs": LISTED | {"swv_elsewhere"}, "second": T2_LISTED}
    },
    "/dossiers/<dossier_id>/brieven/<letter_id>": {
        "GET": {"letter": LISTED | OFFICER, "letter_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/brieven/<letter_id>/pdf": {
        "POST": {"letter": LISTED | OFFICER, "letter_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/brieven/<letter_id>/verstuurd": {
        "POST": {"letter_to_send": LISTED | OFFICER, "letter_of_other_dossier": NOBODY}
    },
    "/rechten/brieven": _get(FAMILY),
    "/rechten/brieven/<letter_id>": {"GET": {"own_letter": frozenset({"guardian"}), "own_letter_to_send": NOBODY}},
    "/rechten/brieven/<letter_id>/pdf": {"POST": {"own_letter": frozenset({"guardian"}), "own_letter_to_send": NOBODY}},
    "/bewaren": _get(SWV_ROLES - {"swv_not_accepted"}),
    "/bewaren/vernietigen": _get(SWV_ROLES - {"swv_not_accepted"}),
    "/bewaren/vernietigen/<destruction_id>": {
        method: {"announced": LISTED | NARROW, "destroyed": NOBODY} for method in ("GET", "POST")
    },
    "/vernietigd": _get((SWV_ROLES - {"swv_not_accepted"}) | OFFICER | {"t2_officer"}),
    "/vernietigd/<destruction_id>/<any('json','pdf'):what>": {
        "POST": {"destroyed": SWV_OWN | OFFICER, "announced": NOBODY}
    },
    "/monitor": _get(SWV_OWN | OFFICER | T2_LISTED | {"t2_officer"}),
    "/monitor.csv": _get(SWV_OWN | OFFICER | T2_LISTED | {"t2_officer"}),
    "/ontvangen/vernietigen": _get(CONTACTS),
    "/ontvangen/vernietigen/<verstrekking_id>": {"POST": {"gone": RECIPIENT}},
    "/ontvangen/vernietigen/kopie/<asked_id>": {method: {"line_asked": CONTACT} for method in ("GET", "POST")},
    "/ontvangen/vernietigen/kopie/<asked_id>/vrijgeven": {"POST": {"line_asked": CONTACT}},
    "/wat-is-bekend/<dossier_id>/besluiten": {
        "GET": {"draft": NOBODY, "submitted": frozenset({"guardian"}), "theirs": frozenset({"other_guardian"})}
    },
    "/wat-is-bekend/<dossier_id>/besluiten/<besluit_id>/pdf": {
        "POST": {"besluit": frozenset({"guardian"}), "besluit_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/informatie": {"GET": _ACTORS},
    "/dossiers/<dossier_id>/informatie/<informed_id>/brief": {
        "POST": {"informed": SCHOOL | LISTED | NARROW, "informed_of_other_dossier": NOBODY}
    },
    "/dossiers/<dossier_id>/informatie/<informed_id>/<any('verstuurd','al-ingelicht'):what>": {
        "POST": {"informed": SCHOOL | LISTED | NARROW, "informed_of_other_dossier": NOBODY}
    },
    "/toestemmingen": _get(FAMILY),
    "/toestemmingen/vraag/<request_id>/<any('geven','weigeren'):what>": {
        "POST": {"request_to_guardian": frozenset({"guardian"})}
    },
    "/toestemmingen/<consent_id>/formulier": {"GET": {"consent": NOBODY, "given_in_portal": NOBODY}},  # no form
    "/toestemmingen/<consent_id>/intrekken": {"POST": {"consent": NOBODY, "given_in_portal": frozenset({"guardian"})}},
    "/dossiers/<dossier_id>/toestemming/<consent_id>/intrekken": {
        "GET": {"consent": LISTED | NARROW, "consent_of_other_dossier": NOBODY},
        "POST": {"consent": LISTED | NARROW, "consent_of_other_dossier": NOBODY},
    },
    "/dossiers/<dossier_id>/stukken/<document_id>/beschrijven": {"GET": _MY_DOCUMENT, "POST": _MY_DOCUMENT},
    "/dossiers/<dossier_id>/stukken/<document_id>/intrekken": {"GET": _MY_DOCUMENT, "POST": _MY_DOCUMENT},
    "/dossiers/<dossier_id>/stukken/<document_id>/ingetrokken": {"GET": _MY_DOCUMENT},
    "/dossiers/<dossier_id>/stukken/<document_id>/nieuwe-versie": {"GET": _MY_DOCUMENT, "POST": _MY_DOCUMENT},
    "/dossiers/<dossier_id>/stukken/<document_id>/lezen": {"GET": _OPEN_DOCUMENT},
    "/dossiers/<dossier_id>/stukken/<document_id>/downloaden": {"POST": _OPEN_DOCUMENT},
    "/dossiers/<dossier_id>/weergaven": {"GET": {**_SENDERS, "health": LISTED | NARROW}},
    "/dossiers/<dossier_id>/stukken/<document_id>/anonimiseren": {"POST": _ANONYMISE},
    "/anonimiseren/<rendition_id>": {"GET": _RENDITIONS},
    "/anonimiseren/<rendition_id>/bladzijde/<int:number>": {"GET": _RENDITIONS},
    "/anonimiseren/<rendition_id>/downloaden": {"POST": _RENDITIONS},
    "/anonimiseren/<rendition_id>/besluit": {"POST": _RENDITIONS},
    "/anonimiseren/<rendition_id>/klaar": {"POST": _RENDITIONS},
    "/anonimiseren/<rendition_id>/terug": {"POST": _RENDITIONS},
    "/anonimiseren/<rendition_id>/opnieuw": {"POST": _RENDITIONS},
    "/lezing/<reading_id>/<int:number>": {
        "GET": {"reading_of_swv": frozenset({"swv"}), "reading_of_owner": frozenset({"owner"})}
    },
    "/wat-is-bekend": _get(FAMILY),
    "/wat-is-bekend/<dossier_id>": {
        "GET": {"draft": NOBODY, "submitted": frozenset({"guardian"}), "theirs": frozenset({"other_guardian"})}
    },
    "/bewijs/<event_id>": {"GET": _RECEIPTS},
    "/bewijs/<event_id>/<any('json','pdf'):what>": {"POST": _RECEIPTS},
    "/controle": _get(EVERYONE),
    # verstrekkingen: the sender's side, the recipient's side
    "/verstrekkingen": _get(SWV_ROLES - {"swv_not_accepted"}),
    "/verstrekkingen/<verstrekking_id>": {"GET": {"sent": LISTED | NARROW}},
    "/verstrekkingen/<verstrekking_id>/sluiten": {
        "GET": {"to_close": LISTED | NARROW},
        "POST": {"to_close": LISTED | NARROW},
    },
    "/verstrekkingen/<verstrekking_id>/<any('goedkeuren','afwijzen'):what>": {"POST": {"to_approve": LISTED | NARROW}},
    "/verstrekkingen/<verstrekking_id>/afdrukken": {"POST": {"sent": LISTED | NARROW}},
    "/verstrekkingen/<verstrekking_id>/pakket": {"POST": {"sent": LISTED | NARROW}},
    "/onderzoek": _form(LISTED | T2_LISTED),
    "/onderzoek/<export_id>/<any('csv','json'):what>": {"POST": {"coded": LISTED}},
    "/verstrekkingen/<verstrekking_id>/namen": {"GET": {"sent": LISTED | NARROW}, "POST": {"sent": LISTED | NARROW}},
    "/ontvangen": _get(CONTACTS | EXPERT | CASE_EXPERT),
    "/ontvangen/<verstrekking_id>": {"GET": {"sent": RECIPIENT, "sent_to_expert": EXPERT}},
    "/ontvangen/<verstrekking_id>/bevestigen": {"POST": {"sent": RECIPIENT, "sent_to_expert": EXPERT}},
    "/ontvangen/<verstrekking_id>/<version_id>/downloaden": {
        "POST": {"sent": RECIPIENT, "sent_to_expert": EXPERT, "sent_other_version": NOBODY}
    },
    # corrections: carried out by the officer, seen by who asked, answered by who received
    "/verzoeken/<request_id>/correctie": {"GET": {"correction": OFFICER}},
    "/verzoeken/<request_id>/correctie/kiezen": {"POST": {"correction": OFFICER}},
    "/verzoeken/<request_id>/correctie/onderdeel/<item_id>": {"POST": {"correction": OFFICER}},
    "/verzoeken/<request_id>/correctie/onderdeel/<item_id>/zienswijze": {"POST": {"correction": OFFICER}},
    **{
        f"/verzoeken/<request_id>/correctie/ontvanger/<told_id>/{act}": {"POST": {"correction": OFFICER}}
        for act in ("verstuurd", "kan-niet", "antwoord")
    },
    "/verzoeken/<request_id>/correctie/opheffen/<restriction_id>": {"POST": {"correction": OFFICER}},
    "/rechten/verzoek/<request_id>/gevolg": {"GET": {"correction": frozenset({"guardian"})}},
    "/rechten/verzoek/<request_id>/gevolg/<item_id>": {"POST": {"correction": frozenset({"guardian"})}},
    "/correcties": _get(CONTACTS | EXPERT | CASE_EXPERT),
    "/correcties/<told_id>": {"GET": {"correction": RECIPIENT}, "POST": {"correction": RECIPIENT}},
    # oversight
    "/logboek": _get(OFFICER | {"t2_officer"}),
    "/weigeringen": _get(OFFICER | {"t2_officer"}),
    "/logboek/lijst.csv": _get(OFFICER | {"t2_officer"}),
    "/logboek/leerling/<dossier_id>": {"GET": _SEEN_BY},
    "/logboek/leerling/<dossier_id>/pdf": {"POST": _SEEN_BY},
    "/logboek/<event_id>": {"GET": {"event": OFFICER, "event_of_second": frozenset({"t2_officer"})}},
    "/aandacht": _get(OFFICER | {"t2_officer"}),
    "/aandacht/signalen": _get(OFFICER | {"t2_officer"}),
    "/aandacht/signalen/<signal_id>": {"GET": {"signal": OFFICER}},
    "/aandacht/signalen/<signal_id>/sluiten": {"POST": {"signal": OFFICER}},
    "/aandacht/grenzen": _form(OFFICER | {"t2_officer"}),
    "/rapporten": _get(OFFICER | {"t2_officer"}),
    "/verwerkingen": _get(OFFICER | {"t2_officer"}),
    "/datalekken": _get(OFFICER | {"t2_officer"}),
    "/datalekken/nieuw": _form(OFFICER | {"t2_officer"}),
    "/datalekken/register.csv": _get(OFFICER | {"t2_officer"}),
    "/datalekken/register.json": _get(OFFICER | {"t2_officer"}),
    "/datalekken/<breach_id>": {"GET": {"breach": OFFICER}},
    "/datalekken/<breach_id>/brieven": {"GET": {"breach": OFFICER}},
    "/datalekken/<breach_id>/brieven/pdf": {"POST": {"breach": OFFICER}},
    **{
        f"/datalekken/<breach_id>/{act}": {"POST": {"breach": OFFICER}}
        for act in (
            "zoeken",
            "stukken",
            "stukken/<document_id>/weg",
            "besluit/<any('ap','betrokkenen'):what>",
            "gedaan/<any('ap','betrokkenen'):what>",
            "maatregel",
            "sluiten",
        )
    },
    "/register": _form(OFFICER | {"t2_officer"}),
    "/register/lijst.csv": _get(OFFICER | {"t2_officer"}),
    "/register/lijst.json": _get(OFFICER | {"t2_officer"}),
    "/register/<verstrekking_id>": {"GET": {"sent": OFFICER}},
    # administration
    "/inrichting": _get(ADMIN | {"t2_admin"}),
    "/inrichting/organisatie": _form(ADMIN | {"t2_admin"}),
    "/inrichting/organisatie/<organisation_id>/sleutels": {
        "GET": {"partner_organisation": ADMIN | {"contact"}},
        "POST": {"partner_organisation": ADMIN | {"contact"}},
    },
    "/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/bevestigen": {
        "POST": {"partner_key": ADMIN | {"contact"}}
    },
    "/inrichting/organisatie/<organisation_id>/sleutels/<key_id>/stoppen": {"POST": {"partner_key": ADMIN}},
    "/getuige/add-checkpoint": {"POST": {_ALONE: EVERYONE}},
    "/inrichting/getuigen": {
        "GET": {_ALONE: OFFICER | ADMIN | {"contact", "t2_contact", "t2_officer", "t2_admin"}},
        "POST": {_ALONE: ADMIN | {"t2_admin"}},
    },
    "/inrichting/getuigen/<party_id>/bevestigen": {"POST": {"witness": ADMIN | {"contact"}}},
    "/inrichting/getuigen/<party_id>/stoppen": {"GET": {"witness": ADMIN}, "POST": {"witness": ADMIN}},
    "/lijn/<slug>": {"POST": {"our_reglement": NOBODY}},  # a gateway of a partner only; none has a line over https here
    "/inrichting/lijnen": {
        "GET": {_ALONE: OFFICER | ADMIN | {"contact", "t2_contact", "t2_officer", "t2_admin"}},
        "POST": {_ALONE: ADMIN | {"t2_admin"}},
    },
    "/inrichting/lijnen/sleutel": {"POST": {_ALONE: ADMIN | {"t2_admin"}}},
    "/inrichting/lijnen/<link_id>/stoppen": {"GET": {"line": ADMIN}, "POST": {"line": ADMIN}},
    "/inrichting/lijnen/<link_id>/opnieuw": {"POST": {"line": ADMIN | {"contact"}}},
    "/inrichting/lijnen/<link_id>/bestand": {"POST": {"line": ADMIN | {"contact"}}},
    "/inrichting/lijnen/<link_id>/inlezen": {
        "GET": {"line": ADMIN | {"contact"}},
        "POST": {"line": ADMIN | {"contact"}},
    },
    "/openpgp/<slug>.asc": {"GET": {"our_reglement": EVERYONE}},
    "/inrichting/uitnodigingen": _get(ADMIN | OFFICER | {"t2_admin", "t2_officer"}),
    "/inrichting/uitnodigingen/<account_id>/<any('bevestigen','afwijzen'):what>": {
        "POST": {"waiting": ADMIN | OFFICER}
    },
    "/inrichting/uitnodigingen/<organisation_id>/domein-weg": {"POST": {"partner_organisation": ADMIN | OFFICER}},
    "/inrichting/uitnodigen": _form(ADMIN | {"t2_admin"}),
    "/inrichting/account/<account_id>/opnieuw": {"POST": {"invited": ADMIN}},
    "/inrichting/account/<account_id>/beeindigen": {"GET": {"leaver": ADMIN}, "POST": {"leaver": ADMIN}},
    "/toegangslijst": _get(LIST_SEERS),
    "/toegangslijst/lijst.csv": _get(LIST_SEERS),
    "/toegangslijst/bijlage-1": _get(LIST_SEERS),
    "/toegangslijst/geschiedenis": _get(LIST_SEERS),
    "/toegangslijst/nieuw": _form(ADMIN | {"t2_admin"}),
    "/toegangslijst/<entry_id>": {"GET": {"entry": OFFICER | ADMIN | {"contact"}, "t2_entry": T2_LIST_SEERS}},
    "/toegangslijst/<entry_id>/wijzigen": {"GET": {"entry": ADMIN}, "POST": {"entry": ADMIN, "t2_entry": T2_ADMIN}},
    "/toegangslijst/<entry_id>/<any('goedkeuren','afwijzen'):what>": {"POST": {"proposal": ADMIN | {"contact"}}},
    "/toegangslijst/<entry_id>/bevestigen": {"POST": {"entry": OFFICER}},
    "/toegangslijst/<entry_id>/beeindigen": {"GET": {"entry": OFFICER | ADMIN}, "POST": {"entry": OFFICER | ADMIN}},
    "/noodtoegang": _form(SWV_ROLES - {"swv_not_accepted", "partner", "municipality", "other_partner"}),
    "/noodtoegang/<entry_id>/sluiten": {"POST": {"glass": frozenset({"swv_elsewhere"})}},
    # convenants: our own side, the partner as a guest, the officer who reads
    "/convenanten": _get(CONTACTS | OFFICER | ADMIN | {"t2_officer", "t2_admin"}),
    "/convenanten/nieuw": _form(OURS | {"t2_contact", "t2_admin"}),
    "/convenanten/<convenant_id>": {"GET": {"convenant": SEATED | OFFICER, "regional": OURS | OFFICER | RECIPIENT}},
    "/convenanten/<convenant_id>/versies/<version_id>": {"GET": {"convenant": SEATED | OFFICER}},
    "/convenanten/<convenant_id>/versies/<version_id>/pdf": {"POST": {"convenant": SEATED | OFFICER}},
    "/convenanten/<convenant_id>/tekst": {"GET": {"convenant": OURS}, "POST": {"convenant": OURS}},
    "/convenanten/<convenant_id>/aanbieden": {"POST": {"convenant": OURS}},
    "/convenanten/<convenant_id>/versies/<version_id>/intrekken": {"POST": {"convenant": OURS}},
    "/convenanten/<convenant_id>/versies/<version_id>/ondertekenen": {
        "GET": {"convenant": frozenset({"contact", "partner"})},
        "POST": {"convenant": frozenset({"contact", "partner"})},
    },
    "/convenanten/<convenant_id>/versies/<version_id>/op-papier": {
        "GET": {"convenant": SEATED},
        "POST": {"convenant": SEATED},
    },
    "/convenanten/handtekeningen/<signature_id>/<any('bevestigen','afwijzen'):what>": {
        "POST": {"convenant_paper": OURS}
    },
    "/convenanten/<convenant_id>/stukken/<any('tekst','getekend','volmacht'):what>": {
        "GET": {"convenant_text": OURS, "convenant_signed": SEATED},
        "POST": {"convenant_text": OURS, "convenant_signed": SEATED},
    },
    "/convenanten/stukken/<document_id>/downloaden": {"POST": {"convenant_scan": SEATED | OFFICER}},
    **{
        f"/convenanten/<convenant_id>/{act}": {"GET": {"convenant": SEATED}, "POST": {"convenant": SEATED}}
        for act in ("contactpersonen", "afspraken", "ontwikkeling", "overleg")
    },
    **{
        f"/convenanten/<convenant_id>/{act}": {
            "GET": {"convenant": frozenset({"contact", "partner"})},
            "POST": {"convenant": frozenset({"contact", "partner"})},
        }
        for act in ("opzeggen", "einde")
    },
    "/convenanten/contactpersonen/<contact_id>/beeindigen": {"POST": {"convenant_contact": frozenset({"partner"})}},
    "/convenanten/afspraken/<agreement_id>/<any('akkoord','afwijzen'):what>": {"POST": {"convenant_agreement": SEATED}},
    "/convenanten/einde/<ending_id>/<any('akkoord','afwijzen'):what>": {
        "POST": {"convenant_ending": frozenset({"contact", "partner"})}
    },
    **{
        f"/convenanten/<convenant_id>/{act}": {
            "GET": {"regional": OURS, "convenant": NOBODY},
            "POST": {"regional": OURS, "convenant": NOBODY},
        }
        for act in ("partijen", "uitwisseling", "volmacht")
    },
    "/convenanten/<convenant_id>/uitwisseling/<line_id>/weg": {"POST": {"regional": OURS}},
    "/convenanten/volmacht/<proxy_id>/<any('bevestigen','afwijzen'):what>": {"POST": {"regional_proxy": OURS}},
    "/dossiers/<dossier_id>/casusoverleg": {"GET": _SENDERS, "POST": _SENDERS},
    "/casusoverleg/<meeting_id>": {"GET": {"casus": LISTED | NARROW}},
    "/casusoverleg/<meeting_id>/deelnemers": {"POST": {"casus": LISTED | NARROW}},
    "/casusoverleg/<meeting_id>/lijst/<item>": {"POST": {"casus": LISTED | NARROW}},
    "/casusoverleg/<meeting_id>/geven": {"POST": {"casus": LISTED | NARROW}},
    "/casusoverleg/<meeting_id>/sluiten": {"POST": {"casus": LISTED | NARROW}},
    # the reglement: public in force, its versions for those of the SWV
    "/reglement": _get(EVERYONE),
    "/reglement/<slug>": {"GET": {"our_reglement": EVERYONE}},
    "/reglement-beheer": _get(OFFICER | ADMIN | {"contact", "t2_contact", "t2_officer", "t2_admin"}),
    "/reglement-beheer/nieuw": _form(ADMIN | {"t2_admin"}),
    "/reglement-beheer/<version_id>": {"GET": {"reglement_draft": OFFICER | ADMIN | {"contact"}}},
    "/reglement-beheer/<version_id>/<any('goedkeuren','afwijzen'):what>": {
        "POST": {"reglement_draft": ADMIN | {"contact"}}
    },
    # second opinions: the requester, the partner as a guest, its expert, the family and the officer
    "/mijn-zaken": _get(CASE_EXPERT | EXPERT),
    "/second-opinions": _get((SWV_ROLES | FAMILY | OFFICER | {"t2_officer"}) - {"swv_not_accepted"}),
    "/dossiers/<dossier_id>/second-opinion": {"GET": _SENDERS, "POST": _SENDERS},
    "/second-opinions/vragen/<dossier_id>": {"GET": _WISHERS, "POST": _WISHERS},
    "/second-opinions/<case_id>": {
        "GET": {
            "case": LISTED | NARROW | PARTNER | CASE_EXPERT | OFFICER | {"guardian"},
            "case_draft": LISTED | NARROW | OFFICER,
        }
    },
    "/second-opinions/<case_id>/verzoek": {
        "GET": {"case_draft": LISTED | NARROW},
        "POST": {"case_draft": LISTED | NARROW},
    },
    "/second-opinions/<case_id>/aanbieden": {"POST": {"case_draft": LISTED | NARROW}},
    "/second-opinions/<case_id>/controle": {"GET": {"case_draft": CONTACT}, "POST": {"case_draft": CONTACT}},
    "/second-opinions/<case_id>/ontvangen/<attachment_id>": {"GET": {"came": NOBODY}},  # only where a case came by line
    "/second-opinions/<case_id>/overleg": {"POST": {"case": CONTACT | PARTNER}},
    "/second-opinions/<case_id>/afspraken": {"GET": {"case": CONTACT | PARTNER}, "POST": {"case": CONTACT | PARTNER}},
    "/second-opinions/<case_id>/instemmen": {"POST": {"case": CONTACT | PARTNER}},
    f"/second-opinions/<case_id>/doen/<{_PLAIN}:what>": {
        "POST": {"case_to_accept": PARTNER, "case_to_confirm": CONTACT}
    },
    f"/second-opinions/<case_id>/waarom/<{_REASONED}:what>": {
        "GET": {"case_to_refuse": PARTNER, "case_to_withdraw": CONTACT},
        "POST": {"case_to_refuse": PARTNER, "case_to_withdraw": CONTACT},
    },
    "/second-opinions/<case_id>/deskundige": {"GET": {"case": PARTNER}, "POST": {"case": PARTNER}},
    "/second-opinions/<case_id>/deskundige/<account_id>/toelaten": {"POST": {"case": CONTACT}},
    "/second-opinions/<case_id>/deskundige/<account_id>/afhalen": {"GET": {"case": PARTNER}, "POST": {"case": PARTNER}},
    "/second-opinions/<case_id>/levering": {"GET": {"case": CONTACT}, "POST": {"case": CONTACT}},
    "/second-opinions/<case_id>/ontvangst": {"POST": {"case": PARTNER}},
    "/second-opinions/<case_id>/antwoord": {"POST": {"case": CONTACT}},
    "/second-opinions/<case_id>/verklaring": {"GET": {"case": CASE_EXPERT}, "POST": {"case": CASE_EXPERT}},
    "/second-opinions/<case_id>/vraag/<any('stellen','meer-tijd'):what>": {
        "GET": {"case": CASE_EXPERT},
        "POST": {"case": CASE_EXPERT},
    },
    "/second-opinions/<case_id>/schrijven": {"GET": {"case": CASE_EXPERT}, "POST": {"case": CASE_EXPERT}},
    "/second-opinions/<case_id>/ondertekenen": {"POST": {"case": CASE_EXPERT}},
    "/second-opinions/<case_id>/heropenen": {"POST": {"case": CASE_EXPERT}},
    "/second-opinions/<case_id>/advies": {"GET": _ADVICE},
    "/second-opinions/<case_id>/advies/pdf": {"POST": _ADVICE},
    # rights: what the family asks, what staff enter from paper, what the officer does
    "/rechten": _get(FAMILY),
    f"/rechten/<dossier_id>/<{RIGHT_KINDS}:what>": {"GET": _TO_ASK, "POST": _TO_ASK},
    "/rechten/verzoek/<request_id>": {"GET": _ASKED},
    "/rechten/verzoek/<request_id>/bewijs": {"POST": _ASKED},
    "/rechten/verzoek/<request_id>/intrekken": {
        "GET": _ASKED,
        "POST": {"right_to_withdraw": frozenset({"guardian"})},
    },
    "/dossiers/<dossier_id>/rechten": {"GET": _RIGHTS},
    f"/dossiers/<dossier_id>/rechten/<{RIGHT_KINDS}:what>": {"GET": _ON_PAPER, "POST": _ON_PAPER},
    "/dossiers/<dossier_id>/verzoek-op-papier": {"GET": _RIGHTS, "POST": _RIGHTS},
    "/verzoeken": _get(OFFICER | {"t2_officer"}),
    "/verzoeken/termijnen": _get(OFFICER | {"t2_officer"}),
    "/verzoeken/termijnen.csv": _get(OFFICER | {"t2_officer"}),
    "/verzoeken/nieuw": _form(OFFICER | {"t2_officer"}),
    "/verzoeken/<request_id>": {"GET": {"right": OFFICER}},
    "/verzoeken/<request_id>/beslissen": {"GET": {"right": OFFICER}, "POST": {"right": OFFICER}},
    f"/verzoeken/<request_id>/stap/<{RIGHT_STEPS}:what>": {"GET": {"right": OFFICER}, "POST": {"right": OFFICER}},
    # the answer of an inzage: the officer's desk, and who asked
    "/verzoeken/<request_id>/inzage": {"GET": _INZAGE},
    **{f"/verzoeken/<request_id>/inzage/{act}": {"POST": _INZAGE} for act in ("begin", "onderdeel")},
    "/verzoeken/<request_id>/inzage/papier": {"POST": {"inzage_given": OFFICER, "inzage": NOBODY}},
    "/verzoeken/<request_id>/inzage/stukken/<document_id>": {"GET": _INZAGE},
    "/verzoeken/<request_id>/inzage/stukken/<document_id>/besluit": {"POST": _INZAGE},
    "/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('maken','vondst','klaar'):what>": {
        "POST": {"inzage_to_redact": OFFICER}
    },
    "/verzoeken/<request_id>/inzage/stukken/<document_id>/<any('origineel','resultaat'):what>/<int:number>": {
        "GET": {"inzage_page": OFFICER, "inzage_result": OFFICER}
    },
    "/rechten/verzoek/<request_id>/antwoord": {"GET": _ANSWERS},
    "/rechten/verzoek/<request_id>/antwoord/stukken/<document_id>": {"POST": _ANSWERS},
    "/rechten/verzoek/<request_id>/antwoord/<any('pdf','json','pakket'):what>": {"POST": _ANSWERS},
    # last, because they change who someone is
    "/geheimhouding": _form(SWV_ROLES | CASE_EXPERT | EXPERT),
    "/afmelden": {"POST": {_ALONE: EVERYONE}},
}


ACCEPT_FIRST = (
    "/dossiers", "/anonimiseren/", "/onderzoek", "/casusoverleg/", "/lezing/", "/verstrekkingen", "/noodtoegang", "/bewijs/", "/second-opinions", "/bewaren", "/vernietigd", "/monitor",
)  # fmt: skip
"""Here someone of the SWV who did not accept confidentiality is led to /geheimhouding, whatever the thing (PR10.3)."""


NO_STAFF = {
    rule
    for rule, methods in TABLE.items()
    if rule.startswith("/second-opinions/")
    and not any({"swv", "swv_narrow"} & who for things in methods.values() for who in things.values())
}
"""Steps of a second opinion that are never staff's: to them the route itself does not exist."""


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def expected_first_accept(rule: str, persona: str) -> bool:
    """Whether this person is led to /geheimhouding on this route."""
    school_only = TABLE[rule] and all(who <= ALL_SCHOOL for things in TABLE[rule].values() for who in things.values())
    return persona == "swv_not_accepted" and rule.startswith(ACCEPT_FIRST) and not school_only and rule not in NO_STAFF


# --- browsers --------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """Someone at a browser: an own network, and the CSRF token of a page seen before."""

    client: FlaskClient
    token: str = ""

    def ask(self, method: str, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a request; one that may write carries the token."""
        if method in {"POST", "PUT", "PATCH", "DELETE"}:
            options["data"] = {"csrf_token": self.token, **(data or {})}
        return self.client.open(path, method=method, **options)


def browser(app: Flask, persona: str, number: int) -> Browser:
    """A browser of this person, signed in unless it is the anonymous one."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = f"10.{number}.7.1"
    made = Browser(client)
    if persona != ANONYMOUS:
        doors.let_in(client, app.extensions["dossierpoort"], EMAIL[persona])
    made.token = fresh_token(client)
    return made


def fresh_token(client: FlaskClient) -> str:
    """The CSRF token of a page of this session."""
    found = _TOKEN.search(client.get("/over").get_data(as_text=True))
    assert found
    return found.group(1)


UNCOUNTED = {"signed_in", "throttle", "passkey_challenge"}  # sessions and counters move with every visit


def address(app: Flask, rule: str, parameters: dict[str, Any]) -> str:
    """The path of a route with these parameters."""
    found = next(item for item in app.url_map.iter_rules() if item.rule == rule)
    built = found.build({name: parameters[name] for name in found.arguments}, append_unknown=False)
    assert built, (rule, parameters)
    return built[1]


def content(services: Services) -> str:
    """A digest of everything that the database holds."""
    digest = hashlib.sha256()
    with services.db.reading() as session:
        for name in sorted(set(inspect(session.connection()).get_table_names()) - UNCOUNTED):
            rows = sorted(repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))
            digest.update(repr((name, rows)).encode())
    return digest.hexdigest()
