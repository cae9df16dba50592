import pytest

from support import COLLECTION_NOT_FOUND, INVALID, PARTITION_NOT_FOUND, PATIENCE, create, refused, simple

MISSING = "py_no_such_collection"


@pytest.fixture
def collection(client, collections, request):
    """An empty collection named after the test."""
    c = simple(f"py_{request.node.name}")
    collections(c["name"])
    create(client, c)
    return c["name"]


def test_partitions(client, collection):
    assert client.list_partitions(collection, timeout=PATIENCE) == ["_default"]
    for name in ("p1", "p2", "p2", "_default"):  # what exists already is no failure
        client.create_partition(collection, name, timeout=PATIENCE)
    assert client.list_partitions(collection, timeout=PATIENCE) == ["_default", "p1", "p2"]
    assert client.describe_collection(collection, timeout=PATIENCE)["num_partitions"] == 3
    assert client.has_partition(collection, "p1", timeout=PATIENCE)
    assert not client.has_partition(collection, "p3", timeout=PATIENCE)
    assert client.get_partition_stats(collection, "p1", timeout=PATIENCE)["row_count"] == 0
    for _ in range(2):  # what is gone already is no failure
        client.drop_partition(collection, "p1", timeout=PATIENCE)
    assert not client.has_partition(collection, "p1", timeout=PATIENCE)
    assert client.list_partitions(collection, timeout=PATIENCE) == ["_default", "p2"]


def test_errors(client, collection):
    with refused(PARTITION_NOT_FOUND, "partition not found[partition=nowhere]"):
        client.get_partition_stats(collection, "nowhere", timeout=PATIENCE)
    with refused(INVALID, "Partition name can only contain numbers, letters and underscores"):
        client.create_partition(collection, "what?", timeout=PATIENCE)
    with refused(INVALID, "default partition cannot be deleted"):
        client.drop_partition(collection, "_default", timeout=PATIENCE)


@pytest.mark.parametrize("call", ["create_partition", "drop_partition", "has_partition"])
def test_missing_collection(client, call):
    with refused(COLLECTION_NOT_FOUND, MISSING):
        getattr(client, call)(MISSING, "p", timeout=PATIENCE)


def test_list_of_missing_collection(client):
    with refused(COLLECTION_NOT_FOUND, MISSING):
        client.list_partitions(MISSING, timeout=PATIENCE)


def test_partition_key(client, collections):
    """With a partition key the partitions are the server's own business."""
    c = simple("py_partition_key", num_partitions=12)
    c["fields"].append({"name": "tenant", "type": "VarChar", "max_length": 64, "partition_key": True})
    collections(c["name"])
    create(client, c)
    assert sorted(client.list_partitions(c["name"], timeout=PATIENCE)) == sorted(f"_default_{i}" for i in range(12))
    with refused(INVALID, "disable create partition if partition key mode is used"):
        client.create_partition(c["name"], "mine", timeout=PATIENCE)
    with refused(INVALID, "disable drop partition if partition key mode is used"):
        client.drop_partition(c["name"], "_default_3", timeout=PATIENCE)
