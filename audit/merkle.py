"""RFC 6962 Merkle trees over SHA-256: hashes, proofs and their verification. Pure; verification raises.

A *node* is a complete subtree: node ``(level, index)`` covers the leaves ``index << level`` up to
``(index + 1) << level``. A proof is a list of spans of leaves; each span is the fold of one or more nodes, and which
nodes these are is known beforehand, so that a store can read them in one go. Source: RFC 6962 section 2.1,
RFC 9162 section 2.1 (the verification).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from audit.errors import ProofError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Node: TypeAlias = tuple[int, int]
Span: TypeAlias = tuple[int, int]
ReadNode: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The 32-byte hash of a leaf with these bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def nodes_of(start: int, end: int) -> tuple[Node, ...]:
    """The complete subtrees, left to right, whose fold is the hash of the leaves ``start`` up to ``end``.

    The span must be one that occurs in a tree: ``start`` is a multiple of the power of two that holds the span.
    """
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return tuple(found)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring subtrees of falling size, joined from the right as RFC 6962 does."""
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def span_hash(span: Span, read: ReadNode) -> bytes:
    """The hash of a span of leaves, folded from the nodes that ``read`` gives."""
    return fold([read(level, index) for level, index in nodes_of(*span)])


def root_hash(size: int, read: ReadNode) -> bytes:
    """The root of the tree over the first ``size`` leaves."""
    return span_hash((0, size), read) if size else EMPTY_ROOT


def inclusion_spans(index: int, size: int) -> tuple[Span, ...]:
    """The spans whose hashes prove that leaf ``index`` stands in the tree of ``size`` leaves, bottom up."""
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} in a tree of {size}")
    start, end = 0, size
    spans: list[Span] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return tuple(reversed(spans))


def consistency_spans(old: int, new: int) -> tuple[Span, ...]:
    """The spans whose hashes prove that the tree of ``old`` leaves is the beginning of that of ``new``."""
    if not 0 < old <= new:
        raise ProofError(f"a tree of {new} leaves cannot be shown to extend one of {old}")
    start, end, whole = 0, new, True
    spans: list[Span] = []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    if not whole:
        spans.append((start, end))  # the verifier knows the old root only when it is a whole left subtree
    return tuple(reversed(spans))


def spans_to_nodes(spans: Iterable[Span]) -> frozenset[Node]:
    """All nodes that these spans are folded from."""
    return frozenset(node for span in spans for node in nodes_of(*span))


def inclusion_proof(index: int, size: int, read: ReadNode) -> tuple[bytes, ...]:
    """The hashes that prove leaf ``index`` in the tree of ``size`` leaves, bottom up."""
    return tuple(span_hash(span, read) for span in inclusion_spans(index, size))


def consistency_proof(old: int, new: int, read: ReadNode) -> tuple[bytes, ...]:
    """The hashes that prove the tree of ``new`` leaves to extend that of ``old``."""
    return tuple(span_hash(span, read) for span in consistency_spans(old, new))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return when the leaf hash stands at ``index`` in the tree of this size and root; otherwise raise ``ProofError``.

    Source: RFC 9162 section 2.1.3.2.
    """
    spans = inclusion_spans(index, size)
    _check_hashes(len(spans), proof, leaf, root)
    joined = leaf
    for (_, end), sibling in zip(spans, proof, strict=True):
        joined = node_hash(sibling, joined) if end <= index else node_hash(joined, sibling)
    if joined != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return when the tree of ``new`` leaves begins with that of ``old``; otherwise raise ``ProofError``.

    Source: RFC 9162 section 2.1.4.2.
    """
    spans = consistency_spans(old, new)
    _check_hashes(len(spans), proof, old_root, new_root)
    steps = list(zip(spans, proof, strict=True))
    old_joined = new_joined = old_root
    if steps and steps[0][0][1] == old:
        old_joined = new_joined = steps.pop(0)[1]  # the last part of the old tree, when that is not one whole subtree
    for (_, end), sibling in steps:
        if end <= old:
            old_joined, new_joined = node_hash(sibling, old_joined), node_hash(sibling, new_joined)
        else:
            new_joined = node_hash(new_joined, sibling)
    if old_joined != old_root:
        raise ProofError("the consistency proof does not lead to the old root")
    if new_joined != new_root:
        raise ProofError("the consistency proof does not lead to the new root")


def _split(size: int) -> int:
    """The largest power of two below ``size``: where RFC 6962 cuts a tree in two."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_hashes(expected: int, proof: Sequence[bytes], *others: bytes) -> None:
    if len(proof) != expected:
        raise ProofError(f"the proof has {len(proof)} hashes where {expected} are needed")
    if any(len(each) != HASH_BYTES for each in (*proof, *others)):
        raise ProofError("a hash has not 32 bytes")
