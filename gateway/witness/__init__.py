"""Witnesses of the log: partners that confirm our checkpoints, and partners whose log we confirm."""
