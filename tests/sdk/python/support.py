"""Schema files, and what goes from them to the SDK and back."""

import os
import time

import numpy as np
import pytest
import yaml
from pymilvus import DataType, Function, FunctionType, MilvusClient, MilvusException

# Bounds a single call: what hangs is to fail in its test, not in CI's time limit.
# Left alone the SDK retries for minutes.
PATIENCE = 20
# Bounds an answer that needs no waiting at all. It is generous: CI machines are busy.
INSTANT = 5

FIRST_FIELD_ID = 100  # below are the system fields, which no client sees
DEFAULT_PARTITIONS = 16  # of a collection with a partition key that does not say how many
LOGICAL_BITS = 18  # of a hybrid timestamp

NOT_SUPPORTED = 10
COLLECTION_NOT_FOUND = 100
PARTITION_NOT_FOUND = 200
DATABASE_NOT_FOUND = 800
INVALID = 1100

TYPES = {
    "Bool": DataType.BOOL,
    "Int8": DataType.INT8,
    "Int16": DataType.INT16,
    "Int32": DataType.INT32,
    "Int64": DataType.INT64,
    "Float": DataType.FLOAT,
    "Double": DataType.DOUBLE,
    "VarChar": DataType.VARCHAR,
    "Array": DataType.ARRAY,
    "JSON": DataType.JSON,
    "Geometry": DataType.GEOMETRY,
    "Timestamptz": DataType.TIMESTAMPTZ,
    "BinaryVector": DataType.BINARY_VECTOR,
    "FloatVector": DataType.FLOAT_VECTOR,
    "Float16Vector": DataType.FLOAT16_VECTOR,
    "BFloat16Vector": DataType.BFLOAT16_VECTOR,
    "SparseFloatVector": DataType.SPARSE_FLOAT_VECTOR,
    "Int8Vector": DataType.INT8_VECTOR,
}

INTEGERS = {"Int8": np.int8, "Int16": np.int16, "Int32": np.int32}

# Key in the files, argument of the SDK. An unknown key fails: it would be left out of the comparison without a word.
PARAMS = {"dim": "dim", "max_length": "max_length", "max_capacity": "max_capacity"}
FLAGS = {
    "primary_key": "is_primary",
    "auto_id": "auto_id",
    "partition_key": "is_partition_key",
    "clustering_key": "is_clustering_key",
    "nullable": "nullable",
}
ANALYZER = {"enable_analyzer": "enable_analyzer", "enable_match": "enable_match"}
FIELD_KEYS = {"name", "description", "type", "element_type", "default", *PARAMS, *FLAGS, *ANALYZER}
COLLECTION_KEYS = {
    "name",
    "description",
    "enable_dynamic_field",
    "consistency_level",
    "shards_num",
    "num_partitions",
    "properties",
    "fields",
    "functions",
    "structs",
    "generate",
}


def load(file):
    with open(os.path.join(os.environ["TAPROOT_TESTDATA"], file), encoding="utf-8") as f:
        return yaml.safe_load(f)


def load_schemas():
    """The collections of both schema files: those the server stores and those it refuses so far."""
    every = [expand(c) for file in ("schemas.yaml", "more.yaml") for c in load(file)]
    return [c for c in every if not unsupported(c)], [c for c in every if unsupported(c)]


def unsupported(c):
    """A word that the server's refusal must hold; empty for what it stores."""
    if c.get("functions"):
        return "function"
    if c.get("structs"):
        return "struct"
    for f in c["fields"]:
        if f["type"] in ("Geometry", "Timestamptz"):
            return f["type"]
        if f.get("clustering_key"):
            return "clustering key"
    return ""


def expand(c):
    """Writes the generated fields out."""
    assert set(c) <= COLLECTION_KEYS, set(c) - COLLECTION_KEYS
    generate = c.get("generate", {"scalars": 0})
    generated = [
        {"name": f"{generate['prefix']}{i:02d}", "type": generate["type"]} for i in range(generate["scalars"])
    ]
    c = {**c, "fields": c["fields"] + generated}
    for f in c["fields"]:
        assert set(f) <= FIELD_KEYS, set(f) - FIELD_KEYS
    return c


def simple(name, dim=8, **more):
    fields = [{"name": "id", "type": "Int64", "primary_key": True}, {"name": "v", "type": "FloatVector", "dim": dim}]
    return {"name": name, "fields": fields, **more}


def add_field(schema, f):
    arguments = {}
    for keys in (PARAMS, FLAGS, ANALYZER):
        arguments.update({keys[k]: v for k, v in f.items() if k in keys})
    if "default" in f:
        # The SDK goes by the value's type: a plain integer is one of 64 bits to it.
        arguments["default_value"] = INTEGERS.get(f["type"], lambda v: v)(f["default"])
    if "element_type" in f:
        arguments["element_type"] = TYPES[f["element_type"]]
    if "description" in f:
        arguments["description"] = f["description"]
    schema.add_field(f["name"], TYPES[f["type"]], **arguments)


def create(client, c):
    """Sends the collection without indexes, so that nothing but CreateCollection is called."""
    schema = MilvusClient.create_schema(
        description=c.get("description", ""), enable_dynamic_field=c.get("enable_dynamic_field", False)
    )
    for f in c["fields"]:
        add_field(schema, f)
    for s in c.get("structs", []):
        struct = MilvusClient.create_struct_field_schema()
        for f in s["fields"]:
            add_field(struct, f)
        schema.add_field(
            s["name"],
            DataType.ARRAY,
            element_type=DataType.STRUCT,
            struct_schema=struct,
            max_capacity=s["max_capacity"],
        )
    for f in c.get("functions", []):
        assert f["type"] == "BM25"
        function = Function(f["name"], FunctionType.BM25, input_field_names=f["input"], output_field_names=f["output"])
        schema.add_function(function)
    options = {k: c[k] for k in ("consistency_level", "shards_num", "num_partitions", "properties") if k in c}
    client.create_collection(c["name"], schema=schema, timeout=PATIENCE, **options)


def compare(client, c):
    """Describes the collection and compares everything with what was sent."""
    d = client.describe_collection(c["name"], timeout=PATIENCE)
    properties = dict(d["properties"])
    if "timezone" not in c.get("properties", {}):
        properties.pop("timezone", None)  # the server adds it
    created = d["created_timestamp"] >> LOGICAL_BITS
    assert {
        "name": d["collection_name"],
        "description": d["description"],
        "dynamic": d["enable_dynamic_field"],
        "consistency": d["consistency_level_name"],
        "shards": d["num_shards"],
        "partitions": d["num_partitions"],
        "properties": properties,
        "auto_id": d["auto_id"],
        "aliases": d["aliases"],
        "functions": d["functions"],
    } == {
        "name": c["name"],
        "description": c.get("description", ""),
        "dynamic": c.get("enable_dynamic_field", False),
        "consistency": c.get("consistency_level", "Bounded"),
        "shards": c.get("shards_num", 1),
        "partitions": partitions_of(c),
        "properties": c.get("properties", {}),
        "auto_id": any(f.get("auto_id", False) for f in c["fields"]),
        "aliases": [],
        "functions": [],
    }
    assert d["collection_id"] > 0
    assert d["update_timestamp"] > 0
    assert abs(time.time() - created / 1000) < 60
    assert [described(f) for f in d["fields"]] == [expected(i, f) for i, f in enumerate(c["fields"])]
    return d


def described(f):
    """One field as the SDK shows it, without the key of a default that it shows as protobuf."""
    shown = {k: v for k, v in f.items() if k != "default_value"}
    value = f.get("default_value")
    if value is not None:
        shown["default"] = (value.WhichOneof("data"), getattr(value, value.WhichOneof("data")))
    return shown


def expected(position, f):
    """The same for a field of the files. The SDK leaves out what is false."""
    wanted = {
        "field_id": FIRST_FIELD_ID + position,
        "name": f["name"],
        "description": f.get("description", ""),
        "type": TYPES[f["type"]],
        "params": {k: f[k] for k in PARAMS if k in f},
        **{FLAGS[k]: True for k in FLAGS if f.get(k)},
    }
    if "element_type" in f:
        wanted["element_type"] = TYPES[f["element_type"]]
    if "default" in f:
        wanted["default"] = (DEFAULTS[f["type"]], f["default"])
    return wanted


# The member of the value that holds a default of the type.
DEFAULTS = {
    "Bool": "bool_data",
    "Int8": "int_data",
    "Int16": "int_data",
    "Int32": "int_data",
    "Int64": "long_data",
    "Float": "float_data",
    "Double": "double_data",
    "VarChar": "string_data",
}


def partitions_of(c):
    if "num_partitions" in c:
        return c["num_partitions"]
    return DEFAULT_PARTITIONS if any(f.get("partition_key") for f in c["fields"]) else 1


class refused:
    """A context in which the server must answer with that code and text, at once."""

    def __init__(self, code, text=""):
        self.code, self.text = code, text

    def __enter__(self):
        self.began = time.monotonic()
        self.raises = pytest.raises(MilvusException)
        self.caught = self.raises.__enter__()

    def __exit__(self, *exc):
        suppressed = self.raises.__exit__(*exc)
        if suppressed:
            e = self.caught.value
            assert (e.code, self.text.lower() in e.message.lower()) == (self.code, True), repr(e)
            assert time.monotonic() - self.began < INSTANT
        return suppressed
