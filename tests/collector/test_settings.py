"""Settings: defaults, overrides, and one line for every fault."""

from pathlib import Path

import pytest

from collector.errors import SettingsError
from collector.settings import CollectorSettings, environment_names, load_settings


def test_defaults_are_the_documented_ones() -> None:
    settings = load_settings({})
    assert (settings.otlp_http_port, settings.otlp_grpc_port, settings.clickhouse_port) == (4318, 4317, 8123)
    assert settings.host == "127.0.0.1"
    assert settings.is_embedded
    assert not settings.store_content


def test_an_override_wins_over_the_environment_and_none_means_not_given(tmp_path: Path) -> None:
    environment = {"SPANLEDGER_DATA": "/elsewhere", "SPANLEDGER_OTLP_HTTP_PORT": "0"}
    settings = load_settings(environment, data=tmp_path, otlp_http_port=None)
    assert settings.data == tmp_path
    assert settings.otlp_http_port == 0


def test_only_the_given_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLEDGER_OTLP_HTTP_PORT", "1")
    assert load_settings({}).otlp_http_port == 4318
    assert CollectorSettings().otlp_http_port == 1


def test_an_empty_value_is_the_default() -> None:
    assert load_settings({"SPANLEDGER_CLICKHOUSE_PORT": ""}).clickhouse_port == 8123


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SPANLEDGER_OTLP_HTTP_PRT", "SPANLEDGER_OTLP_HTTP_PORT"),
        ("SPANLEDGER_DASHBORD_PORT", "SPANLEDGER_DASHBOARD_PORT"),
        ("SPANLEDGER_CONTENTS", "SPANLEDGER_CONTENT"),
        ("SPANLEDGER_DTA", "SPANLEDGER_DATA"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not a setting; did you mean {nearest}\\?"):
        load_settings({name: "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPANLEDGER_OTLP_HTTP_PORT", "http"),
        ("SPANLEDGER_OTLP_GRPC_PORT", "70000"),
        ("SPANLEDGER_CLICKHOUSE_PORT", "-1"),
        ("SPANLEDGER_CLICKHOUSE_URL", "localhost:8123"),
        ("SPANLEDGER_DATABASE", "a-b"),
        ("SPANLEDGER_STORE_CONTENT", "perhaps"),
        ("SPANLEDGER_RETENTION_DAYS", "0"),
    ],
)
def test_a_wrong_value_is_one_line_naming_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value})
    text = str(caught.value)
    assert text.startswith(f"{name} is {value!r}: ")
    assert "\n" not in text


def test_every_fault_is_listed() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"SPANLEDGER_OTLP_HTTP_PORT": "x", "SPANLEDGER_RETENTION_DAYS": "y"})
    assert len(str(caught.value).splitlines()) == 2


def test_secrets_never_stand_in_a_message() -> None:
    environment = {"SPANLEDGER_CLICKHOUSE_URL": "ftp://user:hunter2@host", "SPANLEDGER_DATABASE": "1"}
    with pytest.raises(SettingsError) as caught:
        load_settings(environment)
    assert "hunter2" not in str(caught.value)


def test_the_config_of_the_data_folder_is_found_before_the_working_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({}, data=tmp_path / "data")
    assert settings.config_path() is None
    (tmp_path / "spanledger.yaml").touch()
    assert settings.config_path() == Path("spanledger.yaml")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spanledger.yaml").touch()
    assert settings.config_path() == tmp_path / "data" / "spanledger.yaml"


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in CollectorSettings.model_fields.values())
    assert "SPANLEDGER_FILE" in environment_names()
