"""Setting up a bridge without its CRMs: what is asked, what is written, what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crmbridge.cli.init import init
from crmbridge.errors import ConfigError
from crmbridge.settings import load_settings

TOKEN, SECRET = "pat-planted-token", "planted-consumer-secret"
ANSWERED = f"north\n\n{TOKEN}\n\nhttps://acme.my.salesforce.com\nkey-1\n{SECRET}\n"


def run(folder: Path, *options: str, said: str = "") -> Result:
    given = ["--into", str(folder), "--offline", *options]
    return CliRunner().invoke(init, given, input=said, catch_exceptions=False)


def test_every_secret_is_asked_for_unseen_and_kept_apart(tmp_path: Path) -> None:
    result = run(tmp_path, said=ANSWERED)

    assert 0 == result.exit_code
    assert "hubspot: how to log in (token, oauth)" in result.output
    for secret in (TOKEN, SECRET):
        assert secret not in result.output
        assert secret not in (tmp_path / "crmbridge.yaml").read_text()
    kept = tmp_path / "crmbridge.secrets" / "hubspot__token"
    assert (TOKEN, 0o600) == (kept.read_text().strip(), kept.stat().st_mode & 0o777)
    assert 0o700 == kept.parent.stat().st_mode & 0o777
    settings = load_settings(tmp_path / "crmbridge.yaml")
    assert ("shadow", {"hubspot", "salesforce"}) == (settings.mode.value, {*settings.connectors})
    assert (tmp_path / "rules" / "standard.yaml").is_file()


def test_once_more_keeps_what_is_there(tmp_path: Path) -> None:
    run(tmp_path, said=ANSWERED)
    config = tmp_path / "crmbridge.yaml"
    config.write_text(config.read_text().replace("mode: shadow", "mode: live\njitter: 0.2"))
    (tmp_path / "rules" / "sla.yaml").write_text("mine")
    result = run(tmp_path, said="\n\n\n\n\n\n\n")

    assert 0 == result.exit_code
    settings = load_settings(config)
    assert ("north", "live", 0.2) == (settings.name, settings.mode.value, settings.jitter)
    assert TOKEN == (tmp_path / "crmbridge.secrets" / "hubspot__token").read_text().strip()
    assert "mine" == (tmp_path / "rules" / "sla.yaml").read_text()
    assert "jitter: 0.2" in (tmp_path / "crmbridge.yaml.before").read_text()


def test_a_template_of_variables_holds_no_secret(tmp_path: Path) -> None:
    result = run(tmp_path, "--secrets", "environment", said=ANSWERED)

    text = (tmp_path / "crmbridge.env").read_text()
    assert "CRMBRIDGE_HUBSPOT__TOKEN=\n" in text
    assert "CRMBRIDGE_SALESFORCE__CLIENT_SECRET=\n" in text
    assert TOKEN not in text + result.output
    assert not (tmp_path / "crmbridge.secrets").exists()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("salesforce: {}", "hubspot.token is missing"),
        ("hubspot: {flow: magic}", "hubspot.flow: one of token, oauth, not 'magic'"),
        ("hubspot: 7", "hubspot holds `name: value` lines"),
        ("- 7", "answers.yaml:1:"),
        ("hubspot: {token: x}\nsalesforce: {flow: jwt}", "salesforce.base_url is missing"),
    ],
)
def test_what_the_answers_lack_is_told_in_a_line(tmp_path: Path, answers: str, said: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(answers + "\n")
    with pytest.raises(ConfigError) as refused:
        run(tmp_path / "new", "--answers", str(file))

    assert said in str(refused.value)
    assert not (tmp_path / "new" / "crmbridge.yaml").exists()
