"""Paper: a page of ours as PDF/A-3, which stays readable for as long as law wants, with files attached when asked.

Only what stands in the HTML gets in: no file is read and nothing is fetched. The system library Pango sets the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

VARIANT = "pdf/a-3u"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file inside the PDF; `relation` says what it is to the paper (AFRelationship of PDF/A-3)."""

    name: str
    description: str
    content: bytes
    relation: str = "Source"


def pdf(
    html: str,
    *,
    made_at: datetime,
    attached: Attached | None = None,
    images: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """The HTML as PDF/A-3 with embedded fonts, tagged so that it can be read aloud.

    `images` are pictures (JPEG) by the address that the HTML gives them; no other address is fetched.

    `made_at` is the time that the attachment states. It stands in the open, as `audit/FORMAT.md` asks: a checker finds
    it without knowing PDF.
    """
    from weasyprint import HTML, Attachment  # noqa: PLC0415 - loads slowly; only who asked for paper waits
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - the same

    class Given(URLFetcher):  # type: ignore[misc] # weasyprint ships no types
        def fetch(self, url: str, headers: object = None) -> object:
            if url not in images:
                return super().fetch(url, headers)
            return URLFetcherResponse(url, body=images[url], headers={"Content-Type": "image/jpeg"})

    files = []
    if attached is not None:
        files.append(
            Attachment(
                string=attached.content,
                name=attached.name,
                description=attached.description,
                created=made_at,
                modified=made_at,
                relationship=attached.relation,
            )
        )
    page = HTML(string=html, url_fetcher=Given(allowed_protocols=()), media_type="print")
    return bytes(page.write_pdf(pdf_variant=VARIANT, pdf_tags=True, attachments=files, finisher=_name_once))


def _name_once(_document: object, made: Any) -> None:
    """The library lists an attachment of the whole paper twice; once is right."""
    files = made.catalog.get("AF")
    if files:
        files[:] = list(dict.fromkeys(files))
