from decimal import Decimal

import pytest

from duolive.environment import ConfigurationError, Environment, parse_env_file, read_variables


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=word", "word"),
        ("  NAME = word  ", "word"),
        ("export NAME=word", "word"),
        ("NAME='two words'", "two words"),
        ('NAME="with # inside"', "with # inside"),
        ("NAME=word # a comment", "word"),
        ("NAME=with#inside", "with#inside"),
        ("NAME=", ""),
        ("NAME= # only a comment", ""),
        ("NAME=a=b==", "a=b=="),
        ("NAME='never closed", "'never closed"),
    ],
)
def test_a_line_of_the_file_gives_its_value(line, value):
    assert parse_env_file(line) == {"NAME": value}


def test_comments_and_empty_lines_are_nothing():
    assert parse_env_file("# NAME=word\n\n   \n") == {}


@pytest.mark.parametrize("line", ["NAME", "=word", "two words=1", "1NAME=x"])
def test_a_line_that_is_no_assignment_is_named_by_its_number(line):
    with pytest.raises(ConfigurationError, match="line 2"):
        parse_env_file(f"FIRST=1\n{line}\n")


def test_the_process_wins_over_the_file(tmp_path):
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\nDUOLIVE_ENV=paper\n")

    variables = read_variables(tmp_path, {"LOG_LEVEL": "ERROR"})

    assert variables == {"LOG_LEVEL": "ERROR", "DUOLIVE_ENV": "paper"}


def test_an_empty_file_variable_reads_no_file(tmp_path):
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\n")

    assert read_variables(tmp_path, {"DUOLIVE_ENV_FILE": ""}) == {"DUOLIVE_ENV_FILE": ""}


def test_another_file_can_be_named(tmp_path):
    other = tmp_path / "other.env"
    other.write_text("LOG_LEVEL=DEBUG\n")

    assert read_variables(tmp_path, {"DUOLIVE_ENV_FILE": str(other)})["LOG_LEVEL"] == "DEBUG"


def test_a_missing_file_is_no_error(tmp_path):
    assert read_variables(tmp_path, {"A": "1"}) == {"A": "1"}


def test_a_secret_comes_from_the_variable_then_the_named_file_then_the_home(tmp_path):
    named, home = tmp_path / "named", tmp_path / "secrets"
    named.write_text("from the named file\n")
    home.mkdir()
    (home / "KEY").write_text("from the home\n")

    assert Environment({"KEY": "own", "KEY_FILE": str(named)}, secrets=home).secret("KEY") == "own"
    assert Environment({"KEY_FILE": str(named)}, secrets=home).secret("KEY") == "from the named file"
    assert Environment({}, secrets=home).secret("KEY") == "from the home"
    assert Environment({}).secret("KEY", "default") == "default"


def test_an_empty_variable_hides_the_secret_of_the_home(tmp_path):
    (tmp_path / "KEY").write_text("from the home\n")

    assert Environment({"KEY": ""}, secrets=tmp_path).secret("KEY") == ""


def test_an_unreadable_secret_file_is_one_line_with_the_variable(tmp_path):
    with pytest.raises(ConfigurationError, match=r"KEY_FILE: cannot read .*No such file"):
        Environment({"KEY_FILE": str(tmp_path / "none")}).secret("KEY")


@pytest.mark.parametrize("text", ["x", "-1", "70000", "1.5"])
def test_a_port_that_is_none_is_refused_with_its_name(text):
    with pytest.raises(ConfigurationError, match="PORT"):
        Environment({"PORT": text}).integer("PORT", 1, low=1, high=65535)


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "Infinity", "fast"])
def test_a_speed_must_be_a_number_above_zero(text):
    with pytest.raises(ConfigurationError, match="SPEED"):
        Environment({"SPEED": text}).positive_decimal("SPEED", "1")


def test_values_have_their_types():
    environment = Environment({"N": " 7 ", "D": "0.5", "ON": "Yes", "OFF": "false", "LIST": " a, b ,,c"})

    assert environment.integer("N", 1) == 7
    assert environment.positive_decimal("D", "1") == Decimal("0.5")
    assert environment.flag("ON")
    assert not environment.flag("OFF", default=True)
    assert environment.flag("ABSENT", default=True)
    assert environment.listed("LIST") == ["a", "b", "c"]


def test_a_flag_that_is_neither_is_refused():
    with pytest.raises(ConfigurationError, match="ON='perhaps'"):
        Environment({"ON": "perhaps"}).flag("ON")


def test_a_choice_is_one_of_those_named_and_the_first_without_a_value():
    choices = ("tls", "starttls", "none")

    assert Environment({}).choice("SECURITY", choices) == "tls"
    assert Environment({"SECURITY": "StartTLS"}).choice("SECURITY", choices) == "starttls"
    with pytest.raises(ConfigurationError, match="must be one of tls, starttls, none"):
        Environment({"SECURITY": "ssl"}).choice("SECURITY", choices)
