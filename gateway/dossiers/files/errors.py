"""What can go wrong around files, apart from the file itself being refused."""


class FilesError(Exception):
    """Base of all errors of this package; its text names no person, no file name and no content."""


class ScannerUnavailableError(FilesError):
    """The malware scanner gave no verdict; the document stays *in controle* and the job is tried again."""


class ScratchError(FilesError):
    """The scratch directory is not safe, is full, or could not be emptied."""


class SandboxUnavailableError(FilesError):
    """The machine, not the file, stops the check (no LibreOffice, no process); the job is tried again."""


class RefusedError(FilesError):
    """A file is refused; `code` is one of `messages.MESSAGES`. Does not leave this package: it becomes a `Verdict`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
