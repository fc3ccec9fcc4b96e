"""What has the form of an identifier: numbers that pass their test, addresses, phones, e-mail, ages, schools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stdnum import iban as iban_
from stdnum.nl import bsn as bsn_

from gateway.anonymisation.dates import NUMBERS, dates_in
from gateway.anonymisation.words import is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hit(NamedTuple):
    """A range of a folded text with its kind; `certainty` as in a find."""

    start: int
    end: int
    kind: str
    certainty: float


_EMAIL: Final = re.compile(
    r"(?<![\w.+%'-])[\w.+%'-]{1,80}(?<=\w)[ ]?(?:@|©|®|\(at\)|\[at\]|\(a\))[ ]?\w[\w-]*(?:[ ]?\.[ ]?\w[\w-]*)*?[ ]?[.,][ ]?"
    r"(?:n ?l|c ?o ?m|org|net|eu|be|de|info|nu|edu|school|frl|amsterdam|tr|pl|uk|ma)(?![^\W_])",
)
_AT_SIGNS: Final = ("@", "©", "®", "(at)", "[at]", "(a)")
_WEB_SIGNS: Final = ("http", "www", ".nl", ".com", ".org", ".eu", ".net", ".be", ".frl", ".school")
_LOOSE_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,200}@[\w.-]{1,200}")
_URL: Final = re.compile(
    r"(?:https?[ ]?:[ ]?//[ ]?[^\s<>\"]+|www[ ]?\.[ ]?[^\s<>\"]+|"
    r"(?<![\w@.-])[a-z0-9][\w-]*(?:\.[\w-]+)*\.(?:nl|com|org|eu|net|be|frl|school)(?![\w])(?:/[^\s<>\"]*)?)"
)
_D: Final = r"[\dOolI|]"
_SEP: Final = r"[ \n]{0,3}[-./()]{0,2}[ \n]{0,3}"
_PHONES: Final = (
    re.compile(rf"(?<![\w+])(?:(?:\+|00)[ ]?31|31(?=[ ]?6))[ ]?[-./]?[ ]?(?:\([ ]?0[ ]?\))?(?:{_SEP}\d){{9}}(?!\d)"),
    re.compile(rf"(?<![\w+,;])\(?[0][ ]?[1-9](?:{_SEP}\d){{8}}(?!\d)"),
    re.compile(r"(?<![\w+])(?:\+|00)(?!31)[1-9]\d{0,2}(?:[ ]?[-./()]?[ ]?\d){7,11}(?!\d)"),
    re.compile(rf"(?<=[^\w])[0O][ ]?[6b](?:[ -]?[-.]?[ ]?{_D}){{8}}(?![\dA-Za-z])"),
    re.compile(r"(?<![\w+])0\d{2,3}[ ]?-[ ]?\d{6,7}(?!\d)"),
    re.compile(r"(?<![\w+])088[ ]?-?[ ]?\d{3}[ ]?\d{2}[ ]?\d{2}(?!\d)"),
)
_CALLED: Final = re.compile(r"(?:tel\.?:?|toestel|nummer:) (?P<number>\d(?:[ ]?[-.]?[ ]?\d){5,10}(?!\d))")
_NINE: Final = re.compile(r"(?<![\dA-Za-z,])\d(?:[ \n]?[-.]?[ ]?\d){8}(?![\dA-Za-z])")
_NUMBER_LABEL: Final = re.compile(
    r"(?:(?P<bsn>bsn|burger[ -]?service[ -]?n(?:umme)?r|sofi(?:-?nummer)?)|(?P<id>pgn|onderwijsn(?:umme)?r|leerlingn(?:umme)?r|eckid|"
    r"dossiern(?:umme)?r|cli[e]nt(?:en)?n(?:umme)?r|pati[e]ntn(?:umme)?r|zaakn(?:umme)?r|kenmerk|referentie|polisn(?:umme)?r|"
    r"deelnemern(?:umme)?r|registratien(?:umme)?r|documentn(?:umme)?r|meldingsn(?:umme)?r|beschikkingsn(?:umme)?r|"
    r"rekestn(?:umme)?r|parketn(?:umme)?r|agb(?:-?code)?|big(?:-?n(?:umme)?r)?|nummer|nr))"
    r"[ ]{0,8}(?:\([^)\n]{1,20}\))?[ ]{0,8}(?:[:.=|#-]|is|luidt){0,4}[\s|]{0,4}(?P<value>(?=[^\s]{0,40}\d)[a-z0-9|](?:[ ]?[-./]?[ ]?(?:\d|[olis|](?![a-z]))|[-./]?[a-z0-9]){3,24})"
)
_LONG_NUMBER: Final = re.compile(r"(?<![\w.,])\d{6,12}(?![\w])")
_CODE: Final = re.compile(r"(?<![\w-])(?=[A-Z0-9./-]{0,40}\d{3})[A-Z]{1,5}[-./]?\d{2,8}(?:[-./]\d{1,8}){0,3}(?![\w])")
_TLV: Final = re.compile(r"(?<![\w])(?:p[o0]|v[o0]|s[bo]{1,2})[ ]?\d{4}[ ]?[-/]?[ ]?\d{2,4}[ ]?[-/]?[ ]?\d{4,6}(?!\d)")
_IBAN: Final = re.compile(r"(?<![\w])[A-Z]{2}[ ]?\d{2}(?:[ \n]{0,3}[A-Z0-9]){11,30}(?![\w])", re.IGNORECASE)
_DUTCH_IBAN: Final = re.compile(r"(?<![\w])nl[ ]?[\doilsb]{2}[ ]?[a-z]{4}(?:[ ]?[\doilsb]){10}(?![\w])")
_BRIN: Final = re.compile(r"(?<![\w])\d{2}[A-Z]{2}(?:[ -]?\d{2})?(?![\w])")
_BRIN_LABEL: Final = re.compile(
    r"brin(?:[ -]?(?:n(?:umme)?r|code))?[ ]*[:.|]?[\s|]{0,3}(?P<value>[\doil]{2}[a-z]{2}(?:[ -]?\d{2})?)(?![\w])"
)
_POSTCODE: Final = re.compile(r"(?<![\w.,€-])[1-9]\d{3}[ \n]{0,2}[A-Z]{2}(?![^\W_])")
_POSTCODE_LOW: Final = re.compile(r"(?<![\w.,-])[1-9]\d{3}(?P<gap>[ ]{0,2})(?P<letters>[a-z]{2})(?![^\W_])")
_TWO: Final = frozenset(
    "en in is de te om op of we ze er na ik je zo al ja he nu tm km cm kg mm ml mg pm am st nd rd th ga ze me uw ie"
    " wo vo po so la do di ma vr za".split()
)
_STREET_END: Final = tuple(
    (
        "straat|straatje|str|laan|laantje|weg|plein|hof|hofje|kade|gracht|singel|dijk|pad|park|veld|velden|akker|akkers|dreef|steeg|ring|baan|"
        "wal|markt|burg|horst|hoek|meent|kamp|oord|burcht|erf|waard|zoom|weide|tuin|tuinen|plantsoen|boulevard|vaart|sluis|haven|brink|es|"
        "gaarde|donk|poort|passage|promenade|stede|bos|bosch|berg|heuvel|dal|beek|meer|eind|einde|rode|loo|kamer|land|landen|hout|molen|marke|"
        "wijk|borg|drift|gang|hage|hagen|heem|hil|kwartier|rak|rij|schans|straete|trans|vliet|wetering|wierde|zijde|zand|kreek|werf|eiland|pas|kolk|vest"
    ).split("|")
)
_NUMBER: Final = r"\d{1,4}(?:[ ]?-?[ ]?(?:[a-zA-Z](?![^\W_])|bis|hs|I{1,3}(?![^\W_])|\d{1,3}(?![\d])(?!-)))?"
_STREET: Final = re.compile(
    rf"(?<=[^\W\d_])\.?[ \n]{{1,3}}(?:[nN]r\.?[ ]?|nummer )?{_NUMBER}(?![\w])(?!\s?(?:jaar|jr|uur|keer|weken|dagen|maanden|punten|%|:\d|x ))"
)
_STREET_LEFT: Final = re.compile(
    r"(?:(?<![^\W_])(?:\d{1,2}e|[A-Z][\w'.-]{0,40}|van|de|der|den|het|'t|ten|ter|aan|op|la)[ \n]{1,2}){0,4}[\w'-]{0,40}\Z"
)
_STREET_LEFT_LOW: Final = re.compile(
    r"(?:(?<![^\W_])(?:\d{1,2}e|(?:korte?|lange|oude|nieuwe|grote|kleine|hoge|lage|eerste|tweede|derde|prins|prinses|graaf|gravin|koning|koningin|"
    r"burgemeester|burg\.?|dokter|dr\.?|sint|st\.?|jan|van|der|den|de|ten|ter|pastoor|meester|professor|prof\.?|generaal|admiraal|minister|willem|"
    r"johan|wilhelmina|juliana|beatrix|noorder|zuider|ooster|wester|achter|binnen|buiten))[ \n]{1,2}){0,4}[\w'-]{0,40}\Z"
)
_STREET_SURE: Final = re.compile(
    r"\w(?:straat|straatje|laan|laantje|weg|plein|hof|kade|gracht|singel|dijk|dreef|steeg|pad|baan|markt|plantsoen|wal|akker|gaarde)\Z"
)
_NO_STREET: Final = frozenset(
    "onderweg stapweg gaandeweg maandag kinderhof voetpad zandpad rekenpad leerpad zwembad loopbaan".split()
)
_AT_ADDRESS: Final = re.compile(
    rf"(?:adres|wonend[e]?|woonachtig|woont|postadres|bezoekadres|woonadres|gevestigd|verblijft)(?:[ ]*[:|][\s|]*|[ \n](?:thans |nu )?(?:aan |op |te |in )?(?:de |het )?)"
    rf"(?P<value>(?:[^\W\d_][\w'.-]*[ \n]){{1,5}}?{_NUMBER})(?![\w])",
    re.IGNORECASE,
)
_AT_WORDS: Final = ("adres", "wonend", "woon", "gevestigd", "verblijft")
_BEFORE_POSTCODE: Final = re.compile(
    rf"(?P<value>(?:(?:[A-Z'][\w'.-]{{0,40}}|van|de|der|den|het|'t|ten|ter|aan|op|la|in)[ ]){{1,5}}{_NUMBER})[\s,|]{{1,4}}\Z"
)
_BOX: Final = re.compile(r"(?<![\w])postbus[ \n]?\d{1,6}(?!\d)")
_PLATE: Final = re.compile(
    r"(?<![\w-])(?=[A-Z0-9]*-[A-Z0-9]*-[A-Z0-9]+(?![\w-]))(?:[A-Z]{1,3}|\d{1,3})-(?:[A-Z]{1,3}|\d{1,3})-(?:[A-Z]{1,3}|\d{1,3})(?![\w-])"
)
_WORD_NUMBER: Final = "|".join(sorted(NUMBERS, key=len, reverse=True))
_AGES: Final = (
    re.compile(
        rf"(?<![\w,.-])(?:\d{{1,2}}|{_WORD_NUMBER})(?:[ ]?[½]|,5)?[ \n-]{{0,3}}jarige?[n]?(?![^\W_])|(?<![\w])(?:{_WORD_NUMBER})(?:een)?jarige?n?(?![^\W_])"
    ),
    re.compile(
        rf"(?<![\w,.-])(?:\d{{1,2}}|{_WORD_NUMBER})(?:[,.]\d)?[ \n]{{0,3}}(?:jaar|jaren|jr\.?|j\.?)(?:[ \n]{{1,2}}(?:en|,)?[ \n]?(?:\d{{1,2}}|{_WORD_NUMBER})[ \n]?(?:maand(?:en)?|mnd\.?|m\.?))?(?:[ \n]oud)?(?![^\W_])"
    ),
    re.compile(r"(?<![\w,.;-])(?:[3-9]|1\d)[ ]?;[ ]?(?:1[01]|\d)(?![\w;])"),
    re.compile(
        r"(?:(?<=leeftijd: )|(?<=leeftijd )|(?<=leeftijd van )|(?<=leeftijd\t))\d{1,2}(?:[;,.:]\d{1,2})?(?![\w])"
    ),
)
_AGE_SIGNS: Final = ("jarig", "j", ";", "leeftijd")  # without it a pattern finds nothing
_NO_AGE_BEFORE: Final = re.compile(
    r"(?:sinds|al|over|na|afgelopen|komende?|elke?|per|binnen|gedurende|laatste|ruim|voor|eerste|tweede|de|ieder|meer dan|ongeveer|om de|duur(?:t|de)?|termijn(?: van)?|looptijd(?: van)?|periode van|geldig(?: voor)?|van maximaal|max\.?)"
    r"(?:[ \n](?:de|het|een|ruim|bijna|ongeveer))?[ \n]\Z"
)
_NO_AGE_AFTER: Final = re.compile(
    r"[ \n](?:geleden|lang|ervaring|later|eerder|werkzaam|achter(?:stand)?|voor(?:sprong)?|getrouwd|gescheiden|verlengd|in dienst)"
)


_INITIALS: Final = re.compile(r"(?<![\w.])(?:[A-Z]\.[ ]?){2,5}(?![\w@])")
_NO_INITIALS: Final = frozenset(
    {
        "P.S.",
        "N.B.",
        "B.V.",
        "N.V.",
        "N.A.",
        "A.U.B.",
        "T.A.V.",
        "I.O.",
        "E.A.",
        "I.B.",
        "R.T.",
        "D.D.",
        "O.A.",
        "M.B.T.",
        "S.O.",
        "V.O.",
        "P.O.",
    }
)


def _valid_iban(written: str) -> bool:
    compact = re.sub(r"\s", "", written).upper()
    return bool(re.fullmatch(r"NL\d{2}[A-Z]{4}\d{10}", compact)) or bool(iban_.is_valid(compact))


def _iban_end(written: str) -> int:
    """How much of what looks like an account number is one: words in capitals may follow it."""
    for end in range(len(written), 14, -1):
        if _valid_iban(written[:end]):
            return end
    return 0


def identifiers_in(text: str, low: str) -> Iterator[Hit]:
    """Every hit in a folded text (`low` is the text in lower case); hits may overlap, the strongest come first."""
    if any(map(low.__contains__, _AT_SIGNS)):
        for match in _EMAIL.finditer(low):
            yield Hit(*match.span(), "EMAIL", 1.0)
        for match in _LOOSE_EMAIL.finditer(low):
            yield Hit(*match.span(), "EMAIL", 0.9)
    for match in _URL.finditer(low) if any(map(low.__contains__, _WEB_SIGNS)) else ():
        yield Hit(match.start(), match.start() + len(match.group().rstrip(".,;:)")), "URL", 1.0)
    for match in _DUTCH_IBAN.finditer(low):
        yield Hit(*match.span(), "IBAN", 0.95)
    for match in _IBAN.finditer(text):
        end = _iban_end(match.group())
        if end:
            yield Hit(match.start(), match.start() + end, "IBAN", 1.0)
    for match in _TLV.finditer(low):
        yield Hit(*match.span(), "TLV_NUMBER", 1.0)
    for date in dates_in(low):
        yield Hit(date.start, date.end, "DATE", 0.95)
    yield from _labelled(low)
    for match in _NINE.finditer(text):
        if bsn_.is_valid(re.sub(r"\D", "", match.group())):
            yield Hit(*match.span(), "BSN", 0.97)
    for pattern in _PHONES:
        for match in pattern.finditer(text):
            yield Hit(*match.span(), "PHONE", 0.95)
    for match in _CALLED.finditer(low):
        yield Hit(*match.span("number"), "PHONE", 0.95)
    yield from _codes(text, low)
    yield from addresses_in(text, low)
    yield from _ages(low)
    for match in _INITIALS.finditer(text):
        if match.group().replace(" ", "") not in _NO_INITIALS:
            yield Hit(*match.span(), "PERSON_OTHER", 0.6)


def _labelled(low: str) -> Iterator[Hit]:
    for match in _NUMBER_LABEL.finditer(low):
        value = match.group("value").rstrip(" -./|")
        digits = sum(map(str.isdigit, value))
        if digits >= 3 and 2 * digits >= len(value.replace(" ", "")):
            kind = "BSN" if match.group("bsn") else "ID"
            yield Hit(match.start("value"), match.start("value") + len(value), kind, 0.95)
    for match in _BRIN_LABEL.finditer(low):
        yield Hit(*match.span("value"), "BRIN", 1.0)


def _codes(text: str, low: str) -> Iterator[Hit]:
    for match in _LONG_NUMBER.finditer(text):
        yield Hit(*match.span(), "ID", 0.8)
    for match in _BRIN.finditer(text):
        yield Hit(*match.span(), "BRIN", 0.85)
    for match in _CODE.finditer(text):
        yield Hit(*match.span(), "ID", 0.7)
    for match in _PLATE.finditer(text):
        if any(map(str.isdigit, match.group())) and any(map(str.isalpha, match.group())):
            yield Hit(*match.span(), "ID", 0.8)
    del low


def addresses_in(text: str, low: str) -> Iterator[Hit]:
    """Addresses, postcodes and post boxes."""
    codes = list(_POSTCODE.finditer(text))
    codes += [match for match in _POSTCODE_LOW.finditer(low) if match.group("letters") not in _TWO]
    for match in codes:
        yield Hit(*match.span(), "POSTCODE", 0.9)
        before = _BEFORE_POSTCODE.search(text, max(0, match.start() - 60), match.start())
        if before:
            yield Hit(*before.span("value"), "ADDRESS", 0.9)
    for match in _STREET.finditer(text):
        hit = _street(match, text)
        if hit:
            yield hit
    for match in _AT_ADDRESS.finditer(text) if any(map(low.__contains__, _AT_WORDS)) else ():
        hit = _named(match)
        if hit:
            yield hit
    for match in _BOX.finditer(low):
        yield Hit(*match.span(), "ADDRESS", 0.9)


def _named(match: re.Match[str]) -> Hit | None:
    """What stands where an address does, from its first word with a capital or that is not ordinary."""
    value = match["value"]
    words = [word for word in re.finditer(r"[^\s]+", value) if not word.group()[0].isdigit()]
    for word in words:
        name = word.group()
        if name[0].isupper() or not is_ordinary(name.lower().strip(".'")) or _STREET_SURE.search(name.lower()):
            lead = re.search(r"(?:(?:de|het|'t|van|der|den)\s)*\Z", value[: word.start()])
            return Hit(
                match.start("value") + (lead.start() if lead else word.start()), match.end("value"), "ADDRESS", 0.9
            )
    return None


def _street(match: re.Match[str], text: str) -> Hit | None:
    """A street with its number: it is written with a capital, or its end says that it is one."""
    before = text[max(0, match.start() - 60) : match.start()]
    word = re.search(r"[\w'-]*\Z", before)
    head = word.group() if word else ""
    if not head.lower().endswith(_STREET_END):
        return None
    low = re.split(r"[\s.]", (head + match.group()).lower(), maxsplit=1)[0]
    capital = (head + match.group())[0].isupper()
    led = _STREET_LEFT.search(before)
    start = match.start() - len(led.group()) if led else match.start() - len(head)
    start = max(start, text.rfind("\n", 0, match.start() - len(head)) + 1)
    lead = text[start : match.start() - len(head)]
    if not capital and not any(map(str.isupper, lead)):
        if not _STREET_SURE.search(low) or low in _NO_STREET or len(low) < 6:
            return None
        led = _STREET_LEFT_LOW.search(before)
        start = match.start() - len(led.group()) if led else match.start() - len(head)
    elif len(low) <= 3 and not any(map(str.isupper, lead)):
        return None
    verb = re.match(r"([A-Z][a-z]+)\s+(?:aan|op|in|van)\s+", text[start : match.end()])
    if verb and is_ordinary(verb.group(1).lower()):
        start += verb.end()
    shift = re.match(r"(?:(?:van|aan|op|de|het)[ \n]+)*(?=(?:de |het |den |der )?[A-Z0-9])", text[start : match.end()])
    if shift and (capital or any(map(str.isupper, lead))):
        start += shift.end()
    return Hit(start, match.end(), "ADDRESS", 0.9)


def _ages(low: str) -> Iterator[Hit]:
    for place, (sign, pattern) in enumerate(zip(_AGE_SIGNS, _AGES, strict=True)):
        for match in pattern.finditer(low) if sign in low else ():
            if place == 1 and (
                _NO_AGE_BEFORE.search(low, max(0, match.start() - 30), match.start())
                or _NO_AGE_AFTER.match(low, match.end())
            ):
                continue
            yield Hit(*match.span(), "AGE", 0.9)
