"""Reads a copied Word story as the text that a reader sees, each piece with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.markup import TextSlot, children
from gateway.anonymisation.files.word_vocabulary import W, local

if TYPE_CHECKING:
    from gateway.anonymisation.files.slots import Story

_READ_AS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad", "sym": " "}


def tell(story: Story, source: Any, *, in_cell: bool = False) -> None:
    """Read a copied story into `story`: paragraphs on lines, cells behind each other."""
    blocks = list(children(source))
    for block in blocks:
        name = local(block)
        if name == "p":
            _tell_inline(story, block)
            if not (in_cell and block is blocks[-1]):
                story.gap("\n")
        elif name == "tr":
            for cell in block.iterchildren(f"{W}tc"):
                tell(story, cell, in_cell=True)
                story.gap("\t")
            story.gap("\n")
        elif name in {"tbl", "footnote", "endnote"}:
            tell(story, block)


def _tell_inline(story: Story, source: Any) -> None:
    for child in children(source):
        name = local(child)
        if name == "t":
            story.add(child.text or "", TextSlot(child))
        elif name in _READ_AS:
            story.gap(_READ_AS[name])
        elif name == "r":
            _tell_inline(story, child)
