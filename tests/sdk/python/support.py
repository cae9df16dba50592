"""Schema files, and what goes from them to the SDK and back."""

import json
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
FIRST_FUNCTION_ID = 100
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
ANALYZER = {
    "enable_analyzer": "enable_analyzer",
    "enable_match": "enable_match",
    "analyzer_params": "analyzer_params",
    "mmap_enabled": "mmap_enabled",
}
FLAGS = {
    "primary_key": "is_primary",
    "auto_id": "auto_id",
    "partition_key": "is_partition_key",
    "clustering_key": "is_clustering_key",
    "nullable": "nullable",
    "output": "is_function_output",
}
FIELD_KEYS = {"name", "id", "description", "type", "element_type", "default", *PARAMS, *FLAGS, *ANALYZER}
STRUCT_KEYS = {"name", "id", "description", "max_capacity", "nullable", "fields"}
FUNCTION_KEYS = {"name", "id", "description", "type", "input", "output", "params"}
COLLECTION_KEYS = {
    "name",
    "description",
    "enable_dynamic_field",
    "consistency_level",
    "shards_num",
    "num_partitions",
    "properties",
    "aliases",
    "fields",
    "functions",
    "structs",
    "generate",
}
FUNCTIONS = {"BM25": FunctionType.BM25, "TextEmbedding": FunctionType.TEXTEMBEDDING}


def load(file):
    with open(os.path.join(os.environ["TAPROOT_TESTDATA"], file), encoding="utf-8") as f:
        return yaml.safe_load(f)


def load_schemas():
    """The collections of both schema files."""
    return [expand(c) for file in ("schemas.yaml", "more.yaml") for c in load(file)]


def expand(c):
    """Writes the generated fields out."""
    assert set(c) <= COLLECTION_KEYS, set(c) - COLLECTION_KEYS
    generate = c.get("generate", {"scalars": 0})
    generated = [
        {"name": f"{generate['prefix']}{i:02d}", "type": generate["type"]} for i in range(generate["scalars"])
    ]
    c = {**c, "fields": c["fields"] + generated}
    for f in c["fields"] + [f for s in c.get("structs", []) for f in s["fields"]]:
        assert set(f) <= FIELD_KEYS, set(f) - FIELD_KEYS
    for f in c.get("functions", []):
        assert set(f) <= FUNCTION_KEYS, set(f) - FUNCTION_KEYS
    return c


def simple(name, dim=8, **more):
    fields = [{"name": "id", "type": "Int64", "primary_key": True}, {"name": "v", "type": "FloatVector", "dim": dim}]
    return {"name": name, "fields": fields, **more}


def field_arguments(f):
    """What the SDK takes beside the name and the type."""
    arguments = {}
    for keys in (PARAMS, FLAGS, ANALYZER):
        arguments.update({keys[k]: v for k, v in f.items() if k in keys})
    if "default" in f:
        # The SDK goes by the value's type: a plain integer is one of 64 bits to it.
        arguments["default_value"] = INTEGERS.get(f["type"], lambda v: v)(f["default"])
    if "element_type" in f:
        arguments["element_type"] = TYPES[f["element_type"]]
    return arguments


def add_field(schema, f):
    description = {"description": f["description"]} if "description" in f else {}
    schema.add_field(f["name"], TYPES[f["type"]], **description, **field_arguments(f))


def function_of(f):
    return Function(f["name"], FUNCTIONS[f["type"]], f["input"], f["output"], params=f.get("params"))


def struct_of(s):
    struct = MilvusClient.create_struct_field_schema()
    for f in s["fields"]:
        add_field(struct, f)
    return struct


def create(client, c):
    """Sends the collection without indexes, so that nothing but CreateCollection is called."""
    schema = MilvusClient.create_schema(
        description=c.get("description", ""), enable_dynamic_field=c.get("enable_dynamic_field", False)
    )
    for f in c["fields"]:
        add_field(schema, f)
    for s in c.get("structs", []):
        more = {"description": s["description"]} if "description" in s else {}
        schema.add_field(
            s["name"],
            DataType.ARRAY,
            element_type=DataType.STRUCT,
            struct_schema=struct_of(s),
            max_capacity=s["max_capacity"],
            **more,
        )
    for f in c.get("functions", []):
        schema.add_function(function_of(f))
    options = {k: c[k] for k in ("consistency_level", "shards_num", "num_partitions", "properties") if k in c}
    client.create_collection(c["name"], schema=schema, timeout=PATIENCE, **options)


def compare(client, c):
    """Describes the collection and compares everything with what was sent."""
    d = client.describe_collection(c["name"], timeout=PATIENCE)
    assert shown(d) == normal(complete(c))
    assert d["auto_id"] == any(f.get("auto_id", False) for f in c["fields"])
    assert d["collection_id"] > 0
    assert d["update_timestamp"] > 0
    assert abs(time.time() - (d["created_timestamp"] >> LOGICAL_BITS) / 1000) < 60
    return d


def complete(c):
    """The whole collection with all that its description holds: what it does not say is the server's default."""
    outputs = {name for f in c.get("functions", []) for name in f["output"]}
    number = FIRST_FIELD_ID + len(c["fields"]) + (1 if c.get("enable_dynamic_field") else 0)
    structs = []
    for s in c.get("structs", []):
        fields = [{**f, "id": number + 1 + i} for i, f in enumerate(s["fields"])]
        structs.append({**s, "id": number, "fields": fields})
        number += 1 + len(fields)
    keyed = any(f.get("partition_key") for f in c["fields"])
    return {
        "description": "",
        "enable_dynamic_field": False,
        "consistency_level": "Bounded",
        "shards_num": 1,
        "num_partitions": DEFAULT_PARTITIONS if keyed else 1,
        "properties": {},
        "aliases": [],
        "functions": [],
        **{k: v for k, v in c.items() if k != "generate"},
        "fields": [{**f, "output": f["name"] in outputs} for f in c["fields"]],
        "structs": structs,
    }


def normal(c):
    """A collection of the files, or a part of one, in the form in which it is compared. Ids are those of a new one if not given."""
    c = dict(c)
    if "fields" in c:
        c["fields"] = [normal_field({"id": FIRST_FIELD_ID + i, **f}) for i, f in enumerate(c["fields"])]
    if "structs" in c:
        c["structs"] = [normal_struct(s) for s in c["structs"]]
    if "functions" in c:
        c["functions"] = [
            {"id": FIRST_FUNCTION_ID + i, "description": "", "params": {}, **f} for i, f in enumerate(c["functions"])
        ]
    return c


def normal_field(f):
    assert set(f) <= FIELD_KEYS, set(f) - FIELD_KEYS
    return {
        "id": f["id"],
        "name": f["name"],
        "description": f.get("description", ""),
        "type": TYPES[f["type"]],
        "element_type": TYPES[f["element_type"]] if "element_type" in f else None,
        "params": {k: f[k] for k in (*PARAMS, *ANALYZER) if k in f},
        "flags": {k for k in FLAGS if f.get(k)},
        "default": (DEFAULTS[f["type"]], f["default"]) if "default" in f else None,
    }


def normal_struct(s):
    assert set(s) <= STRUCT_KEYS, set(s) - STRUCT_KEYS
    return {
        "description": "",
        "nullable": False,
        **s,
        "fields": [normal_field(f) for f in s["fields"]],
    }


def shown(d):
    """What the SDK shows of a collection, in the same form."""
    properties = dict(d["properties"])
    if properties.get("timezone") == "UTC":
        del properties["timezone"]  # the server adds it
    newest = int(properties.pop("max_field_id", -1))  # kept by the server once a field was added or dropped
    assert newest < 0 or newest >= max(f["field_id"] for f in d["fields"])
    plain = [f for f in d["fields"] if f.get("element_type") != DataType.STRUCT]
    ids = {f["name"]: f["field_id"] for f in plain}
    for f in d["functions"]:
        for names, numbers in (("input_field_names", "input_field_ids"), ("output_field_names", "output_field_ids")):
            assert [ids[name] for name in f[names]] == list(f[numbers])
    return {
        "name": d["collection_name"],
        "description": d["description"],
        "enable_dynamic_field": d["enable_dynamic_field"],
        "consistency_level": d["consistency_level_name"],
        "shards_num": d["num_shards"],
        "num_partitions": d["num_partitions"],
        "properties": properties,
        "aliases": sorted(d["aliases"]),
        "fields": [shown_field(f) for f in plain],
        "structs": [shown_struct(s) for s in d["fields"] if s.get("element_type") == DataType.STRUCT],
        "functions": [
            {
                "id": f["id"],
                "name": f["name"],
                "description": f["description"],
                "type": next(k for k, v in FUNCTIONS.items() if v == f["type"]),
                "input": list(f["input_field_names"]),
                "output": list(f["output_field_names"]),
                "params": dict(f["params"]),
            }
            for f in d["functions"]
        ],
    }


def shown_field(f):
    known = {"field_id", "name", "description", "type", "params", "element_type", "default_value", *FLAGS.values()}
    assert set(f) <= known, set(f) - known
    params = dict(f.get("params", {}))
    for k in ("enable_analyzer", "enable_match"):
        if k in params:
            params[k] = {"true": True, "false": False}[str(params[k]).lower()]
    if isinstance(params.get("analyzer_params"), str):
        params["analyzer_params"] = json.loads(params["analyzer_params"])
    value = f.get("default_value")
    return {
        "id": f["field_id"],
        "name": f["name"],
        "description": f["description"],
        "type": f["type"],
        "element_type": f.get("element_type"),
        "params": params,
        "flags": {k for k, theirs in FLAGS.items() if f.get(theirs)},
        "default": None if value is None else (value.WhichOneof("data"), getattr(value, value.WhichOneof("data"))),
    }


def shown_struct(s):
    return {
        "id": s["field_id"],
        "name": s["name"],
        "description": s["description"],
        "nullable": s.get("nullable", False),
        "max_capacity": s["params"]["max_capacity"],
        "fields": [shown_field(f) for f in s["struct_fields"]],
    }


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
            assert (e.code, self.text.lower() in e.message.lower()) == (self.code, True), str(e)
            assert time.monotonic() - self.began < INSTANT
        return suppressed
