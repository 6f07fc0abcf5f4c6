import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from desk.roles import Role, give_role, has_role, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ann")


def test_nobody_has_a_role_by_being_a_user(person):
    assert role_of(person) is None
    assert role_of(AnonymousUser()) is None
    assert not any(has_role(person, role) for role in Role)


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (Role.VIEWER, [Role.VIEWER]),
        (Role.TRADER, [Role.VIEWER, Role.TRADER]),
        (Role.OWNER, [Role.VIEWER, Role.TRADER, Role.OWNER]),
    ],
)
def test_a_role_contains_those_below(person, held, allowed):
    give_role(person, held)

    assert [role for role in Role if has_role(person, role)] == allowed


def test_a_new_role_takes_the_place_of_the_old_and_leaves_other_groups(person):
    other = Group.objects.create(name="accountants")
    person.groups.add(other)
    give_role(person, Role.OWNER)

    give_role(person, Role.VIEWER)

    assert role_of(person) is Role.VIEWER
    assert set(person.groups.values_list("name", flat=True)) == {"accountants", "viewer"}


def test_the_highest_of_several_counts(person):
    for role in (Role.TRADER, Role.VIEWER):
        person.groups.add(Group.objects.get_or_create(name=role.value)[0])

    assert role_of(person) is Role.TRADER


def test_a_role_is_taken_away(person):
    give_role(person, Role.OWNER)

    give_role(person, None)

    assert role_of(person) is None


def test_a_superuser_is_an_owner_and_nobody_inactive_is_anything(person):
    root = User.objects.create_superuser("root")
    give_role(person, Role.OWNER)
    person.is_active = False

    assert role_of(root) is Role.OWNER
    assert role_of(person) is None
