"""A verstrekking on paper: one PDF with a cover sheet and the pages of every document, for a recipient without a key.

Through the same door: judged again for every document, written in the log with its page count before the first byte
leaves. What is printed are the page images of the gateway's own check, never the file as it came in.
Source: PR9.3, CV4.3; issue 4 ("printed with a cover sheet").
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from gateway.disclosure import outgoing
from gateway.disclosure.leaving import allowed_now, leave, noting_failure
from gateway.disclosure.noting import record_whole
from gateway.dossiers.files.paper import as_jpeg
from gateway.errors import ConflictError
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services

MOST_PAGES = 400
"""More than this is no letter but a box: it goes as a package, or in parts."""
_STYLE = """
@page { size: A4; margin: 16mm 16mm 14mm }
@page { @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt } }
body { font-family: "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 10.5pt; line-height: 1.4; margin: 0 }
h1 { font-size: 18pt; margin: 0 0 4mm } h2 { font-size: 12pt; margin: 5mm 0 1mm } p { margin: 0 0 2mm }
dl { margin: 0 } dt { font-weight: bold; margin-top: 2mm } dd { margin: 0 } li { margin-bottom: 1mm }
.sheet { break-before: page } .sheet p { font-size: 9pt; margin: 0 0 2mm }
.sheet img { max-width: 100%; max-height: 252mm }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDocument:
    """A document on paper: its name and its pages as JPEG."""

    file_name: str
    pages: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A finished PDF, and how many pages of documents it holds."""

    content: bytes
    pages: int


def printed(
    services: Services,
    context: Context,
    verstrekking_id: str,
    cover: Callable[[Sequence[PrintedDocument], int], str],
) -> Printed:
    """The PDF of a verstrekking; `cover` makes the cover sheet's HTML from the documents and their page count.

    Raises:
        NotFoundError: not within the actor's reach.
        ConflictError: not approved, closed or past its last day, or more pages than go on paper at once.
        RefusedError: the reglement says no to one of the documents by now; the refusal is in the log.
    """
    documents = _opened(services, context, verstrekking_id)
    count = sum(len(document.pages) for document in documents)

    def note(session: Session, row: Verstrekking, leaving: list[Outgoing]) -> None:
        row.printed_at, row.printed_pages = context.now, count
        told = {"form": "paper", "pages": count, "document_ids": [each.version.document_id for each in leaving]}
        record_whole(services, session, context, row, Action.PRINT, told)

    leave(services, context, verstrekking_id, action=Action.PRINT, opened=len(documents), note=note)
    with noting_failure(services, context, verstrekking_id, Action.PRINT, "paper"):
        return Printed(content=_pdf(cover(documents, count), documents), pages=count)


def _opened(services: Services, context: Context, verstrekking_id: str) -> list[PrintedDocument]:
    """The pages of the documents that the judge allows now."""
    with services.db.reading() as session:
        _, allowed = allowed_now(services, session, context, verstrekking_id)
        if sum(each.version.pages or 0 for each in allowed) > MOST_PAGES:
            raise ConflictError(
                sentence(
                    "Dit zijn meer dan %(count)d bladzijden. Geef ze mee als versleuteld pakket, of in delen.",
                    count=MOST_PAGES,
                )
            )
        return [
            PrintedDocument(
                file_name=outgoing.name_of(services, session, each),
                pages=[as_jpeg(page) for page in outgoing.pages(services, session, each)],
            )
            for each in allowed
        ]


def _pdf(cover: str, documents: Sequence[PrintedDocument]) -> bytes:
    """One PDF; nothing is fetched: the only addresses in it are those of the pages themselves."""
    from weasyprint import HTML  # noqa: PLC0415 - takes a second to load, for something rarely done
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as above

    images: dict[str, bytes] = {}
    sheets: list[str] = []
    for number, document in enumerate(documents, start=1):
        for at, page in enumerate(document.pages, start=1):
            images[f"page:{number}/{at}"] = page
            words = escape(f"{number}. {document.file_name} ({at}/{len(document.pages)})")
            sheets.append(
                f'<section class="sheet"><p>{words}</p><img src="page:{number}/{at}" alt="{words}"></section>'
            )

    class Pages(URLFetcher):  # type: ignore[misc] # weasyprint ships no types
        def fetch(self, url: str, _headers: object = None) -> object:
            return URLFetcherResponse(url, body=images[url], headers={"Content-Type": "image/jpeg"})

    html = f'<html lang="nl"><head><style>{_STYLE}</style></head><body>{cover}{"".join(sheets)}</body></html>'
    return bytes(HTML(string=html, url_fetcher=Pages(), base_url=None).write_pdf())
