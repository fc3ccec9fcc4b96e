"""Everything that looks inside an uploaded file: kinds, checks, malware scan, renditions, and the box they run in.

Nothing here knows of Flask or of the database. An uploaded file is hostile until proven otherwise: the web process
only looks at its first bytes (`kinds.sniff`); all else happens in `sandbox.run_check`, one file in one bounded child
process, on memory-backed scratch.
"""
