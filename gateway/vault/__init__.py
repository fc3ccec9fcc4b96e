"""Where the keys of a dossier and of an account hang: the bridge between the tables and `crypto`."""
