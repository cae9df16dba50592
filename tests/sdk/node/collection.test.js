'use strict';
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { CODE, compare, connect, create, drop, has, list, loadSchemas, refused, simple, success } = require('./support');

let client;
before(async () => {
  client = await connect();
});
after(() => client.closeConnection());

const schemas = loadSchemas();

test('number of schemas', () => {
  assert.equal(schemas.length, 17);
});

for (const c of schemas) {
  test(`${c.name} from its creation to its end`, async () => {
    assert.equal(await has(client, c.name), false);
    success(await create(client, c));
    assert.equal(await has(client, c.name), true);
    const first = await compare(client, c);
    assert.ok((await list(client)).includes(c.name));

    success(await create(client, c)); // again and equal
    assert.deepEqual(await compare(client, c), first);

    const stats = await client.getCollectionStatistics({ collection_name: c.name });
    success(stats.status);
    assert.equal(stats.data.row_count, '0');

    await drop(client, c.name);
    assert.equal(await has(client, c.name), false);
    assert.ok(!(await list(client)).includes(c.name));

    success(await create(client, c)); // a new one of the old name
    const reborn = await compare(client, c);
    assert.notEqual(reborn.collectionID, first.collectionID);
    assert.ok(BigInt(reborn.update_timestamp) > BigInt(first.update_timestamp));
    await drop(client, c.name);
  });
}

test('the list is parallel', async () => {
  const c = simple('node_list', { shards_num: 2 });
  success(await create(client, c));
  const shown = await client.showCollections();
  success(shown.status);
  const n = shown.collection_names.length;
  assert.deepEqual([shown.collection_ids.length, shown.created_timestamps.length, shown.shards_num.length], [n, n, n]);
  const { id } = shown.data.find(d => d.name === c.name);
  assert.equal(id, (await compare(client, c)).collectionID);
  await drop(client, c.name);
});

test('duplicate', async () => {
  const c = simple('node_duplicate');
  success(await create(client, c));
  const larger = simple(c.name);
  larger.fields[1].dim = 16;
  for (const other of [larger, simple(c.name, { description: 'another' })]) {
    await refused(
      () => create(client, other),
      CODE.invalid,
      'create duplicate collection with different parameters',
    );
  }
  await compare(client, c); // unharmed
  await drop(client, c.name);
});
