'use strict';
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { connect, create, describe, drop, list, loadSchemas, simple, success } = require('./support');

const directory = path.join(process.env.TAPROOT_SUITE_TMP, 'restart');

function server(verb, ...more) {
  const options = { encoding: 'utf8', timeout: 60_000 };
  return execFileSync(process.env.TAPROOT_SERVER, [verb, directory, ...more], options).trim();
}

async function everything(client) {
  const all = {};
  for (const name of await list(client)) {
    const partitions = await client.listPartitions({ collection_name: name });
    success(partitions.status);
    all[name] = { collection: await describe(client, name), partitions };
  }
  return all;
}

// What was answered is there after any end of the process, with the same ids and timestamps.
test('restart', async t => {
  t.after(() => server('stop', 'KILL'));
  let client = await connect(server('start'));
  t.after(() => client.closeConnection());
  const stored = loadSchemas();
  for (const c of stored) success(await create(client, c));
  success(await client.createPartition({ collection_name: stored[0].name, partition_name: 'extra' }));
  const before = await everything(client);
  assert.equal(Object.keys(before).length, stored.length);
  let newest = { id: 0n, created: 0n };
  for (const { collection } of Object.values(before)) newest = later(collection, newest);

  for (const signal of ['TERM', 'KILL']) {
    await client.closeConnection();
    server('stop', signal);
    client = await connect(server('start'));
    assert.deepEqual(await everything(client), before);
    // The clock and the ids go on from where they were.
    const c = simple(`node_after_${signal.toLowerCase()}`);
    success(await create(client, c));
    const now = later(await describe(client, c.name), newest);
    assert.ok(now.id > newest.id && now.created > newest.created);
    newest = now;
    await drop(client, c.name);
  }
});

function later(collection, than) {
  const max = (a, b) => (a > b ? a : b);
  return {
    id: max(BigInt(collection.collectionID), than.id),
    created: max(BigInt(collection.created_timestamp), than.created),
  };
}
