"""How notices read that tell of corrections: to staff, to who received the data, and back."""

from __future__ import annotations

from gateway.notices.wording import Wording

TOLD: dict[str, Wording] = {
    "correction_asked": Wording(
        subject="Gegevens in een dossier moeten worden verbeterd",
        text="Over een dossier is een verzoek om correctie toegewezen. Meld u aan en voeg de verbeterde versie toe, of "
        "wijzig de gegevens.",
        on_screen="Een correctie is toegewezen. Voeg de verbeterde versie toe, of wijzig de gegevens.",
    ),
    "correction": Wording(
        subject="Gegevens die u ontving, zijn veranderd",
        text="Gegevens die u via Dossierpoort ontving, zijn verbeterd, verwijderd of mogen niet meer worden gebruikt. "
        "Meld u aan, lees wat er veranderde en schrijf wat u deed.",
        on_screen="Gegevens die u ontving, zijn veranderd. Lees wat, en schrijf wat u deed.",
    ),
    "correction_again": Wording(
        subject="Herinnering: gegevens die u ontving, zijn veranderd",
        text="U hebt nog niet geantwoord op een bericht over gegevens die u ontving en die zijn veranderd. "
        "Meld u aan en schrijf wat u deed.",
        on_screen="Herinnering: schrijf wat u deed met gegevens die zijn veranderd.",
    ),
    "correction_late": Wording(
        subject="Een ontvanger heeft nog niet geantwoord",
        text="Een ontvanger van gegevens die zijn veranderd, schreef nog niet wat er mee is gedaan. Meld u aan.",
        on_screen="Een ontvanger van veranderde gegevens heeft nog niet geantwoord.",
    ),
    "correction_answer": Wording(
        subject="Een ontvanger heeft geantwoord",
        text="Een ontvanger van gegevens die zijn veranderd, schreef wat er mee is gedaan. Meld u aan om het te lezen.",
        on_screen="Een ontvanger schreef wat er is gedaan met gegevens die zijn veranderd.",
    ),
    "verzet_begun": Wording(
        subject="Verzet: er mag nu niets worden verstrekt",
        text="Over een dossier is verzet gemaakt. Tot daarover is beslist, gaat er niets uit dat dossier naar anderen.",
        on_screen="Er is verzet gemaakt. Tot daarover is beslist, gaat er niets uit dit dossier naar anderen.",
    ),
}
