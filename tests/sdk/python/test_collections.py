import pytest

from support import INVALID, PATIENCE, compare, create, load_schemas, refused, simple

SCHEMAS = load_schemas()


def name_of(c):
    return c["name"]


def test_number_of_schemas():
    assert len(SCHEMAS) == 17


@pytest.mark.parametrize("c", SCHEMAS, ids=name_of)
def test_life(client, collections, c):
    """Takes a collection from its creation to its end."""
    name = c["name"]
    collections(name)
    assert not client.has_collection(name, timeout=PATIENCE)
    create(client, c)
    assert client.has_collection(name, timeout=PATIENCE)
    first = compare(client, c)
    assert name in client.list_collections(timeout=PATIENCE)

    create(client, c)  # again and equal
    assert compare(client, c) == first
    assert client.get_collection_stats(name, timeout=PATIENCE) == {"row_count": 0}

    client.drop_collection(name, timeout=PATIENCE)
    assert not client.has_collection(name, timeout=PATIENCE)
    assert name not in client.list_collections(timeout=PATIENCE)

    create(client, c)  # a new one of the old name
    reborn = compare(client, c)
    assert reborn["collection_id"] != first["collection_id"]
    assert reborn["update_timestamp"] > first["update_timestamp"]


def test_duplicate(client, collections):
    c = simple("py_duplicate")
    collections(c["name"])
    create(client, c)
    for other in (simple(c["name"], dim=16), simple(c["name"], description="another")):
        with refused(INVALID, "create duplicate collection with different parameters"):
            create(client, other)
    compare(client, c)  # unharmed
