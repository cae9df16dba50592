'use strict';
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { CODE, connect, create, drop, expand, has, list, load, refused, simple, success } = require('./support');

const MISSING = 'node_no_such_collection';

let client;
before(async () => {
  client = await connect();
});
after(() => client.closeConnection());

for (const wrong of load('errors.yaml')) {
  test(wrong.case, async () => {
    const c = expand(wrong.schema);
    if (wrong.sdk?.includes('node')) {
      await assert.rejects(create(client, c));
    } else {
      await refused(() => create(client, c), wrong.code, wrong.reason);
    }
    assert.ok(!(await list(client)).includes(c.name));
  });
}

test('name too long', async () => {
  const longest = simple('n'.repeat(255));
  success(await create(client, longest));
  await drop(client, longest.name);
  await refused(
    () => create(client, simple('n'.repeat(256))),
    CODE.invalid,
    'the length of a collection name must be less than 255 characters',
  );
});

test('missing collection', async () => {
  const request = { collection_name: MISSING };
  assert.equal(await has(client, MISSING), false);
  await refused(
    () => client.describeCollection(request),
    CODE.collectionNotFound,
    `can't find collection[database=default][collection=${MISSING}]`,
  );
  await refused(() => client.getCollectionStatistics(request), CODE.collectionNotFound, MISSING);
  await drop(client, MISSING); // dropping nothing is no failure
});

// What needs a data plane is refused at once. This SDK makes a success of gRPC's own "unimplemented", so only an answer in the
// message will do.
test('not supported', async () => {
  const name = 'node_data';
  await client.createCollection({ collection_name: name, dimension: 8 });
  await refused(() => client.query({ collection_name: name, filter: 'id > 0' }), CODE.notSupported);
  await drop(client, name);
});
