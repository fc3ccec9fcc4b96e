"""Typed events in an append-only log, with proofs that anyone can check."""
