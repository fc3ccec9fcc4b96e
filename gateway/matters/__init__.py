"""Matters of a dossier, the besluit each ends with, and what forbids destruction. Below dossiers: the judge asks here."""
