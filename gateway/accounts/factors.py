"""The second factor: setting it up, proving it, codes on paper, taking it away. Source: issue 6, PR10.1, PR10.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.accounts import people, recovery, sessions, throttle, totp
from gateway.accounts.rules import FACTOR_REQUIRED
from gateway.accounts.tables import Account
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, ThrottledError
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

APP, RECOVERY = "totp", "recovery"
FACTORS: dict[str, str] = {
    APP: "code uit de app",
    RECOVERY: "herstelcode",
}
"""How the second step was taken, in words."""
WRONG_CODE = sentence("Deze code klopt niet, of is al gebruikt. Wacht op de volgende code in uw app.")
_DIGITS = 6
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What someone has set up."""

    has_app: bool
    codes_left: int
    required: bool


def state(services: Services, context: Context) -> State:
    """What the person of this request has set up."""
    actor = context.person
    with services.db.reading() as session:
        return State(
            has_app=totp.has_app(session, actor.account_id),
            codes_left=recovery.left(session, actor.account_id),
            required=actor.role in FACTOR_REQUIRED,
        )


def begin_app(services: Services, context: Context) -> totp.Seed:
    """The secret for an app that waits for its first code; asked again it is the same until then."""
    with services.db.writing() as session:
        account = session.get_one(Account, context.person.account_id)
        secret = totp.waiting_secret(session, services.vault, account.id)
        if secret is None:
            secret = totp.new_secret()
            totp.store(session, services.vault, account, secret, context.now, confirmed=False)
        person = people.person_or_nameless(session, services.vault, account)
    return totp.seed_of(secret, named=person.email or "account")


def confirm_app(services: Services, context: Context, token: str, code: str) -> tuple[str, tuple[str, ...]]:
    """The first code of the new app: it counts from now on. Gives the session's new token, and ten recovery codes.

    Raises:
        InvalidInputError: the code does not fit.
        ThrottledError: too many codes were tried.
    """
    actor = context.person
    _count(services, context, actor.account_id)
    with services.db.writing() as session:
        right = totp.fits(session, services.vault, actor.account_id, digits(code), context.now, waiting=True)
        if right:
            totp.confirm(session, actor.account_id, context.now)
            codes = recovery.renew(session, services.vault, actor.account_id, context.now)
            fresh = sessions.proved(session, token, factor=APP, now=context.now)
            throttle.forget(session, services.vault, throttle.FACTOR, actor.account_id)
            _record(session, services, context, {"second_factor": "set", "kind": APP})
            outbox.queue(session, services.vault, context, account_id=actor.account_id, kind="factor_set", link=_MINE)
    if not right:
        raise InvalidInputError(
            "Deze code klopt niet. Kijk of de klok van uw telefoon gelijk loopt en typ de nieuwste code.", field="code"
        )
    return fresh, codes


def prove(services: Services, context: Context, token: str, code: str, *, step: str) -> str:
    """A code of the app, or a recovery code: the session gets a new token, which is given back.

    `step` is `sign-in` or `step-up`.

    Raises:
        InvalidInputError: the code does not fit, or was used.
        ThrottledError: too many codes were tried.
    """
    actor = context.person
    _count(services, context, actor.account_id)
    with services.db.writing() as session:
        factor = _which(session, services, context, code)
        if factor is not None:
            fresh = sessions.proved(session, token, factor=factor, now=context.now)
            throttle.forget(session, services.vault, throttle.FACTOR, actor.account_id)
            _record(session, services, context, {"step": step, "factor": factor}, Action.SIGN_IN)
            if factor == RECOVERY:
                outbox.queue(
                    session, services.vault, context, account_id=actor.account_id, kind="recovery_used", link=_MINE
                )
        else:
            _record(session, services, context, {"step": step}, Action.SIGN_IN_FAILED)
    if factor is None:
        raise InvalidInputError(WRONG_CODE, field="code")
    return fresh


def renew_codes(services: Services, context: Context) -> tuple[str, ...]:
    """Ten fresh recovery codes; the old ones stop working."""
    with services.db.writing() as session:
        if not sessions.factor_set(session, context.person.account_id):
            raise ConflictError("Stel eerst een tweede stap in. Daarna krijgt u herstelcodes.")
        codes = recovery.renew(session, services.vault, context.person.account_id, context.now)
        _record(session, services, context, {"recovery_codes": "renewed"})
    return codes


def remove_app(services: Services, context: Context) -> None:
    """Take the app away.

    Raises:
        ConflictError: it is the last second factor of someone who cannot do without.
    """
    actor = context.person
    with services.db.writing() as session:
        if not totp.has_app(session, actor.account_id):
            raise ConflictError("Er is geen app ingesteld.")
        totp.remove(session, actor.account_id)
        _after_removal(session, services, context)
        _record(session, services, context, {"second_factor": "removed", "kind": APP})


def take_all_away(session: Session, account: Account) -> None:
    """The account has no second factor any more, and is signed out everywhere; in the caller's transaction."""
    totp.remove(session, account.id)
    recovery.remove(session, account.id)
    sessions.end_all(session, account.id)


def digits(text: str) -> str:
    """A code as people type it, without its spaces."""
    return "".join(text.split())


def _which(session: Session, services: Services, context: Context, code: str) -> str | None:
    account_id = context.person.account_id
    typed = digits(code)
    if len(typed) == _DIGITS and typed.isascii() and typed.isdigit():
        return APP if totp.fits(session, services.vault, account_id, typed, context.now) else None
    return RECOVERY if recovery.use(session, services.vault, account_id, typed, context.now) else None


def _count(services: Services, context: Context, account_id: str) -> None:
    """Count the try in a transaction of its own, so that it stays counted."""
    refused: ThrottledError | None = None
    with services.db.writing() as session:
        for limit, subject in (
            (throttle.FACTOR, account_id),
            (throttle.FACTOR_NETWORK, context.network or "?"),
        ):
            try:
                throttle.count_try(session, services.vault, limit, subject, context.now)
            except ThrottledError as error:
                refused = error
                if error.first:  # once in a window: a flood of tries must not flood the log (ADR 0012)
                    _record(session, services, context, {"throttled": limit.purpose}, Action.SIGN_IN_FAILED)
    if refused is not None:
        raise refused


def _after_removal(session: Session, services: Services, context: Context) -> None:
    actor = context.person
    left = sessions.factor_set(session, actor.account_id)
    if not left and Role(actor.role) in FACTOR_REQUIRED:
        raise ConflictError("Dit is uw enige tweede stap. Stel eerst een andere in.")
    if not left:
        recovery.remove(session, actor.account_id)
    outbox.queue(session, services.vault, context, account_id=actor.account_id, kind="factor_removed", link=_MINE)


def _record(
    session: Session,
    services: Services,
    context: Context,
    payload: dict[str, str],
    action: Action = Action.PERMISSION,
) -> None:
    failed = action is Action.SIGN_IN_FAILED
    record(
        session,
        services.vault,
        context,
        action,
        outcome=Outcome.REFUSED if failed else Outcome.SUCCESS,
        object_type="account",
        object_id=context.person.account_id,
        article="PR10.2" if failed else None,
        payload=payload,
    )


_MINE = "/mijn-account"
