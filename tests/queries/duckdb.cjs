// Runs statements in DuckDB. Standard input: {"load": [SQL...], "queries": {name: SQL}}; standard output:
// {name: [[column...], [[value...]...]]}. Status 77: there is no @duckdb/node-api, where LATIMER_DUCKDB (a folder that has
// node_modules) or NODE_PATH say.
'use strict';
const { createRequire } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');

function duckdb() {
  const folder = process.env.LATIMER_DUCKDB;
  const find = folder ? createRequire(path.join(path.resolve(folder), 'here.js')) : require;
  try {
    return find('@duckdb/node-api');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    console.log('skipped: node has no module @duckdb/node-api; LATIMER_DUCKDB or NODE_PATH can name a folder that has it');
    process.exit(77);
  }
}

// JSON.stringify() refuses integers of 64 bits, and doubles would not hold them.
function json(value) {
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

async function run(connection, sql) {
  const statements = await connection.extractStatements(sql);
  let result;
  for (let i = 0; i < statements.count; ++i) {
    const prepared = await statements.prepare(i);
    result = await prepared.runAndReadAll();
  }
  return result;
}

async function main() {
  const { DuckDBInstance } = duckdb();
  const job = JSON.parse(fs.readFileSync(0, 'utf8'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  for (const sql of job.load) await run(connection, sql);
  const answers = [];
  for (const [name, sql] of Object.entries(job.queries)) {
    const result = await run(connection, sql);
    const rows = result.getRows().map((row) => `[${row.map(json).join()}]`);
    answers.push(`${JSON.stringify(name)}:[${JSON.stringify(result.columnNames())},[${rows.join()}]]`);
  }
  process.stdout.write(`{${answers.join()}}\n`);
}

main().catch((error) => {
  console.error(String(error));
  process.exitCode = 1;
});
