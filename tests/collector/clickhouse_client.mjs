// A stranger's program on the npm package @clickhouse/client; prints one JSON object of what it saw.
import { Readable } from "node:stream";
import { createClient } from "@clickhouse/client";

const url = process.env.CLICKHOUSE_URL;
const database = "spanledger";
const reader = createClient({ url, username: "default", password: process.env.READER_PASSWORD, database, compression: { response: true } });
const writer = createClient({ url, username: "collector", password: process.env.WRITER_PASSWORD, database, compression: { request: true } });
const seen = {};

async function failure(work) {
  try {
    await work();
    return null;
  } catch (error) {
    return { code: error.code, type: error.type, message: error.message.slice(0, 200) };
  }
}

seen.ping = await reader.ping();
seen.json = await (await reader.query({ query: "SELECT number, toString(number) AS text FROM numbers(3)" })).json();
seen.rows = await (await reader.query({ query: "SELECT {a:UInt8} AS a, {b:String} AS b, {c:Array(String)} AS c, {d:DateTime64(3)} AS d", query_params: { a: 7, b: "it's\t\\", c: ["x'y"], d: new Date(Date.UTC(2026, 10, 20)) }, format: "JSONEachRow" })).json();
seen.settings = await (await reader.query({ query: "SELECT getSetting('max_block_size') AS m", clickhouse_settings: { max_block_size: "4321" }, format: "JSONEachRow" })).json();
seen.settingsAfter = await (await reader.query({ query: "SELECT getSetting('max_block_size') AS m", format: "JSONEachRow" })).json();

let streamed = 0;
const result = await reader.query({ query: "SELECT number FROM numbers(400000)", format: "JSONEachRow" });
for await (const rows of result.stream()) streamed += rows.length;
seen.streamed = streamed;
seen.queryId = (await reader.query({ query: "SELECT 1", query_id: "from-node" })).query_id;

await writer.command({ query: "CREATE TABLE IF NOT EXISTS from_node (id UInt32, name String) ENGINE = MergeTree ORDER BY id" });
await writer.command({ query: "TRUNCATE TABLE from_node" });
const inserted = await writer.insert({ table: "from_node", values: [{ id: 1, name: "one" }, { id: 2, name: "two" }], format: "JSONEachRow" });
seen.insertSummary = inserted.summary?.written_rows;
await writer.insert({ table: "from_node", values: [[3, "three"]], format: "JSONCompactEachRow", columns: ["id", "name"] });
seen.insertedRows = await (await reader.query({ query: "SELECT * FROM from_node ORDER BY id", format: "JSONCompactEachRow" })).json();
const csv = await reader.exec({ query: "SELECT count() FROM from_node FORMAT CSV" });
let text = "";
for await (const chunk of csv.stream) text += chunk;
seen.exec = text;

const numbers = Array.from({ length: 20000 }, (_, number) => number);
const longAsked = { query: "SELECT length({a:Array(UInt32)}) AS n", query_params: { a: numbers }, format: "JSONEachRow" };
seen.longAddress = await (await reader.query(longAsked)).json();
await writer.insert({ table: "from_node", values: Readable.from(numbers.map((id) => ({ id: 100 + id, name: "streamed" }))), format: "JSONEachRow" });
seen.streamedIn = await (await reader.query({ query: "SELECT count() AS n FROM from_node WHERE name = 'streamed'", format: "JSONEachRow" })).json();
for (const [name, client] of [["reader", reader], ["writer", writer]]) {
  const session_id = `of the ${name}`;
  await client.command({ query: "CREATE TEMPORARY TABLE mine (id UInt32)", session_id });
  await client.insert({ table: "mine", values: [{ id: 5 }, { id: 6 }], format: "JSONEachRow", session_id });
  await client.command({ query: "SET max_block_size = 321", session_id });
  const asked = { query: "SELECT sum(id) AS s, getSetting('max_block_size') AS m FROM mine", format: "JSONEachRow" };
  seen[`${name}Session`] = await (await client.query({ ...asked, session_id })).json();
  seen[`${name}Outside`] = await failure(() => client.query(asked));
}

seen.unknownTable = await failure(() => reader.query({ query: "SELECT * FROM no_such_table" }));
seen.readOnly = await failure(() => reader.insert({ table: "from_node", values: [{ id: 9, name: "no" }], format: "JSONEachRow" }));
seen.file = await failure(() => reader.query({ query: "SELECT * FROM file('/etc/passwd', 'LineAsString')" }));
seen.wrongPassword = await failure(() => createClient({ url, username: "default", password: "wrong" }).query({ query: "SELECT 1" }));
seen.inStream = await failure(async () => {
  const broken = await reader.query({ query: "SELECT throwIf(number = 3000000) AS a, randomPrintableASCII(20) AS b FROM numbers(4000000)", format: "JSONEachRow" });
  for await (const rows of broken.stream()) rows.length;
});
const abort = new AbortController();
setTimeout(() => abort.abort(), 300);
seen.aborted = await failure(() => reader.query({ query: "SELECT sleep(3)", abort_signal: abort.signal }));
seen.afterAbort = await (await reader.query({ query: "SELECT 1 AS one", format: "JSONEachRow" })).json();

await reader.close();
await writer.close();
console.log(JSON.stringify(seen));
