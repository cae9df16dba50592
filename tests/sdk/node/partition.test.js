'use strict';
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { CODE, connect, create, describe, drop, refused, simple, success } = require('./support');

const MISSING = 'node_no_such_collection';

let client;
before(async () => {
  client = await connect();
});
after(() => client.closeConnection());

function request(collection, partition) {
  return { collection_name: collection, partition_name: partition };
}

async function names(collection) {
  const shown = await client.listPartitions({ collection_name: collection });
  success(shown.status);
  assert.equal(shown.partitionIDs.length, shown.partition_names.length);
  assert.equal(shown.created_timestamps.length, shown.partition_names.length);
  return shown.partition_names;
}

async function hasPartition(collection, partition) {
  const answer = await client.hasPartition(request(collection, partition));
  success(answer.status);
  return answer.value;
}

test('partitions', async () => {
  const { name } = simple('node_partitions');
  success(await create(client, simple(name)));
  assert.deepEqual(await names(name), ['_default']);
  for (const partition of ['p1', 'p2', 'p2', '_default']) {
    success(await client.createPartition(request(name, partition))); // what exists already is no failure
  }
  assert.deepEqual(await names(name), ['_default', 'p1', 'p2']);
  assert.equal(Number((await describe(client, name)).num_partitions), 3);
  assert.equal(await hasPartition(name, 'p1'), true);
  assert.equal(await hasPartition(name, 'p3'), false);

  const stats = await client.getPartitionStatistics(request(name, 'p1'));
  success(stats.status);
  assert.equal(stats.data.row_count, '0');

  for (let i = 0; i < 2; i++) {
    success(await client.dropPartition(request(name, 'p1'))); // what is gone already is no failure
  }
  assert.equal(await hasPartition(name, 'p1'), false);
  assert.deepEqual(await names(name), ['_default', 'p2']);
  await drop(client, name);
});

test('errors of partitions', async () => {
  const { name } = simple('node_partition_errors');
  success(await create(client, simple(name)));
  await refused(
    () => client.getPartitionStatistics(request(name, 'nowhere')),
    CODE.partitionNotFound,
    'partition not found[partition=nowhere]',
  );
  await refused(
    () => client.createPartition(request(name, 'what?')),
    CODE.invalid,
    'Partition name can only contain numbers, letters and underscores',
  );
  await refused(
    () => client.dropPartition(request(name, '_default')),
    CODE.invalid,
    'default partition cannot be deleted',
  );
  await drop(client, name);
});

test('partitions of a missing collection', async () => {
  for (const call of ['createPartition', 'dropPartition', 'hasPartition']) {
    await refused(() => client[call](request(MISSING, 'p')), CODE.collectionNotFound, MISSING);
  }
  await refused(() => client.listPartitions({ collection_name: MISSING }), CODE.collectionNotFound, MISSING);
});

// With a partition key the partitions are the server's own business.
test('partitions of a key', async () => {
  const c = simple('node_partition_key', { num_partitions: 12 });
  c.fields.push({ name: 'tenant', type: 'VarChar', max_length: 64, partition_key: true });
  success(await create(client, c));
  const expected = Array.from({ length: 12 }, (_, i) => `_default_${i}`);
  assert.deepEqual((await names(c.name)).sort(), expected.sort());
  await refused(
    () => client.createPartition(request(c.name, 'mine')),
    CODE.invalid,
    'disable create partition if partition key mode is used',
  );
  await refused(
    () => client.dropPartition(request(c.name, '_default_3')),
    CODE.invalid,
    'disable drop partition if partition key mode is used',
  );
  await drop(client, c.name);
});
