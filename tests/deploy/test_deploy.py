"""Compose file, image and Kubernetes example: valid by schema, and telling the same story as the settings."""

import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from cli.parser import COMMANDS
from collector.settings import environment_names, load_settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
KUBERNETES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())


def test_the_compose_file_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    jsonschema.validate(compose, json.loads(schema))


def test_compose_itself_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("no docker compose on this machine")
    environment = {"CLICKHOUSE_PASSWORD": "secret", "PATH": "/usr/bin:/bin:/usr/local/bin"}
    done = subprocess.run(
        [docker, "compose", "--file", str(COMPOSE), "config", "--quiet"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_every_service_is_checked_and_runs_without_root(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        uid, _, gid = str(service["user"]).partition(":")
        assert int(uid) > 0, name
        assert int(gid) > 0, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert re.search(r":[\w.]*\d[\w.]*$", service["image"]), f"{name}: an image without a version"
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name} publishes {port} to the network"


def test_our_services_cannot_write_outside_their_volumes(compose: dict[str, Any]) -> None:
    for name in ("collector", "dashboard"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["command"][0] in COMMANDS


def test_compose_settings_are_settings(compose: dict[str, Any]) -> None:
    for name in ("collector", "dashboard"):
        environment = compose["services"][name]["environment"]
        given = {key: re.sub(r"\$\{[^}]*\}", "secret", value) for key, value in environment.items()}
        assert not load_settings(given).is_embedded
        assert set(given) <= environment_names()


def test_the_servers_users_are_the_ones_our_services_come_as(compose: dict[str, Any]) -> None:
    config = compose["configs"]["clickhouse-users"]["content"]
    users = ElementTree.fromstring(re.sub(r"\$\{[^}]*\}", "secret", config)).find("users")
    assert users is not None
    for name in ("collector", "dashboard"):
        given = compose["services"][name]["environment"]["SPANLEDGER_CLICKHOUSE_URL"]
        url = urlsplit(re.sub(r"\$\{[^}]*\}", "secret", given))
        assert url.username is not None
        assert users.find(url.username) is not None
    open_to = [ip.text for ip in users.findall("default/networks/ip")]
    assert open_to == ["::1", "127.0.0.1"], "the user without a password is for the server itself"


def test_volumes_are_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in compose["volumes"]


def test_the_image_copies_every_room_it_installs_and_is_not_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    packages = re.search(r"packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text())
    assert packages
    for room in re.findall(r'"(\w+)"', packages[1]):
        assert f"COPY {room} {room}\n" in text
    assert re.search(r"^USER 10001:10001$", text, re.M)
    for name in re.findall(r"SPANLEDGER_\w+", text):
        assert name in environment_names()


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_the_kubernetes_example_is_locked_down_and_uses_known_settings(path: Path) -> None:
    documents = list(yaml.safe_load_all(path.read_text()))
    services = {one["metadata"]["name"]: one for one in documents if one["kind"] == "Service"}
    for one in documents:
        assert one["apiVersion"]
        if one["kind"] != "Deployment":
            continue
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["args"][0] in COMMANDS
            assert {entry["name"] for entry in container["env"]} <= environment_names()
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
            ports = {port["name"] for port in container["ports"]}
            service = services[one["metadata"]["name"]]
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
            assert container["readinessProbe"]
        assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]


def test_the_ci_script_reads_as_bash_and_names_no_host() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)
    assert "://" not in script.read_text()
