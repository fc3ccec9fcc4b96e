"""The administrator's pages: organisations, people and the access list. An administrator reads no dossier."""
