"""Matters of a dossier, the besluit each ends with, and what forbids destruction: the judge asks here."""
