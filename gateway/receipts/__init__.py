"""Receipts: proof, for whoever is entitled to an event, that it stands in the log; and the page that checks one."""
