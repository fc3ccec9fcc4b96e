"""What changed and what is asked, in words for who received data; what they did, in words for who asked."""

from __future__ import annotations

from gateway.sentences import sentence

CHANGED = {
    "improve": sentence("Een stuk dat u van ons kreeg, klopte niet. Het is verbeterd. De oude versie geldt niet meer."),
    "improve_field": sentence("Gegevens van de leerling die u van ons kreeg, klopten niet. Ze zijn verbeterd."),
    "add": sentence("Bij gegevens die u van ons kreeg, hoort nu een aanvulling van ouder of leerling."),
    "remove": sentence("Een stuk dat u van ons kreeg, is verwijderd. Het had niet bewaard mogen worden."),
    "shield": sentence("Een stuk dat u van ons kreeg, is afgeschermd. Niemand mag het nog gebruiken."),
    "stop": sentence("Er was terecht verzet tegen het gebruik van gegevens die u van ons kreeg."),
    "restrict": sentence("Het gebruik van gegevens die u van ons kreeg, is beperkt (AVG 18)."),
    "lifted": sentence("De beperking van het gebruik van gegevens die u van ons kreeg, is opgeheven."),
}
"""What changed; without a new fact about anyone."""
SHORT = {
    "improve": sentence("een stuk is verbeterd"),
    "improve_field": sentence("gegevens van de leerling zijn verbeterd"),
    "add": sentence("er is een aanvulling"),
    "remove": sentence("een stuk is verwijderd"),
    "shield": sentence("een stuk is afgeschermd"),
    "stop": sentence("het gebruik moet stoppen"),
    "restrict": sentence("het gebruik is beperkt"),
    "lifted": sentence("de beperking is opgeheven"),
}
"""The same in a few words, for the officer and for who asked."""
ASKED = {
    "improve": sentence(
        "Gebruik de oude versie niet meer en vernietig haar. Vraag ons om de nieuwe als u die nodig hebt."
    ),
    "improve_field": sentence("Vraag ons wat er nu moet staan, en pas het bij u aan."),
    "add": sentence("Vraag ons om de aanvulling, en bewaar haar bij de gegevens."),
    "remove": sentence("Verwijder het stuk, ook uit kopieën."),
    "shield": sentence("Gebruik het stuk niet meer, tot u van ons hoort dat het weer mag."),
    "stop": sentence("Stop met het gebruik van deze gegevens en verwijder ze."),
    "restrict": sentence("Bewaar deze gegevens, en gebruik ze niet tot u van ons hoort."),
    "lifted": sentence("U mag deze gegevens weer gebruiken voor het doel waarvoor u ze kreeg."),
}
DONE = {
    "adapted": sentence("Wij hebben het aangepast."),
    "removed": sentence("Wij hebben het verwijderd."),
    "not_held": sentence("Wij hebben deze gegevens niet (meer)."),
    "passed_on": sentence("Wij hebben het aangepast, en doorgegeven aan wie het van ons kreeg."),
    "not_done": sentence("Wij hebben niets aangepast."),
}
STATES = {
    "to_send": (sentence("nog niet ingelicht"), "warning"),
    "told": (sentence("ingelicht, nog geen antwoord"), "info"),
    "answered": (sentence("heeft geantwoord"), "success"),
    "impossible": (sentence("inlichten kan niet"), "neutral"),
}
WAYS = {
    "portal": sentence("in het portaal"),
    "line": sentence("via de lijn met hun eigen portaal"),
    "letter": sentence("met een brief"),
}
