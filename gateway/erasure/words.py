"""Words of destruction for people."""

from __future__ import annotations

ANSWER_WORDS: dict[str, str] = {
    "destroyed": "vernietigd",
    "returned": "teruggegeven",
    "kept": "nog bewaard: de wet verplicht daartoe",
    "nothing": "had hier niets van",
}
KEPT_BECAUSE_WORDS: dict[str, str] = {
    "complaint": "er loopt een klacht",
    "objection": "er loopt bezwaar of beroep",
    "record": "bewaarplicht voor het eigen dossier van de deskundige",
    "order": "bevel van de rechter of een toezichthouder",
}
DESTROYED_KINDS: dict[str, str] = {
    "accounts": "accounts van ouders en leerling",
    "besluiten": "besluiten",
    "casus": "casusoverleggen",
    "consents": "toestemmingen",
    "corrections": "berichten over een correctie",
    "documents": "stukken",
    "dossiers": "dossiers",
    "fields": "velden van het dossier",
    "holds": "keren uitstel",
    "keys": "sleutels van het dossier",
    "matters": "zaken",
    "messages": "berichten over de lijn",
    "motivations": "motiveringen van toegang",
    "objects": "bestanden in de opslag",
    "renditions": "afbeeldingen en teksten van stukken",
    "second_opinions": "second opinions",
    "versions": "versies van stukken",
    "verstrekkingen": "verstrekkingen",
}
