"""Errors of this package."""


class RetentionError(Exception):
    """A term, a hold or a destruction cannot be what was asked."""


class TermError(RetentionError):
    """A term that cannot be computed: its sentence says which value is not right."""


class ErasersError(RetentionError):
    """What a slice says on erasing its part of a dossier does not fit together."""
