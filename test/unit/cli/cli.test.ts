import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allCommands } from '../../../src/main/cli/commands.ts';
import { writeNodeFile } from '../../../src/main/transport/node-file.ts';
import { operations } from '../../../src/shared/api.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { type CliOptions, cli } from '../../world/cli.ts';
import { RecordedNotices, recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';
import { until } from '../../world/until.ts';

const hour = 3_600_000;
const now = Date.parse('2026-01-05T12:00:00Z');
const view = (name: string, state = 'running') => ({
  name,
  state,
  model: 'script',
  waiting: 2,
  parked: 1,
  lastRun: { state: 'done', startedAt: now - 2 * hour },
  nextFiring: now + 5 * 60_000,
  triggers: [{ summary: 'every 5 minutes' }],
});
const entry = (seq: number, body: object = {}) => ({
  process: 'a',
  seq,
  at: now,
  kind: 'run.started',
  commit: 'c',
  epoch: 0,
  hash: 'h',
  body,
});

const journal = [entry(1), entry(2), entry(3)];
let eventState = 'running';
const runtime = recordedRuntime({
  listProcesses: () => ({ items: [view('counter'), view('evil\u001b[2J\u202e')], next: null }),
  startProcess: ({ name }: { name: string }) => {
    if (name === 'nobody')
      throw new RuntimeError('PROCESS_NOT_FOUND', 'There is no process called "nobody".', { name });
    return view(name);
  },
  suspendProcess: ({ name }: { name: string }) => view(name, 'suspended'),
  stopAll: () => ({ processes: ['a'], failed: [{ name: 'b', message: 'it is stuck' }] }),
  wakeProcess: ({ trigger }: { trigger?: string }) => ({
    eventId: trigger === 'picky' ? '' : 'evt_1',
    duplicate: false,
  }),
  getTriggerEvent: ({ id }: { id: string }) => ({
    id,
    state: eventState,
    reason: null,
    endedAt: eventState === 'running' ? null : now,
    runId: 'run_1',
  }),
  getRun: ({ id }: { id: string }) => ({ id, output: 'Hello number 1', steps: [] }),
  createProcess: () => view('new', 'created'),
  readJournal: ({ after, order, limit }: { after?: number; order: string; limit: number }) => {
    const found = journal.filter(({ seq }) => seq > (after ?? 0));
    return { items: (order === 'desc' ? found.toReversed() : found).slice(0, limit), next: null };
  },
  setContext: (input: object) => ({ ...input, version: 3 }),
  getContext: () => ({
    items: [{ key: 'count', value: { n: 1 }, version: 2, updatedAt: now, by: 'user' }],
    next: null,
  }),
  answerInboxItem: (input: object) => input,
  listTemplates: () => ({
    items: [
      {
        id: 'hello-world',
        title: 'Hello',
        description: '',
        needs: [],
        agents: [{ name: 'x', manifest: 'name: x\nmodel: script\n' }],
      },
    ],
    next: null,
  }),
  validateManifest: ({ manifest }: { manifest: string }) =>
    manifest.includes('bad')
      ? {
          valid: false,
          name: null,
          problems: [{ path: 'triggers[0].type', line: 3, column: 5, message: 'no such type' }],
          warnings: [],
        }
      : { valid: true, name: 'good', problems: [], warnings: ['No triggers'] },
  doctor: () => ({ ok: false, checks: [{ name: 'disk', ok: false, detail: 'full', fix: 'free some space' }] }),
  verifyJournal: () => ({ ok: true, entries: 3, liveHash: 'x', replayHash: 'x', problem: null }),
  node: () => ({ id: 'node_1', name: 'laptop' }),
});
const far = recordedRuntime({ listProcesses: () => ({ items: [], next: null }) });
const notices = new RecordedNotices();
let node: ServedNode;
const run = (line: string, options: CliOptions = {}) =>
  cli([...line.split(' '), '--data-dir', node.dataDir], { now, cwd: node.dataDir, ...options });

beforeAll(async () => {
  node = await servedNode({
    api: runtime.api,
    notices,
    at: (name) => {
      if (name === 'Büro-NAS') return { api: far.api, notices };
      throw new RuntimeError('PEER_UNKNOWN', `There is no node "${name}" here.`);
    },
  });
  writeNodeFile(node.dataDir, { url: node.url, pid: process.pid, node: 'node_1', version: '1.2.3' });
});
afterAll(() => node.close());
beforeEach(() => {
  runtime.calls.length = 0;
});

describe('processes', () => {
  test('are listed as a table', async () => {
    const { code, out } = await run('ps --state running');
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 2)).toEqual([
      'NAME                 STATE    MODEL   WAITING        LAST RUN     NEXT   TRIGGERS',
      'counter              running  script  2 (+1 parked)  done 2h ago  in 5m  every 5 minutes',
    ]);
    expect(runtime.calls[0]).toMatchObject({ name: 'listProcesses', input: { state: 'running' }, by: 'api:token' });
  });

  test('cannot draw on the terminal with their names', async () => {
    const { out } = await run('ps');
    expect(out).toContain('evil\\u001b[2J\\u202e');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('are printed as JSON for programs', async () => {
    const { out } = await run('ps --json');
    expect(JSON.parse(out).items[0]).toEqual(view('counter'));
  });

  test('are steered by name, several at once', async () => {
    expect(await run('start a b')).toEqual({ code: 0, out: 'a is running\nb is running', err: '' });
    expect((await run('suspend a --reason lunch')).out).toBe('a is suspended');
    expect(runtime.calls.at(-1)?.input).toEqual({ name: 'a', reason: 'lunch' });
  });

  test('are steered all together, and those that refuse are named', async () => {
    expect(await run('stop --all')).toEqual({ code: 1, out: 'stop: 1 processes\nb: it is stuck', err: '' });
  });

  test('are created from a file', async () => {
    writeFileSync(join(node.dataDir, 'new.agent'), 'name: new\n');
    expect((await run('create new.agent --start')).out).toBe('new is created');
    expect(runtime.calls.at(-1)?.input).toEqual({ manifest: 'name: new\n', start: true });
  });
});

describe('waking', () => {
  test.each([
    ['{"a":[1]}', { a: [1] }],
    ['hello', 'hello'],
    ['5', 5],
    ['-', { from: 'input' }],
    ['@p.json', { from: 'file' }],
  ])('takes the payload %s', async (text, payload) => {
    writeFileSync(join(node.dataDir, 'p.json'), '{"from":"file"}');
    const { out } = await run(`wake a --payload ${text} --idempotency-key k`, { input: '{"from":"input"}' });
    expect(out).toBe('evt_1');
    expect(runtime.calls[0]?.input).toEqual({ name: 'a', payload, idempotencyKey: 'k' });
  });

  test('says so when the filter of a trigger let it pass by', async () => {
    expect(await run('wake a --trigger picky --wait')).toMatchObject({
      code: 0,
      out: expect.stringContaining('filter'),
    });
  });

  test('waits for the end when asked to', async () => {
    eventState = 'running';
    const woken = run('wake a --wait');
    await until(() => notices.watchers === 1 && runtime.calls.some(({ name }) => name === 'getTriggerEvent'));
    eventState = 'done';
    notices.publish({ kind: 'event.changed', event: 'evt_1' });
    expect(await woken).toEqual({ code: 0, out: 'evt_1 is done\nHello number 1', err: '' });
    eventState = 'dead';
    expect((await run('wake a --wait')).code).toBe(1);
  });
});

describe('the journal', () => {
  test('is followed entry by entry until Ctrl-C, each once', async () => {
    const interrupt = new AbortController();
    const lines: string[] = [];
    const following = run('logs a --limit 2 --follow --json', {
      interrupted: interrupt.signal,
      onOut: (line) => lines.push(line),
    });
    await until(() => lines.length === 2 && notices.watchers === 1);
    journal.push(entry(4), entry(5));
    notices.publish({ kind: 'run.changed', process: 'a' });
    notices.publish({ kind: 'run.changed', process: 'a' });
    await until(() => lines.length === 4);
    interrupt.abort();
    expect((await following).code).toBe(0);
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([2, 3, 4, 5]);
    await until(() => notices.watchers === 0);
  });

  test('has one line for each entry, no wider than the terminal', async () => {
    journal.push(entry(6, { text: 'line\nbreak '.repeat(50) }));
    const { out } = await run('logs a --limit 1', { columns: 60 });
    expect(out).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d {5}6 run\.started {8}\{"text":"line\\…$/);
    expect(out).toHaveLength(60);
  });

  test('is verified', async () => {
    expect((await run('verify a')).out).toContain('in order');
  });
});

describe('manifests', () => {
  test('are checked, with file, line and column', async () => {
    writeFileSync(join(node.dataDir, 'good.agent'), 'name: good\n');
    writeFileSync(join(node.dataDir, 'bad.agent'), 'bad\n');
    expect(await run('validate good.agent bad.agent')).toEqual({
      code: 1,
      out: 'good.agent: good is right\ngood.agent: warning: No triggers\nbad.agent:3:5: triggers[0].type: no such type',
      err: '',
    });
    expect((await run('validate good.agent')).code).toBe(0);
  });

  test('are checked without a node as well', async () => {
    const options = { cwd: node.dataDir };
    writeFileSync(join(node.dataDir, 'blank.agent'), 'name: blank\nmodell: script\n');
    const { code, out } = await cli(['validate', 'blank.agent', '--data-dir', '/nowhere'], options);
    expect([code, out]).toEqual([1, expect.stringContaining('Did you mean model?')]);
  });

  test('are begun blank or from a template, and never overwritten unasked', async () => {
    expect((await run('init hello')).code).toBe(0);
    const { code, out } = await cli(['validate', 'hello.agent', '--data-dir', '/nowhere'], { cwd: node.dataDir });
    expect([code, out.split('\n')[0]]).toEqual([0, 'hello.agent: hello is right']);
    const again = await run('init hello');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('use --force')]);
    expect((await run('init greeter --template hello-world --file g.agent')).code).toBe(0);
    expect(readFileSync(join(node.dataDir, 'g.agent'), 'utf8')).toBe('name: greeter\nmodel: script\n');
    expect((await run('init x --template helo-world')).err).toContain('Did you mean hello-world?');
    expect(existsSync(join(node.dataDir, 'x.agent'))).toBe(false);
  });
});

test('context is written and read', async () => {
  expect((await run('context set a count {"n":1} --version 2')).out).toBe('count has version 3');
  expect(runtime.calls[0]?.input).toEqual({ name: 'a', key: 'count', value: { n: 1 }, version: 2 });
  expect((await run('context get a count')).out).toBe('{"n":1}');
  expect(await run('context get a other')).toMatchObject({
    code: 1,
    err: expect.stringContaining('CONTEXT_KEY_NOT_FOUND'),
  });
});

test('an inbox item is answered with JSON or text', async () => {
  await run('answer itm_1 {"ok":true}');
  await run('answer itm_1 yes');
  expect(runtime.calls.map(({ input }) => (input as { answer: unknown }).answer)).toEqual([{ ok: true }, 'yes']);
});

test('the doctor’s findings are a refusal to scripts', async () => {
  expect(await run('doctor')).toEqual({ code: 1, out: 'BAD  disk: full\n     fix: free some space', err: '' });
});

test('any operation can be called by its name', async () => {
  expect(JSON.parse((await run('call node')).out)).toEqual({ id: 'node_1', name: 'laptop' });
  expect(await run('call nod')).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean node?') });
});

describe('tokens', () => {
  test('are printed, made, listed and revoked without asking the node', async () => {
    const run = (line: string) => cli([...line.split(' '), '--data-dir', node.dataDir]);
    expect((await run('token')).out).toBe(node.token);
    const made = (await run('token create ci --scope operate --expires 30d')).out;
    expect(Buffer.from(made, 'base64url')).toHaveLength(32);
    expect((await run('token list')).out).toMatch(/^NAME +SCOPE +MADE +ENDS\nci +operate +.* +in 30d$/);
    expect((await cli(['ps', '--url', node.url, '--token', made], { now })).code).toBe(0);
    expect((await run('token revoke ci')).out).toBe('ci is revoked');
    await until(async () => (await cli(['ps', '--url', node.url, '--token', made])).code === 1);
    expect((await run('token revoke ci')).code).toBe(1);
    expect((await run('token create x --expires soon')).code).toBe(2);
    expect((await run('token create x --scope god')).err).toContain('read, operate, admin');
  });

  test('are not sent to another computer', async () => {
    const { code, err } = await cli(['ps', '--url', 'http://192.0.2.1:7420']);
    expect([code, err]).toEqual([2, expect.stringContaining('--token')]);
  });
});

test('login prints an address that lets one browser in', async () => {
  const { out } = await run('login');
  const code = new URL(out).hash.slice('#code='.length);
  const answer = await fetch(`${node.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  expect(answer.status).toBe(201);
});

describe('exit codes and words', () => {
  test('a refusal is 1, with code, message and hint', async () => {
    expect(await run('start nobody')).toEqual({
      code: 1,
      out: '',
      err: 'PROCESS_NOT_FOUND: There is no process called "nobody".\nList the processes to see the names in use.',
    });
    expect(JSON.parse((await run('start nobody --json')).err)).toMatchObject({
      code: 'PROCESS_NOT_FOUND',
      details: { name: 'nobody' },
    });
  });

  test.each([
    ['', 'agent-runtime <command>'],
    ['strat a', 'Did you mean start?'],
    ['context', 'context get, context set'],
    ['start', 'start takes the names'],
    ['wake', 'agent-runtime wake <name>'],
    ['wake a b', 'agent-runtime wake <name>'],
    ['wake a --paylod x', 'Did you mean --payload?'],
    ['wake a -p x', 'no flag -p'],
    ['wake a --payload', 'needs a value'],
    ['ps --limit many', '--limit takes a number'],
    ['ps --json=yes', 'takes no value'],
    ['journal a --order sideways', 'asc, desc'],
    ['create missing.agent', 'ENOENT'],
    ['init 9lives', 'cannot be a name'],
    ['completion tcsh', 'bash, zsh or fish'],
    ['help nonsense', 'no command'],
  ])('"%s" makes no sense: 2', async (line, words) => {
    const { code, out, err } = await cli(line === '' ? [] : line.split(' '), { cwd: node.dataDir });
    expect(code).toBe(2);
    expect(out + err).toContain(words);
    expect(runtime.calls).toEqual([]);
  });

  test('no node is 3, and says how to start one', async () => {
    const { code, err } = await cli(['ps', '--data-dir', '/nowhere']);
    expect([code, err]).toEqual([3, expect.stringContaining('npm run headless')]);
    expect((await cli(['ps', '--url', 'http://127.0.0.1:1', '--token', 'x'])).code).toBe(3);
    expect((await cli(['token', '--data-dir', '/nowhere'])).code).toBe(3);
  });

  test('another node of the cluster is asked by its name', async () => {
    expect((await run('ps --node Büro-NAS')).code).toBe(0);
    expect(far.calls).toMatchObject([{ name: 'listProcesses' }]);
    expect(runtime.calls).toEqual([]);
    const { code, err } = await run('ps --node desktop');
    expect([code, err]).toEqual([1, expect.stringContaining('PEER_UNKNOWN')]);
  });

  test('where the node is can stand in the environment, and flags win', async () => {
    const env = { AGENT_RUNTIME_HOME: node.dataDir };
    expect((await cli(['ps'], { env })).code).toBe(0);
    expect((await cli(['ps'], { env: { AGENT_RUNTIME_URL: node.url, AGENT_RUNTIME_TOKEN: node.token } })).code).toBe(0);
    expect((await cli(['ps', '--data-dir', '/nowhere'], { env: { ...env, AGENT_RUNTIME_URL: node.url } })).code).toBe(
      3,
    );
  });
});

test('help explains each command, with a flag for each field of its operation', async () => {
  const commands = allCommands('1');
  const { out } = await cli(['help']);
  for (const { name, summary } of commands)
    expect(out).toMatch(new RegExp(`^  ${name} +${summary.replaceAll(/[.(){}|]/g, '\\$&')}$`, 'm'));
  const wake = (await cli(['wake', '--help'])).out;
  expect(wake).toContain('--idempotency-key <text>');
  expect((await cli(['help', 'wake'])).out).toBe(wake);
  const fields = Object.keys(operations.listRuns.input.shape).map(
    (field) => `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  );
  const runs = (await cli(['runs', '--help'])).out;
  for (const flag of fields) expect(runs).toContain(flag);
  expect((await cli(['version'])).out).toBe('1.2.3');
});
