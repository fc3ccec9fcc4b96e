"""Passwords that everyone tries first. Our own list, made by thinking what people in and around schools choose.

What is long and unlike these is judged by zxcvbn; what leaked elsewhere by `breached`. Pure.
"""

from __future__ import annotations

import re

_WORDS = """
welkom wachtwoord password geheim geheimpje hallo school schooltje leraar juf meester klas groep leerling kind
kinderen docent directeur intern begeleider dossier dossierpoort samenwerkingsverband onderwijs passend
basisschool zomer lente herfst winter januari februari maart april mei juni juli augustus september oktober
november december maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag morgen gisteren vakantie
weekend ajax feyenoord psv voetbal oranje nederland holland amsterdam rotterdam utrecht denhaag eindhoven
groningen zonnetje zonnebloem bloem bloemen vlinder poes hond paard konijn vogel vis tijger leeuw beer olifant
liefde schatje lieverd ikhouvanjou ikhouvanjouw iloveyou love family familie mama papa oma opa moeder vader
baby qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm abc abcd abcde abcdef abcdefg
admin administrator beheer beheerder root user gebruiker test tester testen demo login aanmelden inloggen
toegang letmein welcome hello monkey dragon master shadow sunshine princess football baseball superman batman
pokemon computer laptop internet google facebook microsoft office windows teams outlook apple iphone samsung
android changeme default secret private veilig veiligheid sleutel code pincode toets toetsenbord muis scherm
kaas koffie thee brood appel banaan chocola pannenkoek frikandel stroopwafel sinterklaas kerst pasen
verjaardag blauw groen geel rood zwart wit paars roze auto fiets trein boot vliegtuig huis tuin strand zee bos
berg
"""
_BASES = frozenset(re.findall(r"[a-z]+", _WORDS))
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_PARTS = 4


def is_common(password: str) -> bool:
    """Whether a password is nothing but words that everyone tries, with figures and signs around or in them."""
    folded = password.casefold()
    letters = re.sub(r"[^a-z]", "", folded)
    read = re.sub(r"[^a-z]", "", folded.translate(_LEET))
    inner = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    undone = re.sub(r"[^a-z]", "", inner.translate(_LEET))
    return any(_made_of_known(word, _PARTS) for word in {letters, read, undone})


def _made_of_known(word: str, parts: int) -> bool:
    if not word:
        return True
    if not parts:
        return False
    return any(word.startswith(base) and _made_of_known(word[len(base) :], parts - 1) for base in _starting(word))


def _starting(word: str) -> list[str]:
    return [word[:length] for length in range(3, len(word) + 1) if word[:length] in _BASES]
