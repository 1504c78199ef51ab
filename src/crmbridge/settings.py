"""Settings from the command line, the environment, a secrets directory and one YAML file.

The stronger source wins in that order. Unknown names are refused wherever they stand, and no
error repeats a value: it might be a secret in the wrong place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from crmbridge.alert_settings import AlertSettings
from crmbridge.core.scope import Mode
from crmbridge.errors import ConfigError, did_you_mean
from crmbridge.plugins import discover
from crmbridge.rulebook.source import Source, read
from crmbridge.settings_paths import from_folder
from crmbridge.store_place import StorePlace
from crmbridge.web_address import is_loopback

PREFIX = "CRMBRIDGE_"
_CONFIG, _SECRETS = "CRMBRIDGE_CONFIG", "CRMBRIDGE_SECRETS_DIR"
_BESIDE = frozenset({_CONFIG, _SECRETS, "CRMBRIDGE_RULES_DIR", "CRMBRIDGE_OLIST_DIR"})
"""Variables of ours that are no settings."""

_LEAST_KEPT = {"journal": 30, "outbox": 7}
"""Days: what was done last month, and what a CRM answered last week, may be asked for."""
_DAYS = re.compile(r"(\d+) days?")

_DEFAULT_CONFIG = Path("crmbridge.yaml")
_RULES = "rules"
NAME = r"^[A-Za-z0-9][\w.-]{0,63}$"
"""What a bridge may be called."""
_DEFAULT_SECRETS = Path("/run/secrets/crmbridge")
SECRETS_BESIDE = "crmbridge.secrets"
"""A folder of this name beside the settings file holds secrets where no other is named."""


class RetentionSettings(BaseModel):
    """How long the store keeps what was done, such as ``400 days``, or for ever (``never``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    journal: timedelta | None = timedelta(days=400)
    outbox: timedelta | None = timedelta(days=30)

    @field_validator("journal", "outbox", mode="before")
    @classmethod
    def _kept(cls, value: object, info: ValidationInfo) -> timedelta | None:
        if value == "never":
            return None
        least = _LEAST_KEPT[str(info.field_name)]
        found = _DAYS.fullmatch(str(value).strip())
        if found is None:
            raise ValueError(f"say how long, such as `{least} days`, or `never`")
        # More than a century is for ever, and more than a date can say.
        days = min(int(found[1][:9]), 40_000)
        if days < least:
            raise ValueError(f"at least {least} days are kept")
        return timedelta(days=days)


class ScopeSettings(BaseModel):
    """For whom a canary acts: everything that is given must be met, of each any one.

    ``owners`` by user id or e-mail address in either CRM, ``lists`` by the names of MANUAL lists in
    the marketing CRM that begin with ``NL-``, as others are not read; ``percent`` of everybody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owners: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    percent: float = Field(default=100.0, gt=0, le=100)

    @field_validator("lists")
    @classmethod
    def _are_read(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(name.startswith("NL-") for name in value):
            raise ValueError("only lists whose names begin with `NL-` are read")
        return value


class OperationSettings(BaseModel):
    """Where the daemon answers ``/healthz``, ``/readyz`` and ``/metrics``: ``host:port``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: str | None = None

    @field_validator("listen", mode="before")
    @classmethod
    def _address(cls, value: object) -> object:
        if value is not None and listening(str(value)) is None:
            raise ValueError("say an address and a port, such as 127.0.0.1:8321")
        return value


def listening(text: str) -> tuple[str, int] | None:
    """Host and port of ``127.0.0.1:8321`` or ``[::1]:8321``; ``None`` where it is neither."""
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})", text)
    if found is None or int(found[3]) > 65_535:
        return None
    return found[1] or found[2], int(found[3])


class Settings(BaseSettings):
    """Everything that can be set, apart from the rule book.

    ``name`` tells a bridge from others in its process, in logs, at ``/readyz`` and in metrics.
    ``store`` is a file's path or a ``postgresql://`` URL, whose password may stand apart as
    ``store_password``. ``interval`` and ``slow_interval`` are seconds; the slow one is for what
    seldom changes: owners, queues, list members. Every ``reconcile_interval`` seconds both CRMs are
    compared person by person. ``jitter`` is the part of the interval by which a cycle may come
    early or late, so that several daemons drift apart. ``lease`` is for how many seconds a silent
    daemon keeps its place before a standby takes over. ``shadow_rules`` is a rule book that decides
    beside the one in force and writes nothing. ``mode`` is how far the bridge has gone live,
    ``scope`` for whom a canary acts. ``retention`` says how long the store keeps what was done.
    ``operation`` and ``alerts`` are for whoever runs it. ``clock_url`` makes the daemon live in a
    simulated world's time and is refused for any other host than this one.
    """

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    name: str = Field(default="crmbridge", pattern=NAME)
    store_password: SecretStr | None = None
    store: Annotated[StorePlace, NoDecode, BeforeValidator(StorePlace.of)] = StorePlace(
        path=Path("crmbridge.db")
    )
    interval: float = Field(default=60.0, ge=15, le=86_400)
    jitter: float = Field(default=0.1, ge=0, le=0.5)
    slow_interval: float = Field(default=3600.0, ge=15, le=604_800)
    reconcile_interval: float = Field(default=86_400.0, ge=3_600, le=2_592_000)
    lease: float = Field(default=30.0, ge=5, le=3_600)
    rules: Path | None = None
    shadow_rules: Path | None = None
    mode: Mode = Mode.LIVE
    scope: ScopeSettings | None = None
    retention: RetentionSettings = RetentionSettings()
    operation: OperationSettings = OperationSettings()
    alerts: AlertSettings = AlertSettings()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    clock_url: str | None = None

    @field_validator("store")
    @classmethod
    def _entered(cls, value: StorePlace, info: ValidationInfo) -> StorePlace:
        password: SecretStr | None = info.data.get("store_password")
        return value.with_password(password.get_secret_value()) if password else value

    @field_validator("clock_url")
    @classmethod
    def _only_here(cls, value: str | None) -> str | None:
        host = urlsplit(value).hostname if value else None
        if value is not None and not is_loopback(host):
            raise ValueError("only a simulator on this machine can be the clock")
        return value

    @property
    def connectors(self) -> dict[str, BaseModel]:
        """The sections that are filled in, by connector name."""
        sections = {name: getattr(self, name, None) for name in discover()}
        return {name: section for name, section in sections.items() if section is not None}


def load_settings(
    config: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of this process; raises ``ConfigError`` with one line that names the place."""
    source = _read_file(config)
    _refuse_unknown_variables()
    secrets = _secrets_folder(source)
    data, folder = (_completed(source), source.path.parent) if source else ({}, Path())
    model = _model(data, folder, secrets if secrets.is_dir() else None)
    try:
        return model(**dict(overrides or {}))
    except ValidationError as error:
        raise _explain(error, model, source, set(overrides or {})) from None


def sources(config: Path | None = None) -> list[Path]:
    """The files that the settings are read from, as far as they are there."""
    path = _named(config) or _DEFAULT_CONFIG
    named = os.environ.get(_SECRETS)
    secrets = Path(named) if named is not None else _secrets_beside(path)
    found = sorted(secrets.iterdir()) if secrets.is_dir() else []
    return [path, *(each for each in found if each.is_file())]


def _completed(source: Source) -> dict[str, Any]:
    """The file's data, with the places that are its own by default: they are beside it."""
    beside: dict[str, Any] = {"store": str(Settings.model_fields["store"].default)}
    if (source.path.parent / _RULES).is_dir():
        beside["rules"] = _RULES
    return {**beside, **source.data}


def _named(config: Path | None) -> Path | None:
    return config or (Path(os.environ[_CONFIG]) if os.environ.get(_CONFIG) else None)


def _secrets_folder(source: Source | None) -> Path:
    named = os.environ.get(_SECRETS)
    if named is not None and not Path(named).is_dir():
        raise ConfigError(f"{_SECRETS}: there is no directory {named}")
    if named is not None:
        return Path(named)
    return _secrets_beside(source.path if source is not None else _DEFAULT_CONFIG)


def _secrets_beside(config: Path) -> Path:
    beside = config.parent / SECRETS_BESIDE
    return beside if beside.is_dir() else _DEFAULT_SECRETS


def _read_file(config: Path | None) -> Source | None:
    named = _named(config)
    if named is None and not _DEFAULT_CONFIG.is_file():
        return None
    path = named or _DEFAULT_CONFIG
    if not path.is_file():
        raise ConfigError(f"there is no settings file {path}")
    source = read(path)
    if not isinstance(source.data, dict):
        raise ConfigError(f"{path}:1: settings are `name: value` lines")
    return source


def _sections() -> dict[str, Any]:
    return {name: (plugin.settings | None, None) for name, plugin in discover().items()}


def _refuse_unknown_variables() -> None:
    """A misspelt variable would otherwise be ignored without a word."""
    known = {PREFIX + name.upper() for name in [*Settings.model_fields, *discover()]}
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in _BESIDE:
            continue
        stem = name.partition("__")[0]
        if stem not in known:
            raise ConfigError(f"{name}: no such setting{did_you_mean(stem, known | _BESIDE)}")


def _model(data: Mapping[str, Any], folder: Path, secrets: Path | None) -> type[Settings]:
    """The settings model with a section per connector, reading the ``data`` of a file in ``folder``
    as its weakest source."""

    class _FileSource(PydanticBaseSettingsSource):
        def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
            return data.get(field_name), field_name, False

        def __call__(self) -> dict[str, Any]:
            return from_folder(data, self.settings_cls, folder)

    class _Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            sources = [init_settings, EnvSettingsSource(settings_cls)]
            if secrets is not None:
                sources.append(
                    NestedSecretsSettingsSource(
                        file_secret_settings,
                        secrets_dir=secrets,
                        secrets_prefix="",
                        secrets_nested_delimiter="__",
                    )
                )
            return (*sources, _FileSource(settings_cls))

    made = create_model("CrmBridgeSettings", __base__=_Sourced, **_sections())
    return cast("type[Settings]", made)


def _explain(
    error: ValidationError, model: type[Settings], source: Source | None, given: Iterable[str]
) -> ConfigError:
    """The first fault as one line, without the value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = tuple(part for part in first["loc"] if not str(part).endswith("Settings"))
    named = ".".join(str(part) for part in place)
    where = _origin(place, source, set(given))
    if first["type"] == "extra_forbidden":
        return ConfigError(
            f"{where}{named}: no such setting"
            + did_you_mean(str(place[-1]), _names(model, place[:-1]))
        )
    if first["type"] == "missing":
        variable = PREFIX + "__".join(str(part).upper() for part in place)
        return ConfigError(f"{where}{named} is missing: set it there, or as {variable}")
    message = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"{where}{named}: {message[:1].lower()}{message[1:]}")


def _origin(place: tuple[Any, ...], source: Source | None, given: set[str]) -> str:
    """Where the value came from, as a prefix."""
    variable = PREFIX + "__".join(str(part).upper() for part in place)
    if place and place[0] in given:
        return "command line: "
    if variable in {name.upper() for name in os.environ}:
        return f"{variable}: "
    if source is not None:
        return f"{source.path}:{source.line(place)}: "
    return "settings: "


def _names(model: type[BaseModel], place: tuple[Any, ...]) -> set[str]:
    """The names that are known at ``place``."""
    section: Any = model
    for part in place:
        plugin = discover().get(str(part)) if section is model else None
        section = plugin.settings if plugin else _within(section, str(part))
        if section is None:
            return set()
    return set(section.model_fields)


def _within(section: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The section of that name; of sections that the operator names, the one that each of them
    is."""
    known = section.model_fields.get(name)
    if known is None:
        # ``alerts.webhooks.ops``: the place behind a mapping is a name of the operator's.
        return section
    return _model_in(known.annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_model_in(each) for each in get_args(annotation)]
    return next((each for each in found if each is not None), None)
