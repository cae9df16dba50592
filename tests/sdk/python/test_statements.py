"""The scenarios of statements.yaml, each in the default database and in another one."""

import pytest
from pymilvus.exceptions import ParamError

from statements import ABSENT, CALLED, KINDS, SCENARIOS, STATEMENTS, Client, Run, usable
from support import PATIENCE, load


@pytest.mark.parametrize(
    ("kind", "scenario"),
    [
        pytest.param(kind, scenario, id=f"{kind}-{scenario['scenario'].replace(' ', '_')}")
        for kind in KINDS
        for scenario in usable(kind)
    ],
)
@pytest.mark.parametrize("database", ["default", "elsewhere"])
def test_scenario(client, address, kind, database, scenario):
    other = "other_one"
    for name in {database, other} - {"default"}:
        client.create_database(name)
    run = Run(kind, address, database, other)
    try:
        for number, step in enumerate(scenario["steps"], 1):
            run.step(number, step)
    finally:
        run.close()
        for name in {database, other} - {"default"}:
            client.drop_database(name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_statement_is_used(kind):
    used = {step["do"] for s in usable(kind) for step in s["steps"]}
    assert used == set(STATEMENTS) - set(ABSENT)
    assert {step["do"] for s in SCENARIOS for step in s["steps"]} == set(STATEMENTS)


def test_what_is_absent(address):
    """What this SDK does not have; a later one that has it is to run it."""
    for method in ABSENT.values():
        assert not any(hasattr(client, method) for client in KINDS.values()), method
    client = Client("async", uri=f"http://{address}", timeout=PATIENCE)
    with pytest.raises(ParamError):
        client.list_aliases("")
    client.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_method(kind):
    """What a later SDK brings is to be looked at. It comes after the scenarios."""
    others = [name for names in load("methods.yaml")["python"].values() for name in names]
    assert len(others) == len(set(others))
    assert CALLED[kind] & set(others) == set()
    methods = {name for name in dir(KINDS[kind]) if not name.startswith("_")}
    assert methods - set(others) == CALLED[kind]
