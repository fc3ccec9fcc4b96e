"""RFC 6962 trees: the tree by definition is the judge of the one that reads stored nodes."""

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.errors import ProofError


def reference_root(entries):
    """MTH of RFC 6962, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    cut = 1
    while cut * 2 < len(entries):
        cut *= 2
    return hashlib.sha256(b"\x01" + reference_root(entries[:cut]) + reference_root(entries[cut:])).digest()


def reader(entries):
    return lambda level, index: reference_root(entries[index << level : (index + 1) << level])


ENTRIES = [f"entry {number}".encode() for number in range(70)]
SIZES = st.integers(1, len(ENTRIES))
# The eight-leaf example of the Certificate Transparency project's own tests.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_published_example_has_its_published_root():
    assert merkle.root_hash(8, reader(CT_LEAVES)).hex() == CT_ROOT


def test_the_empty_tree_has_the_hash_of_nothing():
    assert merkle.root_hash(0, reader([])) == reference_root([])


@given(SIZES)
def test_the_root_is_the_one_of_the_definition(size):
    assert merkle.root_hash(size, reader(ENTRIES)) == reference_root(ENTRIES[:size])


@given(st.data(), SIZES)
def test_every_leaf_is_proven_in_its_tree_and_no_other_leaf_is(data, size):
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, reader(ENTRIES))
    root = reference_root(ENTRIES[:size])
    leaf = merkle.leaf_hash(ENTRIES[index])
    merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)
    for other in range(size):
        if other != index:
            with pytest.raises(ProofError):
                merkle.verify_inclusion(
                    leaf=merkle.leaf_hash(ENTRIES[other]), index=index, size=size, proof=proof, root=root
                )
            with pytest.raises(ProofError):
                merkle.verify_inclusion(leaf=leaf, index=other, size=size, proof=proof, root=root)


@given(st.data(), SIZES)
def test_a_changed_inclusion_proof_is_refused(data, size):
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion_proof(index, size, reader(ENTRIES)))
    changed = data.draw(_changed(proof))
    with pytest.raises(ProofError):
        merkle.verify_inclusion(
            leaf=merkle.leaf_hash(ENTRIES[index]),
            index=index,
            size=size,
            proof=changed,
            root=reference_root(ENTRIES[:size]),
        )


@given(st.data(), SIZES)
def test_every_tree_is_proven_to_extend_each_before_it(data, new):
    old = data.draw(st.integers(1, new))
    proof = merkle.consistency_proof(old, new, reader(ENTRIES))
    merkle.verify_consistency(
        old=old, new=new, old_root=reference_root(ENTRIES[:old]), new_root=reference_root(ENTRIES[:new]), proof=proof
    )


@given(st.data(), SIZES)
def test_a_changed_consistency_proof_is_refused(data, new):
    old = data.draw(st.integers(1, new))
    changed = data.draw(_changed(list(merkle.consistency_proof(old, new, reader(ENTRIES)))))
    with pytest.raises(ProofError):
        merkle.verify_consistency(
            old=old,
            new=new,
            old_root=reference_root(ENTRIES[:old]),
            new_root=reference_root(ENTRIES[:new]),
            proof=changed,
        )


@given(st.data(), st.integers(2, len(ENTRIES)))
def test_a_rewritten_history_is_not_an_extension(data, new):
    old = data.draw(st.integers(1, new - 1))
    forged = list(ENTRIES)
    forged[data.draw(st.integers(0, old - 1))] = b"forged"
    proof = merkle.consistency_proof(old, new, reader(forged))
    with pytest.raises(ProofError):
        merkle.verify_consistency(
            old=old, new=new, old_root=reference_root(ENTRIES[:old]), new_root=reference_root(forged[:new]), proof=proof
        )


def test_a_consistency_proof_that_leads_to_another_new_root_says_so():
    proof = merkle.consistency_proof(3, 7, reader(ENTRIES))
    with pytest.raises(ProofError, match="new root"):
        merkle.verify_consistency(old=3, new=7, old_root=reference_root(ENTRIES[:3]), new_root=b"\0" * 32, proof=proof)


def test_a_tree_of_one_size_needs_no_proof_and_has_one_root():
    root = reference_root(ENTRIES[:5])
    merkle.verify_consistency(old=5, new=5, old_root=root, new_root=root, proof=[])
    for new_root, proof in ((b"\0" * 32, []), (root, [root])):
        with pytest.raises(ProofError):
            merkle.verify_consistency(old=5, new=5, old_root=root, new_root=new_root, proof=proof)


@pytest.mark.parametrize(("old", "new"), [(0, 4), (5, 4), (-1, 4)])
def test_no_consistency_is_shown_or_accepted_outside_the_tree(old, new):
    with pytest.raises(ProofError):
        merkle.consistency_spans(old, new)
    with pytest.raises(ProofError):
        merkle.verify_consistency(old=old, new=new, old_root=b"\0" * 32, new_root=b"\0" * 32, proof=[])


@pytest.mark.parametrize(("index", "size"), [(4, 4), (-1, 4), (0, 0)])
def test_no_inclusion_is_shown_or_accepted_outside_the_tree(index, size):
    with pytest.raises(ProofError):
        merkle.inclusion_spans(index, size)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(leaf=b"\0" * 32, index=index, size=size, proof=[], root=b"\0" * 32)


def test_a_hash_of_another_length_is_refused():
    with pytest.raises(ProofError, match="32 bytes"):
        merkle.verify_inclusion(leaf=b"\0" * 31, index=0, size=1, proof=[], root=b"\0" * 32)


def test_an_inclusion_proof_at_a_million_is_twenty_hashes_of_whole_subtrees():
    spans = merkle.inclusion_spans(123_456, 1_000_000)
    assert len(spans) == 20
    assert len(spans) * 32 <= 700
    assert len(merkle.spans_to_nodes(spans)) <= 40


def _changed(proof):
    """Some proof that is not this one: a bit turned, a hash more, less, twice or in another place."""
    options = [st.binary(min_size=32, max_size=32).map(lambda extra: [*proof, extra])]
    if proof:
        options.append(st.integers(0, len(proof) - 1).map(lambda place: proof[:place] + proof[place + 1 :]))
        flips = st.tuples(st.integers(0, len(proof) - 1), st.integers(0, 255))
        options.append(
            flips.map(
                lambda flip: [_flip(each, flip[1]) if place == flip[0] else each for place, each in enumerate(proof)]
            )
        )
    if len(proof) > 1:
        pairs = list(itertools.pairwise(range(len(proof))))
        options.append(
            st.sampled_from(pairs).map(
                lambda pair: [
                    proof[pair[1] if i == pair[0] else pair[0] if i == pair[1] else i] for i in range(len(proof))
                ]
            )
        )
    return st.one_of(options)


def _flip(value, bit):
    return bytes(byte ^ (1 << bit % 8) if place == bit // 8 else byte for place, byte in enumerate(value))
