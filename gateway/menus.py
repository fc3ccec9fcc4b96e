"""The main menu of each kind of person: what they come for, first things first, six at most.

Of a contact person it depends on the organisation which are shown; that of the SWV, often its director, has seven.
"""

from __future__ import annotations

from gateway.context import Role

MENUS: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.SCHOOL_STAFF: (("Mijn leerlingen", "/dossiers"), ("Berichten", "/berichten")),
    Role.SWV_STAFF: (
        ("Werkvoorraad", "/dossiers"),
        ("Second opinions", "/second-opinions"),
        ("Verstrekkingen", "/verstrekkingen"),
        ("Bewaren", "/bewaren"),
        ("Monitor", "/monitor"),
        ("Berichten", "/berichten"),
    ),
    Role.CONTACT_PERSON: (
        ("Werkvoorraad", "/dossiers"),
        ("Second opinions", "/second-opinions"),
        ("Verstrekkingen", "/verstrekkingen"),
        ("Ontvangen", "/ontvangen"),
        ("Convenanten", "/convenanten"),
        ("Toegangslijst", "/toegangslijst"),
        ("Monitor", "/monitor"),
        ("Berichten", "/berichten"),
    ),
    Role.EXPERT: (("Mijn zaken", "/mijn-zaken"), ("Ontvangen", "/ontvangen"), ("Berichten", "/berichten")),
    Role.GUARDIAN: (
        ("Wat is er bekend?", "/wat-is-bekend"),
        ("Uw rechten", "/rechten"),
        ("Toestemming", "/toestemmingen"),
        ("Second opinion", "/second-opinions"),
        ("Berichten", "/berichten"),
    ),
    Role.PUPIL: (
        ("Wat is er bekend?", "/wat-is-bekend"),
        ("Uw rechten", "/rechten"),
        ("Toestemming", "/toestemmingen"),
        ("Second opinion", "/second-opinions"),
        ("Berichten", "/berichten"),
    ),
    Role.PRIVACY_OFFICER: (
        ("Aandacht", "/aandacht"),
        ("Verzoeken", "/verzoeken"),
        ("Logboek", "/logboek"),
        ("Verstrekkingen", "/register"),
        ("Datalekken", "/datalekken"),
        ("Berichten", "/berichten"),
    ),
    Role.ADMINISTRATOR: (
        ("Inrichting", "/inrichting"),
        ("Toegangslijst", "/toegangslijst"),
        ("Reglement", "/reglement-beheer"),
        ("Convenanten", "/convenanten"),
        ("Berichten", "/berichten"),
    ),
}
