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

const FIRST_FUNCTION_ID = 100;

const CODE = {
  notSupported: 10,
  collectionNotFound: 100,
  partitionNotFound: 200,
  databaseNotFound: 800,
  invalid: 1100,
};
// This SDK looks at the older enum only, so both must be right. What is not here is UnexpectedError.
const LEGACY = {
  9: 'ForceDeny',
  100: 'CollectionNotExists',
  200: 'MetaFailed',
  1100: 'IllegalArgument',
  1101: 'IllegalArgument',
};
// What Milvus does not call the caller's fault, wherever it comes from.
const NOT_INPUT = [CODE.notSupported];

// Key in the files, key of the SDK. An unknown key fails: it would be left out of the comparison without a word.
const PARAMS = {
  dim: 'dim',
  max_length: 'max_length',
  max_capacity: 'max_capacity',
  enable_analyzer: 'enable_analyzer',
  enable_match: 'enable_match',
  analyzer_params: 'analyzer_params',
  mmap_enabled: 'mmap.enabled',
};
const FLAGS = {
  primary_key: 'is_primary_key',
  auto_id: 'autoID',
  partition_key: 'is_partition_key',
  clustering_key: 'is_clustering_key',
  nullable: 'nullable',
  output: 'is_function_output',
};
const OTHER = ['name', 'id', 'description', 'type', 'element_type', 'default'];
const FIELD_KEYS = new Set([...OTHER, ...Object.keys(PARAMS), ...Object.keys(FLAGS)]);
const STRUCT_KEYS = new Set(['name', 'id', 'description', 'max_capacity', 'nullable', 'fields']);
const FUNCTION_KEYS = new Set(['name', 'id', 'description', 'type', 'input', 'output', 'params']);
const COLLECTION_KEYS = new Set([
  'name',
  'description',
  'enable_dynamic_field',
  'consistency_level',
  'shards_num',
  'num_partitions',
  'properties',
  'aliases',
  'fields',
  'functions',
  'structs',
  'generate',
]);

function load(file) {
  return yaml.load(fs.readFileSync(path.join(process.env.TAPROOT_TESTDATA, file), 'utf8'));
}

// The collections of both schema files.
function loadSchemas() {
  return ['schemas.yaml', 'more.yaml'].flatMap(load).map(expand);
}

function checkKeys(objects, known) {
  for (const key of objects.flatMap(o => Object.keys(o))) assert.ok(known.has(key), key);
}

// Writes the generated fields out.
function expand(c) {
  checkKeys([c], COLLECTION_KEYS);
  const { scalars = 0, type, prefix } = c.generate ?? {};
  const generated = Array.from({ length: scalars }, (_, i) => ({ name: prefix + String(i).padStart(2, '0'), type }));
  return { ...c, fields: [...c.fields, ...generated] };
}

function simple(name, more = {}) {
  const fields = [
    { name: 'id', type: 'Int64', primary_key: true },
    { name: 'v', type: 'FloatVector', dim: 8 },
  ];
  return { name, fields, ...more };
}

function fieldOf(f) {
  checkKeys([f], FIELD_KEYS);
  const field = { name: f.name, data_type: typeOf(f.type) };
  if ('description' in f) field.description = f.description;
  for (const [key, theirs] of Object.entries({ ...PARAMS, ...FLAGS })) if (key in f) field[theirs] = f[key];
  if ('mmap_enabled' in f) field.type_params = { 'mmap.enabled': f.mmap_enabled };
  if ('element_type' in f) field.element_type = typeOf(f.element_type);
  if ('default' in f) field.default_value = f.default;
  return field;
}

function structOf(s) {
  checkKeys([s], STRUCT_KEYS);
  return {
    name: s.name,
    description: s.description,
    data_type: DataType.Array,
    element_type: DataType.Struct,
    max_capacity: s.max_capacity,
    fields: s.fields.map(fieldOf),
  };
}

function functionOf(f) {
  checkKeys([f], FUNCTION_KEYS);
  return {
    name: f.name,
    type: typeof FunctionType[f.type] === 'number' ? FunctionType[f.type] : f.type,
    input_field_names: f.input,
    output_field_names: f.output,
    params: f.params ?? {},
  };
}

function typeOf(name) {
  assert.ok(name in DataType, name);
  return DataType[name];
}

// Sends the collection without indexes, so that nothing but CreateCollection is called.
function create(client, c) {
  const fields = [...c.fields.map(fieldOf), ...(c.structs ?? []).map(structOf)];
  const request = { collection_name: c.name, fields, timeout: PATIENCE };
  const same = ['description', 'enable_dynamic_field', 'consistency_level', 'shards_num', 'num_partitions'];
  for (const key of [...same, 'properties']) if (key in c) request[key] = c[key];
  if (c.functions) request.functions = c.functions.map(functionOf);
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
  const whole = complete(c);
  assert.deepEqual(shown(d), normal(whole));
  assert.deepEqual([d.collection_name, d.db_name], [c.name, 'default']);
  assert.equal(d.virtual_channel_names.length, whole.shards_num);
  assert.equal(d.physical_channel_names.length, whole.shards_num);
  assert.ok(BigInt(d.collectionID) > 0n && BigInt(d.update_timestamp) > 0n);
  const created = Number(BigInt(d.created_timestamp) >> LOGICAL_BITS);
  assert.equal(Number(d.created_utc_timestamp), created);
  assert.ok(Math.abs(Date.now() - created) < 60_000);
  return d;
}

// The whole collection with all that its description holds: what it does not say is the server's default.
function complete(c) {
  const outputs = (c.functions ?? []).flatMap(f => f.output);
  let number = FIRST_FIELD_ID + c.fields.length + (c.enable_dynamic_field ? 1 : 0);
  const structs = (c.structs ?? []).map(s => {
    const fields = s.fields.map((f, i) => ({ ...f, id: number + 1 + i }));
    const numbered = { ...s, id: number, fields };
    number += 1 + fields.length;
    return numbered;
  });
  const { generate, ...given } = c;
  return {
    description: '',
    enable_dynamic_field: false,
    consistency_level: 'Bounded',
    shards_num: 1,
    num_partitions: partitionsOf(c),
    properties: {},
    aliases: [],
    functions: [],
    ...given,
    fields: c.fields.map(f => ({ ...f, output: outputs.includes(f.name) })),
    structs,
  };
}

// A collection of the files, or a part of one, in the form in which it is compared. Ids are those of a new one if not given.
function normal(c) {
  const n = { ...c };
  if (n.fields) n.fields = n.fields.map((f, i) => normalField({ id: FIRST_FIELD_ID + i, ...f }));
  if (n.structs) n.structs = n.structs.map(normalStruct);
  if (n.functions) {
    n.functions = n.functions.map((f, i) => ({ id: FIRST_FUNCTION_ID + i, description: '', params: {}, ...f }));
  }
  return n;
}

function normalField(f) {
  checkKeys([f], FIELD_KEYS);
  return {
    id: f.id,
    name: f.name,
    description: f.description ?? '',
    type: f.type,
    element: f.element_type ?? 'None',
    params: Object.fromEntries(Object.keys(PARAMS).flatMap(p => (p in f ? [[p, f[p]]] : []))),
    flags: Object.keys(FLAGS).filter(flag => f[flag]),
    dynamic: false,
    default: f.default ?? null,
  };
}

function normalStruct(s) {
  checkKeys([s], STRUCT_KEYS);
  return { description: '', nullable: false, ...s, fields: s.fields.map(normalField) };
}

// What the SDK shows of a collection, in the same form.
function shown(d) {
  const properties = pairs(d.properties);
  if (properties.timezone === 'UTC') delete properties.timezone; // the server adds it
  const plain = d.schema.fields.filter(f => f.element_type !== 'Struct');
  if ('max_field_id' in properties) {
    assert.ok(Number(properties.max_field_id) >= Math.max(...d.schema.fields.map(f => Number(f.fieldID))));
    delete properties.max_field_id; // kept by the server once a field was added or dropped
  }
  const ids = Object.fromEntries(plain.map(f => [f.name, f.fieldID]));
  for (const f of d.schema.functions) {
    assert.deepEqual(f.input_field_names.map(name => ids[name]), f.input_field_ids);
    assert.deepEqual(f.output_field_names.map(name => ids[name]), f.output_field_ids);
  }
  return {
    name: d.schema.name,
    description: d.schema.description,
    enable_dynamic_field: d.schema.enable_dynamic_field,
    consistency_level: d.consistency_level,
    shards_num: d.shards_num,
    num_partitions: Number(d.num_partitions),
    properties,
    aliases: [...d.aliases].sort(),
    fields: plain.map(shownField),
    structs: d.schema.fields.filter(f => f.element_type === 'Struct').map(shownStruct),
    functions: d.schema.functions.map(f => ({
      id: Number(f.id),
      name: f.name,
      description: f.description,
      type: f.type,
      input: f.input_field_names,
      output: f.output_field_names,
      params: pairs(f.params),
    })),
  };
}

function shownField(f) {
  const params = {};
  for (const { key, value } of f.type_params) {
    const ours = Object.keys(PARAMS).find(p => PARAMS[p] === key) ?? key;
    // All values are text; numbers, yes or no, and objects read as JSON.
    params[ours] = JSON.parse(value);
  }
  return {
    id: Number(f.fieldID),
    name: f.name,
    description: f.description,
    type: f.data_type,
    element: f.element_type ?? 'None',
    params,
    flags: Object.keys(FLAGS).filter(flag => f[FLAGS[flag]]),
    dynamic: f.is_dynamic,
    // Integers of 64 bits are shown as text.
    default: f.data_type === 'Int64' && f.default_value ? Number(f.default_value) : f.default_value ?? null,
  };
}

function shownStruct(s) {
  return {
    id: Number(s.fieldID),
    name: s.name,
    description: s.description,
    nullable: s.nullable,
    max_capacity: Number(s.max_capacity),
    // What the struct may be, all its members may be; it is said there.
    fields: s.fields.map(shownField).map(f => ({ ...f, flags: f.flags.filter(flag => flag !== 'nullable') })),
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
async function refused(call, code, text = '', input = !NOT_INPUT.includes(code)) {
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
    assert.deepEqual([status.code, status.error_code], [code, LEGACY[code] ?? 'UnexpectedError'], JSON.stringify(status));
    assert.equal(status.retriable, false);
    if (input) assert.equal(status.extra_info.is_input_error, 'true', reasonOf(status));
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
  fieldOf,
  functionOf,
  has,
  list,
  load,
  loadSchemas,
  normal,
  pairs,
  refused,
  shown,
  simple,
  structOf,
  success,
};
