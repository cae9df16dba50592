import re

from pymilvus import MilvusClient

from support import DATABASE_NOT_FOUND, PATIENCE, refused


def test_version(client):
    version = client.get_server_version(timeout=PATIENCE)
    assert re.match(r"v\d+\.\d+\.\d+", version)
    # Asking for details connects once more, with almost nothing in the request.
    assert client.get_server_version(timeout=PATIENCE, detail=True)["version"] == version


def test_database_default(address):
    for arguments in (
        {"uri": f"http://{address}", "db_name": "default"},
        {"uri": f"http://{address}/default"},
        {"uri": f"http://{address}", "db_name": ""},
        {"uri": f"tcp://{address}"},
    ):
        c = MilvusClient(timeout=PATIENCE, dedicated=True, **arguments)
        assert isinstance(c.list_collections(timeout=PATIENCE), list)
        c.close()


def test_database_unknown(address):
    """This SDK does not name the database when it connects, so the first statement is what fails."""
    with refused(DATABASE_NOT_FOUND, "database not found[database=nowhere]"):
        c = MilvusClient(uri=f"http://{address}", db_name="nowhere", timeout=PATIENCE, dedicated=True)
        c.list_collections(timeout=PATIENCE)
    with refused(DATABASE_NOT_FOUND, "nowhere"):
        c.describe_collection("anything", timeout=PATIENCE)
    # It must not be taken for a collection that is not there.
    with refused(DATABASE_NOT_FOUND, "nowhere"):
        c.has_collection("anything", timeout=PATIENCE)
    c.close()
