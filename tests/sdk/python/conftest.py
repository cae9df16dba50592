"""Runs a released pymilvus against a real taproot; tests/sdk/run starts the server and sets the environment."""

import os
import subprocess

import pytest
from pymilvus import MilvusClient

# Before they are imported: their assertions are to say what they compared.
pytest.register_assert_rewrite("support", "statements")

from support import PATIENCE  # noqa: E402


@pytest.fixture(scope="session")
def address():
    return os.environ["TAPROOT_ADDR"]


@pytest.fixture(scope="session")
def client(address):
    c = MilvusClient(uri=f"http://{address}", timeout=PATIENCE)
    yield c
    c.close()


@pytest.fixture
def collections(client):
    """A function that makes sure a collection is gone when the test ends: the suite leaves nothing behind."""
    names = []
    yield names.append
    for name in names:
        client.drop_collection(name, timeout=PATIENCE)


@pytest.fixture
def server(request):
    """Starts and stops a server of the test's own: server("start"), server("stop", "KILL")."""
    directory = os.path.join(os.environ["TAPROOT_SUITE_TMP"], request.node.name)

    def control(verb, *args):
        command = [os.environ["TAPROOT_SERVER"], verb, directory, *args]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    yield control
    control("stop", "KILL")
