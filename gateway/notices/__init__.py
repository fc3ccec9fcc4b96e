"""Notices: in the portal, and by e-mail without personal data."""
