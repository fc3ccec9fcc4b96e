"""Passkeys (WebAuthn): registering one, and proving oneself with it, also as the only factor. Source: issue 6, PR10.1.

Each must be unlocked by finger, face or PIN (user verification), so that it is two factors by itself; which is why it
may stand alone. Options are the same for everyone: nothing tells whether an account exists.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import CursorResult, delete, select
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.accounts import alerts, factors, people, recovery, sessions, throttle
from gateway.accounts.sign_on import links
from gateway.accounts.tables import Account, Passkey, PasskeyChallenge
from gateway.errors import InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

PASSKEY = "passkey"
REGISTER, SIGN_IN, STEP_UP = "register", "sign-in", "step-up"
MOST = 20
NAME_MAX = 60
_VALID = timedelta(minutes=5)
_ANSWER_MAX = 20_000
REFUSED = sentence("Dit is niet gelukt met deze passkey. Probeer het opnieuw, of gebruik uw wachtwoord en een code.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A passkey as its owner sees it."""

    id: str
    name: str
    made_at: datetime
    used_at: datetime | None


def registration_options(services: Services, context: Context) -> tuple[str, str]:
    """What the browser needs to make a passkey, as JSON, and the challenge that the answer must carry."""
    actor = context.person
    with services.db.writing() as session:
        account = session.get_one(Account, actor.account_id)
        person = people.person_or_nameless(session, services.vault, account)
        mine = list(session.scalars(select(Passkey.credential).where(Passkey.account_id == account.id)))
        challenge = _challenge(session, REGISTER, account.id, context.now)
    options = webauthn.generate_registration_options(
        rp_id=_host(services),
        rp_name="Dossierpoort",
        user_id=account.id.encode(),
        user_name=person.email or "account",
        user_display_name=person.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in mine],
    )
    return webauthn.options_to_json(options), challenge.hex()


def register(
    services: Services, context: Context, token: str, *, answer: str, challenge: str, name: str
) -> tuple[str, tuple[str, ...]]:
    """Keep the passkey that the browser made. Gives the session's new token, and recovery codes with the first factor.

    Raises:
        InvalidInputError: the answer does not belong to the challenge, was sent before, or there are too many.
    """
    actor = context.person
    _spend(services, context, challenge, REGISTER, actor.account_id)
    try:
        made = webauthn.verify_registration_response(
            credential=_parsed(answer),
            expected_challenge=bytes.fromhex(challenge),
            expected_rp_id=_host(services),
            expected_origin=_origin(services),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(REFUSED) from error
    with services.db.writing() as session:
        known = list(session.scalars(select(Passkey).where(Passkey.account_id == actor.account_id)))
        taken = session.scalar(select(Passkey.id).where(Passkey.credential == made.credential_id))
        if taken is not None or len(known) >= MOST:
            raise InvalidInputError(REFUSED)
        first = not sessions.factor_set(session, actor.account_id)
        key_id = new_id()
        called = name.strip()[:NAME_MAX] or f"Passkey {len(known) + 1}"
        session.add(
            Passkey(
                id=key_id,
                account_id=actor.account_id,
                credential=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                name=services.vault.seal_json(session, actor.account_id, f"passkey:{key_id}", called),
                made_at=context.now,
            )
        )
        codes = recovery.renew(session, services.vault, actor.account_id, context.now) if first else ()
        fresh = sessions.proved(session, token, factor=PASSKEY, now=context.now)
        alerts.note_device(session, services, context, sessions.hash_of(fresh))
        factors.tell(session, services, context, {"second_factor": "set", "kind": PASSKEY})
        outbox.queue(
            session, services.vault, context, account_id=actor.account_id, kind="factor_set", link="/mijn-account"
        )
    return fresh, codes


def sign_in_options(services: Services, context: Context) -> tuple[str, str]:
    """What the browser needs to prove itself, as JSON: the same for everyone, for the passkey itself says whose it is.

    Raises:
        ThrottledError: too many from this network.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.PASSKEY_NETWORK, context.network or "?", context.now)
        challenge = _challenge(session, SIGN_IN, None, context.now)
    return _options(services, challenge)


def step_up_options(services: Services, context: Context) -> tuple[str, str]:
    """The same for who is signed in, or took the first step."""
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, throttle.PASSKEY_NETWORK, context.network or "?", context.now)
        challenge = _challenge(session, STEP_UP, context.person.account_id, context.now)
    return _options(services, challenge)


def sign_in(services: Services, context: Context, *, answer: str, challenge: str, device: str = "") -> str:
    """Sign in with a passkey and nothing else; returns the token of a session with its second factor.

    Raises:
        InvalidInputError: one sentence for whatever is wrong.
    """
    _spend(services, context, challenge, SIGN_IN, None)
    with services.db.writing() as session:
        key, problem = _verified(session, services, answer, challenge, context)
        account = session.get(Account, key.account_id) if key is not None else None
        elsewhere = account is not None and not problem and links.must_sign_on(session, account)
        if account is None or not account.active or problem or elsewhere:
            _failed(session, services, context, account, problem)
            token = None
        else:
            token = sessions.start(
                session, account.id, now=context.now, network=context.network, device=device, factor=PASSKEY
            )
            session.flush()
            acting = sessions.acting(context, account)
            alerts.note_device(session, services, acting, sessions.hash_of(token))
            factors.tell(session, services, acting, {"step": SIGN_IN, "factor": PASSKEY}, Action.SIGN_IN)
    if token is None:
        raise InvalidInputError(links.SIGN_ON_ONLY if elsewhere else REFUSED)
    return token


def prove(services: Services, context: Context, token: str, *, answer: str, challenge: str, step: str) -> str:
    """Prove once more, or as the second step, with a passkey of one's own; gives the session's new token.

    Raises:
        InvalidInputError: one sentence for whatever is wrong.
    """
    account_id = context.person.account_id
    _spend(services, context, challenge, STEP_UP, account_id)
    with services.db.writing() as session:
        key, problem = _verified(session, services, answer, challenge, context)
        if key is None or key.account_id != account_id or problem:
            _failed(session, services, context, session.get(Account, account_id), problem)
            fresh = None
        else:
            fresh = sessions.proved(session, token, factor=PASSKEY, now=context.now)
            alerts.note_device(session, services, context, sessions.hash_of(fresh))
            factors.tell(session, services, context, {"step": step, "factor": PASSKEY}, Action.SIGN_IN)
    if fresh is None:
        raise InvalidInputError(REFUSED)
    return fresh


def listed(services: Services, context: Context) -> list[Shown]:
    """My passkeys, the oldest first."""
    account_id = context.person.account_id
    query = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.made_at, Passkey.id)
    with services.db.reading() as session:
        return [
            Shown(
                id=row.id,
                name=services.vault.open_json(session, account_id, f"passkey:{row.id}", row.name),
                made_at=row.made_at,
                used_at=row.used_at,
            )
            for row in session.scalars(query)
        ]


def remove(services: Services, context: Context, key_id: str) -> None:
    """Take one of one's passkeys away.

    Raises:
        NotFoundError: it is not there, or another's.
        ConflictError: it is the last second factor of someone who cannot do without.
    """
    with services.db.writing() as session:
        row = session.get(Passkey, key_id)
        if row is None or row.account_id != context.person.account_id:
            raise NotFoundError
        session.delete(row)
        session.flush()
        factors.after_removal(session, services, context)
        factors.tell(session, services, context, {"second_factor": "removed", "kind": PASSKEY})


def _options(services: Services, challenge: bytes) -> tuple[str, str]:
    options = webauthn.generate_authentication_options(
        rp_id=_host(services), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), challenge.hex()


def _challenge(session: Session, purpose: str, account_id: str | None, now: datetime) -> bytes:
    challenge = secrets.token_bytes(32)
    hashed = hashlib.sha256(challenge).digest()
    session.add(
        PasskeyChallenge(challenge_hash=hashed, purpose=purpose, account_id=account_id, expires_at=now + _VALID)
    )
    return challenge


def _spend(services: Services, context: Context, challenge: str, purpose: str, account_id: str | None) -> None:
    """Use a challenge up, in a transaction of its own: it counts once, whether what comes with it is right or wrong."""
    try:
        hashed = hashlib.sha256(bytes.fromhex(challenge)).digest()
    except ValueError as error:
        raise InvalidInputError(REFUSED) from error
    with services.db.writing() as session:
        one = delete(PasskeyChallenge).where(
            PasskeyChallenge.challenge_hash == hashed,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.account_id == account_id,
            PasskeyChallenge.expires_at >= context.now,
        )
        spent = cast("CursorResult[object]", session.execute(one)).rowcount == 1
    if not spent:
        raise InvalidInputError(REFUSED)


def _verified(
    session: Session, services: Services, answer: str, challenge: str, context: Context
) -> tuple[Passkey | None, str]:
    """The passkey that signed the challenge, and what is wrong: empty when nothing is."""
    try:
        parsed = _parsed(answer)
        credential = base64url_to_bytes(str(parsed["id"]))
        query = select(Passkey).where(Passkey.credential == credential).with_for_update()
        key = session.scalar(query)
        if key is None:
            return None, "unknown"
        proved = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=bytes.fromhex(challenge),
            expected_rp_id=_host(services),
            expected_origin=_origin(services),
            credential_public_key=key.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None, "not-verified"
    if (proved.new_sign_count or key.sign_count) and proved.new_sign_count <= key.sign_count:
        return key, "counter"  # a copy of it was used meanwhile
    key.sign_count, key.used_at = proved.new_sign_count, context.now
    return key, ""


def _failed(session: Session, services: Services, context: Context, account: Account | None, problem: str) -> None:
    alerts.record_failure(session, services, context, account, {"factor": PASSKEY, "problem": problem or "ended"})
    if account is not None and problem == "counter":
        alerts.tell_failures(session, services, context, account)


def _parsed(answer: str) -> dict[str, Any]:
    if len(answer) > _ANSWER_MAX:
        raise ValueError("an answer of a passkey is short")
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("an answer of a passkey is an object")
    return found


def _host(services: Services) -> str:
    return urlsplit(services.settings.base_url).hostname or "localhost"


def _origin(services: Services) -> str:
    parts = urlsplit(services.settings.base_url)
    return f"{parts.scheme}://{parts.netloc}"
