"""The errors of the log: one base, so that the gateway maps them once."""


class AuditError(Exception):
    """The log refuses: the act that asked for it must fail. Carries no personal data."""


class EventError(AuditError):
    """An event does not have the form that the log accepts."""


class SealError(AuditError):
    """A payload cannot be sealed or opened; the cause stays chained."""


class PayloadMismatchError(SealError):
    """A payload opens, and is not the one that its leaf commits to."""


class TamperError(AuditError):
    """The check of the log found something; the text names the first place."""


class ProofError(AuditError):
    """A Merkle proof does not lead to the expected root."""


class NoteError(AuditError):
    """A signed note or checkpoint is malformed, or no trusted signature on it is right."""


class SequenceError(AuditError):
    """The stored tree contradicts itself; the sequencer stops instead of building on it."""
