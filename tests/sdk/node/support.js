'use strict';
// Schema files, and what goes from them to the SDK and back.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const yaml = require('js-yaml');
const { MilvusClient, DataType, FunctionType } = require('@zilliz/milvus2-sdk-node');

// Bounds a single call: what hangs is to fail in its test, not in CI's time limit.
const PATIENCE = 20_000;
// Bounds an answer that needs no waiting at all. It is generous: CI machines are busy.
const INSTANT = 5_000;

const FIRST_FIELD_ID = 100; // below are the system fields, which no client sees
const DEFAULT_PARTITIONS = 16; // of a collection with a partition key that does not say how many
const LOGICAL_BITS = 18n; // of a hybrid timestamp

const CODE = {
  notSupported: 10,
  collectionNotFound: 100,
  partitionNotFound: 200,
  databaseNotFound: 800,
  invalid: 1100,
};
// This SDK looks at the older enum only, so both must be right.
const LEGACY = {
  10: 'UnexpectedError',
  100: 'CollectionNotExists',
  200: 'MetaFailed',
  800: 'UnexpectedError',
  1100: 'IllegalArgument',
  1101: 'IllegalArgument',
};

// Key in the files, key of the SDK. An unknown key fails: it would be left out of the comparison without a word.
const PARAMS = ['dim', 'max_length', 'max_capacity'];
const FLAGS = {
  primary_key: 'is_primary_key',
  auto_id: 'autoID',
  partition_key: 'is_partition_key',
  clustering_key: 'is_clustering_key',
  nullable: 'nullable',
};
const ANALYZER = ['enable_analyzer', 'enable_match'];
const OTHER = ['name', 'description', 'type', 'element_type', 'default'];
const FIELD_KEYS = new Set([...OTHER, ...PARAMS, ...Object.keys(FLAGS), ...ANALYZER]);
const COLLECTION_KEYS = new Set([
  'name',
  'description',
  'enable_dynamic_field',
  'consistency_level',
  'shards_num',
  'num_partitions',
  'properties',
  'fields',
  'functions',
  'structs',
  'generate',
]);

function load(file) {
  return yaml.load(fs.readFileSync(path.join(process.env.TAPROOT_TESTDATA, file), 'utf8'));
}

// The collections of both schema files: those the server stores and those it refuses so far.
function loadSchemas() {
  const all = ['schemas.yaml', 'more.yaml'].flatMap(load).map(expand);
  return { stored: all.filter(c => !unsupported(c)), unsupported: all.filter(unsupported) };
}

// A word that the server's refusal must hold; empty for what it stores.
function unsupported(c) {
  if (c.functions) return 'function';
  if (c.structs) return 'struct';
  const odd = c.fields.find(f => ['Geometry', 'Timestamptz'].includes(f.type) || f.clustering_key);
  return odd ? (odd.clustering_key ? 'clustering key' : odd.type) : '';
}

// Writes the generated fields out.
function expand(c) {
  for (const key of Object.keys(c)) assert.ok(COLLECTION_KEYS.has(key), key);
  const { scalars = 0, type, prefix } = c.generate ?? {};
  const generated = Array.from({ length: scalars }, (_, i) => ({ name: prefix + String(i).padStart(2, '0'), type }));
  const fields = [...c.fields, ...generated];
  for (const key of fields.flatMap(f => Object.keys(f))) assert.ok(FIELD_KEYS.has(key), key);
  return { ...c, fields };
}

function simple(name, more = {}) {
  const fields = [
    { name: 'id', type: 'Int64', primary_key: true },
    { name: 'v', type: 'FloatVector', dim: 8 },
  ];
  return { name, fields, ...more };
}

function fieldOf(f) {
  const field = { name: f.name, data_type: typeOf(f.type) };
  for (const key of [...PARAMS, ...ANALYZER, 'description']) if (key in f) field[key] = f[key];
  for (const [key, theirs] of Object.entries(FLAGS)) if (key in f) field[theirs] = f[key];
  if ('element_type' in f) field.element_type = typeOf(f.element_type);
  if ('default' in f) field.default_value = f.default;
  return field;
}

function typeOf(name) {
  assert.ok(name in DataType, name);
  return DataType[name];
}

// Sends the collection without indexes, so that nothing but CreateCollection is called.
function create(client, c) {
  const structs = (c.structs ?? []).map(s => ({
    name: s.name,
    data_type: DataType.Array,
    element_type: DataType.Struct,
    max_capacity: s.max_capacity,
    fields: s.fields.map(fieldOf),
  }));
  const request = { collection_name: c.name, fields: [...c.fields.map(fieldOf), ...structs], timeout: PATIENCE };
  const same = ['description', 'enable_dynamic_field', 'consistency_level', 'shards_num', 'num_partitions'];
  for (const key of [...same, 'properties']) if (key in c) request[key] = c[key];
  if (c.functions) {
    request.functions = c.functions.map(f => ({
      name: f.name,
      type: FunctionType[f.type],
      input_field_names: f.input,
      output_field_names: f.output,
      params: {},
    }));
  }
  return client.createCollection(request);
}

async function describe(client, name) {
  const d = await client.describeCollection({ collection_name: name, timeout: PATIENCE });
  success(d.status);
  return d;
}

// Describes the collection and compares everything with what was sent.
async function compare(client, c) {
  const d = await describe(client, c.name);
  const properties = pairs(d.properties);
  if (!('timezone' in (c.properties ?? {}))) delete properties.timezone; // the server adds it
  const shards = c.shards_num ?? 1;
  assert.deepEqual(
    {
      name: d.collection_name,
      schema: d.schema.name,
      database: d.db_name,
      description: d.schema.description,
      dynamic: d.schema.enable_dynamic_field,
      consistency: d.consistency_level,
      shards: d.shards_num,
      channels: [d.virtual_channel_names.length, d.physical_channel_names.length],
      partitions: Number(d.num_partitions),
      properties,
      aliases: d.aliases,
      functions: d.schema.functions,
    },
    {
      name: c.name,
      schema: c.name,
      database: 'default',
      description: c.description ?? '',
      dynamic: c.enable_dynamic_field ?? false,
      consistency: c.consistency_level ?? 'Bounded',
      shards,
      channels: [shards, shards],
      partitions: partitionsOf(c),
      properties: c.properties ?? {},
      aliases: [],
      functions: [],
    },
  );
  assert.ok(BigInt(d.collectionID) > 0n && BigInt(d.update_timestamp) > 0n);
  const created = Number(BigInt(d.created_timestamp) >> LOGICAL_BITS);
  assert.equal(Number(d.created_utc_timestamp), created);
  assert.ok(Math.abs(Date.now() - created) < 60_000);
  assert.deepEqual(d.schema.fields.map(described), c.fields.map(expected));
  return d;
}

// One field as the SDK shows it.
function described(f) {
  return {
    id: Number(f.fieldID),
    name: f.name,
    description: f.description,
    type: f.data_type,
    element: f.element_type,
    params: pairs(f.type_params),
    flags: Object.values(FLAGS).filter(flag => f[flag]),
    dynamic: f.is_dynamic,
    // Integers of 64 bits are shown as text.
    default: f.data_type === 'Int64' && f.default_value ? Number(f.default_value) : f.default_value ?? null,
  };
}

// The same for a field of the files.
function expected(f, position) {
  return {
    id: FIRST_FIELD_ID + position,
    name: f.name,
    description: f.description ?? '',
    type: f.type,
    element: f.element_type ?? 'None',
    params: Object.fromEntries(PARAMS.filter(p => p in f).map(p => [p, String(f[p])])),
    flags: Object.keys(FLAGS)
      .filter(flag => f[flag])
      .map(flag => FLAGS[flag]),
    dynamic: false,
    default: f.default ?? null,
  };
}

function partitionsOf(c) {
  return c.num_partitions ?? (c.fields.some(f => f.partition_key) ? DEFAULT_PARTITIONS : 1);
}

function pairs(list) {
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}

function success(status) {
  assert.deepEqual([status.error_code, status.code, status.reason], ['Success', 0, '']);
}

// Checks that the call was answered at once with that code and text. The SDK returns the status, or an object with it,
// or throws it, or throws an error that has nothing but its text.
async function refused(call, code, text = '') {
  const began = Date.now();
  let answer;
  try {
    answer = await call();
  } catch (thrown) {
    answer = thrown;
  }
  const status = answer.status ?? answer;
  if (status instanceof Error) {
    assert.equal(status.code, undefined, `a failed call, not an answer: ${status}`);
  } else {
    assert.deepEqual([status.code, status.error_code], [code, LEGACY[code]], JSON.stringify(status));
    assert.equal(status.retriable, false);
    if (code !== CODE.notSupported) assert.equal(status.extra_info.is_input_error, 'true', reasonOf(status));
  }
  const reason = reasonOf(status);
  assert.ok(reason.toLowerCase().includes(text.toLowerCase()), reason);
  assert.ok(Date.now() - began < INSTANT);
}

function reasonOf(status) {
  return status.reason ?? status.message;
}

async function connect(address = process.env.TAPROOT_ADDR, more = {}) {
  const client = new MilvusClient({ address, timeout: PATIENCE, logLevel: 'error', ...more });
  await client.connectPromise;
  return client;
}

async function has(client, name) {
  return (await client.hasCollection({ collection_name: name, timeout: PATIENCE })).value;
}

async function list(client) {
  const shown = await client.showCollections({ timeout: PATIENCE });
  success(shown.status);
  return shown.collection_names;
}

async function drop(client, name) {
  success(await client.dropCollection({ collection_name: name, timeout: PATIENCE }));
}

module.exports = {
  CODE,
  PATIENCE,
  compare,
  connect,
  create,
  describe,
  drop,
  expand,
  has,
  list,
  load,
  loadSchemas,
  refused,
  simple,
  success,
  unsupported,
};
