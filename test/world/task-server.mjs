// A small MCP server that does calls as tasks, written by hand, over stdio, or over HTTP with --http.
// Its folder (the first argument) holds what outlives it: tasks.json, the ledger of what it did, and `open`, a file
// without which it finishes no task. Modes: --forgets keeps tasks in memory only; --port N; --loses-results; --sessions
// binds tasks to the session over HTTP in which they were begun, and drops them with it.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [folder, ...modes] = process.argv.slice(2);
const has = (mode) => modes.includes(mode);
const file = join(folder, 'tasks.json');
const note = (line) => appendFileSync(join(folder, 'ledger'), `${line}\n`);
const isDurable = !has('--forgets');
const tasks = new Map(isDurable && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []);

function keep() {
  if (!isDurable) return;
  writeFileSync(`${file}.part`, JSON.stringify([...tasks]));
  renameSync(`${file}.part`, file);
}

const now = () => new Date().toISOString();
const shown = ({ what: _what, session: _session, ...task }) => task;
/** Those who may ask for a task. */
const seen = (taskId, session) => (tasks.get(taskId)?.session === session ? tasks.get(taskId) : undefined);
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const refused = (message, code = -32602) => ({ error: { code, message } });

setInterval(() => {
  if (!existsSync(join(folder, 'open'))) return;
  for (const task of tasks.values()) {
    if (task.status !== 'working') continue;
    task.status = task.what === 'fail' ? 'failed' : 'completed';
    task.lastUpdatedAt = now();
    note(`did ${task.what}`);
    keep();
  }
}, 5);

function call({ name, arguments: args, task }, session) {
  const { what = '' } = args ?? {};
  note(`called ${name} ${what}`);
  if (!task) {
    note(`did ${what}`);
    return text(`at once: ${what}`);
  }
  const taskId = crypto.randomUUID();
  const made = {
    taskId,
    status: 'working',
    ttl: task.ttl ?? null,
    createdAt: now(),
    lastUpdatedAt: now(),
    pollInterval: 10,
    what,
    session,
  };
  tasks.set(taskId, made);
  keep();
  return { task: shown(made) };
}

const execution = (taskSupport) => ({ execution: { taskSupport } });
const tool = (name, more) => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object' }, ...more });
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } },
    serverInfo: { name: 'tasks', version: '0.1' },
  }),
  ping: () => ({}),
  'tools/list': () => ({
    tools: [
      tool('haul', execution('required')),
      tool('may', execution('optional')),
      tool('look', { ...execution('optional'), annotations: { readOnlyHint: true } }),
      tool('plain', {}),
    ],
  }),
  'tools/call': call,
  'tasks/get': ({ taskId }, session) => {
    const task = seen(taskId, session);
    return task ? shown(task) : refused('Task not found');
  },
  'tasks/result': ({ taskId }, session) => {
    const task = seen(taskId, session);
    if (!task) return refused('Task not found');
    if (task.status === 'working') return refused('Task is not done yet');
    if (task.status !== 'completed') return refused(`Task ${task.status}: the cart broke`);
    return has('--loses-results') ? refused('No result is kept') : text(`hauled ${task.what}`);
  },
  'tasks/cancel': ({ taskId }, session) => {
    const task = seen(taskId, session);
    if (task?.status !== 'working') return refused('Cannot be cancelled');
    task.status = 'cancelled';
    note(`cancelled ${task.what}`);
    keep();
    return shown(task);
  },
};

/** The answer to one message; undefined where it wants none. */
function answerTo({ id, method, params = {} }, session) {
  if (id === undefined || method === undefined) return undefined;
  const given = answers[method] ? answers[method](params, session) : refused('Method not found', -32601);
  return { jsonrpc: '2.0', id, ...(given.error ? { error: given.error } : { result: given }) };
}

if (has('--http')) {
  const port = Number(modes[modes.indexOf('--port') + 1] ?? 0);
  const sessions = new Set();
  const endSession = (session) => {
    if (!sessions.delete(session)) return;
    for (const [taskId, task] of tasks) if (task.session === session) tasks.delete(taskId);
    note('session ended');
  };
  const server = createServer(async (request, response) => {
    const given = request.headers['mcp-session-id'];
    if (request.method === 'DELETE') {
      endSession(given);
      return void response.writeHead(200).end();
    }
    if (request.method !== 'POST') return void response.writeHead(405).end();
    let body = '';
    for await (const chunk of request) body += chunk;
    const message = JSON.parse(body);
    const session = has('--sessions') && message.method === 'initialize' ? crypto.randomUUID() : given;
    if (message.method === 'initialize') sessions.add(session);
    if (has('--sessions') && !sessions.has(session)) return void response.writeHead(404).end();
    const answer = answerTo(message, session);
    if (!answer) return void response.writeHead(202).end();
    const head = { 'content-type': 'application/json', ...(session ? { 'mcp-session-id': session } : {}) };
    response.writeHead(200, head).end(JSON.stringify(answer));
  });
  server.listen(has('--port') ? port : 0, '127.0.0.1', () => console.log(server.address().port));
} else {
  let rest = '';
  process.stdin.on('data', (chunk) => {
    rest += chunk;
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const answer = answerTo(JSON.parse(line));
      if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
  });
  process.stdin.on('end', () => process.exit(0));
}
