"""What runs statements.yaml: one method of the SDK for each statement."""

import asyncio
import inspect
import string

import pytest
from pymilvus import AsyncMilvusClient, MilvusClient, MilvusException

from support import (
    PATIENCE,
    TYPES,
    create,
    expand,
    field_arguments,
    function_of,
    load,
    normal,
    refused,
    shown,
    simple,
    struct_of,
)

SCENARIOS = load("statements.yaml")
EXPECTATIONS = {"do", "in", "shows", "includes", "excludes", "keep", "same", "newer", "unchanged", "code", "text", "input", "sdk"}


def statement(method=None):
    """Marks a function as what does a statement, by a method that not every SDK has."""

    def register(do):
        STATEMENTS[do.__name__] = do
        if method and not hasattr(MilvusClient, method):
            ABSENT[do.__name__] = method
        return do

    return register


STATEMENTS = {}
ABSENT = {}


def usable(kind):
    """The scenarios of which a client of this SDK has every statement."""
    return [s for s in SCENARIOS if not any(absent(kind, step) for step in s["steps"])]


def absent(kind, step):
    """Whether the client cannot say it. The asynchronous one lists the aliases of one collection only."""
    return step["do"] in ABSENT or (kind == "async" and step["do"] == "list_aliases" and "collection" not in step)


# --- Databases ---


@statement()
def create_database(client, name, properties=None):
    client.create_database(name, properties=properties, timeout=PATIENCE)


@statement()
def drop_database(client, name):
    client.drop_database(name, timeout=PATIENCE)


@statement()
def list_databases(client):
    return client.list_databases(timeout=PATIENCE)


@statement()
def describe_database(client, name):
    d = dict(client.describe_database(name, timeout=PATIENCE))
    properties = {k: v for k, v in d.items() if k not in ("name", "timezone")}
    return {"name": d["name"], "properties": properties}


@statement()
def alter_database(client, name, set=None, remove=None):  # noqa: A002
    if remove is not None:
        client.drop_database_properties(name, remove, timeout=PATIENCE)
    else:
        client.alter_database_properties(name, set, timeout=PATIENCE)


# --- Collections ---


def create_(client, name, **more):
    if "fields" not in more:
        more["fields"] = simple(name)["fields"]
    create(client, expand({"name": name, **more}))


STATEMENTS["create"] = create_


@statement()
def drop(client, name):
    client.drop_collection(name, timeout=PATIENCE)


@statement()
def has(client, name):
    return client.has_collection(name, timeout=PATIENCE)


@statement()
def describe(client, name):
    return client.describe_collection(name, timeout=PATIENCE)


def list_(client):
    return sorted(client.list_collections(timeout=PATIENCE))


STATEMENTS["list"] = list_


@statement()
def stats(client, name):
    return str(client.get_collection_stats(name, timeout=PATIENCE)["row_count"])


@statement()
def rename(client, name, to):
    client.rename_collection(name, to, timeout=PATIENCE)


@statement()
def move(client, name, to, database):
    client.rename_collection(name, to, target_db=database, timeout=PATIENCE)


@statement()
def truncate(client, name):
    client.truncate_collection(name, timeout=PATIENCE)


@statement("batch_describe_collections")
def batch_describe(client, names):
    raise NotImplementedError


@statement()
def alter(client, name, set=None, remove=None):  # noqa: A002
    if remove is not None:
        client.drop_collection_properties(name, remove, timeout=PATIENCE)
    else:
        client.alter_collection_properties(name, set, timeout=PATIENCE)


# --- Fields and functions ---


@statement()
def alter_field(client, collection, name, set):  # noqa: A002
    client.alter_collection_field(collection, name, field_params=set, timeout=PATIENCE)


@statement()
def add_field(client, collection, field):
    client.add_collection_field(
        collection,
        field["name"],
        TYPES[field["type"]],
        desc=field.get("description", ""),
        timeout=PATIENCE,
        **field_arguments(field),
    )


@statement("add_collection_fields")
def add_fields(client, collection, fields):
    raise NotImplementedError


@statement("add_collection_struct_field")
def add_struct_field(client, collection, struct):
    client.add_collection_struct_field(
        collection, struct["name"], struct_of(struct), struct["max_capacity"], timeout=PATIENCE
    )


@statement("drop_collection_field")
def drop_field(client, collection, name="", id=0):  # noqa: A002
    client.drop_collection_field(collection, field_name=name, field_id=id, timeout=PATIENCE)


@statement("add_function_field")
def add_function_field(client, collection, field, function, index):
    params = MilvusClient.prepare_index_params(field["name"], **index)
    schema = MilvusClient.create_field_schema(field["name"], TYPES[field["type"]], **field_arguments(field))
    client.add_function_field(collection, schema, function_of(function), params, timeout=PATIENCE)


@statement("alter_collection_schema")
def alter_schema(client, collection, field, function):
    raise NotImplementedError


@statement("drop_function_field")
def drop_function_field(client, collection, name):
    client.drop_function_field(collection, name, timeout=PATIENCE)


@statement()
def add_function(client, collection, function):
    client.add_collection_function(collection, function_of(function), timeout=PATIENCE)


@statement()
def alter_function(client, collection, name, function):
    client.alter_collection_function(collection, name, function_of(function), timeout=PATIENCE)


@statement()
def drop_function(client, collection, name):
    client.drop_collection_function(collection, name, timeout=PATIENCE)


# --- Partitions ---


@statement()
def create_partition(client, collection, name):
    client.create_partition(collection, name, timeout=PATIENCE)


@statement()
def drop_partition(client, collection, name):
    client.drop_partition(collection, name, timeout=PATIENCE)


@statement()
def has_partition(client, collection, name):
    return client.has_partition(collection, name, timeout=PATIENCE)


@statement()
def list_partitions(client, collection):
    return client.list_partitions(collection, timeout=PATIENCE)


@statement()
def partition_stats(client, collection, name):
    return str(client.get_partition_stats(collection, name, timeout=PATIENCE)["row_count"])


# --- Aliases ---


@statement()
def create_alias(client, collection, alias):
    client.create_alias(collection, alias, timeout=PATIENCE)


@statement()
def alter_alias(client, collection, alias):
    client.alter_alias(collection, alias, timeout=PATIENCE)


@statement()
def drop_alias(client, alias):
    client.drop_alias(alias, timeout=PATIENCE)


@statement()
def describe_alias(client, alias):
    d = client.describe_alias(alias, timeout=PATIENCE)
    return {"alias": d["alias"], "collection": d["collection_name"], "database": d["db_name"]}


@statement()
def list_aliases(client, collection=""):
    answer = client.list_aliases(collection, timeout=PATIENCE)
    # The asynchronous client returns the names, the plain one what surrounds them too.
    return sorted(answer["aliases"] if isinstance(answer, dict) else answer)


# The SDK's two clients: each has methods and requests of its own.
KINDS = {"plain": MilvusClient, "async": AsyncMilvusClient}
# The names of the methods that were called of each.
CALLED = {kind: set() for kind in KINDS}


class Client:
    """Either client, with its methods noted. Those of the asynchronous one are waited for."""

    def __init__(self, kind, **arguments):
        self.kind, self.loop = kind, asyncio.new_event_loop()
        self.client = self.wait(lambda: KINDS[kind](**arguments))

    def wait(self, call):
        async def awaited():
            result = call()
            return await result if inspect.isawaitable(result) else result

        return self.loop.run_until_complete(awaited())

    def __getattr__(self, name):
        CALLED[self.kind].add(name)
        method = getattr(self.client, name)
        return lambda *args, **more: self.wait(lambda: method(*args, **more))

    def close(self):
        self.wait(self.client.close)
        self.loop.close()


class Run:
    """A scenario in one database, and what it keeps."""

    def __init__(self, kind, address, database, other):
        self.kind, self.address = kind, address
        self.names, self.clients, self.kept = {"db": database, "other": other}, {}, {}

    def client(self, database):
        """A connection that names the database, as applications do."""
        if database not in self.clients:
            self.clients[database] = Client(
                self.kind, uri=f"http://{self.address}", db_name=database, timeout=PATIENCE, dedicated=True
            )
        return self.clients[database]

    def step(self, number, step):
        step = fill(step, self.names)
        do = step["do"]
        arguments = {k: v for k, v in step.items() if k not in EXPECTATIONS}
        try:
            if "python" in step.get("sdk", []):
                with pytest.raises(MilvusException):
                    self.call(step, arguments)
            elif "code" in step:
                with refused(step["code"], step["text"]):
                    self.call(step, arguments)
            else:
                self.check(step, self.call(step, arguments))
        except (Exception, pytest.fail.Exception) as e:
            raise AssertionError(f"step {number}, {do} {arguments}: {e}") from e

    def call(self, step, arguments):
        return STATEMENTS[step["do"]](self.client(step.get("in", self.names["db"])), **arguments)

    def check(self, step, got):
        if step["do"] == "describe":
            self.check_identity(step, got)
            got, step = shown(got), {**step, "shows": normal(step.get("shows", {}))}
        if isinstance(got, dict):
            got = {k: v for k, v in got.items() if k in step["shows"]}
        if "shows" in step:
            assert got == step["shows"]
        for name in step.get("includes", []):
            assert name in got
        for name in step.get("excludes", []):
            assert name not in got

    def check_identity(self, step, d):
        kept = self.kept
        if "same" in step:
            for member in ("collection_id", "created_timestamp"):
                assert d[member] == kept[step["same"]][member], member
        if "newer" in step:
            assert d["update_timestamp"] > kept[step["newer"]]["update_timestamp"]
        if "unchanged" in step:
            assert d == kept[step["unchanged"]]
        if "keep" in step:
            kept[step["keep"]] = d

    def close(self):
        """Leaves nothing behind, whatever has happened."""
        for client in [self.client(self.names["db"]), self.client(self.names["other"])]:
            for name in client.list_collections(timeout=PATIENCE):
                for alias in list_aliases(client, name):
                    client.drop_alias(alias, timeout=PATIENCE)
                client.drop_collection(name, timeout=PATIENCE)
        for client in self.clients.values():
            client.close()


def fill(value, names):
    """Puts names for ${…}, wherever they stand."""
    if isinstance(value, str):
        return string.Template(value).safe_substitute(names) if "${" in value else value
    if isinstance(value, list):
        return [fill(v, names) for v in value]
    if isinstance(value, dict):
        return {k: fill(v, names) for k, v in value.items()}
    return value
