import pytest
from django.contrib.auth.models import User

from desk.roles import Role, give_role, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


def test_everybody_is_listed_with_a_role(cli, ann):
    give_role(User.objects.create_user("bob"), Role.TRADER)

    facts = cli("role", "--json").json

    assert facts["users"] == [
        {"user": "ann", "role": None, "active": True},
        {"user": "bob", "role": "trader", "active": True},
    ]
    assert "no role" in cli("role", "ann").out


def test_a_desk_without_people_says_how_to_make_one(cli):
    assert "createsuperuser" in cli("role").out


@pytest.mark.parametrize(("word", "role"), [("viewer", Role.VIEWER), ("owner", Role.OWNER), ("none", None)])
def test_a_role_is_given_and_taken(cli, ann, word, role):
    give_role(ann, Role.TRADER)

    answer = cli("role", "ann", word)

    assert answer.code == 0
    assert role_of(ann) is role


def test_a_superuser_keeps_every_right(cli):
    root = User.objects.create_superuser("root")

    answer = cli("role", "root", "viewer")

    assert answer.code == 1
    assert "superuser" in answer.err
    assert role_of(root) is Role.OWNER


def test_an_unknown_name_and_an_unknown_role_are_refused(cli, ann):
    assert cli("role", "nobody", "viewer").code == 1
    assert cli("role", "ann", "king").code == 2


def test_a_token_without_a_role_is_refused_with_the_way_out(cli, ann):
    answer = cli("token", "ann")

    assert answer.code == 1
    assert "role ann viewer" in answer.err
