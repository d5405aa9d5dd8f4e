"""What tests of voice share: a TURN server."""

from collections.abc import Iterator

import pytest

from tests.services import find_program
from tests.voice.coturn import Coturn


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """A real TURN server whose secret is known."""
    if find_program("turnserver") is None:
        pytest.skip("coturn is not installed")
    turn = Coturn(tmp_path_factory.mktemp("coturn"))
    turn.start()
    yield turn
    turn.stop()
