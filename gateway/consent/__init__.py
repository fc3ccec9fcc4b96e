"""Consent: who gave it, for what and to whom, until when; withdrawable at any time (GR1, PRage)."""
