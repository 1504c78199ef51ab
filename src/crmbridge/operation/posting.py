"""A message to a Slack-compatible webhook.

The address is a setting, and a setting may be a trap: only addresses of the public network are
called, and exactly those that were checked. No redirect is followed, no proxy asked.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

import urllib3

from crmbridge.alert_settings import Webhook
from crmbridge.web_address import is_loopback

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "crmbridge"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class DeliveryFailed(Exception):
    """A message did not arrive; the text says why and holds no secret."""


def post(webhook: Webhook, title: str, text: str) -> None:
    """Send the message; raises ``DeliveryFailed`` unless the receiver says 2xx."""
    parts = urlsplit(webhook.url.get_secret_value())
    body = json.dumps({"text": f"*{escaped(title)}*\n{escaped(text)}"}).encode()
    status = 0
    addresses = _checked(parts, webhook)
    for number, address in enumerate(addresses, start=1):
        try:
            status = _send(parts, address, body, webhook.timeout)
            break
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as e:
            # A host with several addresses may be there under another one.
            if number == len(addresses):
                raise DeliveryFailed(_reason(e)) from None
        except urllib3.exceptions.HTTPError as error:
            raise DeliveryFailed(_reason(error)) from None
    if not 200 <= status < 300:
        raise DeliveryFailed(f"the receiver answers {status}")


def _send(parts: SplitResult, address: str, body: bytes, seconds: float) -> int:
    """The status of the answer of the host at this very address."""
    timeout = urllib3.Timeout(connect=seconds, read=seconds)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            _port(parts),
            timeout=timeout,
            ssl_context=ssl.create_default_context(),
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, _port(parts), timeout=timeout)
    with pool:
        answer = pool.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=body,
            headers={**_HEADERS, "Host": parts.netloc},
            redirect=False,
            retries=False,
            preload_content=False,
        )
        answer.close()
        return answer.status


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def escaped(text: str) -> str:
    """Text that no receiver takes for markup: a CRM's words must not call a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _checked(parts: SplitResult, webhook: Webhook) -> list[str]:
    """The addresses of the host, each once: all of them must be allowed."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise DeliveryFailed("its host is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for each in addresses:
        if not is_allowed(each, loopback=is_loopback(host), private=webhook.allow_private):
            raise DeliveryFailed(
                "its host lies in a private network: set allow_private if that is meant"
            )
    return addresses


def is_allowed(text: str, *, loopback: bool, private: bool) -> bool:
    """Whether this address may be called: a public one, or ``private`` where that was said. Where
    the setting names this machine (``loopback``) nothing else is meant."""
    address = _plain(ipaddress.ip_address(text.partition("%")[0]))
    if loopback:
        return address.is_loopback
    if address.is_multicast or address.is_unspecified:
        return False
    return private or address.is_global


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if so: it is where the call would end."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def _reason(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nobody listens there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return f"no connection ({type(error).__name__})"
