import { maxOpenCalls, maxStretchLength, maxTextLength } from './protocol.ts';

/** Stands for the whole of the refusal of a module that a script asks for; scripts have what is listed here. */
export const noImports =
  'A script cannot import anything: it has the language itself, console and the agent that run(event, agent) is given.';
export const noDefaultExport =
  'The script has no function as its default export: write `export default async function run(event, agent) { … }`.';

/**
 * What is in a machine before a script: the `agent`, the clock and chance that repeat, and the five functions that the
 * child drives it by. It holds no function of the host; calls leave as text in `outbox`, which `take` gives out.
 * Everything it uses is taken hold of here, so a script that bends the built-ins bends them for itself only.
 *
 * Chance is sfc32 (Chris Doty-Humphrey, PractRand), four 32-bit words of state, twelve rounds to mix it, two draws for
 * the 53 bits of a number in [0, 1).
 */
export const prelude = String.raw`(() => {
'use strict';
const { parse, stringify } = JSON;
const { assign, create, defineProperty, freeze } = Object;
const NewPromise = Promise, text = String, isArray = Array.isArray, dateNow = Date.now;
const clip = Function.prototype.call.bind(String.prototype.slice);
const hidden = (value) => ({ __proto__: null, value, writable: true, configurable: true, enumerable: false });

/* An error of ours: call is the number of the rejected call, 0 for a limit, -1 for a script that is none. */
class AgentError extends Error {
  #call;
  constructor(call, message = '') { super(message); this.#call = call; }
  static callOf(thrown) { return typeof thrown === 'object' && thrown !== null && #call in thrown ? thrown.#call : null; }
}
const callOf = AgentError.callOf;
const limit = (message) => {
  const error = new AgentError(0, message);
  defineProperty(error, 'code', hidden('SCRIPT_LIMIT'));
  return error;
};
const encode = (what, value) => {
  const json = stringify(value) ?? 'null';
  if (json.length > ${maxTextLength}) throw limit(what + ' is larger than 1 MB as JSON.');
  return json;
};

let outbox = '', open = 0, lastCall = 0, ending = '';
const waiting = create(null);
const issue = (name, args, undo) => new NewPromise((resolve, reject) => {
  try { queue(name, args, undo, resolve, reject); } catch (thrown) { undo?.(); throw thrown; }
});
const queue = (name, args, undo, resolve, reject) => {
  const json = encode('What was given to agent.' + name, args);
  if (open >= ${maxOpenCalls}) throw limit('More than ${maxOpenCalls} calls wait for an answer: await some of them first.');
  if (outbox.length + json.length > ${maxStretchLength}) throw limit('The calls made at once are larger than 8 MB: await some of them first.');
  lastCall += 1;
  open += 1;
  outbox += lastCall + '\t' + name + '\t' + json + '\n';
  waiting[lastCall] = { __proto__: null, resolve, reject, undo, error: new AgentError(lastCall) };
};

let contextJson = '{}', snapshot, written = create(null);
const first = () => (snapshot ??= assign(create(null), parse(contextJson)));
const copy = (value) => (typeof value === 'object' && value !== null ? parse(stringify(value)) : value);
const write = (name, key, cell, args) => {
  const before = written[key];
  written[key] = cell;
  return issue(name, args, () => { if (written[key] === cell) written[key] = before; });
};
const context = freeze({
  get(key) {
    const name = text(key), cell = written[name];
    return cell === undefined ? copy(first()[name]) : cell.gone ? undefined : copy(cell.value);
  },
  async set(key, value = null) {
    const name = text(key), kept = parse(encode('The value of ' + clip(name, 0, 100), value));
    return write('context.set', name, { __proto__: null, value: kept, gone: false }, [name, kept]);
  },
  async delete(key) {
    const name = text(key);
    return write('context.delete', name, { __proto__: null, gone: true }, [name]);
  },
  all() {
    const all = assign(create(null), first());
    for (const name in written) {
      const cell = written[name];
      if (cell === undefined) continue;
      if (cell.gone) delete all[name];
      else all[name] = cell.value;
    }
    return parse(stringify(all));
  },
});

let a = 0, b = 0, c = 0, counter = 0;
const draw = () => {
  const sum = (((a + b) | 0) + counter) | 0;
  counter = (counter + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = (((c << 21) | (c >>> 11)) + sum) | 0;
  return sum >>> 0;
};
const random = () => ((draw() >>> 5) * 67108864 + (draw() >>> 6)) / 9007199254740992;

const show = (value) => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return text(value);
  if (value instanceof Error) return value.name + ': ' + value.message;
  try { return stringify(value) ?? text(value); } catch { return isArray(value) ? '[array]' : '[object]'; }
};
const log = (...words) => {
  for (let index = 0; index < words.length; index += 1) words[index] = show(words[index]);
  return issue('log', words);
};

const agent = freeze({
  tool: (name, args = {}) => issue('tool', [name, args]),
  context,
  emit: (type, data = null) => issue('emit', [type, data]),
  send: (topic, content = null) => issue('send', [topic, content]),
  ask: (question) => issue('ask', [question]),
  memory: freeze({
    store: (memory, tags) => issue('memory.store', tags === undefined ? [memory] : [memory, tags]),
    search: (query, limit) => issue('memory.search', limit === undefined ? [query] : [query, limit]),
    forget: (id) => issue('memory.forget', [id]),
  }),
  sleep: (ms) => issue('sleep', [ms]),
  now: () => dateNow(),
  random,
  log,
});

defineProperty(Math, 'random', hidden(random));
defineProperty(globalThis, 'console', hidden({ log, debug: log, info: log, warn: log, error: log }));
delete globalThis.SharedArrayBuffer;

const explain = (thrown) => {
  let name = '', message = '', stack = '', call = null;
  try {
    call = callOf(thrown);
    if (thrown instanceof Error) {
      name = text(thrown.name);
      message = text(thrown.message);
      stack = text(thrown.stack);
    } else message = 'thrown: ' + show(thrown);
  } catch { message ||= 'something was thrown that cannot be read'; }
  return stringify({ __proto__: null, call, name: clip(name, 0, 200), message: clip(message, 0, 4000), stack: clip(stack, 0, 4000) });
};

let event;
return {
  prepare(eventJson, context, s0, s1, s2, s3) {
    event = parse(eventJson);
    contextJson = context;
    a = s0; b = s1; c = s2; counter = s3;
    for (let round = 0; round < 12; round += 1) draw();
  },
  begin(module) {
    const run = async () => {
      try {
        const entry = (await module).default;
        if (typeof entry !== 'function') throw new AgentError(-1, ${JSON.stringify(noDefaultExport)});
        ending = 'value\t' + encode('What run() returned', await entry(event, agent));
      } catch (thrown) { ending = 'failed\t' + explain(thrown); }
    };
    run();
  },
  answer(number, ok, json) {
    const call = waiting[number];
    delete waiting[number];
    open -= 1;
    if (ok) return call.resolve(parse(json));
    const refusal = parse(json), { error } = call;
    defineProperty(error, 'message', hidden(refusal.message));
    defineProperty(error, 'code', hidden(refusal.code));
    defineProperty(error, 'details', hidden(refusal.details));
    call.undo?.();
    call.reject(error);
  },
  take() {
    const taken = open + '\t' + ending + '\n' + outbox;
    outbox = '';
    return taken;
  },
  explain,
};
})()`;
