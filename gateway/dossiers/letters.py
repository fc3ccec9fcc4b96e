"""A letter as a PDF that screen readers can read; nothing is fetched while it is made."""

from __future__ import annotations

STYLE = """
@page { size: A4; margin: 25mm 25mm 20mm }
body { font-family: "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 11pt; line-height: 1.5; margin: 0 }
h1 { font-size: 15pt; margin: 0 0 6mm } h2 { font-size: 12pt; margin: 5mm 0 1mm } p { margin: 0 0 3mm }
.letter + .letter { break-before: page }
.address { margin: 15mm 0 12mm } ul { margin: 0 0 3mm; padding-left: 5mm }
th, td { text-align: left; vertical-align: top; padding: 1mm 6mm 1mm 0; font-weight: normal }
.sign { margin-top: 12mm }
"""


def pdf_of(html: str, *, title: str) -> bytes:
    """The letter, tagged (PDF/UA); an address in it, which there is none of, would not be fetched.

    Raises:
        ValueError: the letter asks for something from elsewhere.
    """
    from weasyprint import HTML  # noqa: PLC0415 - takes a second to load, for something rarely done
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

    class Nothing(URLFetcher):  # type: ignore[misc] # weasyprint ships no types
        def fetch(self, url: str, _headers: object = None) -> object:
            raise ValueError(f"a letter fetches nothing, and this asks for {url.partition(':')[0]}")

    whole = f'<html lang="nl"><head><title>{title}</title><style>{STYLE}</style></head><body>{html}</body></html>'
    return bytes(HTML(string=whole, url_fetcher=Nothing(), base_url=None).write_pdf(pdf_variant="pdf/ua-1"))
