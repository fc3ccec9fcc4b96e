"""The gateway: everything that knows of schools, dossiers and people."""
