'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { CODE, connect, list, refused, success } = require('./support');

test('version', async () => {
  const client = await connect();
  const answer = await client.getVersion();
  success(answer.status);
  assert.match(answer.version, /^v\d+\.\d+\.\d+/);
  // What the server said about itself when the SDK connected; without it the SDK takes the server for an old one.
  assert.equal(client.serverInfo.build_tags, answer.version);
  await client.closeConnection();
});

test('database default', async () => {
  const client = await connect(undefined, { database: 'default' });
  assert.ok(Array.isArray(await list(client)));
  await client.closeConnection();
});

test('unknown database', async () => {
  // This SDK does not look at the answer to its connecting, so the first statement is what fails.
  const client = await connect(undefined, { database: 'nowhere' });
  const missing = 'database not found[database=nowhere]';
  await refused(() => client.showCollections(), CODE.databaseNotFound, missing);
  await refused(() => client.describeCollection({ collection_name: 'anything' }), CODE.databaseNotFound, missing);
  await client.useDatabase({ db_name: 'default' });
  assert.ok(Array.isArray(await list(client)));
  await client.closeConnection();
});
