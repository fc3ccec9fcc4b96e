"""Letters: the SWV's own words in adaptable templates, what the law adds, and who got which letter when (PR11.10)."""
