"""What stands on destructions: low enough for every slice to ask, and for the run above them all to write."""
