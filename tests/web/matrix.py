"""Who may enter which route with which thing: the expectation in one table, and the world of people and things it speaks of.

The table is the only place that says "may". Whoever is not named for a thing gets the answer of what does not exist.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from sqlalchemy import inspect, select, text

from audit.note import COSIGNATURE, Signer
from audit.sequencer import sequence
from crypto.openpgp import public_key_of
from gateway import demo, logbook
from gateway.access import usecases as access
from gateway.access.tables import AccessEntry
from gateway.access.usecases import NewEntry
from gateway.accounts import invitations, passwords, people, reset
from gateway.accounts.rules import Person
from gateway.accounts.setup import make_tenant
from gateway.accounts.sign_on import connections
from gateway.accounts.sign_on.rules import Terms
from gateway.accounts.sign_on.tables import SignOnLink
from gateway.accounts.tables import Account, Organisation, Passkey, SignedIn, Tenant
from gateway.consent import orders, requests
from gateway.consent import usecases as consents
from gateway.consent.orders import NewOrder
from gateway.consent.requests import NewRequest
from gateway.consent.usecases import NewConsent
from gateway.context import Role
from gateway.convenant import agreeing, making, proxies
from gateway.convenant import ending as convenant_ending
from gateway.convenant.proxies import NewProxy
from gateway.convenant.tables import CasusMeeting, ConvenantContact
from gateway.demo import PASSWORD
from gateway.destruction import executing
from gateway.disclosure import consenting, exporting
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import CodedExport, Verstrekking
from gateway.dossiers import break_glass, pages, reading
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import DocumentVersion, Dossier, Informed, Informing
from gateway.erasure.tables import Destruction, VerstrekkingGone
from gateway.ids import new_id
from gateway.keeping import usecases as keeping
from gateway.letters import handing
from gateway.letters import house as letter_house
from gateway.letters import making as letter_making
from gateway.letters import templates as letter_templates
from gateway.letters.making import Addressee
from gateway.matters.rules import NewHold
from gateway.notices.tables import Notice
from gateway.objections import usecases as objections
from gateway.objections.rules import Received
from gateway.oversight import breaches, review
from gateway.oversight.signals import Found, Seen
from gateway.partner_keys import usecases as partner_keys
from gateway.peers.tables import PeerLink
from gateway.recording import Action, Outcome
from gateway.references import reference_of
from gateway.reglement import versions
from gateway.restrictions.tables import Restriction
from gateway.rights import asking as rights
from gateway.rights.asking import NewRequest as RightAsked
from gateway.rights.told_tables import RightTold
from gateway.witness import usecases as witnesses
from tests import builders, convenants, doors, inzages, personas, second_opinions
from tests.builders import context

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from gateway.services import Services

# --- people ------------------------------------------------------------------------------------------------------------

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

# --- the table ---------------------------------------------------------------------------------------------------------
# route -> method -> thing -> who may. A route without parameters has the one thing "-".

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
    "/ontvangen/vernietigen": _get(CONTACTS),
    "/ontvangen/vernietigen/<verstrekking_id>": {"POST": {"gone": RECIPIENT}},
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
    "/dossiers", "/anonimiseren/", "/onderzoek", "/casusoverleg/", "/lezing/", "/verstrekkingen", "/noodtoegang", "/bewijs/", "/second-opinions", "/bewaren", "/vernietigd",
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


# --- browsers ----------------------------------------------------------------------------------------------------------

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


# --- the world ---------------------------------------------------------------------------------------------------------


@dataclass
class World:
    """Real things by the name that the table gives them; each is a set of route parameters."""

    services: Services
    things: dict[str, dict[str, Any]] = field(default_factory=dict)

    def parameters(self, rule: str, thing: str) -> dict[str, Any]:
        """The parameters of a route for this thing; "absent" is what does not exist."""
        if thing == "absent":
            choice = re.search(r"any\('([^']+)'", rule)
            return {name: new_id() for name in re.findall(r"<(?:path:)?(\w+)>", rule)} | {
                "number": 1, "what": choice and choice.group(1),
            }  # fmt: skip
        return self.things.get(thing, {})


def build_world(services: Services) -> World:
    """Everything that the table names, made by the use cases themselves."""
    world = World(services)
    things = world.things
    things[_ALONE] = {}
    things["stylesheet"] = {"filename": "build/dossierpoort.css"}
    _make_people(services)
    _make_dossiers(services, things)
    _make_verstrekkingen(services, things)
    _make_keeping(services, things)
    _make_destructions(services, things)
    _make_letters(services, things)
    _make_readings(services, things)
    _make_cases(services, things)
    _make_rights(services, things)
    _make_administration(services, things)
    _make_keys(services, things)
    _make_line(services, things)
    _make_convenants(services, things)
    _make_correction(services, things)
    _make_inzages(services, things)
    for name, of, email in (
        ("rendition", "submitted", personas.SWV),
        ("rendition_of_second", "second", EMAIL["t2_swv"]),
    ):
        made = builders.reviewable(services, things[of]["dossier_id"], things[of]["document_id"], email)
        things[name] = {"rendition_id": made, "number": 1}
    officer, document = context(services, personas.OFFICER), things["submitted"]["document_id"]
    breach = breaches.record_breach(
        services,
        officer,
        breaches.NewBreach(
            details=breaches.Details(title="Verkeerde ontvanger", what="Verzonnen.", consequences="", measures=""),
            kinds=("confidentiality",),
            cause="wrong_recipient",
            discovered_at=officer.now,
            began_at=None,
            ended_at=None,
        ),
    )
    breaches.add_documents(services, officer, breach, [document])
    things["breach"] = {"breach_id": breach, "document_id": document, "what": "ap"}
    with services.db.writing() as session:
        tenant = officer.person.tenant_id
        late = Seen(event_id=new_id(), at=services.clock(), action=Action.BREAK_GLASS, outcome=Outcome.SUCCESS)
        found = Found(kind="break_glass", subject=late.event_id, number=1, events=(late,))
        things["signal"] = {"signal_id": review.absorb(session, tenant, found)}
    builders.work(services)  # the worker's own duties are done: what was made stands under a checkpoint
    return world


def _make_rights(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """Two requests of the guardian: one that stays, and one to take back."""
    mine, guardian = things["submitted"]["dossier_id"], context(services, personas.GUARDIAN)
    for name, kind in (("right", "klacht"), ("right_to_withdraw", "overdracht")):
        asked = rights.ask(services, guardian, mine, RightAsked(kind=kind, text="Verzonnen."))
        things[name] = {"request_id": asked, "what": "behandelen"}
    things["right_on_paper"] = {"dossier_id": mine, "what": "inzage"}
    things["right_on_paper_of_second"] = {"dossier_id": things["second"]["dossier_id"], "what": "inzage"}


def _make_inzages(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """One that the officer works on, and two that were given: to the guardian, and to the other family's."""
    for name, of, email in (
        ("inzage_given", "submitted", personas.GUARDIAN),
        ("inzage_given_to_other", "theirs", EMAIL["other_guardian"]),
    ):
        made = inzages.given(services, things[of]["dossier_id"], email)
        document = inzages.documents(services, made)[0]
        things[name] = {"request_id": made, "document_id": document, "what": "pdf"}
    thing = things["submitted"]
    made = inzages.begun(services, thing["dossier_id"])
    inzages.redacted(services, made, thing["document_id"])
    things["inzage"] = {"request_id": made, "document_id": thing["document_id"], "what": "pdf"}
    things["inzage_to_redact"] = {**things["inzage"], "what": "vondst"}
    things["inzage_page"] = {**things["inzage"], "what": "origineel", "number": 1}
    things["inzage_result"] = {**things["inzage"], "what": "resultaat", "number": 1}


def _add(session: Session, services: Services, organisation: Organisation, role: Role, email: str) -> Account:
    return people.create(
        session,
        services.vault,
        organisation=organisation,
        role=role,
        person=Person(name="Persoon " + email.partition("@")[0], email=email, function="verzonnen"),
        now=services.clock(),
        password_hash=_HASHED,
    )


_HASHED = passwords.hash_password(PASSWORD)


def _make_people(services: Services) -> None:
    now = services.clock()
    with services.db.writing() as session:
        first = session.scalars(select(Tenant)).one()
        by_kind = {row.kind: row for row in people.organisations(session, first.id)}
        second, second_swv = make_tenant(
            session, swv="Samenwerkingsverband Overkant", slug="overkant", profile="po-raad-2014", now=now
        )
        second_school = Organisation(
            id=new_id(), tenant_id=second.id, kind="school", name="De Overkantschool", brin="99ZW00"
        )
        new_partner = Organisation(
            id=new_id(), tenant_id=first.id, kind="partner_swv", name="Samenwerkingsverband Verweg"
        )
        session.add_all([second_school, new_partner])
        session.flush()
        place = {**by_kind, "t2_swv": second_swv, "t2_school": second_school, "other_partner": new_partner}
        for name, (kind, role) in MADE.items():
            if name.startswith("t2_"):
                where = place["t2_school" if kind == "school" else "t2_swv"]
            else:
                where = place.get(name) or place[kind]
            _add(session, services, where, role, EMAIL[name])
    _list(services, personas.ADMINISTRATOR, "swv_not_accepted")
    _list(services, personas.ADMINISTRATOR, "swv_narrow", categories="a")
    school = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    _list(services, personas.ADMINISTRATOR, "swv_elsewhere", scope="schools", school_ids=(school,))
    _list(services, EMAIL["t2_admin"], "t2_swv")
    _list(services, EMAIL["t2_admin"], "t2_contact")
    for name in (*MADE, "partner", "municipality", "expert"):
        role = builders.account(services, EMAIL[name]).role
        if name != "swv_not_accepted" and role in {Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT}:
            access.accept_confidentiality(services, context(services, EMAIL[name]))


def _list(services: Services, by: str, name: str, **changes: Any) -> str:
    who = context(services, by)
    values: dict[str, Any] = {
        "account_id": builders.account(services, EMAIL[name]).id,
        "valid_from": who.today - timedelta(days=3),
        "valid_until": None,
        "categories": "abcdefghijklmnop",
        "scope": "tenant",
        "school_ids": (),
        "motivation": "Verzonnen reden.",
    }
    return builders.on_the_list(services, who, NewEntry(**{**values, **changes}))


def _make_dossiers(services: Services, things: dict[str, dict[str, Any]]) -> None:
    def made(name: str, email: str, bsn: str, categories: tuple[str, ...], *, submit: bool = True) -> None:
        pupil = {"bsn": bsn, "first_name": f"Kind-{name}"}
        if submit:
            dossier, document = builders.submitted(services, email, categories=categories, **pupil)
        else:
            dossier = builders.draft(services, email, **pupil)
            received = builders.upload(services, email, dossier, "concept.txt", f"Concept {name}.\n".encode())
            document = received.document_id or ""
            builders.describe(services, email, dossier, document, categories=categories)
            builders.work(services)
        things[name] = {"dossier_id": dossier, "document_id": document}

    made("draft", personas.OWNER, "100000009", ("g", "k"), submit=False)
    made("to_submit", personas.OWNER, "100000010", ("g", "k"), submit=False)
    made("submitted", personas.OWNER, "100000022", ("g", "k"))
    made("health", personas.OWNER, "100000034", ("e", "g"))
    made("theirs", personas.OTHER_SCHOOL, "100000046", ("g", "k"))
    made("second", EMAIL["t2_school"], "100000058", ("g", "k"))
    mine, theirs = things["submitted"], things["theirs"]
    things["my_dossier_their_document"] = {"dossier_id": mine["dossier_id"], "document_id": theirs["document_id"]}
    things["their_dossier_my_document"] = {
        "dossier_id": things["second"]["dossier_id"],
        "document_id": mine["document_id"],
    }
    with services.db.writing() as session:
        for name, dossier, capacity in (
            ("guardian", mine, "guardian"), ("pupil", mine, "data_subject"), ("other_guardian", theirs, "guardian"),
        ):  # fmt: skip
            account_id = builders.account(services, EMAIL[name]).id
            pages.link_family(
                session,
                dossier_id=dossier["dossier_id"],
                account_id=account_id,
                capacity=capacity,
                has_authority=True,
                guardian_id="" if name == "pupil" else pages.first_guardian(services, session, dossier["dossier_id"]),
            )
            if name != "other_guardian":
                thing = "relative" if name == "pupil" else "guardian_account"
                things[thing] = {"dossier_id": dossier["dossier_id"], "account_id": account_id}


def version_of(services: Services, document_id: str) -> str:
    """The id of the newest version of a document."""
    with services.db.reading() as session:
        query = select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)
        return session.scalars(query.order_by(DocumentVersion.number.desc())).first() or ""


def consent(services: Services, dossier_id: str) -> str:
    """A consent of a guardian with authority, for everything that the form offers; returns its id."""
    sender = context(services, personas.SWV)
    new = NewConsent(
        given_by="guardian",
        giver_name="Iemand Zonderaccount",
        has_authority=True,
        given_on=sender.today,
        purposes=tuple(PURPOSES),
        recipients=("partner_swv", "school_board", "municipality"),
        evidence="Getekend formulier (verzonnen).",
    )
    return disclosure.add_consent(services, sender, dossier_id, new)


def disclose(services: Services, dossier: dict[str, Any], consent_id: str) -> str:
    """Disclose the dossier's document to the demo's municipality on this consent; returns the verstrekking's id."""
    request = builders.verstrekking(services, dossier["dossier_id"], dossier["document_id"], consent_id=consent_id)
    return disclosure.disclose(services, context(services, personas.SWV), request)


def _coded(services: Services) -> str:
    """An export of codes without a row in it: there are too few dossiers here that are alike."""
    sender = context(services, personas.SWV)
    row = CodedExport(
        id=new_id(),
        tenant_id=sender.person.tenant_id,
        recipient_id=builders.account(services, personas.MUNICIPALITY).organisation_id,
        purpose="policy",
        k=5,
        rows=0,
        left_out=0,
        sha256="",
        made_by=sender.person.account_id,
        made_at=sender.now,
        open_until=sender.today,
        content=b"",
    )
    row.content = exporting.sealed(services, row, b"[]")
    with services.db.writing() as session:
        session.add(row)
        return row.id


def _to_expert(services: Services, dossier: dict[str, Any]) -> str:
    """The document, with the name, for the demo's expert alone: on the list for this dossier."""
    today = context(services, personas.SWV).today
    _list(
        services,
        personas.ADMINISTRATOR,
        "expert",
        scope="dossier",
        dossier_id=dossier["dossier_id"],
        valid_until=today + timedelta(days=90),
        profession="orthopedagogue",
        register="NVO",
        register_number="NVO-000001",
        register_from=today - timedelta(days=90),
        register_until=today + timedelta(days=90),
    )
    expert = builders.account(services, personas.EXPERT)
    request = builders.verstrekking(
        services,
        dossier["dossier_id"],
        dossier["document_id"],
        recipient_id=expert.organisation_id,
        expert_id=expert.id,
        basis="public_task",
    )
    return disclosure.disclose(services, context(services, personas.SWV), request)


def _make_verstrekkingen(services: Services, things: dict[str, dict[str, Any]]) -> None:
    mine, theirs = things["submitted"], things["theirs"]
    given = consent(services, mine["dossier_id"])
    other = consent(services, theirs["dossier_id"])
    spare = consent(services, mine["dossier_id"])
    version = version_of(services, mine["document_id"])
    sent = disclose(services, mine, given)
    things["sent"] = {"verstrekking_id": sent, "version_id": version}
    things["sent_other_version"] = {"verstrekking_id": sent, "version_id": version_of(services, theirs["document_id"])}
    things["sent_to_expert"] = {"verstrekking_id": _to_expert(services, mine), "version_id": version}
    things["coded"] = {"export_id": _coded(services), "what": "csv"}
    things["to_close"] = {"verstrekking_id": disclose(services, mine, given)}
    asked = disclose(services, mine, given)
    with services.db.writing() as session:
        session.get_one(Verstrekking, asked).state = "asked"
    things["to_approve"] = {"verstrekking_id": asked, "what": "goedkeuren"}
    things["consent"] = {"dossier_id": mine["dossier_id"], "consent_id": spare}
    _make_consent_things(services, things)
    things["consent_of_other_dossier"] = {"dossier_id": mine["dossier_id"], "consent_id": other}


def _make_consent_things(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A request, one that the guardian said yes to, a court order and evidence; each also of another dossier."""
    staff, mine, theirs = context(services, personas.SWV), things["submitted"], things["theirs"]
    for name, dossier in (("request", mine), ("given", mine), ("request_of_other_dossier", theirs)):
        new = NewRequest(
            purposes=("second_opinion",),
            recipients=("partner_swv",),
            categories=("g",),
            valid_until=None,
            explanation="Omdat het helpt (verzonnen).",
        )
        with services.db.reading() as session:
            before = {row.id for row in requests.of_dossier(session, dossier["dossier_id"])}
        consenting.ask(services, staff, dossier["dossier_id"], new)
        with services.db.reading() as session:
            (request_id,) = {row.id for row in requests.of_dossier(session, dossier["dossier_id"])} - before
        things[name] = {"dossier_id": mine["dossier_id"], "request_id": request_id, "what": "geven"}
    things["request_to_guardian"] = things["request"]
    guardian = context(services, personas.GUARDIAN)
    with services.db.reading() as session:
        open_ones = {row.id for row in requests.of_dossier(session, mine["dossier_id"])}
    given = next(iter(open_ones - {things["request"]["request_id"]}))
    consenting.answer(services, guardian, given, gives=True)
    with services.db.reading() as session:
        consent_id = next(c.id for c in consents.of_dossier(session, mine["dossier_id"]) if c.request_id == given)
    things["given_in_portal"] = {"consent_id": consent_id}
    for name, dossier in (("order", mine), ("order_of_other_dossier", theirs)):
        with services.db.writing() as session:
            order = NewOrder(
                guardian_name="Iemand anders (verzonnen)",
                guardian_id=None,
                account_id=None,
                from_day=staff.today,
                until_day=None,
                document_id=dossier["document_id"],
                note="",
            )
            order_id = orders.add(session, services.vault, staff, dossier["dossier_id"], order)
        things[name] = {"dossier_id": mine["dossier_id"], "order_id": order_id}
    with services.db.reading() as session:
        for name, dossier in (("informed", mine), ("informed_of_other_dossier", theirs)):
            query = select(Informed.id).join(Informing, Informing.id == Informed.informing_id)
            letter = session.scalars(query.where(Informing.dossier_id == dossier["dossier_id"])).first()
            things[name] = {"dossier_id": mine["dossier_id"], "informed_id": letter, "what": "verstuurd"}
    things["evidence"] = {"dossier_id": mine["dossier_id"], "what": "uitspraak"}
    things["evidence_of_second"] = {"dossier_id": things["second"]["dossier_id"], "what": "toestemming"}


def _make_keeping(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A matter, a TLV and a hold of my dossier; each also of another one, asked under mine."""
    staff = context(services, personas.SWV)
    for ending, dossier in (("", things["submitted"]), ("_of_other_dossier", things["theirs"])):
        here = things["submitted"]["dossier_id"]
        open_one, decided = (builders.matter(services, dossier["dossier_id"]) for _ in range(2))
        things[f"matter{ending}"] = {"dossier_id": here, "matter_id": open_one}
        besluit = builders.tlv(services, dossier["dossier_id"], decided)
        things[f"besluit{ending}"] = {"dossier_id": here, "besluit_id": besluit, "what": "csv"}
        new = NewHold(
            kind="complaint",
            started_on=staff.today,
            review_on=staff.today + timedelta(days=30),
            reason="Verzonnen klacht.",
            owner_id=staff.person.account_id,
        )
        received = Received(
            kind="bezwaar", by="authority", received_on=staff.today, grounds="Verzonnen.", who="Bestuur (verzonnen)"
        )
        objected = objections.register(services, staff, dossier["dossier_id"], besluit, received)
        things[f"objection{ending}"] = {
            "dossier_id": here,
            "besluit_id": things["besluit"]["besluit_id"],
            "objection_id": objected,
            "what": "beslissen",
        }
        hold = keeping.add_hold(services, staff, dossier["dossier_id"], new)
        things[f"hold{ending}"] = {"dossier_id": here, "hold_id": hold}


def _make_destructions(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A destruction that is announced, one that was done, and what somebody received of that one."""
    staff = context(services, personas.SWV)
    for name, bsn in (("announced", "999990032"), ("destroyed", "999990044")):
        dossier_id = builders.draft(services, bsn=bsn, last_name=f"Vernietigma{name}")
        with services.db.writing() as session:
            dossier = session.get_one(Dossier, dossier_id)
            dossier.state, dossier.submitted_at = "submitted", services.clock()
        builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
        row = Destruction(
            id=new_id(),
            tenant_id=staff.person.tenant_id,
            dossier_id=dossier_id,
            article="PR12.1",
            profile="po-raad-2014@1",
            kept_until=staff.today.replace(year=staff.today.year + 3),
            due_on=staff.today.replace(year=staff.today.year + 3) + timedelta(days=1),
            announced_at=staff.now,
        )
        with services.db.writing() as session:
            session.add(row)
            session.flush()
            if name == "destroyed":
                executing.erase_in(services, session, staff, row.id, "PR12.1", [])
                session.get_one(Destruction, row.id).state = "certified"
        things[name] = {"destruction_id": row.id, "what": "json"}
    gone = VerstrekkingGone(
        id=new_id(),
        tenant_id=staff.person.tenant_id,
        dossier_id=dossier_id,
        school_id="",
        recipient_id=builders.account(services, personas.MUNICIPALITY).organisation_id,
        purpose="support_allocation",
        basis="consent",
        form="original",
        article="PR9.1b",
        profile="po-raad-2014@1",
        made_at=staff.now,
        documents=1,
        asked_on=staff.today,
        answer_by=staff.today + timedelta(days=28),
    )
    with services.db.writing() as session:
        session.add(gone)
        sequence(session.connection(), logbook.LOG_ID)
    logbook.make_checkpoint(services, services.clock())
    things["gone"] = {"verstrekking_id": gone.id}


def _make_letters(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A text that waits for a second person, a logo, and letters of my dossier: sent to the guardian and still to send."""
    officer, staff = context(services, personas.OFFICER), context(services, personas.SWV)
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), (0, 90, 110)).save(picture, "PNG")
    letter_house.change(services, officer, demo.LETTER_HOUSE, seen=1, logo=picture.getvalue())
    text = letter_templates.draft(
        services, context(services, personas.ADMINISTRATOR), "receipt", letter_templates.shipped("receipt").texts
    )
    things["letter_text"] = {"template_id": text, "what": "gebruiken"}
    things["letter_kind"], things["no_letter_kind"] = {"kind": "refusal"}, {"kind": "besluit"}
    here = things["submitted"]["dossier_id"]
    to = Addressee(name="Ouder (verzonnen)", account_id=builders.account(services, personas.GUARDIAN).id)
    values = {"what": "het delen van een verslag (verzonnen)", "withdrawn_on": staff.today}
    for name, dossier_id in (("letter", here), ("to_send", here), ("other", things["theirs"]["dossier_id"])):
        with services.db.writing() as session:
            dossier = session.get_one(Dossier, dossier_id)
            made = letter_making.make(
                services,
                session,
                staff,
                dossier=dossier,
                kind="consent_withdrawn",
                to=to,
                values=values,
                about=new_id(),
            )
            if name == "letter":
                handing.hand(services, session, staff, dossier=dossier, letter_id=made, way="portal", on=staff.today)
        shown = {"letter": "letter", "to_send": "letter_to_send", "other": "letter_of_other_dossier"}[name]
        things[shown] = {"dossier_id": here, "letter_id": made}
    things["own_letter"] = {"letter_id": things["letter"]["letter_id"]}
    things["own_letter_to_send"] = {"letter_id": things["letter_to_send"]["letter_id"]}


def _make_readings(services: Services, things: dict[str, dict[str, Any]]) -> None:
    mine = things["submitted"]
    for name, email in (("reading_of_swv", personas.SWV), ("reading_of_owner", personas.OWNER)):
        opened = reading.open_reading(services, context(services, email), mine["dossier_id"], mine["document_id"])
        things[name] = {"reading_id": opened.reading_id, "number": opened.pages[0].number}


def _make_cases(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """Second opinions on the submitted dossier: written, asked, under review, and with its advice given."""
    second_opinions.convenant(services)
    expert = (EMAIL["partner_expert"],)
    dossier = things["submitted"]["dossier_id"]
    stages = {"case_draft": "start", "case_asked": "send", "case": "receive", "case_done": "parents"}
    for name, until in stages.items():
        made = second_opinions.case(services, dossier, until=until, experts=expert)
        account = builders.account(services, expert[0]).id
        things[name] = {"case_id": made, "account_id": account, "what": "stellen"}
    things["case_to_accept"] = {**things["case_asked"], "what": "aannemen"}
    things["came"] = {**things["case"], "attachment_id": new_id()}
    things["case_to_refuse"] = {**things["case_asked"], "what": "weigeren"}
    things["case_to_confirm"] = {**things["case"], "what": "advies-ontvangen"}
    things["case_to_withdraw"] = {**things["case"], "what": "intrekken"}


def _make_keys(services: Services, things: dict[str, dict[str, Any]]) -> None:
    administrator = context(services, personas.ADMINISTRATOR)
    partner = builders.account(services, personas.PARTNER).organisation_id
    secret = partner_keys.own_secret(services, administrator, administrator.person.tenant_id)
    with services.scratch.directory() as scratch:
        public = public_key_of(secret, scratch=scratch)
    key = partner_keys.register(services, administrator, partner, public)
    things["partner_organisation"] = {"organisation_id": partner}
    things["partner_key"] = {"organisation_id": partner, "key_id": key}
    signer = Signer(name="partner.example/witness", private=Ed25519PrivateKey.generate(), kind=COSIGNATURE)
    witness = witnesses.register(
        services,
        administrator,
        tenant_id=administrator.person.tenant_id,
        side="witness",
        name="Partner",
        url="https://partner.example/getuige",
        key=str(signer.key),
    )
    things["witness"] = {"party_id": witness}


def _make_line(services: Services, things: dict[str, dict[str, Any]]) -> None:
    administrator = context(services, personas.ADMINISTRATOR)
    with services.db.writing() as session:
        other = builders.account(services, EMAIL["other_partner"])
        line = PeerLink(
            id=new_id(),
            tenant_id=other.tenant_id,
            organisation_id=other.organisation_id,
            carrier="file",
            address="",
            pin="",
            made_by=administrator.person.account_id,
            made_at=administrator.now,
        )
        session.add(line)
        things["line"] = {"link_id": line.id}


def _make_administration(services: Services, things: dict[str, dict[str, Any]]) -> None:
    from audit.log import events

    administrator = context(services, personas.ADMINISTRATOR)
    doors.session_for(services, personas.SWV)
    with services.db.reading() as session:
        swv = session.get_one(Organisation, administrator.person.organisation_id)
        second = builders.account(services, EMAIL["t2_admin"]).tenant_id
        for name, tenant in (("event", swv.tenant_id), ("event_of_second", second)):
            things[name] = {"event_id": events(session.connection(), tenant=tenant, limit=1).rows[0].event_id}
        for name, of, action in (("mine", "submitted", "submit"), ("theirs", "theirs", "submit")):
            found = events(session.connection(), dossier=things[of]["dossier_id"], action=Action(action), limit=1)
            things[f"event_of_{name}"] = {"event_id": found.rows[0].event_id}
        found = events(session.connection(), object_id=things["sent"]["verstrekking_id"], action=Action.DISCLOSE)
        things["event_of_sent"] = {"event_id": found.rows[0].event_id}
        for name in ("mine", "theirs", "second", "sent"):
            things[f"event_of_{name}"]["what"] = "json"
        swv_account = builders.account(services, personas.SWV).id
        mine = select(SignedIn.id).where(SignedIn.account_id == swv_account).order_by(SignedIn.started_at)
        things["session_of_swv"] = {"session_id": session.scalars(mine).first()}
        key_id = new_id()
        things["passkey_of_swv"] = {"key_id": key_id}
        notice = session.scalars(select(Notice.id).where(Notice.account_id == swv_account)).first()
        things["notice_of_swv"] = {"notice_id": notice}
        unlisted = builders.account(services, EMAIL["swv_not_accepted"]).id
        entry = session.scalars(select(AccessEntry.id).where(AccessEntry.account_id == unlisted)).one()
    for name in ("invited", "leaver", "link"):
        person = Person(name=f"Nieuw {name}", email=f"{name}.matrix@demo.example")
        token = invitations.invite(services, administrator, organisation_id=swv.id, role=Role.SWV_STAFF, person=person)
        things[name] = {"account_id": builders.account(services, person.email).id}
    person = Person(name="Nieuw elders", email="wacht@matrix.example")
    invitations.invite(services, administrator, organisation_id=swv.id, role=Role.SWV_STAFF, person=person)
    things["waiting"] = {"account_id": builders.account(services, person.email).id, "what": "afwijzen"}
    with services.db.reading() as session:
        profile = versions.in_force(session, swv.tenant_id, "po-raad-2014", administrator.today)
    things["our_reglement"] = {"slug": "demo"}
    document = versions.as_json(dict(profile.document))
    tomorrow = administrator.today + timedelta(days=1)
    draft = versions.draft(services, administrator, "po-raad-2014", document, tomorrow)
    things["reglement_draft"] = {"version_id": draft, "what": "goedkeuren"}
    things["invitation"] = {"what": "uitnodiging", "token": token}
    things["invitation_as_password"] = {"what": "nieuw-wachtwoord", "token": token}
    things["entry"] = {"entry_id": entry}
    with services.db.writing() as session:
        name = services.vault.seal_json(session, swv_account, f"passkey:{key_id}", "Sleutel (verzonnen)")
        session.add(
            Passkey(
                id=key_id,
                account_id=swv_account,
                credential=b"credential",
                public_key=b"public",
                name=name,
                made_at=services.clock(),
            )
        )
    resettable = builders.account(services, personas.SWV).id
    things["resettable"] = {"account_id": resettable}
    asked = reset.ask(services, administrator, builders.account(services, personas.COLLEAGUE).id, "Sprak haar zelf.")
    things["reset"] = {"reset_id": asked, "what": "afwijzen"}
    _make_access(services, things)
    _make_sign_on(services, things)


def _make_sign_on(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """Providers that do not answer: in force with someone joined, in force to be stopped, and proposed."""
    administrator, officer = context(services, personas.ADMINISTRATOR), context(services, personas.OFFICER)
    swv, school = administrator.person.organisation_id, builders.account(services, personas.OWNER).organisation_id
    elsewhere = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    for name, place in (("sign_on", swv), ("sign_on_to_stop", school), ("sign_on_proposal", elsewhere)):
        domain = f"{name.replace('_', '-')}.example"
        terms = Terms(issuer="http://localhost:9", client="poort", secret="geheim", domains=(domain,))
        made = connections.propose(services, administrator, place, terms)
        things[name] = {"organisation_id": place, "connection_id": made, "what": "afwijzen"}
        if name != "sign_on_proposal":
            connections.decide(services, officer, made, approve=True)
    joined = things["sign_on"]["account_id"] = things["invited"]["account_id"]
    with services.db.writing() as session:
        link = SignOnLink(
            subject=bytes(32), organisation_id=swv, account_id=joined, issuer="http://localhost:9", way="own",
            made_at=services.clock(),
        )  # fmt: skip
        session.add(link)


def _make_convenants(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """One with the partner, in force, with things that wait; and a regional one that is offered."""
    us, them = context(services, personas.CONTACT_PERSON), context(services, personas.PARTNER)
    convenant_id = convenants.in_force(services, partner_id=them.person.organisation_id)
    version_id = convenants.offered(services, convenant_id, "Een tweede tekst (verzonnen).")
    things["convenant"] = {"convenant_id": convenant_id, "version_id": version_id}
    things["convenant_text"] = {"convenant_id": convenant_id, "what": "tekst"}
    things["convenant_signed"] = {"convenant_id": convenant_id, "what": "getekend"}
    paper = convenants.on_paper(services, convenant_id, version_id, them.person.organisation_id, us.today)
    things["convenant_paper"] = {"signature_id": paper, "what": "afwijzen"}
    things["convenant_scan"] = {"document_id": convenants.scan(services, convenant_id)}
    agreed = agreeing.propose(services, us, convenant_id, agreeing.Proposal(manner="portal", term="P2W"))
    things["convenant_agreement"] = {"agreement_id": agreed, "what": "akkoord"}
    proposed = convenant_ending.propose_end(
        services, us, convenant_id, last_day=us.today + timedelta(days=400), reason="Verzonnen."
    )
    things["convenant_ending"] = {"ending_id": proposed, "what": "afwijzen"}
    with services.db.reading() as session:
        contact = session.scalars(
            select(ConvenantContact.id).where(ConvenantContact.account_id == them.person.account_id)
        ).first()
    things["convenant_contact"] = {"contact_id": contact}
    regional, _ = convenants.regional(services)
    making.add_party(services, us, regional, convenants.organisation(services, "school_board"))
    theirs = convenants.party(services, regional, convenants.organisation(services, "school_board"))
    proxy = NewProxy(
        holder=convenants.party(services, regional, us.person.organisation_id),
        name="Verzonnen Gemachtigde",
        parties=(theirs,),
        document_id=convenants.scan(services, regional, "proxy"),
        given_on=us.today,
    )
    made = proxies.record_proxy(services, us, regional, proxy)
    with services.db.writing() as session:
        meeting = CasusMeeting(
            id=new_id(), convenant_id=regional, dossier_id=things["submitted"]["dossier_id"], held_on=us.today,
            details=b"", made_by=us.person.account_id, made_at=us.now,
        )  # fmt: skip
        session.add(meeting)
        session.flush()
        meeting.details = services.vault.seal_json(
            session, meeting.dossier_id, f"casus:{meeting.id}", {"goal": "Verzonnen doel."}
        )
        things["casus"] = {"meeting_id": meeting.id, "item": "goal"}
    things["regional"] = {"convenant_id": regional, "line_id": new_id()}
    things["regional_proxy"] = {"proxy_id": made, "what": "afwijzen"}


def _make_correction(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A correctie of the guardian: a shield that holds, of which a recipient was told, and something refused."""
    from tests import corrections

    dossier_id, document_id = corrections.dossier(services, bsn="100000083")
    corrections.given(services, dossier_id, document_id)
    about = (corrections.item(document_id, "improve"), corrections.item(document_id, "shield"))
    request_id = corrections.ask(services, dossier_id, *about)
    corrections.decide(services, request_id, "refused", "granted")
    with services.db.reading() as session:
        told_id = session.scalars(select(RightTold.id).where(RightTold.request_id == request_id)).one()
        restriction_id = session.scalars(select(Restriction.id).where(Restriction.request_id == request_id)).one()
    things["correction"] = {
        "request_id": request_id,
        "item_id": corrections.items(services, request_id)[0],
        "told_id": told_id,
        "restriction_id": restriction_id,
    }


def _make_access(services: Services, things: dict[str, dict[str, Any]]) -> None:
    """A proposal that waits, another tenant's entry, and break-glass of someone who reaches another school only."""
    administrator = context(services, personas.ADMINISTRATOR)
    new = NewEntry(
        account_id=builders.account(services, EMAIL["swv_unlisted"]).id,
        valid_from=administrator.today,
        valid_until=None,
        categories="a",
        scope="tenant",
        school_ids=(),
        motivation="Verzonnen voorstel.",
    )
    things["proposal"] = {"entry_id": access.add_entry(services, administrator, new), "what": "afwijzen"}
    someone = context(services, EMAIL["swv_elsewhere"])
    dossier = things["health"]["dossier_id"]
    break_glass.break_glass(services, someone, reference_of(dossier), "Verzonnen spoed: het kan niet wachten.")
    with services.db.reading() as session:
        query = select(AccessEntry.id).where(AccessEntry.account_id == someone.person.account_id)
        things["glass"] = {"entry_id": session.scalars(query.where(AccessEntry.kind == "break_glass")).one()}
        theirs = builders.account(services, EMAIL["t2_swv"]).id
        entry = session.scalars(select(AccessEntry.id).where(AccessEntry.account_id == theirs)).one()
        things["t2_entry"] = {"entry_id": entry}


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
