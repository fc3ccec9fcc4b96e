"""What every command begins with: settings, logging, services; what is wrong becomes one sentence on the screen."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click
import structlog

from crypto.errors import CryptoError
from gateway.config import ConfigurationError, Settings, load

if TYPE_CHECKING:
    from gateway.services import Services


def configure_logging(level: str) -> None:
    """JSON lines with an instant and a level; personal data never comes in (the callers log ids and kinds only)."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def read_settings() -> Settings:
    """The settings; the command ends with a sentence when one is wrong."""
    try:
        return load()
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def open_services() -> Services:
    """The services that the settings name; the command ends with a sentence when the keyring does not open."""
    from gateway.services import build  # noqa: PLC0415 - commands without a database must not load one

    settings = read_settings()
    configure_logging(settings.log_level)
    try:
        services = build(settings)
    except CryptoError as error:
        raise click.ClickException(
            f"{error} Make a keyring with `dossierpoort keys init`, or check its path and mode."
        ) from error
    except OSError as error:
        raise click.ClickException(
            f"DOSSIERPOORT_DATA_DIR ({settings.data_dir}) cannot be made or used: {error.strerror}."
        ) from error
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(services.db.dispose)
    return services
