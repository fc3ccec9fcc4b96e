"""Words of the review for people: kinds of identifiers, where they came from, what was cleaned."""

from __future__ import annotations

from typing import Final

from gateway.sentences import sentence

KIND_WORDS: Final[dict[str, str]] = {
    "PERSON_PUPIL": sentence("naam van de leerling"),
    "PERSON_PARENT": sentence("naam van een ouder"),
    "PERSON_OTHER": sentence("naam van iemand anders"),
    "DATE_BIRTH": sentence("geboortedatum"),
    "DATE": sentence("datum"),
    "AGE": sentence("leeftijd"),
    "ADDRESS": sentence("adres"),
    "POSTCODE": sentence("postcode"),
    "PLACE": sentence("plaats"),
    "PHONE": sentence("telefoonnummer"),
    "EMAIL": sentence("e-mailadres"),
    "URL": sentence("webadres"),
    "BSN": sentence("BSN"),
    "BRIN": sentence("BRIN-nummer"),
    "TLV_NUMBER": sentence("nummer van de TLV"),
    "IBAN": sentence("rekeningnummer"),
    "ID": sentence("nummer of kenmerk"),
    "SCHOOL": sentence("school"),
    "INSTITUTION": sentence("instelling"),
}
COLOURS: Final[dict[str, str]] = {
    **dict.fromkeys(("PERSON_PUPIL", "PERSON_PARENT", "PERSON_OTHER"), "person"),
    **dict.fromkeys(("DATE_BIRTH", "DATE", "AGE"), "date"),
    **dict.fromkeys(("ADDRESS", "POSTCODE", "PLACE", "PHONE", "EMAIL", "URL"), "reach"),
    **dict.fromkeys(("BSN", "BRIN", "TLV_NUMBER", "IBAN", "ID"), "number"),
    **dict.fromkeys(("SCHOOL", "INSTITUTION"), "place"),
}
"""The colour of a mark; its word stands in the mark as well."""
SOURCE_WORDS: Final[dict[str, str]] = {
    "known": sentence("staat in het dossier"),
    "pattern": sentence("heeft de vorm ervan"),
    "model": sentence("lijkt een naam"),
    "spread": sentence("staat elders als naam"),
    "reviewer": sentence("door u toegevoegd"),
}
LAYER_WORDS: Final[dict[str, str]] = {
    "header": sentence("kopteksten (schoongemaakt)"),
    "headers": sentence("kopteksten (schoongemaakt)"),
    "footer": sentence("voetteksten (schoongemaakt)"),
    "footers": sentence("voetteksten (schoongemaakt)"),
    "footnotes": sentence("voetnoten (schoongemaakt)"),
    "endnotes": sentence("eindnoten (schoongemaakt)"),
    "text_boxes": sentence("tekstvakken (schoongemaakt)"),
    "pictures": sentence("afbeeldingen (tekst afgedekt)"),
    "comments": sentence("opmerkingen"),
    "tracked_changes": sentence("bijgehouden wijzigingen"),
    "hidden_text": sentence("verborgen tekst"),
    "hidden_sheets": sentence("verborgen bladen"),
    "hidden_layers": sentence("verborgen lagen"),
    "field_codes": sentence("veldcodes"),
    "link_targets": sentence("adressen achter koppelingen"),
    "bookmarks": sentence("bladwijzers"),
    "form_fields": sentence("formuliervelden"),
    "annotations": sentence("aantekeningen"),
    "attachments": sentence("bijlagen in het bestand"),
    "embedded_objects": sentence("ingevoegde bestanden"),
    "thumbnails": sentence("voorbeeldplaatjes"),
    "alternative_texts": sentence("beschrijvingen van afbeeldingen"),
    "document_properties": sentence("eigenschappen van het bestand"),
    "image_metadata": sentence("gegevens in de foto"),
    "old_revisions": sentence("oude versies in het bestand"),
    "structure_tree": sentence("opbouw voor voorleessoftware"),
    "charts": sentence("grafieken"),
    "drawings": sentence("tekeningen"),
    "pictures_dropped": sentence("afbeeldingen die niet veilig over konden"),
    "formulas": sentence("formules (nu hun uitkomst)"),
    "defined_names": sentence("namen van cellen"),
    "content_controls": sentence("invulvelden"),
    "active_content": sentence("programma's in het bestand"),
}
WARNING_WORDS: Final[dict[str, str]] = {
    "no_text": sentence("In dit stuk is geen tekst gevonden. Kijk of dat klopt."),
    "doubtful_reading": sentence("De tekst is hier slecht te lezen (handschrift of een slechte scan). Kijk goed."),
    "pictures_on_pages": sentence("Hier staan foto's, tekeningen of handschrift. Gezichten worden niet herkend: kijk."),
    "pictures_in_document": sentence("Er staan afbeeldingen in. Gezichten worden niet herkend: kijk ze na."),
    "pictures_dropped": sentence("Tekeningen, grafieken of afbeeldingen die niet veilig over konden, zijn weggelaten."),
    "formulas": sentence("Formules zijn vervangen door hun uitkomst."),
    "empty_pages": sentence("Op deze bladzijden is geen tekst gevonden."),
    "no_network_wall": sentence("De server kon het werk niet van het netwerk afsluiten. Meld dit de beheerder."),
    "no_file_wall": sentence("De server kon het werk niet van andere bestanden afsluiten. Meld dit de beheerder."),
}
RISK_WORDS: Final[dict[str, str]] = {
    "zeldzame diagnose": sentence("een zeldzame diagnose"),
    "kleine plaats": sentence("een kleine plaats"),
    "leeftijd": sentence("een precieze leeftijd"),
    "bijzondere gebeurtenis": sentence("een bijzondere gebeurtenis"),
    "bijzonder gezin": sentence("een bijzonder gezin"),
}
OTHER_PUPIL_WORDS: Final[dict[str, str]] = {
    "name": sentence("bij de naam staat iemand anders"),
    "birth_date": sentence("de geboortedatum is een andere"),
    "bsn": sentence("het BSN is een ander"),
    "absent": sentence("de naam van de leerling komt er niet in voor"),
}
DOING_WORDS: Final[dict[str, str]] = {
    "lezen": sentence("Het stuk wordt gelezen."),
    "herschrijven": sentence("De tekst wordt herschreven."),
    "afdekken": sentence("De vondsten worden afgedekt."),
    "nakijken": sentence("Het resultaat wordt nagekeken met andere lezers."),
}
