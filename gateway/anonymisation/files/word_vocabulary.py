"""The words of WordprocessingML that an anonymised document may hold; what is not here does not come along."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from gateway.anonymisation.files.markup import FONTS, LANGUAGE, children, is_mechanical, listed

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
NSMAP: Final = {"w": W[1:-1], "r": R[1:-1]}

PROPERTIES: Final = listed(
    """b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint color spacing w kern position sz
szCs highlight u effect bdr shd vertAlign rtl cs em lang rFonts rStyle snapToGrid noProof fitText pStyle
keepNext keepLines pageBreakBefore framePr widowControl numPr ilvl numId suppressLineNumbers pBdr top left
bottom right between bar start end tabs tab suppressAutoHyphens ind contextualSpacing mirrorIndents jc
textDirection textAlignment outlineLvl bidi rPr pPr tblStyle tblpPr tblOverlap bidiVisual
tblStyleRowBandSize tblStyleColBandSize tblW tblCellSpacing tblInd tblBorders insideH insideV tblLayout
tblCellMar tblLook gridBefore gridAfter wBefore wAfter cantSplit trHeight tblHeader tcW gridSpan hMerge
vMerge tcBorders noWrap tcMar tcFitText vAlign tl2br tr2bl type pgSz pgMar pgBorders lnNumType pgNumType
cols col noEndnote titlePg rtlGutter docGrid footnotePr endnotePr pos numFmt numStart numRestart start
lvlRestart isLgl suff lvlJc multiLevelType"""
)
WORDS: Final = listed(
    """auto none nil clear single double thick dotted dashed dash dotDash dotDotDash triple wave wavyHeavy
wavyDouble words thinThickSmallGap thickThinSmallGap thinThickThinSmallGap thinThickMediumGap
thickThinMediumGap thinThickLargeGap thickThinLargeGap dashSmallGap inset outset hairline dottedHeavy
dashLong dashLongHeavy dashedHeavy dotDashHeavy dotDotDashHeavy threeDEmboss threeDEngrave left right center
both start end distribute thaiDistribute lowKashida mediumKashida highKashida num bar decimal hyphen
underscore middleDot heavy top bottom baseline superscript subscript inside outside page margin text column
black blue cyan green magenta red yellow white darkBlue darkCyan darkGreen darkMagenta darkRed darkYellow
darkGray lightGray solid horzStripe vertStripe reverseDiagStripe diagStripe horzCross diagCross pct5 pct10
pct12 pct15 pct20 pct25 pct30 pct35 pct37 pct40 pct45 pct50 pct55 pct60 pct62 pct65 pct70 pct75 pct80 pct85
pct87 pct90 pct95 dxa pct fixed autofit restart continue exact atLeast around notBeside through tight
default first even odd nextPage nextColumn evenPage oddPage continuous newPage newSection eachPage eachSect
portrait landscape lrTb tbRl btLr lrTbV tbRlV tbLrV lines linesAndChars snapToChars lowerLetter upperLetter
lowerRoman upperRoman bullet ordinal cardinalText ordinalText decimalZero chicago tab space nothing
singleLevel multilevel hybridMultilevel paragraph character table numbering separator continuationSeparator
normal firstRow lastRow firstCol lastCol band1Vert band2Vert band1Horz band2Horz neCell nwCell seCell swCell
wholeTable textWrapping all before after eastAsia ascii hAnsi cs drop tile center never overlap preserve"""
)
STYLE_NAMES: Final = listed(
    """Normal|Default Paragraph Font|Normal Table|No List|Title|Subtitle|Strong|Emphasis|Quote|Intense Quote
List Paragraph|No Spacing|Table Grid|header|footer|footnote text|footnote reference|endnote text
endnote reference|page number|caption|List|List Bullet|List Bullet 2|List Number|List Number 2|Body Text
Body Text Indent|Hyperlink|Plain Text|heading 1|heading 2|heading 3|heading 4|heading 5|heading 6|heading 7
heading 8|heading 9|TOC Heading|toc 1|toc 2|toc 3|toc 4|Light Shading|Light List|Light Grid
Grid Table 1 Light|Grid Table 4|Plain Table 1""",
    "|",
)
_LEFT_OUT: Final = frozenset({"vanish", "specVanish", "webHidden"})
_STYLE_LINKS: Final = frozenset({"pStyle", "rStyle", "tblStyle", "basedOn", "next", "link"})
_THEME_FONTS: Final = {"asciiTheme": "ascii", "hAnsiTheme": "hAnsi", "cstheme": "cs", "eastAsiaTheme": "eastAsia"}
_FONT_PLACES: Final = frozenset({"ascii", "hAnsi", "cs", "eastAsia"})


class Vocabulary:
    """Copies properties by allow-list; style ids become numbers, fonts those that everybody has."""

    def __init__(self, styles: dict[str, str], theme: dict[str, str]) -> None:
        self.styles = styles
        self._theme = theme

    def properties(self, source: Any, target: Any) -> None:
        """Copy what is allowed of the children of `source` into `target`."""
        for child in children(source):
            name = local(child)
            if name not in PROPERTIES or name in _LEFT_OUT:
                continue
            made = self.element(child)
            if made is not None:
                target.append(made)

    def element(self, source: Any) -> Any | None:
        """One property with what is in it; None when nothing of it is allowed, though it said something."""
        name = local(source)
        if name in _STYLE_LINKS:
            known = self.styles.get(source.get(f"{W}val", ""))
            return None if known is None else make(name, val=known)
        made = etree.Element(f"{W}{name}", nsmap=NSMAP)
        self._attributes(source, made, name)
        self.properties(source, made)
        if (source.attrib or len(source)) and not (made.attrib or len(made)):
            return None
        return made

    def _attributes(self, source: Any, made: Any, name: str) -> None:
        for attribute, value in source.attrib.items():
            if not attribute.startswith(W):
                continue
            key = attribute[len(W) :]
            if name == "rFonts":
                font = self._theme.get(value[:5], "") if key in _THEME_FONTS else value
                place = _THEME_FONTS.get(key, key)
                if place in _FONT_PLACES and font in FONTS:
                    made.set(f"{W}{place}", font)
            elif name == "lang":
                if LANGUAGE.fullmatch(value):
                    made.set(attribute, value)
            elif is_mechanical(value, WORDS):
                made.set(attribute, value)


def local(element: Any) -> str:
    """The name of a WordprocessingML element without its namespace; empty for any other."""
    tag = element.tag
    return tag[len(W) :] if isinstance(tag, str) and tag.startswith(W) else ""


def make(name: str, **attributes: str) -> Any:
    """A new element with attributes of the same namespace."""
    made = etree.Element(f"{W}{name}", nsmap=NSMAP)
    for key, value in attributes.items():
        made.set(f"{W}{key}", value)
    return made
