"""Besluiten and keeping on the screen: matters, the TLV with its BRON fields, holds, and what waits to be looked at."""
