'use strict';
// The scenarios of statements.yaml, each in the default database and in another one.
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { ABSENT, CALLED, Run, SCENARIOS, STATEMENTS, statementOf, usable } = require('./statements');
const { connect, load, success } = require('./support');

let client;
before(async () => {
  client = await connect();
});
after(() => client.closeConnection());

for (const scenario of usable()) {
  for (const database of ['default', 'elsewhere']) {
    test(`${scenario.scenario}, in ${database}`, async () => {
      const made = ['elsewhere', 'other_one'].filter(name => name !== 'elsewhere' || name === database);
      for (const name of made) success(await client.createDatabase({ db_name: name }));
      const run = new Run(database, 'other_one');
      try {
        let number = 0;
        for (const step of scenario.steps) await run.step(++number, step);
      } finally {
        await run.close();
        for (const name of made) success(await client.dropDatabase({ db_name: name }));
      }
    });
  }
}

test('every statement is used', () => {
  const used = new Set(usable().flatMap(({ steps }) => steps.map(step => step.do)));
  assert.deepEqual([...used].sort(), Object.keys(STATEMENTS).sort());
  const all = new Set(SCENARIOS.flatMap(({ steps }) => steps.map(statementOf)));
  assert.deepEqual([...all].sort(), [...Object.keys(STATEMENTS), ...ABSENT].sort());
});

test('what is absent', async () => {
  // The day this SDK lists the aliases of a whole database, the scenario is to run.
  await assert.rejects(client.listAliases({}));
});

// What a later SDK brings is to be looked at. It comes after the scenarios.
test('every method', () => {
  const others = Object.values(load('methods.yaml').node).flat();
  assert.equal(new Set(others).size, others.length);
  assert.deepEqual(others.filter(name => CALLED.has(name)), []);
  assert.deepEqual([...methods(client)].sort(), [...CALLED, ...others].sort());
});

// Its own members are other names of methods.
function methods(object) {
  const names = new Set();
  for (let o = object; o !== Object.prototype; o = Object.getPrototypeOf(o)) {
    for (const name of Object.getOwnPropertyNames(o)) {
      if (name !== 'constructor' && !name.startsWith('_') && typeof object[name] === 'function') names.add(name);
    }
  }
  return names;
}
