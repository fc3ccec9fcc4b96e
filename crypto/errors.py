"""What can go wrong in this package. No message ever holds a key, a plaintext or a file name."""


class CryptoError(Exception):
    """Base of every error this package raises."""


class DecryptError(CryptoError):
    """The one outward answer when something sealed does not open.

    Wrong key, wrong context, changed, cut or lengthened bytes: all give this error with the same text, so that nothing
    can be learned from it. The cause stays chained for the developer.
    """

    def __init__(self) -> None:
        super().__init__("sealed data could not be opened")


class KeyringError(CryptoError):
    """The keyring cannot do what was asked: missing, unsafe permissions, wrong root secret, unknown key."""


class KeyDestroyed(KeyringError):  # noqa: N818  the name says what happened; callers read it as a fact, not as a fault
    """The key existed and was destroyed; what it wrapped is gone for good."""


class SignatureError(CryptoError):
    """A signature is missing, not from a known key, or does not fit the data."""


class PackageError(CryptoError):
    """A package holds something else than its manifest says."""

    def __init__(self) -> None:
        super().__init__("the package is not what its manifest says")


class OpenPGPError(CryptoError):
    """An OpenPGP key or message was refused.

    `reason` is a short code to act on; the text is the Dutch sentence for people, without anything out of the key.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
