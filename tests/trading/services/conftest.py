from pathlib import Path

import pytest

from desk import lease
from tests.lockstep import Lockstep

OTHER = "XRPUSDT"  # a contract on which the desk has nothing


@pytest.fixture
def lockstep(db: None, tmp_path: Path) -> Lockstep:
    return Lockstep(tmp_path)


@pytest.fixture(params=[False, True], ids=["one-way", "hedge"])
def either_mode(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Lockstep:
    return Lockstep(tmp_path, hedge_mode=request.param)


@pytest.fixture
def started(lockstep: Lockstep) -> Lockstep:
    """A minute after the desk's start, with another contract listed."""
    lockstep.market.trade(OTHER, lockstep.host.clock.now_ms() - 1, "1.100")
    lease.note_start(now=lockstep.now())
    lockstep.step(60)
    return lockstep
