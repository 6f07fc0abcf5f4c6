"""The guards that the drill breaks exist in the desk, and the machinery reaches them."""

import pytest

from tests.chaos.breaks import BREAKS
from tests.chaos.patching import find


@pytest.mark.parametrize("guard", BREAKS.values(), ids=lambda guard: guard.name)
def test_a_guard_names_a_function_of_the_desk(guard):
    holder, name = find(guard.target)

    broken = guard.wrap(getattr(holder, name))

    assert callable(broken)
    assert broken is not getattr(holder, name)


def test_a_guard_that_is_gone_is_an_error_and_not_a_green_drill():
    with pytest.raises(LookupError):
        find("trading.services.submit:no_such_guard")
