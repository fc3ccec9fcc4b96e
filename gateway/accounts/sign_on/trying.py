"""Is the provider set up well? Asked by an administrator, answered in sentences that say what to mend."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.accounts import throttle
from gateway.accounts.sign_on import connections, provider
from gateway.accounts.sign_on.attempts import callback
from gateway.accounts.sign_on.provider import ProviderError, reach_of
from gateway.accounts.sign_on.rules import TROUBLE
from gateway.context import Role
from gateway.errors import ConflictError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.accounts.sign_on.provider import Provider
    from gateway.accounts.sign_on.tables import SignOnConnection
    from gateway.context import Context
    from gateway.services import Services

GOOD, NOTE, WRONG = "success", "warning", "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is good, worth knowing, or wrong."""

    tone: str
    text: str


def try_it(services: Services, context: Context, organisation_id: str) -> list[Finding]:
    """Ask the provider of a proposal, or else the one in force, and say how it stands; nobody is signed in by it.

    The secret goes to the issuer that it was filled in for, and to no other.

    Raises:
        ConflictError: nothing is set up. ThrottledError: tried too often.
    """
    with services.db.writing() as session:
        connections.organisation_for(session, context, organisation_id, Role.ADMINISTRATOR)
        row = connections.proposed(session, organisation_id) or connections.active(session, organisation_id)
        if row is None:
            raise ConflictError("Er is nog niets ingevuld.")
        throttle.count_try(session, services.vault, throttle.SIGN_ON_TRY, organisation_id, context.now)
    found = list(_findings(services, context, row))
    with services.db.writing() as session:
        wrong = sum(finding.tone == WRONG for finding in found)
        connections.record_change(session, services, context, row, "tried", {"wrong": wrong})
    return found


def _findings(services: Services, context: Context, row: SignOnConnection) -> Iterator[Finding]:
    reach = reach_of(services.settings)
    try:
        about = services.providers.about(reach, row.issuer, context.now, anew=True)
        yield Finding(tone=GOOD, text=sentence("De aanmelddienst antwoordt en noemt hetzelfde adres (issuer)."))
        services.providers.keys(reach, about, context.now)
        yield Finding(tone=GOOD, text=sentence("De aanmelddienst heeft sleutels die wij kunnen gebruiken."))
    except ProviderError as error:
        yield Finding(tone=WRONG, text=TROUBLE[error.code])
        return
    yield _client(services, row, about)
    yield from _offers(about)


def _client(services: Services, row: SignOnConnection, about: Provider) -> Finding:
    """Whether client and secret are known: a code that nobody gave out is refused in another way than a stranger."""
    try:
        provider.exchange(
            reach_of(services.settings),
            about,
            connections.client_of(services.vault, row),
            code=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            redirect=callback(services, row.organisation_id),
        )
    except ProviderError as error:
        if error.code == "code":
            return Finding(tone=GOOD, text=sentence("De aanmelddienst kent de client-id, en het geheim klopt."))
        return Finding(tone=WRONG, text=TROUBLE[error.code])
    return Finding(tone=WRONG, text=sentence("De aanmelddienst neemt elke code aan. Gebruik deze dienst niet."))


def _offers(about: Provider) -> Iterator[Finding]:
    if about.pkce:
        yield Finding(tone=GOOD, text=sentence("De aanmelddienst kent PKCE (S256)."))
    else:
        yield Finding(
            tone=NOTE,
            text=sentence("De aanmelddienst zegt niet of zij PKCE (S256) kent. Wij gebruiken het altijd."),
        )
    if about.back_channel:
        yield Finding(tone=GOOD, text=sentence("Wie zich daar afmeldt, wordt ook hier afgemeld (back-channel)."))
    else:
        yield Finding(
            tone=NOTE,
            text=sentence("Wie zich daar afmeldt, blijft hier aangemeld tot de tijd om is: de dienst meldt het niet."),
        )


__all__ = ["Finding", "try_it"]
