"""Who is told of what: as an operator may say it, and not."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest

from crmbridge.core.alerting import AlertKind
from crmbridge.errors import ConfigError
from crmbridge.logs import Redactor, secret_values
from crmbridge.settings import Settings, listening, load_settings

SECRET = "T0KEN-B7"


def settings(folder: Path, text: str) -> Settings:
    path = folder / "crmbridge.yaml"
    path.write_text(text)
    return load_settings(path)


def test_unless_told_otherwise_nobody_is_told_and_nothing_listens() -> None:
    made = load_settings()
    assert ({}, None) == (made.alerts.channels, made.operation.listen)


def test_webhooks_have_names_and_their_address_may_be_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    address = f"https://hooks.example/{SECRET}"
    (secrets / "alerts__webhooks__ops__url").write_text(address)
    (secrets / "alerts__email__password").write_text("sesame-77")
    monkeypatch.setenv("CRMBRIDGE_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("CRMBRIDGE_ALERTS__WEBHOOKS__HEADS__URL", "https://heads.example/x")
    made = settings(
        tmp_path,
        "alerts:\n"
        "  webhooks:\n"
        "    ops: {kinds: [login, outage]}\n"
        "    heads: {kinds: [sla_digest]}\n"
        "  email: {host: mail.example, sender: a@b.example, to: [c@d.example], username: u}\n"
        '  digest: {at: "8:30", zone: Europe/Berlin}\n',
    )
    assert address == made.alerts.webhooks["ops"].url.get_secret_value()
    assert ["ops", "email"] == made.alerts.told_of(AlertKind.LOGIN)
    assert ["heads", "email"] == made.alerts.told_of(AlertKind.SLA_DIGEST)
    assert made.alerts.digest is not None
    assert time(8, 30) == made.alerts.digest.at
    shown = Redactor(secret_values(made)).clean(f"{made!r} {address} sesame-77")
    assert SECRET not in shown
    assert "sesame-77" not in shown


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f'webhooks: {{ops: {{url: "http://hooks.example/{SECRET}"}}}}', "begin with https://"),
        (f'webhooks: {{ops: {{url: "ftp://hooks.example/{SECRET}"}}}}', "a web address"),
        (f'webhooks: {{ops: {{url: "https://u:{SECRET}@hooks.example/"}}}}', "neither a login"),
        (f'webhooks: {{ops: {{url: "https://hooks.example:99999/{SECRET}"}}}}', "a web address"),
        (f'webhooks: {{ops: {{url: "https://10.1.2.3/{SECRET}"}}}}', "allow_private"),
        (f'webhooks: {{ops: {{url: "https://169.254.169.254/{SECRET}"}}}}', "allow_private"),
        (f'webhooks: {{ops: {{url: "https://[fd00::1]/{SECRET}"}}}}', "allow_private"),
        ('webhooks: {ops: {url: "https://a.example/", kinds: [logn]}}', "mean 'login'"),
        (f'webhooks: {{ops: {{url: "https://a.example/", kinds: {SECRET}}}}}', "a list of kinds"),
        (f'webhooks: {{ops: {{url: "https://a.example/", kinds: ["{SECRET}"]}}}}', "no kind"),
        ('webhooks: {ops: {url: "https://a.example/", urls: x}}', "did you mean 'url'"),
        (f'webhooks: ["https://a.example/{SECRET}"]', "a name for each webhook"),
        ('webhooks: {Ops Team: {url: "https://a.example/"}}', "a small word"),
        ('webhooks: {email: {url: "https://a.example/"}}', "a small word"),
        ("webhooks: {ops: {kinds: [login]}}", "ALERTS__WEBHOOKS__OPS__URL"),
        ("email: {host: m.example, sender: a@b.example}", "email.to names nobody"),
        ("email: {host: m.example, sender: A <a@b.example>, to: [a@b.example]}", "a plain e-mail"),
        ("email: {host: m.example, sender: a@b.example, to: [a], security: none}", "a plain"),
        (
            "email: {host: m.example, sender: a@b.example, to: [a@b.example], security: none}",
            "on this machine alone",
        ),
        (
            "email: {host: m.example, sender: a@b.example, to: [a@b.example], username: u}",
            "belong together",
        ),
        ("digest: {at: 25:00}", "a time of day"),
        ('digest: {at: "08:00", zone: Middle/Earth}', "an IANA name"),
        ('digest: {at: "08:00", days: [0]}', "1 is Monday"),
        ('digest: {at: "08:00", to_managers: true}', "needs alerts.email"),
        ("parked_growth: 0", "alerts.parked_growth"),
    ],
)
def test_what_cannot_be_meant_or_is_not_safe_is_refused_without_the_value(
    line: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, f"alerts:\n  {line}\n")
    assert message in str(caught.value)
    assert re.match(rf"{tmp_path}/crmbridge.yaml:[12]: alerts", str(caught.value))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8321", ("127.0.0.1", 8321)),
        ("[::1]:0", ("::1", 0)),
        ("0.0.0.0:65535", ("0.0.0.0", 65535)),
        ("localhost:8321", ("localhost", 8321)),
        ("8321", None),
        ("::1:8321", None),
        ("127.0.0.1:65536", None),
        ("127.0.0.1:8321/metrics", None),
    ],
)
def test_where_it_listens_is_an_address_and_a_port(
    text: str, address: tuple[str, int] | None
) -> None:
    assert address == listening(text)


def test_a_wrong_address_to_listen_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"operation\.listen: say an address and a port"):
        settings(tmp_path, "operation:\n  listen: 8321\n")
