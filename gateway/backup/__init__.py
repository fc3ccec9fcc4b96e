"""Backups of the database with its sealed objects, copies of the keyring apart from them, and putting either back."""
