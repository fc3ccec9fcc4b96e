"""Verstrekking: the one door through which data leave (PR9.1, PR9.2, PR9.3)."""
