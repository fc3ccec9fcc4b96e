"""Objection and appeal against a besluit: who, in time or late, the term, the advice, the decision (OB1)."""
