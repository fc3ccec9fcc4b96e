"""The line between two SWVs: the same case on both sides, carried by signed messages in order."""
