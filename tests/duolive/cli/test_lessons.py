"""What docs/lessons.md promises: every test it names is there, and the tests are kept."""

import re
import subprocess

import pytest

from duolive.configuration import ROOT

NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "docs/lessons.md").read_text(encoding="utf-8"))
LESSONS = 68


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)), ids=lambda part: part.removeprefix("test_"))
def test_a_named_test_exists(path, name):
    source = (ROOT / "tests" / path).read_text(encoding="utf-8")

    assert re.search(rf"^ *(async )?def {name}\(", source, re.MULTILINE)


def test_every_lesson_has_its_line_and_a_test():
    lines = re.findall(r"^\| (\d+) \|.*$", (ROOT / "docs/lessons.md").read_text(encoding="utf-8"), re.MULTILINE)
    without = [
        line
        for line in (ROOT / "docs/lessons.md").read_text(encoding="utf-8").splitlines()
        if re.match(r"\| \d+ \|", line) and "::test_" not in line
    ]

    assert [int(number) for number in lines] == list(range(1, LESSONS + 1))
    assert without == []


def test_the_tests_are_part_of_the_repository():
    """Nothing that .gitignore says hides a test."""
    if not (ROOT / ".git").exists():
        pytest.skip("no repository here")
    tests = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")]

    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=ROOT,
        input="\n".join(tests),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ignored.returncode, ignored.stdout) == (1, "")


@pytest.mark.parametrize("name", [".env", ".env.live", ".env.local", "var/live/secret_key"])
def test_no_file_of_keys_can_be_committed(name):
    if not (ROOT / ".git").exists():
        pytest.skip("no repository here")

    ignored = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", name], cwd=ROOT, check=False)
    documented = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", ".env.example"], cwd=ROOT, check=False)

    assert (ignored.returncode, documented.returncode) == (0, 1)
