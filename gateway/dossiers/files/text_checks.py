"""What a TXT or an RTF may not hold, and how a TXT is decoded."""

import re
from pathlib import Path
from typing import Final

from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.kinds import looks_like_text

_MARKUP: Final = re.compile(
    r"<\s*(?:!doctype\s+html|html|head|body|script|iframe|object|embed|svg|meta|link|\?xml|\?php)\b|^#!/", re.IGNORECASE
)
_UTF16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")

# A control word, a hexadecimal character, or a control symbol: the three things a backslash can start in RTF.
_RTF_TOKEN: Final = re.compile(rb"\\(?:([A-Za-z]+)(-?\d+)? ?|'[0-9A-Fa-f]{2}|[^A-Za-z])|[{}]", re.DOTALL)
_RTF_EMBEDDING: Final = frozenset(
    b"object objdata objemb objocx objalias objsect objautlink objlink objicemb objhtml objclass bin datastore".split()
)
_RTF_FIELD_WINDOW: Final = 4000
_RTF_CHARACTER: Final = re.compile(rb"\\u(-?\d+) ?[^\\{}]?|\\'([0-9A-Fa-f]{2})|[\r\n]")
_ACTIVE_FIELD: Final = re.compile(rb"\s*(DDE|DDEAUTO)\b", re.IGNORECASE)
_LOADING_FIELD: Final = re.compile(rb"\s*(INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|RD|LINK|DATABASE)\s", re.IGNORECASE)


def decode_text(data: bytes) -> str:
    """`data` as text: UTF-8 or UTF-16 (by its mark), else Windows-1252; raises RefusedError when it is none of them."""
    try:
        for mark, codec in _UTF16.items():
            if data.startswith(mark):
                return data[2:].decode(codec)
        if not looks_like_text(data):
            raise RefusedError("unknown_kind")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise RefusedError("unknown_kind") from error


def check_text(path: Path) -> None:
    """Pass a readable text that no program would take for a web page or a script; raises RefusedError otherwise."""
    text = decode_text(path.read_bytes())
    if not text.strip():
        raise RefusedError("empty")
    if _UNPRINTABLE.search(text):
        raise RefusedError("unknown_kind")
    if _MARKUP.search(text):
        raise RefusedError("polyglot")


def check_rtf(path: Path) -> None:
    """Pass an RTF that ends where it should and embeds, links and runs nothing; raises RefusedError otherwise."""
    data = path.read_bytes()
    depth = 0
    for token in _RTF_TOKEN.finditer(data):
        if token.group() == b"{":
            depth += 1
        elif token.group() == b"}":
            depth -= 1
            if depth == 0:
                _refuse_after_rtf(data[token.end() :])
                return
        elif token.group(1):
            _check_control_word(token.group(1).lower(), data, token.end())
    raise RefusedError("broken")


def _check_control_word(word: bytes, data: bytes, after: int) -> None:
    if word in _RTF_EMBEDDING:
        raise RefusedError("embedded_file")
    if word == b"template" and re.match(rb"\s*(https?:|ftp:|file:|\\\\)", data[after : after + 200], re.IGNORECASE):
        raise RefusedError("external_content")
    if word == b"fldinst":
        code = _RTF_TOKEN.sub(b"", _RTF_CHARACTER.sub(_plain_character, data[after : after + _RTF_FIELD_WINDOW]))
        if _ACTIVE_FIELD.match(code):
            raise RefusedError("active_content")
        if _LOADING_FIELD.match(code):
            raise RefusedError("external_content")


def _plain_character(found: re.Match[bytes]) -> bytes:
    """A letter written as a number, as itself; the name of a field may be hidden that way."""
    number = int(found[1]) if found[1] else int(found[2], 16) if found[2] else 0
    return bytes([number]) if ord(" ") < number < 127 and number not in b"\\{}" else b""  # noqa: PLR2004 - ASCII


def _refuse_after_rtf(rest: bytes) -> None:
    if rest.strip(b"\x00\r\n\t "):
        raise RefusedError("polyglot")
