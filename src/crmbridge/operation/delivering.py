"""Sending one message over one channel, within a bounded time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from crmbridge.alert_settings import Mail, Webhook
from crmbridge.operation.mailing import send_mail
from crmbridge.operation.posting import DeliveryFailed, post

_STEPS = 4
"""Steps of a delivery that may each take the channel's timeout: look up, connect, send, answer."""


def deliver(channel: Webhook | Mail, title: str, text: str, to: Sequence[str] = ()) -> None:
    """Send; ``to`` replaces the recipients of a mail. Raises ``DeliveryFailed`` with a reason that
    holds no secret, at the latest when the time of all steps is over."""
    seconds = channel.timeout * _STEPS
    if isinstance(channel, Webhook):
        _within(seconds, lambda: post(channel, title, text))
    else:
        _within(seconds, lambda: send_mail(channel, title, text, to or channel.to))


def _within(seconds: float, act: Callable[[], None]) -> None:
    """A name that is not looked up in time, and a server that answers byte by byte, have no end of
    their own: they are left behind."""
    failures: list[DeliveryFailed] = []
    done = threading.Event()

    def run() -> None:
        try:
            act()
        except DeliveryFailed as error:
            failures.append(error)
        done.set()

    threading.Thread(target=run, name="delivery", daemon=True).start()
    if not done.wait(seconds):
        raise DeliveryFailed(f"it did not end within {seconds:g} s")
    if failures:
        raise failures[0]
