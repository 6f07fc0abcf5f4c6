from pathlib import Path

import pytest

from tests.lockstep import Lockstep


@pytest.fixture
def lockstep(db: None, tmp_path: Path) -> Lockstep:
    return Lockstep(tmp_path)


@pytest.fixture(params=[False, True], ids=["one-way", "hedge"])
def either_mode(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Lockstep:
    return Lockstep(tmp_path, hedge_mode=request.param)
