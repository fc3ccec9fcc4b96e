"""OpenPGP keys: of organisations that receive packages, and the tenant's own."""
