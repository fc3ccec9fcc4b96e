"""Make the sample files of this directory: `python tests/data/files/make.py` (needs soffice; the pupil does not exist).

All hold the same short report about "Fenna Voorbeeld", with the marker sentence that tests search for.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

HERE = Path(__file__).resolve().parent
MARKER = "De paarse olifant van Fenna telt zeventien knikkers."
TITLE = "Verslag over Fenna Voorbeeld (fictief)"
LINES = (
    "Leerling: Fenna Voorbeeld, geboren 1 april 2014. Deze leerling bestaat niet.",
    "School: Basisschool De Verzonnen Linde te Nergenshuizen.",
    MARKER,
    "Met ondersteuning in de klas gaat het rekenen vooruit; lezen is op niveau.",
)
HTML = f"""<html lang="nl"><head><meta charset="utf-8"><title>{TITLE}</title></head><body><h1>{TITLE}</h1>
{"".join(f"<p>{line}</p>" for line in LINES)}
<table border="1"><tr><th>Onderdeel</th><th>Score</th></tr><tr><td>Rekenen</td><td>27</td></tr></table></body></html>"""


def convert(source: Path, form: str, to: Path, *extra: str) -> Path:
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(to / 'profile').as_uri()}",
            "--headless",
            *extra,
            "--convert-to",
            form,
            "--outdir",
            str(to),
            str(source),
        ],
        check=True,
        capture_output=True,
    )
    return to / f"{source.stem}.{form.partition(':')[0]}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        page = work / "verslag.html"
        page.write_text(HTML, encoding="utf-8")
        shutil.copy(convert(page, "odt:writer8", work, "--infilter=HTML (StarWriter)"), HERE / "verslag.odt")
        odt = HERE / "verslag.odt"
        for form in ("docx:MS Word 2007 XML", "rtf:Rich Text Format", "pdf:writer_pdf_Export"):
            shutil.copy(convert(odt, form, work), HERE / f"verslag.{form.partition(':')[0]}")
        table = work / "scores.csv"
        table.write_text("Leerling,Onderdeel,Score\n" + f"Fenna Voorbeeld,Rekenen,27\n{MARKER},,\n", encoding="utf-8")
        shutil.copy(convert(table, "xlsx:Calc MS Excel 2007 XML", work), HERE / "scores.xlsx")
    text = "\n".join((TITLE, "", *LINES, "Zij is één van de beste tekenaars van de groep: kostte € 3,50."))
    (HERE / "verslag.txt").write_text(text + "\n", encoding="utf-8")
    (HERE / "verslag-cp1252.txt").write_bytes(text.encode("cp1252"))
    (HERE / "verslag-utf16.txt").write_bytes(text.encode("utf-16"))
    picture = picture_of(HERE / "verslag.pdf")
    picture.save(HERE / "scan.pdf", "PDF", resolution=100)
    picture.save(HERE / "scan.png", optimize=True)
    picture.save(HERE / "scan.tiff", compression="tiff_lzw", save_all=True, append_images=[picture.rotate(180)])
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010E] = MARKER  # what a camera or a program notes must not come along
    picture.convert("RGB").rotate(90, expand=True).save(HERE / "foto.jpg", quality=60, exif=exif)


def picture_of(pdf: Path) -> Image.Image:
    with pdfium.PdfDocument(pdf) as document:
        return document[0].render(scale=100 / 72, grayscale=True).to_pil().convert("L").point(lambda v: v // 16 * 16)


if __name__ == "__main__":
    main()
