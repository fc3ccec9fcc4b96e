"""The words of objection and appeal, which log, pages and letters share. Pure."""

from __future__ import annotations

KINDS: dict[str, str] = {"bezwaar": "bezwaar", "beroep": "beroep bij de bestuursrechter"}
BY: dict[str, str] = {
    "authority": "het bevoegd gezag van de school",
    "guardian": "een ouder of wettelijk vertegenwoordiger",
    "pupil": "de leerling",
}
STATES: dict[str, tuple[str, str]] = {
    "running": ("loopt", "warning"),
    "decided": ("beslist", "success"),
    "withdrawn": ("ingetrokken", "neutral"),
}
ADVICE: dict[str, str] = {
    "upheld": "houd het besluit zoals het was",
    "revised": "verander het besluit",
    "revised_partly": "verander het besluit voor een deel",
    "inadmissible": "behandel het bezwaar niet",
}
OUTCOMES: dict[str, dict[str, str]] = {
    "bezwaar": {
        "upheld": "het besluit blijft zoals het was",
        "revised": "het besluit verandert",
        "revised_partly": "het besluit verandert voor een deel",
        "inadmissible": "het bezwaar kan niet worden behandeld",
    },
    "beroep": {
        "unfounded": "het beroep is ongegrond",
        "founded": "het beroep is gegrond",
        "appeal_inadmissible": "het beroep kan niet worden behandeld",
    },
}
ALL_OUTCOMES: dict[str, str] = {**OUTCOMES["bezwaar"], **OUTCOMES["beroep"]}
