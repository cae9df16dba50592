from pymilvus import MilvusClient

from support import PATIENCE, create, load_schemas, simple


def everything(client):
    return {
        name: {
            **client.describe_collection(name, timeout=PATIENCE),
            "partitions": client.list_partitions(name, timeout=PATIENCE),
        }
        for name in client.list_collections(timeout=PATIENCE)
    }


def connect(address):
    return MilvusClient(uri=f"http://{address}", timeout=PATIENCE, dedicated=True)


def test_restart(server):
    """What was answered is there after any end of the process, with the same ids and timestamps."""
    client = connect(server("start"))
    stored = load_schemas()
    for c in stored:
        create(client, c)
    client.create_partition(stored[0]["name"], "extra", timeout=PATIENCE)
    before = everything(client)
    assert sorted(before) == sorted(c["name"] for c in stored)
    newest = max((d["created_timestamp"], d["collection_id"]) for d in before.values())

    for signal in ("TERM", "KILL"):
        client.close()
        server("stop", signal)
        client = connect(server("start"))
        assert everything(client) == before
        # The clock and the ids go on from where they were.
        name = f"py_after_{signal.lower()}"
        create(client, simple(name))
        d = client.describe_collection(name, timeout=PATIENCE)
        assert d["created_timestamp"] > newest[0]
        assert d["collection_id"] > newest[1]
        newest = (d["created_timestamp"], d["collection_id"])
        client.drop_collection(name, timeout=PATIENCE)
    client.close()
