"""Why there is no rendition, for a person of the SWV: what it is, and what to do now."""

from __future__ import annotations

from typing import Final

from gateway.sentences import sentence

_MACHINE: Final = sentence(
    "Op de server ontbreekt een onderdeel om te anonimiseren. Vraag de beheerder om `dossierpoort doctor` te draaien."
)
SENTENCES: Final[dict[str, str]] = {
    "residue": sentence(
        "Er is geen weergave gemaakt: in het resultaat stond nog iets dat naar de leerling of het gezin wijst. "
        "Hieronder staat waar. Voeg de tekst toe die weg moet, of laat een tekst niet langer staan, en maak de "
        "weergave opnieuw."
    ),
    "unproven": sentence(
        "Er is geen weergave gemaakt: het resultaat kon niet helemaal worden nagekeken. Vraag de school om dit stuk "
        "als PDF."
    ),
    "encrypted": sentence("Dit stuk heeft een wachtwoord. Vraag de school om het stuk zonder wachtwoord."),
    "hidden_password": sentence("Dit stuk heeft een wachtwoord. Vraag de school om het stuk zonder wachtwoord."),
    "broken": sentence("Dit bestand is beschadigd. Vraag de school om het opnieuw te bewaren, liefst als PDF."),
    "empty": sentence("Dit bestand is leeg. Vraag de school om het goede bestand."),
    "too_many_pages": sentence("Dit stuk heeft meer dan 500 bladzijden. Vraag de school om het in delen."),
    "too_many_pixels": sentence("Een afbeelding in dit stuk is te groot. Vraag de school om een kleinere scan."),
    "too_large": sentence("Dit bestand is te groot. Vraag de school om het in delen."),
    "bomb": sentence("Dit bestand wordt bij het openen veel te groot. Vraag de school om het als PDF."),
    "too_heavy": sentence(
        "Dit stuk vraagt meer tijd of geheugen dan één stuk mag. Vraag de school om het in delen, of als eenvoudige "
        "PDF."
    ),
    "macro": sentence("In dit bestand zitten macro's (kleine programma's). Vraag de school om het als PDF."),
    "unknown_kind": sentence("Dit soort bestand kan niet worden geanonimiseerd. Vraag de school om het als PDF."),
    "gone": sentence("Dit stuk is ingetrokken of vervangen. Er wordt geen weergave van gemaakt."),
    **dict.fromkeys(("no_libreoffice", "no_tesseract", "no_poppler", "no_sandbox", "no_scratch"), _MACHINE),
    "gave_up": sentence(
        "Het anonimiseren lukte na een paar keer proberen niet. Probeer het later opnieuw, of bel de beheerder."
    ),
}
_OTHER: Final = sentence("Het anonimiseren lukte niet. Vraag de school om dit stuk als PDF, of bel de beheerder.")


def sentence_for(code: str | None) -> str:
    """What a person reads; a code without words of its own reads as a failure that the school or a manager mends."""
    return SENTENCES.get(code or "", _OTHER)
