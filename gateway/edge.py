"""The edge of the web application: whose headers are believed, which hosts are answered, what every answer carries."""

from __future__ import annotations

import ipaddress
import secrets
from typing import TYPE_CHECKING, Any

from flask import Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from gateway.config import Settings

HEALTH = ("/healthz", "/readyz")
"""What a load balancer asks by address, not by name: it says nothing of anyone, so it is answered under any host."""
FORWARDED = (
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX", "HTTP_FORWARDED", "HTTP_X_REAL_IP",
)  # fmt: skip
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Code runs only from a script that our own template names, by a nonce of this one answer; none of ours makes markup
out of text, so no policy of Trusted Types is let in either."""
NOT_NEEDED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "hid",
    "idle-detection", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock",
    "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
"""Powers of a browser that no page of ours uses; those of passkeys are not among them."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in NOT_NEEDED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
}
LOCAL = ("localhost", "127.0.0.1", "::1")


def own_host(settings: Settings) -> str:
    """The name in base_url, without its port."""
    place = settings.base_url.split("://", 1)[-1].split("/", 1)[0]
    return place.rsplit(":", 1)[0] if not place.endswith("]") else place


def hosts(settings: Settings) -> list[str]:
    """The host names that are answered: those of the settings, or that of base_url; on one's own machine, its names."""
    named = [host.strip() for host in settings.hosts.split(",") if host.strip()] or [own_host(settings)]
    return [*named, *LOCAL] if not settings.hosts and own_host(settings) in LOCAL else named


def wrap(app: Flask, settings: Settings) -> None:
    """Put the border before the application: forwarded headers, and health under any host."""
    inner = app.wsgi_app
    believed = inner
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        believed = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops)
    networks = [ipaddress.ip_network(each.strip()) for each in settings.proxy_networks.split(",") if each.strip()]
    host = own_host(settings)

    def border(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        from_proxy = settings.trusted_proxies > 0 and _within(environ.get("REMOTE_ADDR", ""), networks)
        if not from_proxy:
            for name in FORWARDED:
                environ.pop(name, None)
        if environ.get("PATH_INFO") in HEALTH:
            environ["HTTP_HOST"] = host
            environ.pop("HTTP_X_FORWARDED_HOST", None)
        return (believed if from_proxy else inner)(environ, start_response)

    app.wsgi_app = border  # type: ignore[method-assign] # Flask's own way


def _within(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    if not address:
        return True  # a socket file: only who may open it speaks through it
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False


def nonce() -> str:
    """The nonce of this answer, for the scripts that our own templates name."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def put_headers(response: Response, *, secure: bool) -> None:
    """Give an answer what every answer carries; a view may have set a stricter policy of its own."""
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce()))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=86400"
    else:
        response.headers["Cache-Control"] = "no-store"
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
