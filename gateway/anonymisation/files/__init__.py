"""True redaction of files: a new file without history, and the proof on it.

Nothing of the source comes along but what is on an allow-list. What parses the source runs in one bounded process
(`child`, stage `redact`), what proves the output in another (stage `prove`); `running` starts both.

Source: issue 7 (True redaction of files, Proof on the output).
"""
