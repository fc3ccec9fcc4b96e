"""The gateway: everything that knows of schools, dossiers and people."""

__version__ = "0.1.0"
