"""What can go wrong, as one family; `gateway.app` turns each into a page once."""

from __future__ import annotations

from gateway.sentences import Sentence, sentence

_SOMETHING = sentence("Er ging iets mis.")
_NOT_FOUND = sentence("Deze pagina bestaat niet, of u mag die niet zien.")


class GatewayError(Exception):
    """Base of every error that a person may see; the text is a Dutch sentence without personal data."""

    status = 500

    def __init__(self, message: str = _SOMETHING) -> None:
        super().__init__(message)
        self.message = message if isinstance(message, Sentence) else sentence(message)


class NotFoundError(GatewayError):
    """It does not exist, or it is not yours: the same answer for both (architecture, style 11)."""

    status = 404

    def __init__(self, message: str = _NOT_FOUND) -> None:
        super().__init__(message)


class InvalidInputError(GatewayError):
    """What was sent cannot be used; `field` names the form field where it can be mended."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class ConflictError(GatewayError):
    """Someone else changed it meanwhile, or it is no longer in the state that this act needs."""

    status = 409


class TooLargeError(GatewayError):
    """A file, a request or a dossier is larger than the limits allow."""

    status = 413


class ThrottledError(GatewayError):
    """Too many tries; `retry_after` is the number of seconds to wait; `first`: the first that is too many."""

    status = 429

    def __init__(self, message: str, *, retry_after: int, first: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.first = first


class UnavailableError(GatewayError):
    """A part that this act needs (storage, database, scanner) does not answer now; nothing was half done."""

    status = 503


class RefusedError(GatewayError):
    """The rules say no: the reason, the deciding article and what would make it possible.

    Raised after the refusal was written to the log, so that the page and the log tell the same.
    """

    status = 403

    def __init__(self, reason: str, *, article: str, cited: str = "", profile: str = "") -> None:
        super().__init__(reason)
        self.article = article
        self.cited = cited
        self.profile = profile
