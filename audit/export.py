"""Entries of the log in the shapes that others read: NEN 7513 (JSON, CSV) and the Logboek dataverwerkingen of Logius.

Everything is opaque ids and codes, as in the log itself; payloads are never opened here. What each field of those
standards is filled with stands in ``FORMAT.md``. Source: issue 5 (commands), NEN 7513, Logboek dataverwerkingen.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from audit.events import Action, Outcome, instant_text
from audit.log import Entry

# RFC 3881, which NEN 7513 follows: create, read, update, delete, execute.
_CODES: Final = {
    "C": {Action.RECORD, Action.REQUEST, Action.ADVISE, Action.DECIDE, Action.CONSENT, Action.INVITE, Action.BREACH},
    "R": {Action.CONSULT, Action.PRINT, Action.SEARCH, Action.DOWNLOAD, Action.DISCLOSE, Action.EXPORT, Action.REVIEW},
    "U": {Action.CORRECT, Action.SHIELD, Action.PERMISSION, Action.CONFIGURE, Action.SUBMIT, Action.HOLD},
    "D": {Action.DESTROY, Action.WITHDRAW, Action.EXPIRE},
}
_OUTCOMES: Final = {Outcome.SUCCESS: 0, Outcome.REFUSED: 4, Outcome.FAILED: 8}
_STATUS: Final = {
    Outcome.SUCCESS: "STATUS_CODE_OK",
    Outcome.REFUSED: "STATUS_CODE_UNSET",  # the system did what it should: it refused
    Outcome.FAILED: "STATUS_CODE_ERROR",
}
_NETWORK_ADDRESS: Final = 2
_TRACE: Final = re.compile(r"[0-9a-f]{32}\Z")

NEN_COLUMNS: Final = (
    "eventID",
    "eventActionCode",
    "eventTypeCode",
    "eventDateTime",
    "eventOutcomeIndicator",
    "userID",
    "userIsRequestor",
    "roleIDCode",
    "userOrganisation",
    "userOnBehalfOf",
    "purposeOfUse",
    "legalBasis",
    "autorisatieProtocol",
    "toestemmingsProfiel",
    "networkAccessPointTypeCode",
    "networkAccessPointID",
    "participantObjectTypeCode",
    "participantObjectID",
    "participantDossierID",
    "auditEnterpriseSiteID",
    "auditSourceID",
    "auditSourceTypeCode",
    "requestID",
    "leafIndex",
)


def action_code(action: Action) -> str:
    """The letter of NEN 7513 for an action; what creates, reads, changes or removes no data is executed (E)."""
    return next((code for code, actions in _CODES.items() if action in actions), "E")


def nen7513(entry: Entry, origin: str) -> dict[str, Any]:
    """One entry as a flat NEN 7513 record with the members ``NEN_COLUMNS``; ``origin`` is the log's own name."""
    values = (
        entry.event_id,
        action_code(entry.action),
        entry.action.value,
        instant_text(entry.at),
        _OUTCOMES[entry.outcome],
        entry.actor,
        entry.actor is not None,
        entry.role,
        entry.organisation,
        entry.on_behalf_of,
        entry.purpose,
        entry.legal_basis,
        entry.article,
        entry.profile,
        _NETWORK_ADDRESS if entry.network else None,
        entry.network,
        entry.object_type,
        entry.object_id,
        entry.dossier,
        entry.tenant,
        origin,
        entry.software,
        entry.request_id,
        entry.leaf_index,
    )
    return dict(zip(NEN_COLUMNS, values, strict=True))


def logboek(entry: Entry, *, activity: str, subject: str | None, subject_type: str) -> dict[str, Any]:
    """One entry as a line of the Logboek dataverwerkingen; it names no user.

    ``activity`` is the URI of the processing activity in the controller's register, ``subject`` the sealed id of the
    person whom it concerns (None: nobody, or its key is destroyed), ``subject_type`` the URI of the kind of id.
    """
    milliseconds = int(entry.at.timestamp() * 1000)
    attributes: dict[str, str] = {"dpl.core.processing_activity_id": activity}
    if subject is not None:
        attributes |= {"dpl.core.data_subject_id": subject, "dpl.core.data_subject_id_type": subject_type}
    return {
        "trace_id": _trace(entry),
        "span_id": entry.event_id[16:],
        "status_code": _STATUS[entry.outcome],
        "name": entry.action.value,
        "start_time": milliseconds,
        "end_time": milliseconds,
        "resource": {"attributes": {"service.name": entry.software}},
        "attributes": attributes,
    }


def activity_of(entry: Entry, prefixes: Mapping[str | None, str]) -> str:
    """The URI of the processing activity: the tenant's prefix with the purpose, or with the action without one."""
    prefix = prefixes.get(entry.tenant, "urn:dossierpoort:verwerking")
    return f"{prefix}:{entry.purpose or entry.action.value}"


def _trace(entry: Entry) -> str:
    """Sixteen bytes that all events of one request share."""
    if entry.request_id and _TRACE.match(entry.request_id):
        return entry.request_id
    return hashlib.sha256((entry.request_id or entry.event_id).encode()).hexdigest()[:32]
