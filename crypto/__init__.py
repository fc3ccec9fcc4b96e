"""Sealed streams, destroyable keys, OpenPGP and signatures. Knows nothing of schools."""
