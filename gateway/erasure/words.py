"""Words of destruction for people."""

from __future__ import annotations

ANSWER_WORDS: dict[str, str] = {
    "destroyed": "vernietigd",
    "returned": "teruggegeven",
    "kept": "nog bewaard: de wet verplicht daartoe",
}
DESTROYED_KINDS: dict[str, str] = {
    "accounts": "accounts van ouders en leerling",
    "besluiten": "besluiten",
    "casus": "casusoverleggen",
    "consents": "toestemmingen",
    "documents": "stukken",
    "dossiers": "dossiers",
    "fields": "velden van het dossier",
    "holds": "keren uitstel",
    "keys": "sleutels van het dossier",
    "matters": "zaken",
    "motivations": "motiveringen van toegang",
    "objects": "bestanden in de opslag",
    "renditions": "afbeeldingen en teksten van stukken",
    "second_opinions": "second opinions",
    "versions": "versies van stukken",
    "verstrekkingen": "verstrekkingen",
}
