import pytest
from pymilvus import MilvusException

from support import (
    COLLECTION_NOT_FOUND,
    INVALID,
    NOT_SUPPORTED,
    PATIENCE,
    create,
    expand,
    load,
    refused,
    simple,
)

MISSING = "py_no_such_collection"


@pytest.mark.parametrize("w", load("errors.yaml"), ids=lambda w: w["case"].replace(" ", "_"))
def test_wrong_schema(client, w):
    c = expand(w["schema"])
    if "python" in w.get("sdk", []):
        with pytest.raises(MilvusException):
            create(client, c)
    else:
        with refused(w["code"], w["reason"]):
            create(client, c)
    assert c["name"] not in client.list_collections(timeout=PATIENCE)


def test_name_too_long(client, collections):
    collections("n" * 255)
    create(client, simple("n" * 255))
    with refused(INVALID, "the length of a collection name must be less than 255 characters"):
        create(client, simple("n" * 256))


def test_missing_collection(client):
    assert not client.has_collection(MISSING, timeout=PATIENCE)
    with refused(COLLECTION_NOT_FOUND, f"can't find collection[database=default][collection={MISSING}]"):
        client.describe_collection(MISSING, timeout=PATIENCE)
    with refused(COLLECTION_NOT_FOUND, MISSING):
        client.get_collection_stats(MISSING, timeout=PATIENCE)
    client.drop_collection(MISSING, timeout=PATIENCE)  # dropping nothing is no failure


def test_not_supported(client, collections):
    """What needs a data plane is refused at once, by an answer in the message."""
    name = "py_data"
    collections(name)
    client.create_collection(name, dimension=8, timeout=PATIENCE)
    with refused(NOT_SUPPORTED):
        client.query(name, filter="id > 0", timeout=PATIENCE)
