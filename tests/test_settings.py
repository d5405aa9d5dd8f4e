"""What Eclipse makes of its environment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, production_environment

NAMES = ("DATA_DIR", "DATABASES", "CACHES", "CHANNEL_LAYERS", "EMAIL_BACKEND", "HTTPS", "HTTP_THREADS", "TIME_ZONE")
TELL = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES}}}, default=str))
"""


def settings_with(data: Path, **environment: str) -> dict[str, object]:
    """The settings of a process that was started in `data` with these variables."""
    env = production_environment(data, data / "static") | {"DJANGO_SETTINGS_MODULE": "eclipse.settings"} | environment
    env |= {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", TELL], cwd=data, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "REDIS_URL", "EMAIL_URL", "HTTP_THREADS", "POSTGRES_DB", "STATIC_ROOT", "TIME_ZONE"]
)
def test_a_variable_that_is_empty_is_as_if_unset(name: str, tmp_path: Path) -> None:
    """docker compose passes on what nobody has set as nothing."""
    assert settings_with(tmp_path, **{name: ""}) == settings_with(tmp_path)


def test_an_empty_switch_does_not_switch_anything_off(tmp_path: Path) -> None:
    assert settings_with(tmp_path, DJANGO_HTTPS="", DJANGO_DEBUG="")["HTTPS"] is True


def test_a_range_of_ports_that_is_none_is_named(tmp_path: Path) -> None:
    for wrong in ("50000", "50200-50000", "0-10", "50000-70000", "a-b"):
        env = production_environment(tmp_path, tmp_path / "static") | {"VOICE_PORTS": wrong}
        done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode != 0
        assert done.stderr == f"Eclipse cannot start: VOICE_PORTS is '{wrong}': write it like 50000-50200.\n"
