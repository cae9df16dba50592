"""The scenarios of statements.yaml, each in the default database and in another one."""

import pytest
from pymilvus import MilvusClient

from statements import ABSENT, SCENARIOS, STATEMENTS, Run, usable


@pytest.mark.parametrize("database", ["default", "elsewhere"])
@pytest.mark.parametrize("scenario", usable(), ids=lambda s: s["scenario"].replace(" ", "_"))
def test_scenario(client, address, database, scenario):
    other = "other_one"
    for name in {database, other} - {"default"}:
        client.create_database(name)
    run = Run(address, database, other)
    try:
        for number, step in enumerate(scenario["steps"], 1):
            run.step(number, step)
    finally:
        run.close()
        for name in {database, other} - {"default"}:
            client.drop_database(name)


def test_every_statement_is_used():
    used = {step["do"] for s in usable() for step in s["steps"]}
    assert used == set(STATEMENTS) - set(ABSENT)
    assert {step["do"] for s in SCENARIOS for step in s["steps"]} == set(STATEMENTS)


def test_what_is_absent():
    """What this SDK does not have; a later one that has it is to run it."""
    for method in ABSENT.values():
        assert not hasattr(MilvusClient, method), method
