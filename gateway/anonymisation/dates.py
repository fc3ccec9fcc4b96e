"""Every Dutch way to write a date, and what it says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.anonymisation.variants import distance_within, skeleton
from gateway.anonymisation.words import is_ordinary

if TYPE_CHECKING:
    import datetime as dt

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january ocak stycznia",
            "februari feb febr february subat lutego",
            "maart mrt mar maa march mart marca",
            "april apr nisan kwietnia",
            "mei may mayis maja",
            "juni jun june haziran czerwca",
            "juli jul july temmuz lipca",
            "augustus aug august agustos sierpnia",
            "september sept sep eylul wrzesnia",
            "oktober okt october oct ekim pazdziernika",
            "november nov kasim listopada",
            "december dec aralik grudnia",
        ),
        1,
    )
    for name in names.split()
}
_UNITS: Final = (
    "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien"
    " negentien"
).split()
NUMBERS: Final = {
    **{word: value for value, word in enumerate(_UNITS, 1)},
    **{
        f"{unit}en{ten}": tens + value
        for ten, tens in (("twintig", 20), ("dertig", 30))
        for value, unit in enumerate(_UNITS[:9], 1)
    },
    "twintig": 20,
    "dertig": 30,
}
_ORDINALS: Final = {
    **{f"{word}{'ste' if value in (1, 8) or value > 19 else 'de'}": value for word, value in NUMBERS.items()},
    "eerste": 1,
    "derde": 3,
}
_DAY_WORDS: Final = {**NUMBERS, **_ORDINALS}
_THOUSAND: Final = "tweeduizend"

_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH_WORD: Final = re.compile(rf"(?<![^\W_])(?:{_MONTH})(?![^\W_])")
_BEFORE: Final = 40
_AFTER: Final = 50
_WEEKDAY: Final = r"(?:(?:maan|dins|woens|donder|vrij|zater|zon)dag|ma|di|wo|do|vr|za|zo)\.?,?[ \n]{1,2}"
_DAY_WORD: Final = "|".join(sorted(_DAY_WORDS, key=len, reverse=True))
_YEAR: Final = (
    r"(?:(?:19|20)\s?\d\s?\d(?!\d)|(?:19|20)[\doilsb]{2}(?![^\W_])|'\s?\d\d(?!\d)|tweeduizend[ ]?(?:en[ ]?)?[a-z]*)"
)
_GAP: Final = r"[ \n]{0,3}"
_WRITTEN: Final = re.compile(
    rf"(?<![^\W_])(?:{_WEEKDAY})?(?P<day>\d{{1,2}}|{_DAY_WORD})(?:{_GAP}(?:e|ste|de|st|nd|rd|th)\b)?\.?[ \n-]{{0,3}}(?:of[ ])?"
    rf"(?P<month>{_MONTH})(?![^\W_])\.?(?:[ ,\n-]{{0,3}}(?P<year>{_YEAR}))?"
)
_MONTH_FIRST: Final = re.compile(
    rf"(?<![^\W_])(?P<month>{_MONTH})\.?[ \n](?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?[ \n]{{1,2}}(?P<year>(?:19|20)\d\d))?"
)
_MONTH_YEAR: Final = re.compile(
    rf"(?<![^\W_])(?P<month>{_MONTH})(?![^\W_])\.?[ \n]{{1,2}}(?P<year>(?:19|20)\d\d(?!\d)|'\d\d(?!\d))"
)
_D: Final = r"[\dOoIl|]"
_NUMERIC: Final = re.compile(
    rf"(?<![^\W_])(?:{_WEEKDAY})?(?<![\d])(?<!\d[.,/-])(?P<day>{_D}{{1,2}})(?P<sep>[ ]?[-./|\\][ ]?|[ ])(?P<month>{_D}{{1,2}})(?P=sep)"
    rf"(?P<year>(?:[12lI]{_D}|'|`)?[ ]?{_D}{{2}})(?![\dA-Za-z])(?![-./]\d)"
)
_ISO: Final = re.compile(
    r"(?<![\d])(?P<year>(?:19|20)\d\d)(?P<sep>[-./ ]?)(?P<month>0[1-9]|1[0-2])(?P=sep)(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)
_GLUED: Final = re.compile(r"(?<!\d)(?P<day>0[1-9]|[12]\d|3[01])(?P<month>0[1-9]|1[0-2])(?P<year>(?:19|20)\d\d)(?!\d)")
_SHORT: Final = re.compile(r"(?<![\d/-])(?P<day>[0-3]?\d)[ ]?[-/][ ]?(?P<month>[01]?\d)(?![\d/-])")
_LED: Final = re.compile(rf"(?:op|d\.d\.|dd|datum:?|per|tot|vanaf)[ ]\Z|(?P<weekday>{_WEEKDAY})\Z")
_LED_MAX: Final = 14
_DIGIT: Final = str.maketrans("OoIilL|sSbB", "00111115588")
_CENTURY_TURN: Final = 30


class Dated(NamedTuple):
    """A date in a text; the parts that are not written are `None`."""

    start: int
    end: int
    day: int | None
    month: int
    year: int | None


def dates_in(low: str) -> list[Dated]:
    """The dates in a folded text in lower case, sorted, the longest where they overlap."""
    found: list[Dated] = []
    for pattern in (_NUMERIC, _ISO, _GLUED):
        found += filter(None, map(_made, pattern.finditer(low)))
    found += filter(None, (_short(match, low) for match in _SHORT.finditer(low)))
    for month in _MONTH_WORD.finditer(low):
        for pattern in (_WRITTEN, _MONTH_FIRST, _MONTH_YEAR):
            first, last = max(0, month.start() - _BEFORE), month.end() + _AFTER
            found += filter(None, map(_made, pattern.finditer(low, first, last)))
    found += _misread(low)
    found.sort(key=lambda each: (each.start, -each.end))
    kept: list[Dated] = []
    for each in found:
        if kept and each.start < kept[-1].end:
            continue
        kept.append(each)
    return kept


_NEAR_MONTH: Final = re.compile(
    rf"(?<![^\W_])(?P<day>{_D}{{1,2}})[ \n.]{{1,3}}(?P<month>[a-z0-9]{{3,10}})(?![^\W_])(?:[ \n]{{1,3}}(?P<year>[12l]{_D}{{3}}|'{_D}{{2}})(?!\d))?"
)
_LONG_MONTHS: Final = tuple(name for name in _MONTHS if len(name) > 4 or name in ("juni", "juli", "mei"))


@lru_cache(maxsize=4096)
def _like_month(word: str) -> str:
    """The month a misread word looks like, or nothing."""
    plain = skeleton(word)
    for name in _LONG_MONTHS:
        if skeleton(name) == plain:
            return name
        bound = 1 if len(name) < 6 else 2
        if len(name) > 3 and word[0] == name[0] and distance_within(word, name, bound):
            return name
    return ""


def _misread(low: str) -> list[Dated]:
    """Dates whose month, or whose year, text recognition has damaged."""
    made = []
    for match in _NEAR_MONTH.finditer(low):
        word = match["month"]
        name = (_MONTHS.get(word) and word) or ("" if is_ordinary(word) else _like_month(word))
        day = _number(match["day"])
        if name and 1 <= day <= 31:
            made.append(Dated(match.start(), match.end(), day, _MONTHS[name], _year(match["year"])))
    return made


def _short(match: re.Match[str], low: str) -> Dated | None:
    """A day and a month behind a word that leads to a date."""
    led = _LED.search(low, max(0, match.start() - _LED_MAX), match.start())
    date = _made(match) if led else None
    return date._replace(start=led.start()) if date and led and led["weekday"] else date


def _made(match: re.Match[str]) -> Dated | None:
    parts = match.groupdict()
    if parts.get("sep") == " " and len((parts["year"] or "").strip()) < len("2017"):
        return None  # three numbers in a row
    day = _day(parts.get("day"))
    month = _month(parts["month"])
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return Dated(match.start(), match.end(), day, month, _year(parts.get("year")))


def _day(written: str | None) -> int | None:
    if written is None:
        return None
    return _DAY_WORDS.get(written) or _number(written)


def _month(written: str) -> int:
    return _MONTHS.get(written) or _number(written)


def _number(written: str) -> int:
    digits = written.translate(_DIGIT)
    return int(digits) if digits.isdecimal() else 0


def _year(written: str | None) -> int | None:
    if not written:
        return None
    if written.startswith(_THOUSAND):
        rest = written.removeprefix(_THOUSAND).strip().removeprefix("en ").strip()
        return 2000 + NUMBERS.get(rest, NUMBERS.get(rest.removeprefix("en"), 0))
    digits = re.sub(r"[^\d]", "", written.translate(_DIGIT))
    if len(digits) == 2:
        return int(digits) + (2000 if int(digits) < _CENTURY_TURN else 1900)
    return int(digits) if digits else None


def is_birth(date: Dated, born: dt.date) -> bool:
    """Whether a written date, as far as it is written, is the birth date; a month alone needs its year."""
    if date.month != born.month or (date.year is not None and date.year != born.year):
        return False
    return date.day == born.day if date.day is not None else date.year is not None


def age_on(born: dt.date, day: dt.date) -> int:
    """Full years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
