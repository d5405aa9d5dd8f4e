"""Every installation gets the same packages, from whatever registry its owner uses."""

import re

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT


def wanted(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {Requirement(line).name.lower() for line in lines if line and not line.startswith(("#", "-r"))}


def pinned(name: str) -> dict[str, str]:
    """Package and pin of each line; comments left out."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.lstrip().startswith("#")]
    return {line: Requirement(line).name.lower() for line in lines}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_is_pinned_and_no_registry_is_named(name: str) -> None:
    pins = pinned(f"{name}.txt")
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+(?: ; .+)?", line) for line in pins)
    assert wanted(f"{name}.in") <= set(pins.values())
    assert "://" not in (ROOT / f"{name}.txt").read_text()


def test_tests_run_on_the_packages_that_serve() -> None:
    assert set(pinned("requirements.txt")) <= set(pinned("requirements-dev.txt"))
