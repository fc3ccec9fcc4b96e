"""What the doctor says of secrets and of settings that are weaker than they need be."""

from __future__ import annotations

import ipaddress
import os
import stat
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FEW = 10
"""A secret of fewer different characters was typed, not made."""
LONGEST_IDLE, LONGEST_HOURS = 30, 12
SOON = timedelta(days=30)


def look_at_secrets(settings: Settings, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """How the secrets are kept: state and text."""
    environment = os.environ if environment is None else environment
    if settings.root_secret == settings.cookie_secret:
        return "bad", "the root secret and the cookie secret are the same: make another with `dossierpoort keys secret`"
    found = list(_faults(settings, environment))
    return ("warn", "; ".join(found)) if found else ("good", "in files that only the service reads")


def _faults(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    for item in fields(Settings):
        value, variable = getattr(settings, item.name), PREFIX + item.name.upper()
        if not item.metadata["secret"] or not value:
            continue
        file = environment.get(f"{variable}_FILE")
        if file:
            yield from _file_faults(variable, Path(file))
        elif variable in environment and not settings.demo:
            yield f"{variable} stands in the environment, which others inherit: use {variable}_FILE"
        if item.name in {"root_secret", "cookie_secret"} and len(set(value)) < FEW:
            yield f"{variable} is easy to guess: make one with `dossierpoort keys secret`"


def _file_faults(variable: str, file: Path) -> Iterator[str]:
    status = file.stat()
    if stat.S_IMODE(status.st_mode) & 0o077:
        yield f"the file of {variable} can be read by others: chmod 600"
    if status.st_uid not in {os.getuid(), 0}:
        yield f"the file of {variable} belongs to someone else"


def look_at_strength(settings: Settings, today: date) -> tuple[str, str]:
    """Settings that are allowed and weaker than they need be: state and text."""
    found = list(_weak(settings, today))
    return ("warn", "; ".join(found)) if found else ("good", "nothing is weaker than it need be")


def _weak(settings: Settings, today: date) -> Iterator[str]:
    if settings.session_idle_minutes > LONGEST_IDLE or settings.session_hours > LONGEST_HOURS:
        yield f"sessions last longer than {LONGEST_IDLE} minutes idle or {LONGEST_HOURS} hours"
    if settings.smtp_host and not settings.smtp_starttls:
        yield "mail goes without TLS: sign-in links can be read on the way"
    networks = [ipaddress.ip_network(each.strip()) for each in settings.proxy_networks.split(",") if each.strip()]
    if settings.trusted_proxies and any(
        network.num_addresses > 2**24 for network in networks if not network.is_loopback
    ):
        yield "DOSSIERPOORT_PROXY_NETWORKS is so wide that strangers can name their own address"
    if not settings.security_contact:
        yield "no DOSSIERPOORT_SECURITY_CONTACT: who finds a flaw does not know whom to tell"
    elif date.fromisoformat(settings.security_expires) < today + SOON:
        yield "the contact for flaws ends within a month, or has: set DOSSIERPOORT_SECURITY_EXPIRES"
    if settings.log_level.upper() == "DEBUG":
        yield "the log level is DEBUG"
