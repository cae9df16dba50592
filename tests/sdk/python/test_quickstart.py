"""The quick ways to a collection that is indexed and loaded, as the SDK documents them. Each ends by itself."""

import time

import pytest
from pymilvus import DataType, MilvusClient
from support import PATIENCE

QUICK = 10  # seconds, the SDK's own waits included


@pytest.fixture(autouse=True)
def soon():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < QUICK


def loaded(client, name):
    return str(client.get_load_state(name, timeout=PATIENCE)["state"])


def test_by_dimension(client, collections):
    name = "py_quick"
    collections(name)
    client.create_collection(name, dimension=8, timeout=PATIENCE)
    assert loaded(client, name) == "Loaded"
    assert client.list_indexes(name, timeout=PATIENCE) == ["vector"]
    index = client.describe_index(name, "vector", timeout=PATIENCE)
    assert index["index_type"] == "AUTOINDEX"
    assert index["metric_type"] == "COSINE"
    assert client.get_collection_stats(name, timeout=PATIENCE)["row_count"] == 0
    client.release_collection(name, timeout=PATIENCE)
    assert loaded(client, name) == "NotLoad"
    client.load_collection(name, timeout=PATIENCE)
    client.refresh_load(name, timeout=PATIENCE)
    assert loaded(client, name) == "Loaded"
    client.flush(name, timeout=PATIENCE)


def test_by_schema_and_index_params(client, collections):
    name = "py_explicit"
    collections(name)
    schema = MilvusClient.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("title", DataType.VARCHAR, max_length=64)
    schema.add_field("vec", DataType.FLOAT_VECTOR, dim=8)
    params = MilvusClient.prepare_index_params()
    params.add_index("vec", index_type="HNSW", metric_type="L2", params={"M": 16, "efConstruction": 200})
    params.add_index("title", index_type="INVERTED")
    client.create_collection(name, schema=schema, index_params=params, timeout=PATIENCE)
    assert loaded(client, name) == "Loaded"
    assert sorted(client.list_indexes(name, timeout=PATIENCE)) == ["title", "vec"]
    client.release_collection(name, timeout=PATIENCE)
    client.drop_index(name, "title", timeout=PATIENCE)
    assert client.list_indexes(name, timeout=PATIENCE) == ["vec"]
    client.create_partition(name, "p", timeout=PATIENCE)
    client.load_partitions(name, ["p"], timeout=PATIENCE)
    client.release_partitions(name, ["p"], timeout=PATIENCE)
    assert loaded(client, name) == "NotLoad"
