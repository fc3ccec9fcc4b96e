"""The application as gunicorn starts it; each worker process builds its own services."""

from __future__ import annotations

import gc

from gateway import hardening
from gateway.app import create_app
from gateway.cli_setup import configure_logging
from gateway.config import load
from gateway.services import build

hardening.no_core_dumps()
_settings = load()
hardening.forget_secrets()
configure_logging(_settings.log_level)
application = create_app(build(_settings))

# What was loaded lives as long as the process: without this each full collection walks through all of it again.
gc.collect()
gc.freeze()
