"""What the XML inside an office package may not say: scripts, macros, encryption, links that load, entities."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.limits import Limits

Element = Callable[[str, dict[str, str]], None]
Text = Callable[[str], None]

_SEPARATOR: Final = " "
_XLINK_HREF: Final = "http://www.w3.org/1999/xlink href"
_SCRIPT_SCHEME: Final = re.compile(
    r"^\s*(javascript|vbscript|data|vnd\.sun\.star\.script|macro|service|slot):", re.IGNORECASE
)
_LOCAL_PATH: Final = re.compile(r"^(file:///?)?[A-Za-z]:[\\/]|^[^/\\:]+$")
_LEAVES_PACKAGE: Final = re.compile(r"^\s*([A-Za-z][A-Za-z0-9+.-]*:|/|\\|\.\.)")
_FIELD_START: Final = "{"
_FIELD_TEXT: Final = frozenset({"instrText", "delInstrText"})
_FORMULA_TEXT: Final = frozenset({"f", "definedName", "formula", "formula1", "formula2"})
_SPACES: Final = re.compile(r"\s+")
_ACTIVE_FIELD: Final = re.compile(r"\{ ?(DDE|DDEAUTO)\b", re.IGNORECASE)
_LOADING_FIELD: Final = re.compile(
    r"\{ ?(INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|RD|LINK|DATABASE) \S", re.IGNORECASE
)
_NETWORK_FORMULA: Final = re.compile(r"\b(WEBSERVICE|RTD|CALL|REGISTER\.ID|EXEC)\s*\(", re.IGNORECASE)
_REFUSED_TYPES: Final = (
    ("macroenabled", "macro"),
    ("vbaproject", "macro"),
    ("vbadata", "macro"),
    ("activex", "active_content"),
    ("oleobject", "embedded_file"),
)
_EVENT: Final = re.compile(r"on[a-z]+$", re.IGNORECASE)
_PICTURE: Final = re.compile(r"\s*data:image/(png|jpe?g|gif);base64,", re.IGNORECASE)
_MAX_CODE: Final = 40_000  # Excel allows 8 192 characters, Word's field names stand in front


@dataclass(slots=True)
class PartHandlers:
    """What to do with the start of an element and with text, while one part is read."""

    element: Element
    text: Text | None = None
    plain_doctype: bool = False
    """Drawing programs name a document type; one that defines something itself is refused all the same."""


@dataclass(slots=True)
class PartRules:
    """The rules of one kind of package."""

    for_part: Callable[[str], PartHandlers]


def svg_rules() -> PartHandlers:
    """What a drawing inside a package may not say: scripts, pages inside it, and links that load from elsewhere."""

    def element(name: str, attributes: dict[str, str]) -> None:
        if _local(name) in {"script", "handler", "foreignObject"}:
            raise RefusedError("active_content")
        for attribute, value in attributes.items():
            if _EVENT.match(_local(attribute)):
                raise RefusedError("active_content")
            if _local(attribute) == "href" and not _PICTURE.match(value) and _LEAVES_PACKAGE.match(value):
                raise RefusedError("active_content" if _SCRIPT_SCHEME.match(value) else "external_content")

    return PartHandlers(element=element, plain_doctype=True)


def check_xml(chunks: Iterable[bytes], handlers: PartHandlers, limits: Limits) -> None:
    """Parse one part as a stream; raises RefusedError on what a handler refuses, a document type, depth, or broken XML.

    An office part has no document type; without one there are no entities to expand and nothing external to fetch.
    """
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.max_xml_depth:
            raise RefusedError("bomb")
        handlers.element(name, attributes)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(_name: str, _system: str | None, _public: str | None, defines: int) -> None:
        if defines or not handlers.plain_doctype:
            raise RefusedError("active_content")

    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    if handlers.text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = handlers.text
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise RefusedError("broken") from error


def content_types(chunks: Iterable[bytes], limits: Limits) -> frozenset[str]:
    """The content types (lower case) that an OOXML package declares; raises RefusedError on one of macros."""
    found: set[str] = set()

    def element(_name: str, attributes: dict[str, str]) -> None:
        declared = attributes.get("ContentType", "").lower()
        for needle, code in _REFUSED_TYPES:
            if needle in declared:
                raise RefusedError(code)
        found.add(declared)

    check_xml(chunks, PartHandlers(element=element), limits)
    return frozenset(found)


def ooxml_rules() -> PartRules:
    """Rules for DOCX and XLSX."""

    def for_part(name: str) -> PartHandlers:
        return PartHandlers(element=_relationship) if name.endswith(".rels") else _ooxml_content()

    return PartRules(for_part=for_part)


def odf_rules() -> PartRules:
    """Rules for ODT."""
    return PartRules(for_part=lambda _name: PartHandlers(element=_odf_element))


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]


def _relationship(name: str, attributes: dict[str, str]) -> None:
    if _local(name) != "Relationship":
        return
    kind = attributes.get("Type", "").rpartition("/")[2].lower()
    target = attributes.get("Target", "")
    if "vbaproject" in kind:
        raise RefusedError("macro")
    if kind in {"oleobject", "package", "afchunk"}:
        raise RefusedError("embedded_file")
    if attributes.get("TargetMode", "Internal").lower() != "external":
        return
    if kind == "hyperlink":
        if _SCRIPT_SCHEME.match(target):
            raise RefusedError("active_content")
    elif kind != "attachedtemplate" or not _LOCAL_PATH.match(target):
        # Word notes where its template stood on the maker's computer; that loads nothing elsewhere. All else does.
        raise RefusedError("external_content")


def _ooxml_content() -> PartHandlers:
    """Fields of Word and formulas of Excel: their code may be spread over many runs, so it is gathered first."""
    gathered = ""
    inside: str | None = None

    def element(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside, gathered
        space, _, local = name.rpartition(_SEPARATOR)
        inside = local if local in _FIELD_TEXT | _FORMULA_TEXT else None
        if local in {"oleObj", "OLEObject", "altChunk"} or (local == "object" and "wordprocessingml" in space):
            raise RefusedError("embedded_file")
        begins = local == "fldChar" and "begin" in attributes.values()
        if begins or local in _FORMULA_TEXT:
            gathered = _FIELD_START
        for attribute, value in attributes.items():
            if _local(attribute) == "instr":
                _check_field(_FIELD_START + value)

    def text(data: str) -> None:
        nonlocal gathered
        if inside is not None:
            # Spaces are folded before the cut, so that a field's name cannot be pushed out of sight.
            gathered = _SPACES.sub(" ", gathered + data)[:_MAX_CODE]
            if inside in _FIELD_TEXT:
                _check_field(gathered)
            elif _NETWORK_FORMULA.search(gathered):
                raise RefusedError("external_content")

    return PartHandlers(element=element, text=text)


def _check_field(code: str) -> None:
    code = _SPACES.sub(" ", code)
    if _ACTIVE_FIELD.match(code):
        raise RefusedError("active_content")
    if _LOADING_FIELD.match(code):
        raise RefusedError("external_content")


def _odf_element(name: str, attributes: dict[str, str]) -> None:
    local = _local(name)
    if local == "encryption-data":
        raise RefusedError("encrypted")
    if local in {"event-listener", "script", "library"} and (
        "script" in name.partition(_SEPARATOR)[0] or local == "script"
    ):
        raise RefusedError("macro")
    if local in {"dde-source", "dde-connection-decl", "dde-connection", "auto-reload"}:
        raise RefusedError("external_content")
    if local in {"object-ole", "applet", "plugin"}:
        raise RefusedError("embedded_file")
    target = attributes.get(_XLINK_HREF, "")
    if _SCRIPT_SCHEME.match(target):
        raise RefusedError("active_content")
    # A link to click on loads nothing; `template` only notes where the template stood.
    if local not in {"a", "template"} and _LEAVES_PACKAGE.match(target):
        raise RefusedError("external_content")
