"""How much one uploaded file may ask of us."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one file and of the child process that looks inside it.

    Source: issue 2 (Checks, worker); NFR: one file never takes the machine down.
    """

    max_bytes: int = 250 * MIB
    """Size of the uploaded file."""
    max_pages: int = 500
    """Pages, or frames of a TIFF."""
    max_pixels: int = 50_000_000
    """Pixels of one image: room for an A4 at 600 dpi and for a 50-megapixel telephone."""
    max_entries: int = 5_000
    """Parts in one DOCX, ODT or XLSX."""
    max_unpacked_bytes: int = 600 * MIB
    """Size of all parts of a DOCX, ODT or XLSX together, unpacked."""
    max_unpacked_ratio: int = 150
    """Unpacked : packed, once a package unpacks to more than 20 MiB (text compresses well, small files may)."""
    max_pdf_stream_bytes: int = 64 * MIB
    """One stream of a PDF that is no image, unpacked; an image may have eight bytes for each pixel."""
    max_xml_depth: int = 400
    """Nesting of elements in an XML part."""
    max_text_chars: int = 50_000
    """Characters of extracted text kept for one page."""
    dpi: int = 130
    """Resolution of a page image."""
    max_page_pixels: int = 4_000_000
    """Pixels of one page image; larger pages are scaled down."""
    seconds: float = 300.0
    """Wall clock for check and renditions together."""
    cpu_seconds: int = 300
    """Processor time of the child process, and again of LibreOffice."""
    memory_bytes: int = 3 * 1024 * MIB
    """Address space of each process (LibreOffice needs more of it than it uses)."""
    max_written_bytes: int = 600 * MIB
    """Size of any one file that the child process writes."""
    max_scratch_bytes: int = 1_500 * MIB
    """Size of all files of one check together: upload, unpacked parts, PDF, page images."""
