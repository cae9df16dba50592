'use strict';
// What runs statements.yaml: one method of the SDK for each statement.

const assert = require('node:assert/strict');
const s = require('./support');

const SCENARIOS = s.load('statements.yaml');
const EXPECTATIONS = ['do', 'in', 'shows', 'includes', 'excludes', 'keep', 'same', 'newer', 'unchanged', 'code', 'text'];
const OTHERS = ['input', 'sdk'];

// What this SDK cannot say: listAliases wants a collection.
const ABSENT = ['list_aliases_of_all'];

const within = (collection_name, more) => ({ collection_name, timeout: s.PATIENCE, ...more });

// Every one returns what the SDK returned, a status or an object with one.
const STATEMENTS = {
  create_database: (c, { name, properties }) => c.createDatabase({ db_name: name, properties }),
  drop_database: (c, { name }) => c.dropDatabase({ db_name: name }),
  list_databases: c => c.listDatabases(),
  describe_database: (c, { name }) => c.describeDatabase({ db_name: name }),
  alter_database: (c, { name, set, remove }) =>
    remove
      ? c.dropDatabaseProperties({ db_name: name, properties: remove })
      : c.alterDatabaseProperties({ db_name: name, properties: set }),

  create: (c, { name, ...more }) => s.create(c, s.expand({ ...s.simple(name), ...more })),
  drop: (c, { name }) => c.dropCollection(within(name)),
  has: (c, { name }) => c.hasCollection(within(name)),
  describe: (c, { name }) => c.describeCollection(within(name)),
  list: c => c.showCollections({ timeout: s.PATIENCE }),
  stats: (c, { name }) => c.getCollectionStatistics(within(name)),
  rename: (c, { name, to }) => c.renameCollection(within(name, { new_collection_name: to })),
  move: (c, { name, to, database }) =>
    c.renameCollection(within(name, { new_collection_name: to, new_db_name: database })),
  truncate: (c, { name }) => c.truncateCollection(within(name)),
  batch_describe: (c, { names }) => c.batchDescribeCollections({ collection_names: names, timeout: s.PATIENCE }),
  alter: (c, { name, set, remove }) =>
    remove
      ? c.dropCollectionProperties(within(name, { properties: remove }))
      : c.alterCollectionProperties(within(name, { properties: set })),

  alter_field: (c, { collection, name, set }) =>
    c.alterCollectionFieldProperties(within(collection, { field_name: name, properties: set })),
  add_field: (c, { collection, field }) => c.addCollectionField(within(collection, { field: s.fieldOf(field) })),
  add_fields: (c, { collection, fields }) => c.addCollectionFields(within(collection, { fields: fields.map(s.fieldOf) })),
  add_struct_field: (c, { collection, struct }) =>
    c.addCollectionField(within(collection, { field: { ...s.structOf(struct), nullable: true } })),
  drop_field: (c, { collection, name, id }) =>
    c.dropCollectionField(within(collection, { field_name: name, field_id: id })),
  add_function_field: (c, { collection, field, function: fn, index }) =>
    c.addFunctionField(
      within(collection, { field: s.fieldOf(field), function: s.functionOf(fn), extra_params: index }),
    ),
  // What addFunctionField stands on, which does not ask for an index.
  alter_schema: async (c, { collection, field, function: fn }) =>
    (await c.alterCollectionSchema(within(collection, { field: s.fieldOf(field), function: s.functionOf(fn) })))
      .alter_status,
  drop_function_field: (c, { collection, name }) => c.dropFunctionField(within(collection, { function_name: name })),
  add_function: (c, { collection, function: fn }) =>
    c.addCollectionFunction(within(collection, { function: s.functionOf(fn) })),
  alter_function: (c, { collection, name, function: fn }) =>
    c.alterCollectionFunction(within(collection, { function_name: name, function: s.functionOf(fn) })),
  drop_function: (c, { collection, name }) => c.dropCollectionFunction(within(collection, { function_name: name })),

  create_partition: (c, { collection, name }) => c.createPartition(within(collection, { partition_name: name })),
  drop_partition: (c, { collection, name }) => c.dropPartition(within(collection, { partition_name: name })),
  has_partition: (c, { collection, name }) => c.hasPartition(within(collection, { partition_name: name })),
  list_partitions: (c, { collection }) => c.listPartitions(within(collection)),
  partition_stats: (c, { collection, name }) =>
    c.getPartitionStatistics(within(collection, { partition_name: name })),

  create_alias: (c, { collection, alias }) => c.createAlias(within(collection, { alias })),
  alter_alias: (c, { collection, alias }) => c.alterAlias(within(collection, { alias })),
  drop_alias: (c, { alias }) => c.dropAlias({ alias }),
  // This SDK wants the name of a collection here too, and the server does not look at it.
  describe_alias: (c, { alias }) => c.describeAlias(within(alias, { alias })),
  list_aliases: (c, { collection }) => c.listAliases(within(collection)),
};

// What an answer says, in the words of statements.yaml.
const ANSWERS = {
  list_databases: a => a.db_names,
  describe_database: a => {
    const { timezone, ...properties } = s.pairs(a.properties);
    return { name: a.db_name, properties };
  },
  has: a => a.value,
  list: a => [...a.collection_names].sort(),
  stats: a => a.data.row_count,
  batch_describe: a => a.responses.map(d => d.schema.description),
  has_partition: a => a.value,
  list_partitions: a => a.partition_names,
  partition_stats: a => a.data.row_count,
  describe_alias: a => ({ alias: a.alias, collection: a.collection, database: a.db_name }),
  list_aliases: a => [...a.aliases].sort(),
};

// The statement of a step; one form of it may be absent.
function statementOf(step) {
  return step.do === 'list_aliases' && !('collection' in step) ? 'list_aliases_of_all' : step.do;
}

// The scenarios of which this SDK has every statement.
function usable() {
  return SCENARIOS.filter(({ steps }) => !steps.some(step => ABSENT.includes(statementOf(step))));
}

// The methods of the SDK that were called.
const CALLED = new Set();

// The client, with its methods noted: those that we call, not those that they call.
function noted(client) {
  return new Proxy(client, {
    get(target, name) {
      const member = target[name];
      if (typeof member !== 'function') return member;
      CALLED.add(name);
      return member.bind(target);
    },
  });
}

// A scenario in one database, and what it keeps.
class Run {
  constructor(db, other) {
    this.names = { db, other };
    this.clients = new Map();
    this.kept = {};
  }

  // A connection that names the database, as applications do.
  async client(database) {
    if (!this.clients.has(database)) this.clients.set(database, noted(await s.connect(undefined, { database })));
    return this.clients.get(database);
  }

  async step(number, unfilled) {
    const step = fill(unfilled, this.names);
    const args = Object.fromEntries(
      Object.entries(step).filter(([key]) => !EXPECTATIONS.includes(key) && !OTHERS.includes(key)),
    );
    try {
      const client = await this.client(step.in ?? this.names.db);
      const call = () => STATEMENTS[step.do](client, args);
      if (step.sdk?.includes('node')) {
        await assert.rejects(call);
      } else if ('code' in step) {
        await s.refused(call, step.code, step.text, step.input);
      } else {
        const answer = await call();
        s.success(answer.status ?? answer);
        this.check(step, answer);
      }
    } catch (e) {
      e.message = `step ${number}, ${step.do} ${JSON.stringify(args)}: ${e.message}`;
      throw e;
    }
  }

  check(step, answer) {
    let { shows } = step;
    let got;
    if (step.do === 'describe') {
      this.checkIdentity(step, answer);
      got = s.shown(answer);
      shows = s.normal(shows ?? {});
    } else if (step.do in ANSWERS) {
      got = ANSWERS[step.do](answer);
    }
    if (shows && !Array.isArray(shows) && typeof shows === 'object') {
      got = Object.fromEntries(Object.keys(shows).map(key => [key, got[key]]));
    }
    if (shows !== undefined) assert.deepEqual(got, shows);
    for (const name of step.includes ?? []) assert.ok(got.includes(name), name);
    for (const name of step.excludes ?? []) assert.ok(!got.includes(name), name);
  }

  checkIdentity(step, d) {
    const { kept } = this;
    if (step.same) {
      for (const member of ['collectionID', 'created_timestamp']) assert.equal(d[member], kept[step.same][member]);
    }
    if (step.newer) assert.ok(BigInt(d.update_timestamp) > BigInt(kept[step.newer].update_timestamp));
    if (step.unchanged) assert.deepEqual({ ...d, collection_name: '' }, { ...kept[step.unchanged], collection_name: '' });
    if (step.keep) kept[step.keep] = d;
  }

  // Leaves nothing behind, whatever has happened.
  async close() {
    for (const database of Object.values(this.names)) {
      const client = await this.client(database);
      for (const name of await s.list(client)) {
        const { aliases } = await client.listAliases({ collection_name: name });
        for (const alias of aliases) s.success(await client.dropAlias({ alias }));
        await s.drop(client, name);
      }
    }
    for (const client of this.clients.values()) await client.closeConnection();
  }
}

// Puts names for ${…}, wherever they stand.
function fill(value, names) {
  if (typeof value === 'string') return value.replace(/\$\{(\w+)\}/g, (_, name) => names[name]);
  if (Array.isArray(value)) return value.map(v => fill(v, names));
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v, names)]));
  }
  return value;
}

module.exports = { ABSENT, CALLED, Run, SCENARIOS, STATEMENTS, statementOf, usable };
