"""Verzet, shields and restrictions on a dossier: what the judge must know before anyone uses it."""
