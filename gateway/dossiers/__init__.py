"""Dossiers: pupils, their documents and what happens to them."""
