"""What the suite promises about itself."""

import os
import subprocess
import sys

import pytest

from duolive.configuration import ROOT

SKIPS = """
import pytest

def test_skips():
    pytest.skip("nothing here")

@pytest.mark.xfail(reason="known")
def test_known():
    assert False
"""
SKIPS_WHOLE = 'import pytest\npytest.skip("no such thing", allow_module_level=True)\n'


def outcome(folder, text, *, require_all):
    (folder / "test_it.py").write_text(text)
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    said = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:django",
            "-p",
            "no:cacheprovider",
            "-q",
            "-c",
            "/dev/null",
            str(folder),
        ],
        cwd=ROOT,
        env=os.environ | {"REQUIRE_ALL": "1" if require_all else "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    return said.returncode, said.stdout


@pytest.mark.parametrize("text", [SKIPS, SKIPS_WHOLE])
def test_a_skip_is_allowed_on_a_developers_machine(tmp_path, text):
    code, said = outcome(tmp_path, text, require_all=False)

    assert code in (0, 5)
    assert "skipped" in said


@pytest.mark.parametrize(("text", "reason"), [(SKIPS, "nothing here"), (SKIPS_WHOLE, "no such thing")])
def test_a_skip_is_a_failure_where_everything_is_required(tmp_path, text, reason):
    code, said = outcome(tmp_path, text, require_all=True)

    assert code != 0
    assert "REQUIRE_ALL=1" in said
    assert reason in said


def test_an_expected_failure_is_no_skip(tmp_path):
    _, said = outcome(tmp_path, SKIPS, require_all=True)

    assert "1 failed, 1 xfailed" in said
