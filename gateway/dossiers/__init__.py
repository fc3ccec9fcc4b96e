"""Dossiers: the pupil, the documents, how they come in, are checked, described, submitted and read."""
