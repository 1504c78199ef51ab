"""Messages over real connections: what arrives, what is refused, and how long it takes at most."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr
from receivers import Hook, mail_server, webhook

from crmbridge.alert_settings import Mail, Security, Webhook
from crmbridge.operation.delivering import deliver
from crmbridge.operation.posting import DeliveryFailed, is_allowed


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as listening:
        yield listening


def channel(url: str, **more: Any) -> Webhook:
    return Webhook(url=SecretStr(url), **more)


def mail(port: int, **more: Any) -> Mail:
    kept = {"sender": "bridge@corp.example", "to": ("ops@corp.example",), **more}
    return Mail(host="127.0.0.1", port=port, **kept)


def why(receiver: Webhook | Mail) -> str:
    with pytest.raises(DeliveryFailed) as caught:
        deliver(receiver, "a title", "a text")
    assert "T0KEN" not in str(caught.value)
    return str(caught.value)


def test_a_webhook_gets_title_and_text_without_markup_of_anybody_else(hook: Hook) -> None:
    deliver(channel(hook.url), "down & out", "said <!channel> & left")
    assert ["*down &amp; out*\nsaid &lt;!channel&gt; &amp; left"] == hook.texts
    assert hook.headers[0]["Content-Type"].startswith("application/json")


def test_no_redirect_is_followed(hook: Hook) -> None:
    with webhook() as elsewhere:
        hook.status, hook.location = 307, elsewhere.url
        assert "the receiver answers 307" == why(channel(hook.url))
        assert 0 == elsewhere.asked


def test_a_proxy_is_not_asked(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    deliver(channel(hook.url), "a title", "a text")
    assert 1 == len(hook.texts)


def test_a_slow_receiver_has_its_time_and_no_more(hook: Hook) -> None:
    hook.delay = 3
    began = time.monotonic()
    assert "no answer in time" == why(channel(hook.url, timeout=0.2))
    assert time.monotonic() - began < 2


def test_one_that_answers_letter_by_letter_is_left_behind() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        over = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                while not over.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/T0KEN"
        told = why(channel(url, timeout=0.2))
        took = time.monotonic() - began
        over.set()
    assert told == "it did not end within 0.8 s"
    assert took < 2


def test_nobody_listens_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/T0KEN"
    assert "nobody listens there" == why(channel(url))


@pytest.mark.parametrize(
    ("address", "loopback", "private", "allowed"),
    [
        ("93.184.216.34", False, False, True),
        ("2606:2800:220:1::1", False, False, True),
        ("10.0.0.8", False, False, False),
        ("172.16.1.1", False, False, False),
        ("192.168.1.1", False, False, False),
        ("169.254.169.254", False, False, False),
        ("100.64.0.1", False, False, False),
        ("127.0.0.1", False, False, False),
        ("0.0.0.0", False, True, False),
        ("224.0.0.1", False, True, False),
        ("::1", False, False, False),
        ("fd00::1", False, False, False),
        ("fe80::1%eth0", False, False, False),
        ("::ffff:10.0.0.8", False, False, False),
        ("64:ff9b::a00:8", False, False, False),
        ("64:ff9b::5db8:d822", False, False, True),
        ("2002:a00:8::1", False, False, False),
        ("10.0.0.8", False, True, True),
        ("127.0.0.1", True, False, True),
        ("10.0.0.8", True, True, False),
    ],
)
def test_only_public_addresses_are_called_unless_others_are_meant(
    address: str, loopback: bool, private: bool, allowed: bool
) -> None:
    assert allowed is is_allowed(address, loopback=loopback, private=private)


def test_a_name_that_means_a_private_address_is_refused_whatever_else_it_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", (each, port)) for each in ("93.184.216.34", "10.0.0.8")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "allow_private" in why(channel("https://rebound.example/T0KEN"))


def test_exactly_the_address_that_was_checked_is_called_under_the_host_s_name(
    certificate: ssl.SSLContext, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose address changes between two look-ups gets nobody past the check."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with webhook(certificate) as hook:
        url = hook.url.replace("127.0.0.1", "hooks.example")
        real = socket.getaddrinfo

        def chosen(host: str, *rest: Any, **more: Any) -> list[Any]:
            return (resolve if "hooks" in host else real)(host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", chosen)
        # The certificate is another host's, and that is seen.
        told = why(channel(url, allow_private=True))
        assert "its certificate is not trusted" == told
        assert ["hooks.example"] == asked
        deliver(channel(hook.url.replace("127.0.0.1", "localhost")), "a title", "a text")
        assert 1 == len(hook.texts)


def test_a_certificate_of_nobody_known_is_not_trusted(certificate: ssl.SSLContext) -> None:
    with webhook(certificate) as hook:
        assert "its certificate is not trusted" == why(channel(hook.url))
        assert [] == hook.texts


def test_mail_goes_by_starttls_and_a_login(certificate: ssl.SSLContext, trusted: None) -> None:
    with mail_server(certificate, login=("bridge", "sesame")) as box:
        good = mail(box.port, username="bridge", password=SecretStr("sesame"))
        deliver(good, "a title\nBcc: x@y.example", "Grüße\n.\nend")
        told = why(mail(box.port, username="bridge", password=SecretStr("T0KEN")))
    (recipients, message), *rest = box.mails
    assert ["ops@corp.example"] == recipients
    assert "a title Bcc: x@y.example" == message["Subject"]
    assert "bridge@corp.example" == message["From"]
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert ["Grüße", ".", "end"] == payload.decode().split()
    assert ([True], []) == (box.secure, rest)
    assert "the mail server refuses the login [535]" == told


def test_a_server_without_starttls_gets_nothing_in_the_clear() -> None:
    with mail_server() as box:
        assert why(mail(box.port)).startswith("no mail server")
        assert [] == box.mails
        deliver(mail(box.port, security=Security.NONE), "a title", "a text")
        assert [False] == box.secure


def test_a_mail_server_nobody_trusts(certificate: ssl.SSLContext) -> None:
    with mail_server(certificate) as box:
        assert "the mail server's certificate is not trusted" == why(mail(box.port))
        assert [] == box.mails


def test_a_recipient_whom_the_server_refuses_is_told() -> None:
    with mail_server() as box:
        box.refuses = "gone@corp.example"
        both = ("ops@corp.example", "gone@corp.example")
        told = why(mail(box.port, security=Security.NONE, to=both))
        assert "the mail server refuses 1 of 2 recipients" == told
        assert why(mail(box.port, security=Security.NONE, to=both[1:])).startswith(
            "no mail server (SMTPRecipientsRefused)"
        )
