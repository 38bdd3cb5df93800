"""The hooks as a stranger gets them: the wheel alone in a fresh environment, light and typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEVER_LOADED = (
    "pandas",
    "pydantic",
    "clickhouse_connect",
    "streamlit",
    "chdb",
    "anthropic",
    "openai",
    "requests",
)
NOT_BY_IMPORT = (*NEVER_LOADED, "google.protobuf", "grpc", "opentelemetry.sdk", "opentelemetry.exporter")
MOST_OVER_OPENTELEMETRY_S = 0.060
MOST_OVER_OPENTELEMETRY_KIB = 5 * 1024

PROBE = """
import json, sys, time
def resident_kib():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    except OSError:
        return 0
import opentelemetry.trace, opentelemetry.context, opentelemetry.baggage
import opentelemetry.baggage.propagation, opentelemetry.trace.propagation.tracecontext
theirs, before_kib = time.process_time(), resident_kib()
import sdk_hooks
over = {"over_s": time.process_time() - theirs, "over_kib": resident_kib() - before_kib}
print(json.dumps({**over, "loaded": sorted(sys.modules), "file": sdk_hooks.__file__}))
"""

USE = """
import json, sys
import sdk_hooks
sdk_hooks.instrument(service_name="s")
with sdk_hooks.task("t"):
    pass
sdk_hooks.uninstrument()
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), "sdk_hooks"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a fresh environment with the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    install = [
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--constraint",
        str(ROOT / "constraints.txt"),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    return python


def run(python: str, program: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OTEL_"))}
    done = subprocess.run(
        [python, "-I", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        env={**clean, **environment},
        check=True,
    )
    return done.stdout


def loaded(modules: list[str], forbidden: tuple[str, ...]) -> list[str]:
    return [m for m in modules if any(m == name or m.startswith(name + ".") for name in forbidden)]


def test_the_wheel_holds_one_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"sdk_hooks"}
    assert "sdk_hooks/py.typed" in names
    assert "sdk_hooks/providers/report.py" in names
    assert not [name for name in names if name.endswith("pyproject.toml")]


def test_the_wheel_offers_the_plugin_and_the_extra(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    (about,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    assert "[pytest11]\nspanledger = sdk_hooks.testing_plugin" in archive.read(points).decode()
    assert "Provides-Extra: guardrails" in archive.read(about).decode()


@pytest.mark.slow
def test_importing_is_light(python: str) -> None:
    run(python, PROBE)  # writes the byte code
    probes = [json.loads(run(python, PROBE)) for _ in range(3)]
    assert "site-packages" in probes[0]["file"]
    assert loaded(probes[0]["loaded"], NOT_BY_IMPORT) == []
    assert min(probe["over_s"] for probe in probes) < MOST_OVER_OPENTELEMETRY_S
    assert min(probe["over_kib"] for probe in probes) < MOST_OVER_OPENTELEMETRY_KIB


@pytest.mark.slow
def test_using_it_stays_light(python: str, tmp_path: Path) -> None:
    modules = json.loads(run(python, USE, SPANLEDGER_FILE=str(tmp_path / "spans.jsonl")))
    assert loaded(modules, NEVER_LOADED) == []
    assert (tmp_path / "spans.jsonl").read_text().count("\n") == 1


@pytest.mark.slow
def test_it_stands_alone(python: str) -> None:
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = {entry["name"].lower() for entry in json.loads(listed.stdout)}
    assert "spanledger-hooks" in names
    assert not names & set(NEVER_LOADED)
