"""What a session's owner knows it by: the kind of browser and the network, in words. Pure."""

from __future__ import annotations

import ipaddress

from gateway.sentences import sentence

_BROWSERS = (
    ("Edg", "edge", "Edge"),
    ("OPR/", "opera", "Opera"),
    ("SamsungBrowser", "samsung", "Samsung Internet"),
    ("Firefox/", "firefox", "Firefox"),
    ("FxiOS", "firefox", "Firefox"),
    ("Chrome/", "chrome", "Chrome"),
    ("CriOS", "chrome", "Chrome"),
    ("Safari/", "safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "android", "Android"),
    ("iPhone", "iphone", "iPhone"),
    ("iPad", "ipad", "iPad"),
    ("Windows", "windows", "Windows"),
    ("CrOS", "chromebook", "Chromebook"),
    ("Mac OS X", "mac", "Mac"),
    ("Linux", "linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """A short code for the kind of browser and system, such as `firefox.windows`; never the text that was sent."""
    browser = next((code for mark, code, _ in _BROWSERS if mark in user_agent), "")
    system = next((code for mark, code, _ in _SYSTEMS if mark in user_agent), "")
    return f"{browser}.{system}"


def device_words(code: str) -> str:
    """`Firefox op Windows`."""
    browser, _, system = code.partition(".")
    names = {short: name for _, short, name in (*_BROWSERS, *_SYSTEMS)}
    if browser in names and system in names:
        return sentence("%(browser)s op %(system)s", browser=names[browser], system=names[system])
    known = names.get(browser) or names.get(system)
    return sentence("%(name)s", name=known) if known else sentence("een onbekend apparaat")


def network_words(network: str | None, own: str | None) -> str:
    """Where a session is, seen from the network of who looks: no place on a map, which would often be wrong."""
    if network is None:
        return sentence("een onbekend netwerk")
    if network == own:
        return sentence("hetzelfde netwerk als nu")
    found = ipaddress.ip_network(network)
    if found.is_loopback:
        return sentence("deze computer zelf")
    if found.is_private:
        return sentence("een intern netwerk (%(network)s)", network=network)
    return sentence("een ander netwerk (%(network)s)", network=network)
