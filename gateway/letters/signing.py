"""A digital signature below a letter: PAdES with the SWV's own certificate, where one is configured.

Source: issue 9, Letters; ETSI EN 319 142-1 (PAdES baseline B-B).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.accounts.tables import Tenant
from gateway.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.config import Settings
    from gateway.services import Services

FIELD = "Handtekening"


def signs_for(services: Services, session: Session, tenant_id: str) -> bool:
    """Whether the certificate of this installation is that of this SWV: never does one sign for another.

    Without a name in the settings it is the only SWV's; with two of them it is nobody's.
    """
    settings = services.settings
    if not settings.signing_certificate:
        return False
    if settings.signing_for:
        return session.get_one(Tenant, tenant_id).slug == settings.signing_for
    return session.scalar(select(func.count()).select_from(Tenant)) == 1


def signed(settings: Settings, content: bytes, *, reason: str) -> bytes:
    """The PDF with the signature in it, as an addition: what was there stays byte for byte.

    Raises:
        UnavailableError: the certificate cannot be read or opened; no letter leaves that would lack it.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - loads slowly
    from pyhanko.sign import PdfSignatureMetadata, sign_pdf  # noqa: PLC0415 - the same
    from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415 - the same

    about = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    made = io.BytesIO()
    sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), about, signer=_signer(settings), output=made)
    return made.getvalue()


def _signer(settings: Settings) -> Any:
    from pyhanko.sign import SimpleSigner  # noqa: PLC0415 - loads slowly

    found = None
    try:
        content = Path(settings.signing_certificate).read_bytes()
        found = SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=settings.signing_passphrase.encode())
    except (OSError, ValueError):
        pass
    if found is None:  # the library says why in its own log, and not to the caller
        raise UnavailableError(
            "Het certificaat voor de handtekening doet het niet. Vraag de technisch beheerder ernaar te kijken."
        )
    return found
