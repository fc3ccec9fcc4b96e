"""Words of the rights of pupil and guardians, for every slice that tells of a request. A leaf: no logic."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "inzage": "inzage",
    "correctie": "correctie",
    "verzet": "verzet",
    "beperking": "beperking",
    "wissing": "wissing",
    "overdracht": "overdracht",
    "klacht": "klacht",
}
"""The rights, by the one word that screens and letters use."""

ASKS: dict[str, str] = {
    "inzage": "Zien wat er is vastgelegd",
    "correctie": "Iets laten verbeteren",
    "verzet": "Verzet aantekenen",
    "beperking": "Gebruik laten stilzetten",
    "wissing": "Gegevens laten wissen",
    "overdracht": "Gegevens meekrijgen",
    "klacht": "Een klacht indienen",
}
"""What a parent or pupil does with each right: the words on the big buttons."""

HELP: dict[str, str] = {
    "inzage": "U krijgt een volledig overzicht: welke gegevens, waarvoor, van wie, en wie ze kreeg. Dit heet inzage.",
    "correctie": "Klopt iets niet, ontbreekt er iets, of hoort het er niet in? Dan vraagt u om correctie.",
    "verzet": "U wilt dat de gegevens niet meer worden gebruikt, om redenen die met uw eigen situatie te maken "
    "hebben. Zolang over uw verzet niet is beslist, geven wij niets door.",
    "beperking": "De gegevens blijven bewaard, maar worden zolang niet gebruikt. Bijvoorbeeld zolang u ze betwist.",
    "wissing": "U vindt dat gegevens weg moeten, omdat ze niet (meer) nodig zijn of niet bewaard mogen worden.",
    "overdracht": "U krijgt de gegevens in een bestand dat een computer kan lezen, om zelf te gebruiken.",
    "klacht": "U bent niet tevreden over hoe wij met de gegevens of met uw verzoek zijn omgegaan.",
}
"""One or two plain sentences under each button."""

STATES: dict[str, tuple[str, str]] = {
    "received": ("ontvangen", "info"),
    "proof_asked": ("wacht op bewijs", "warning"),
    "treated": ("in behandeling", "info"),
    "decided": ("beslist, nog uit te voeren", "info"),
    "carried_out": ("uitgevoerd", "success"),
    "closed": ("afgerond", "neutral"),
    "withdrawn": ("ingetrokken", "neutral"),
}
"""Where a request stands, in words and tone."""

OUTCOMES: dict[str, str] = {
    "granted": "toegewezen",
    "partly": "deels toegewezen",
    "refused": "afgewezen",
}
COMPLAINT_OUTCOMES: dict[str, str] = {
    "granted": "gegrond",
    "partly": "deels gegrond",
    "refused": "ongegrond",
}
"""A complaint is well-founded or not, in whole or in part."""

CHANGES: dict[str, str] = {
    "improve": "verbeteren",
    "add": "aanvullen",
    "remove": "verwijderen",
    "shield": "afschermen",
}
"""What can be done with a document or field (correctie)."""

CAPACITIES: dict[str, str] = {
    "guardian": "ouder of voogd met gezag",
    "data_subject": "leerling van 16 jaar of ouder",
    "other": "iemand die niet over de gegevens beslist",
}
"""As what someone asked."""

WAYS: dict[str, str] = {"portal": "in het portaal", "paper": "op papier"}

STEPS: dict[str, str] = {
    "receive": "Verzoek ontvangen",
    "treat": "Verzoek in behandeling genomen",
    "ask_proof": "Om bewijs gevraagd van wie het verzoek doet: de termijn staat stil",
    "answer_proof": "Antwoord gegeven op de vraag om bewijs",
    "proof_in": "Bewijs ontvangen: de termijn loopt weer",
    "extend": "Termijn verlengd",
    "decide": "Beslist op het verzoek",
    "carry_out": "Beslissing uitgevoerd",
    "close": "Verzoek afgerond",
    "withdraw": "Verzoek ingetrokken",
    "remind": "Herinnerd aan de termijn",
    "look": "Verzoek bekeken",
    "item": "Oordeel over een onderdeel vastgelegd",
    "announce_lift": "Aangekondigd: de beperking van het gebruik wordt opgeheven",
}
"""What was done in a request, for staff and on the requester's own page."""

FAMILY_STEPS: dict[str, str] = {
    "receive": "Deed een verzoek over de rechten op de gegevens",
    "treat": "Nam een verzoek over de gegevens in behandeling",
    "ask_proof": "Vroeg om bewijs bij een verzoek over de gegevens",
    "answer_proof": "Antwoordde op de vraag om bewijs",
    "proof_in": "Ontving bewijs bij een verzoek over de gegevens",
    "extend": "Verlengde de termijn van een verzoek over de gegevens",
    "decide": "Besliste op een verzoek over de gegevens",
    "carry_out": "Voerde een beslissing over de gegevens uit",
    "close": "Rondde een verzoek over de gegevens af",
    "withdraw": "Trok een verzoek over de gegevens in",
    "look": "Bekeek een verzoek over de gegevens",
    "item": "Legde een oordeel over een onderdeel van een verzoek vast",
    "announce_lift": "Kondigde aan dat de gegevens weer gebruikt gaan worden",
}
"""The same in the log that the family sees; who else of the family asked what is not told there."""

NEXT: dict[str, str] = {
    "received": "In behandeling nemen",
    "proof_asked": "Wachten op bewijs",
    "treated": "Beslissen",
    "decided": "Uitvoeren",
    "refused": "Afronden",
    "carried_out": "Afronden",
    "closed": "Niets meer",
    "withdrawn": "Niets meer",
}
"""The next act of the privacy officer."""

FIELDS: dict[str, str] = {
    "name": "naam van de leerling",
    "born": "geboortedatum",
    "bsn": "burgerservicenummer (BSN)",
    "address": "adres",
    "guardians": "ouders en gezag",
    "school": "school en inschrijving",
    "reason": "waarom er hulp is gevraagd",
    "other": "iets anders",
}
"""What of a dossier beside its documents can be wrong."""
