"""Finds every identifier in a text, so that what leaves anonymised points to nobody (CV4.6, PR4.2, OB3)."""
