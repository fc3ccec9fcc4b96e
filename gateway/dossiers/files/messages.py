"""What the school reads when a file is refused: Dutch, B1, and always with what to do next."""

from typing import Final

from gateway.dossiers.files.limits import MIB, Limits

OK: Final = "ok"

MESSAGES: Final[dict[str, str]] = {
    OK: "Het bestand is gecontroleerd en in orde.",
    "empty": "Het bestand is leeg. Controleer het bestand op uw computer en stuur het opnieuw.",
    "too_large": "Het bestand is groter dan {megabytes} MB. Maak het kleiner of verdeel het over meer bestanden.",
    "unknown_kind": (
        "Dit soort bestand kunnen wij niet aannemen. Bewaar het als PDF, DOCX, ODT, XLSX, RTF, TXT, JPEG, PNG"
        " of TIFF en stuur dat."
    ),
    "old_office": "Dit is een oud Word- of Excel-bestand. Open het, bewaar het als DOCX, XLSX of PDF en stuur dat.",
    "wrong_extension": (
        "De naam van het bestand past niet bij de inhoud. Open het, bewaar het opnieuw in de juiste soort en stuur dat."
    ),
    "broken": (
        "Het bestand is beschadigd en kan niet worden gelezen. Open het op uw computer, bewaar het opnieuw "
        "(liefst als PDF) en stuur dat."
    ),
    "encrypted": (
        "Het bestand is beveiligd met een wachtwoord. Haal de beveiliging eraf en stuur het opnieuw. De "
        "verzending zelf is al beveiligd."
    ),
    "macro": "In het bestand zitten macro's (kleine programma's). Bewaar het als PDF of zonder macro's en stuur dat.",
    "active_content": (
        "Het bestand bevat onderdelen die vanzelf iets doen, zoals een script of een formulier met programma."
        " Druk het af naar PDF en stuur die PDF."
    ),
    "embedded_file": (
        "In het bestand zit een ander bestand verstopt. Haal dat eruit, of druk het af naar PDF, en stuur het"
        " andere bestand apart."
    ),
    "external_content": (
        "Het bestand haalt onderdelen op van een andere plek, bijvoorbeeld internet. Druk het af naar PDF en "
        "stuur die PDF."
    ),
    "nested_archive": "In het bestand zit een ingepakt bestand (zip). Pak het uit en stuur de stukken apart.",
    "archive": "Dit is een ingepakt bestand (zip). Pak het uit en stuur de stukken apart.",
    "bomb": "Het bestand wordt bij het uitpakken veel te groot. Bewaar het opnieuw als PDF en stuur die PDF.",
    "polyglot": (
        "Achter of in dit bestand zitten gegevens die er niet horen. Open het, bewaar het opnieuw (liefst als"
        " PDF) en stuur dat."
    ),
    "path_trick": "Het bestand is van binnen niet goed opgebouwd. Open het, bewaar het opnieuw en stuur dat.",
    "too_many_pages": "Het bestand heeft meer dan {pages} pagina's. Verdeel het over meer bestanden.",
    "too_many_pixels": (
        "Een afbeelding in het bestand is te groot (meer dan {megapixels} miljoen beeldpunten). Scan of "
        "bewaar het met een lagere resolutie."
    ),
    "animated": "Het bestand bevat bewegend beeld. Stuur een gewone foto of een PDF.",
    "too_heavy": (
        "Het bestand is te zwaar om te controleren. Maak het kleiner, of bewaar het als eenvoudige PDF, en stuur dat."
    ),
    "malware": (
        "De virusscanner heeft een gevaarlijk programma in dit bestand gevonden. Stuur het niet opnieuw en "
        "vraag uw systeembeheerder om hulp."
    ),
}


def message_for(code: str, limits: Limits) -> str:
    """The sentence for `code`; an unknown code is a programming error and raises KeyError."""
    return MESSAGES[code].format(**numbers(limits))


def numbers(limits: Limits) -> dict[str, int]:
    """What the sentences call the limits."""
    return {
        "megabytes": limits.max_bytes // MIB,
        "pages": limits.max_pages,
        "megapixels": limits.max_pixels // 1_000_000,
    }
