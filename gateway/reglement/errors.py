"""Errors of this package: what stops a start, and what makes facts unfit to judge."""


class ReglementError(Exception):
    """Something about a reglement, or about the facts put to it, is not as it must be."""


class FactsError(ReglementError):
    """Facts that cannot be judged; the text names the key, never its value (a value may be personal)."""

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        super().__init__(f"{key}: {problem}")


class ProfileError(ReglementError):
    """A profile that may not be used; the start stops here."""
