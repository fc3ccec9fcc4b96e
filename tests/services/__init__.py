"""Real services for the tests: PostgreSQL, an S3 server and clamd, thrown away afterwards.

In tests: the fixtures of `tests/conftest.py`. From a shell: `python -m tests.services postgres start --dir DIR`, and
`stop` with the same words. `shared.start(name, directory)` and `shared.stop(name, directory)` do the same in Python.
"""
