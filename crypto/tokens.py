"""How a value is written before it becomes a keyed search token: the same value, however it was typed."""

import re
import unicodedata

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t"}
)
_APOSTROPHES = re.compile("['\u2018\u2019\u201b\u02bc\u02b9`\u00b4\uff07]")  # all of these are typed
_BREAKS = re.compile(r"[^\w']+|_+")
_PREFIXES = frozenset(
    """
    aan af al auf bij d da dal dalla de degli dei del della den der des di do dos du el 'l 'r 's 't het im in l la las
    le les lo los of onder op over s t te ten ter tho thoe thor to toe tot uijt uit unter van vanden vander ver vom von
    voor vor zu zum zur
    """.split()  # noqa: SIM905  a word list is read as words
)


def normalise_name(text: str) -> list[str]:
    """Take a name apart into whole parts as they are searched, in the order written, each once.

    Marks and case are folded, hyphens and spaces divide, tussenvoegsels ("van der", "'t", "d'") are left out because
    people write and forget them freely. A name made of nothing else keeps them, so that it can still be found.

    Source: issue 3, Keys (search tokens).
    """
    parts = [part for piece in _BREAKS.split(_folded(text)) for part in _at_apostrophe(piece)]
    told = [part for part in parts if part not in _PREFIXES]
    return list(dict.fromkeys(part.replace("'", "") for part in told or parts))


def normalise_number(text: str) -> str:
    """Keep the digits of a number; spaces, dots and other scripts' digits are how people type it."""
    if text.isascii() and text.isdigit():
        return text
    return "".join(str(unicodedata.digit(letter)) for letter in text if letter.isdigit())


def normalise_email(text: str) -> str:
    """Write an e-mail address in the one form it is looked up by: composed, without outer spaces, case folded."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _folded(text: str) -> str:
    if text.isascii():  # nothing to take apart; a renewal folds the names of everyone
        return _APOSTROPHES.sub("'", text).casefold()
    straight = _APOSTROPHES.sub("'", unicodedata.normalize("NFC", text))
    apart = unicodedata.normalize("NFKD", straight.casefold().translate(_LETTERS))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _at_apostrophe(piece: str) -> list[str]:
    # "d'hondt" is d' + hondt, "'t" stands alone, but the o of "o'brien" belongs to the name.
    before, mark, after = piece.strip().partition("'")
    if mark and before in _PREFIXES and after:
        return [before, *_at_apostrophe(after)]
    return [piece] if piece.strip("'") else []
