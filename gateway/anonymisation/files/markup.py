"""XML of an office document: read without entities, kept by allow-list only, written anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from gateway.anonymisation.files.errors import FileRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH: Final = 400
_MECHANICAL: Final = re.compile(
    r"[-+]?\d{0,7}(?:\.\d{1,5})?(?:%|pt|in|cm|mm|px|em|pc|pi|inch)?|#?[0-9A-Fa-f]{6}|true|false|on|off"
)
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")


def listed(words: str, between: str | None = None) -> frozenset[str]:
    """A list of words as it is written in these modules: on lines, with spaces or with `between`."""
    return frozenset(words.split() if between is None else words.replace("\n", between).split(between))


FONTS: Final = listed(
    """Arial|Arial Narrow|Arial Black|Calibri|Calibri Light|Cambria|Cambria Math|Candara|Comic Sans MS|Consolas
Constantia|Corbel|Courier New|Courier|DejaVu Sans|DejaVu Serif|DejaVu Sans Mono|Franklin Gothic Book
Garamond|Georgia|Gill Sans MT|Helvetica|Liberation Sans|Liberation Serif|Liberation Mono
Liberation Sans Narrow|Lucida Console|Lucida Sans|Aptos|Aptos Display|Carlito|Caladea|Noto Sans|Noto Serif
OpenSymbol|Palatino Linotype|Segoe UI|Symbol|Tahoma|Times New Roman|Times|Trebuchet MS|Verdana|Webdings
Wingdings|Wingdings 2|Wingdings 3|Century Gothic|Open Sans|Roboto|Lato""",
    "|",
)
"""Letters that say nothing of who wrote; another one is left out."""


def parse(data: bytes) -> Any:
    """The root element of one part; raises FileRefusedError on a document type, too deep a tree, or broken XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FileRefusedError("broken") from error
    document = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise FileRefusedError("active_content")
    deepest = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        deepest += 1 if event == "start" else -1
        if deepest > _DEPTH:
            raise FileRefusedError("bomb")
    return root


def serialise(root: Any) -> bytes:
    """The part as bytes, with a plain declaration; namespaces that nothing uses are left out."""
    etree.cleanup_namespaces(root)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    return written


def is_mechanical(value: str, words: frozenset[str]) -> bool:
    """Whether this attribute holds nothing but measures, colours, switches and words of the standard itself.

    Seven digits at most: a number that points to a person is longer.
    """
    return all(_MECHANICAL.fullmatch(part) or part in words for part in value.split(" ") if part)


def children(element: Any) -> Iterator[Any]:
    """The child elements: comments, processing instructions and entities are not among them."""
    return (child for child in element if isinstance(child.tag, str))


class TextSlot:
    """The text right inside an element, or right behind it (`tail`)."""

    __slots__ = ("_element", "_tail")

    def __init__(self, element: Any, *, tail: bool = False) -> None:
        self._element = element
        self._tail = tail

    def write(self, text: str) -> None:
        """Put `text` there."""
        if self._tail:
            self._element.tail = text
        else:
            self._element.text = text


def add_text(element: Any, text: str | None) -> None:
    """Append text to an element with mixed content."""
    if not text:
        return
    last = element[-1] if len(element) else None
    if last is None:
        element.text = (element.text or "") + text
    else:
        last.tail = (last.tail or "") + text
