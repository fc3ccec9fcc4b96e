"""The words of OpenDocument that an anonymised document may hold; what is not here does not come along."""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

from gateway.anonymisation.files.markup import FONTS, LANGUAGE, is_mechanical, listed

_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns:"
NSMAP: Final = {
    **{name: f"{_OASIS}{name}:1.0" for name in ("office", "text", "style", "table")},
    "draw": f"{_OASIS}drawing:1.0",
    "fo": f"{_OASIS}xsl-fo-compatible:1.0",
    "svg": f"{_OASIS}svg-compatible:1.0",
    "manifest": f"{_OASIS}manifest:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "loext": "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0",
}
_PREFIXES: Final = {uri: prefix for prefix, uri in NSMAP.items()}

KEEP: Final = listed(
    """office:body office:text office:spreadsheet office:font-face-decls office:styles office:automatic-styles
office:master-styles style:font-face style:style style:default-style style:text-properties
style:paragraph-properties style:table-properties style:table-row-properties style:table-column-properties
style:table-cell-properties style:section-properties style:graphic-properties style:tab-stops style:tab-stop
style:columns style:column style:footnote-sep style:page-layout style:page-layout-properties
style:header-style style:footer-style style:header-footer-properties style:master-page style:header
style:footer style:header-left style:footer-left style:header-first style:footer-first
style:list-level-properties style:list-level-label-alignment style:drop-cap text:list-style
text:list-level-style-bullet text:list-level-style-number text:outline-style text:outline-level-style
text:notes-configuration text:p text:h text:span text:tab text:s text:line-break text:list text:list-item
text:list-header text:section text:note text:note-citation text:note-body text:page-number text:page-count
table:table table:table-column table:table-columns table:table-header-columns table:table-row
table:table-rows table:table-header-rows table:table-cell table:covered-table-cell draw:frame draw:text-box
draw:image"""
)
UNWRAP: Final = {
    **dict.fromkeys(("text:a",), "link_targets"),
    **dict.fromkeys(
        (
            *("text:author-name", "text:author-initials", "text:initial-creator", "text:creator", "text:file-name"),
            *("text:title", "text:subject", "text:keywords", "text:description", "text:editing-cycles"),
            *("text:editing-duration", "text:creation-date", "text:creation-time", "text:modification-date"),
            *("text:modification-time", "text:print-date", "text:print-time", "text:printed-by", "text:date"),
            *("text:time", "text:sender-firstname", "text:sender-lastname", "text:sender-initials"),
            *("text:sender-title", "text:sender-position", "text:sender-email", "text:sender-phone-private"),
            *("text:sender-fax", "text:sender-company", "text:sender-phone-work", "text:sender-street"),
            *("text:sender-city", "text:sender-postal-code", "text:sender-country", "text:sender-state-or-province"),
            *("text:user-defined", "text:user-field-get", "text:user-field-input", "text:variable-get"),
            *("text:variable-set", "text:variable-input", "text:text-input", "text:expression", "text:sequence"),
            *("text:sequence-ref", "text:bookmark-ref", "text:reference-ref", "text:note-ref", "text:chapter"),
            *("text:database-display", "text:database-name", "text:template-name", "text:placeholder"),
            *("text:drop-down", "text:paragraph-count", "text:word-count", "text:character-count", "text:table-count"),
            *("text:image-count", "text:object-count", "text:sheet-name", "text:page-continuation", "text:measure"),
        ),
        "field_codes",
    ),
    **dict.fromkeys(
        ("text:table-of-content", "text:illustration-index", "text:table-index", "text:user-index"), "field_codes"
    ),
    **dict.fromkeys(("text:alphabetical-index", "text:bibliography", "text:object-index"), "field_codes"),
    **dict.fromkeys(("text:index-body", "text:index-title", "text:ruby", "text:ruby-base", "text:meta"), ""),
    **dict.fromkeys(("text:numbered-paragraph", "table:table-row-group", "table:table-column-group"), ""),
    **dict.fromkeys(("text:meta-field", "loext:content-control", "draw:a"), "content_controls"),
    **dict.fromkeys(("draw:g", "table:shapes"), ""),
}
GONE: Final = {
    "office:annotation": "comments",
    "office:annotation-end": "",
    "text:tracked-changes": "tracked_changes",
    "table:tracked-changes": "tracked_changes",
    "text:change": "",
    "text:change-start": "",
    "text:change-end": "",
    "text:hidden-text": "hidden_text",
    "text:hidden-paragraph": "hidden_text",
    "text:conditional-text": "hidden_text",
    "text:script": "active_content",
    "text:execute-macro": "active_content",
    "office:scripts": "active_content",
    "office:event-listeners": "active_content",
    "office:forms": "form_fields",
    "draw:control": "form_fields",
    "svg:title": "alternative_texts",
    "svg:desc": "alternative_texts",
    "text:variable-decls": "field_codes",
    "text:user-field-decls": "field_codes",
    "text:sequence-decls": "",
    "text:linenumbering-configuration": "",
    "table:named-expressions": "defined_names",
    "table:database-ranges": "defined_names",
    "table:content-validations": "defined_names",
    "table:data-pilot-tables": "pivot_tables",
    "table:dde-links": "external_links",
    "table:calculation-settings": "",
    "text:soft-page-break": "",
    "office:meta": "document_properties",
    **dict.fromkeys(("text:bookmark", "text:bookmark-start"), "bookmarks"),
    **dict.fromkeys(("text:reference-mark", "text:reference-mark-start"), "bookmarks"),
    **dict.fromkeys(("text:bookmark-end", "text:reference-mark-end"), ""),
}  # fmt: skip
SHAPES: Final = listed(
    "draw:custom-shape draw:rect draw:ellipse draw:circle draw:caption draw:polygon draw:regular-polygon"
)
MARKED: Final = {
    "draw:object": ("embedded_objects", "[ingesloten object verwijderd]"),
    "draw:object-ole": ("embedded_objects", "[ingesloten object verwijderd]"),
    "draw:plugin": ("embedded_objects", "[ingesloten object verwijderd]"),
    "draw:applet": ("embedded_objects", "[ingesloten object verwijderd]"),
    "draw:floating-frame": ("external_links", "[ingesloten object verwijderd]"),
}
_STYLE_LINKS: Final = listed(
    """style:name text:style-name text:cond-style-name style:parent-style-name style:next-style-name
style:list-style-name style:master-page-name style:page-layout-name table:style-name
table:default-cell-style-name draw:style-name draw:text-style-name text:default-style-name
text:citation-style-name text:citation-body-style-name presentation:style-name style:leader-text-style
style:register-truth-ref-style-name text:visited-style-name style:apply-style-name"""
)
_DROPPED: Final = listed(
    """style:display-name draw:name table:name text:name style:data-style-name xml:id text:id office:name draw:id
xlink:title xlink:href style:filter-name draw:mime-type text:label table:formula office:string-value
office:date-value office:time-value office:boolean-value text:condition fo:clip"""
)
_FONT_PLACES: Final = listed(
    """style:font-name style:font-name-asian style:font-name-complex fo:font-family style:font-family-asian
style:font-family-complex"""
)
_LANGUAGES: Final = frozenset({"fo:language", "fo:country", "style:language-asian", "style:country-asian"})
_PREFIXED: Final = frozenset({"style:num-prefix", "style:num-suffix"})
_SIGN: Final = re.compile(r"[-.)(\]\[ :•●○▪■◦·–—§➢✓\uf000-\uf0ff]{0,3}")
WORDS: Final = listed(
    """none auto normal bold italic oblique left right center justify start end top bottom middle baseline inherit
always page column avoid before after solid dotted dashed double long-dash dot-dash dot-dot-dash wave single
thin medium thick groove ridge inset outset transparent underline skip-white-space continuous word super sub
font-color uppercase lowercase capitalize small-caps embossed engraved letter-kerning simple lr-tb rl-tb
tb-rl tb-lr bt-lr lr rl tb page-content page-start paragraph char as-char frame paragraph-content from-left
from-top from-inside outside inside parallel dynamic biggest run-through run-through-foreground foreground
background wrap no-limit scroll repeat no-repeat stretch standard opaque content fixed portrait landscape
mirrored usage-left all odd even line ideograph-alpha punctuation-wrap simple strict text table table-row
table-column table-cell graphic section paragraph page-layout ruby chart drawing-page float percentage
currency string listtab space nothing label-alignment label-width-and-position footnote endnote document 1 a
A i I decimal visible float border-model collapsing separating embed onLoad frame first-page-only
scale-to-fit wrap-option no-wrap hidden never fix value-type ltr ttb ttb-rl page-number current previous
next manual position-based-on-page keep text-before text-after per-page per-cell ascending variable
swiss roman modern system decorative script hanging list extra index html"""
)
STYLE_NAMES: Final = listed(
    """Standard Default Heading Heading_20_1 Heading_20_2 Heading_20_3 Heading_20_4 Heading_20_5 Heading_20_6 Title
Subtitle Text_20_body List Caption Index Header Footer Footnote Endnote Table_20_Contents Table_20_Heading
Header_20_and_20_Footer Footnote_20_Symbol Footnote_20_anchor Outline Numbering_20_Symbols Bullet_20_Symbols
Frame Graphics Page_20_Number Preformatted_20_Text Quotations First_20_Page"""
)


def short(tag: object) -> str:
    """`text:p` for the element of that namespace; empty for a namespace that is not ours."""
    if not isinstance(tag, str) or not tag.startswith("{"):
        return ""
    uri, _, name = tag[1:].partition("}")
    if uri == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{name}"
    prefix = _PREFIXES.get(uri)
    return f"{prefix}:{name}" if prefix else ""


def full(name: str) -> str:
    """The opposite of `short`."""
    prefix, _, local = name.partition(":")
    return f"{{{NSMAP[prefix]}}}{local}"


def make(name: str, **attributes: str) -> Any:
    """A new element; attributes are written `text__c="2"`."""
    made = etree.Element(full(name), nsmap=NSMAP)
    for key, value in attributes.items():
        made.set(full(key.replace("__", ":").replace("_", "-")), value)
    return made


class Vocabulary:
    """Copies attributes by allow-list; names of styles become numbers."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def style(self, name: str) -> str:
        """The new name of a style; those that every document has keep theirs."""
        if not name or name in STYLE_NAMES:
            return name
        return self._names.setdefault(name, f"S{len(self._names) + 1}")

    def attributes(self, source: Any, made: Any) -> None:
        """Copy what is allowed of the attributes of `source`."""
        face = short(source.tag) == "style:font-face"
        for tag, value in source.attrib.items():
            name = short(tag)
            kept = self._kept("style:font-name" if face else name, value) if name and name not in _DROPPED else None
            if kept is not None:
                made.set(tag, kept)

    def _kept(self, name: str, value: str) -> str | None:
        """The value that an attribute may have; None when it goes."""
        if name in _STYLE_LINKS:
            return self.style(value)
        if name in _FONT_PLACES:
            return value if value.strip("'\"") in FONTS or value in {"variable", "fixed"} else None
        if name in _LANGUAGES:
            return value if LANGUAGE.fullmatch(value.lower()) or value == "none" else None
        if name == "text:bullet-char":
            return value if _SIGN.fullmatch(value) and len(value) == 1 else "•"
        if name in _PREFIXED:
            return value if _SIGN.fullmatch(value) else None
        return value if is_mechanical(value, WORDS) else None
