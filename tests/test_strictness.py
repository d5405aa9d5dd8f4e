"""In CI a test that is skipped counts as one that failed: what was not tried is not known to work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

WAYS_TO_SKIP = """
    import pytest

    @pytest.fixture
    def browser():
        pytest.skip("no browser here")

    @pytest.mark.skip(reason="later")
    def test_marked(): pass

    def test_called(): pytest.skip("not today")

    def test_missing_program(browser): pass

    @pytest.mark.xfail
    def test_known_fault(): assert False

    def test_that_runs(): pass
"""


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [("true", "1 failed, 1 passed, 1 xfailed, 2 errors"), ("", "1 passed, 3 skipped, 1 xfailed")],
    ids=["in CI", "at home"],
)
def test_nothing_is_skipped_in_ci(ci: str, outcome: str, tmp_path: Path) -> None:
    story = tmp_path / "test_story.py"
    story.write_text("\n".join(line.removeprefix("    ") for line in WAYS_TO_SKIP.splitlines()))
    # As pytest alone: the project's settings and other plugins have no part in this.
    alone = ["-c", os.devnull, "-p", "no:django", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"]
    command = [sys.executable, "-m", "pytest", "-q", *alone, "-p", "tests.conftest", story]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True)
    assert outcome in done.stdout
    assert done.returncode == (1 if ci else 0)
