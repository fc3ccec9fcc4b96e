"""The privacyreglement as data, and the pure judge that applies it."""
