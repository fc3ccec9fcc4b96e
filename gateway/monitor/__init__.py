"""Counts without persons (IN6), and what stays of a destroyed dossier in them (PR4.2)."""
