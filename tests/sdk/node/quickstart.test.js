'use strict';
// The quick way to a collection that is indexed and loaded, as the SDK documents it. Each ends by itself.
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { connect, drop, success } = require('./support');

const QUICK = 10_000; // milliseconds, the SDK's own waits included

let client;
before(async () => {
  client = await connect();
});
after(() => client.closeConnection());

async function state(name) {
  return (await client.getLoadState({ collection_name: name })).state;
}

test('by dimension', { timeout: QUICK }, async () => {
  const name = 'node_quick';
  success(await client.createCollection({ collection_name: name, dimension: 8 }));
  assert.equal(await state(name), 'LoadStateLoaded');
  const described = await client.describeIndex({ collection_name: name });
  success(described.status);
  assert.equal(described.index_descriptions.length, 1);
  assert.equal(described.index_descriptions[0].state, 'Finished');
  success(await client.releaseCollection({ collection_name: name }));
  assert.equal(await state(name), 'LoadStateNotLoad');
  success(await client.loadCollectionSync({ collection_name: name }));
  assert.equal(await state(name), 'LoadStateLoaded');
  await drop(client, name);
});

test('by schema and index', { timeout: QUICK }, async () => {
  const name = 'node_explicit';
  success(
    await client.createCollection({
      collection_name: name,
      fields: [
        { name: 'id', data_type: 'Int64', is_primary_key: true },
        { name: 'vec', data_type: 'FloatVector', dim: 8 },
      ],
    }),
  );
  success(
    await client.createIndex({
      collection_name: name,
      field_name: 'vec',
      index_name: 'i',
      index_type: 'HNSW',
      metric_type: 'L2',
      params: { M: 16, efConstruction: 200 },
    }),
  );
  success(await client.loadCollectionSync({ collection_name: name }));
  assert.equal(await state(name), 'LoadStateLoaded');
  success(await client.releaseCollection({ collection_name: name }));
  success(await client.dropIndex({ collection_name: name, index_name: 'i' }));
  await drop(client, name);
});
