"""Words of a second opinion, for every slice that tells of one: phases, steps, parts, checks. A leaf: no logic."""

from __future__ import annotations

ABOUT: dict[str, str] = {
    "opp": "het ontwikkelingsperspectief (OPP)",
    "arrangement": "de toegekende ondersteuning (arrangement)",
    "expert_opinion": "het deskundigenadvies",
    "dispute": "een verschil van inzicht tussen ouders en schoolbestuur",
}
"""What a second opinion is about (SO1)."""

PHASES: dict[str, tuple[str, str]] = {
    "draft": ("concept", "neutral"),
    "check": ("in controle", "info"),
    "consultation": ("in overleg", "warning"),
    "sent": ("verzonden", "info"),
    "accepted": ("aangenomen", "info"),
    "agreements": ("afspraken maken", "info"),
    "delivery": ("levering", "info"),
    "in_review": ("bij de deskundige", "info"),
    "signed": ("ondertekend", "success"),
    "delivered": ("advies geleverd", "success"),
    "closed": ("afgerond", "neutral"),
    "declined": ("niet aangenomen", "neutral"),
    "withdrawn": ("ingetrokken", "neutral"),
}
"""Where a case stands, in words and tone."""

STEPS: dict[str, str] = {
    "write": "Verzoek om een second opinion opgeschreven",
    "offer": "Verzoek klaargezet voor de contactpersoon",
    "check": "Verzoek gecontroleerd, punt voor punt",
    "send": "Verzoek verstuurd naar het andere samenwerkingsverband",
    "say": "Bericht in het overleg van de contactpersonen",
    "accept": "Verzoek aangenomen",
    "decline": "Verzoek niet aangenomen",
    "propose": "Afspraken voorgesteld",
    "agree": "Met de afspraken ingestemd",
    "assign": "Deskundige aangewezen",
    "release": "Deskundige van de zaak gehaald",
    "admit": "Deskundige toegelaten tot de stukken van deze zaak",
    "declare": "Deskundige beloofde geheimhouding en was niet eerder betrokken",
    "deliver": "Stukken geleverd",
    "supplement": "Stukken nageleverd",
    "receive": "Ontvangst van de stukken bevestigd: de termijn loopt",
    "ask": "Vraag van de deskundige",
    "answer": "Vraag van de deskundige beantwoord",
    "ask_more": "Meer onderzoek en meer tijd gevraagd",
    "extend": "Termijn met vier weken verlengd",
    "refuse_more": "Geen meer tijd gegeven",
    "sign": "Advies ondertekend",
    "reopen": "Advies weer geopend om te verbeteren: de handtekeningen vervielen",
    "hand_over": "Advies geleverd",
    "confirm": "Ontvangst van het advies bevestigd",
    "tell_parents": "Advies aan de ouders gegeven",
    "withhold": "Vastgelegd waarom de ouders het advies niet krijgen",
    "close": "Zaak afgerond",
    "withdraw": "Verzoek ingetrokken",
    "ended": "Toegang van de andere partij beëindigd",
    "looked": "Second opinion bekeken",
    "read": "Advies gelezen",
    "written": "Concept van het advies bewaard",
}
"""What happened, for staff and both parties."""

FAMILY_STEPS: dict[str, str] = {
    "send": "Vroeg een ander samenwerkingsverband om een second opinion",
    "accept": "Gaat een second opinion geven",
    "decline": "Geeft geen second opinion",
    "assign": "Wees een deskundige aan voor de second opinion",
    "deliver": "Gaf stukken aan de deskundige voor de second opinion",
    "supplement": "Gaf nog meer stukken aan de deskundige",
    "receive": "Kreeg de stukken voor de second opinion",
    "extend": "Gaf de deskundige vier weken langer de tijd",
    "sign": "Ondertekende het advies van de second opinion",
    "hand_over": "Leverde het advies van de second opinion",
    "tell_parents": "Gaf u het advies van de second opinion",
    "withhold": "Legde vast waarom u het advies niet krijgt",
    "close": "Rondde de second opinion af",
    "withdraw": "Trok het verzoek om een second opinion in",
    "ended": "Beëindigde de toegang van de deskundige",
    "looked": "Bekeek de second opinion",
    "read": "Las het advies van de second opinion",
}
"""The same for parents and pupils; what is not here is work among the contact persons."""

PARTS: dict[str, str] = {
    "a": "ontwikkeling en ondersteuningsbehoefte",
    "b": "het voortraject van de ondersteuning",
    "c": "visie van de school of het schoolbestuur",
    "d": "visie van de ouders",
}
"""The parts of a delivery (CV4.5)."""

CHECKS: dict[str, tuple[str, str]] = {
    "written": ("Het verzoek staat op papier.", "CV3.1"),
    "specific": ("De vraag is concreet en specifiek.", "CV3.2"),
    "task": ("De vraag hoort bij een wettelijke taak van ons samenwerkingsverband.", "CV3.3"),
    "necessary": ("De second opinion is nodig voor die taak.", "CV3.3"),
    "proportionate": ("We vragen niet meer dan nodig is.", "CV3.3"),
    "not_twice": ("We vragen niets wat al eerder is uitgewisseld.", "CV3.3"),
    "contact_person": ("Het verzoek gaat van contactpersoon naar contactpersoon.", "CV3.4"),
}
"""The check of CV3.5, item by item, with its article."""

FORMS: dict[str, str] = {
    "anonymised": "geanonimiseerd",
    "expert": "leesbaar, alleen voor de deskundige en alleen in dit portaal",
}
"""In which form a document is delivered (CV4.6)."""

PAYERS: dict[str, str] = {
    "school": "de school (bij een OPP)",
    "swv": "het samenwerkingsverband (bij een deskundigenadvies)",
    "nobody": "niemand: er zijn geen kosten",
}
"""Who pays further research (SO4)."""

ADVICE: dict[str, str] = {
    "question": "De vraag",
    "read": "Wat wij hebben gelezen",
    "considerations": "Onze overwegingen",
    "answer": "Ons antwoord",
    "limits": "Wat dit advies niet zegt",
}
"""The parts of the short text of an advice (CV2.2)."""

INFORMED: dict[str, str] = {
    "told": "De ouders zijn ingelicht",
    "asked": "De ouders vragen er zelf om",
}
