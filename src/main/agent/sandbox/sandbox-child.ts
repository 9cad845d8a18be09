/**
 * The sandbox child: runs scripts in machines, several at a time, each from call to call. It has no way to the outside
 * but the channel to its parent, and it ends with it. Limits come as arguments: memory in bytes, processor milliseconds.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Compiler } from './compiler.ts';
import type { Image } from './engine.ts';
import { Machine, runImage, type Stretch } from './machine.ts';
import { prelude } from './prelude.ts';
import { fieldMark, lineMark, type ScriptFailure } from './protocol.ts';

/** Machines kept for the next runs beyond those that recent work needed at the same time; each holds about 1 MB. */
const spareMachines = 16;
/** After so many messages, machines that none of them needed are given up. */
const trimEvery = 256;
/** A parent that hears nothing for long must take this child for stuck. */
const quietMs = 50;

interface Channel {
  send(message: string): void;
  onMessage(listener: (message: string) => void): void;
}

interface ParentPort {
  postMessage(message: string): void;
  on(event: 'message', listener: (event: { data: string }) => void): void;
}

/** To a Node parent, or to Electron's (a utility process has `parentPort` and ends with its parent by itself). */
function channelToParent(): Channel {
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (port)
    return {
      send: (text) => port.postMessage(text),
      onMessage: (listen) => port.on('message', ({ data }) => listen(data)),
    };
  process.on('disconnect', () => process.exit(0));
  return {
    send: (text) => void process.send?.(text, undefined, undefined, () => {}),
    onMessage: (listen) => void process.on('message', listen),
  };
}

class Floor {
  readonly #channel: Channel;
  readonly #compiler: Compiler;
  readonly #image: Image;
  readonly #cpuMs: number;
  readonly #scripts = new Map<string, string | Uint8Array>();
  readonly #busy = new Map<string, Machine>();
  readonly #idle: Machine[] = [];
  readonly #used: Machine[] = [];
  #out: string[] = [];
  #done = 0;
  #sentAt = 0;
  #messages = 0;
  #leastIdle = 0;

  constructor(channel: Channel, compiler: Compiler, image: Image, cpuMs: number) {
    this.#channel = channel;
    this.#compiler = compiler;
    this.#image = image;
    this.#cpuMs = cpuMs;
  }

  async work(batch: string): Promise<void> {
    this.#sentAt = performance.now();
    for (const line of batch.split(lineMark)) {
      await this.#record(line.split(fieldMark));
      if (performance.now() - this.#sentAt > quietMs) this.#flush();
    }
    this.#trim();
    this.#flush();
    if (this.#idle.length === 0) this.#idle.push(await this.#machine());
  }

  async #record(fields: string[]): Promise<void> {
    const [kind, id, ...rest] = fields as [string, string, ...string[]];
    switch (kind) {
      case 'script':
        this.#scripts.set(id, JSON.parse(rest[0] as string));
        break;
      case 'forget':
        this.#scripts.delete(id);
        break;
      case 'run':
        await this.#run(id, rest);
        this.#done += 1;
        break;
      case 'answer':
        this.#answer(id, rest);
        this.#done += 1;
        break;
      case 'drop':
        this.#retire(id);
        break;
      case 'check': {
        const compiled = await this.#compiler.module(JSON.parse(rest[0] as string));
        this.#end(id, compiled instanceof Uint8Array ? { value: 'null' } : { failure: compiled });
        this.#done += 1;
      }
    }
  }

  async #run(job: string, fields: string[]): Promise<void> {
    const [script, at, s0, s1, s2, s3, context, event] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const bytecode = await this.#bytecode(script);
    if (!(bytecode instanceof Uint8Array)) return this.#end(job, { failure: bytecode });
    if (this.#idle.length === 0) this.#recycle();
    const machine = this.#idle.pop() ?? (await this.#machine());
    this.#busy.set(job, machine);
    const state = [Number(s0), Number(s1), Number(s2), Number(s3)];
    this.#tell(job, machine.start(bytecode, { at: Number(at), state, context, event }));
  }

  async #bytecode(script: string): Promise<Uint8Array | ScriptFailure> {
    const known = this.#scripts.get(script);
    if (known instanceof Uint8Array) return known;
    const compiled = await this.#compiler.module(known ?? '');
    if (compiled instanceof Uint8Array) this.#scripts.set(script, compiled);
    return compiled;
  }

  #answer(job: string, fields: string[]): void {
    const [call, at, kind, json] = fields as [string, string, string, string];
    const machine = this.#busy.get(job);
    // A job that has ended may still get answers to calls that it did not wait for.
    if (machine) this.#tell(job, machine.answer(Number(call), Number(at), kind === 'ok', json));
  }

  #tell(job: string, { calls, end }: Stretch): void {
    for (const call of calls) this.#out.push(`call${fieldMark}${job}${fieldMark}${call}`);
    if (end) this.#end(job, end);
  }

  #end(job: string, end: NonNullable<Stretch['end']>): void {
    const [kind, json] = 'value' in end ? ['value', end.value] : ['failed', JSON.stringify(end.failure)];
    this.#out.push(`${kind}${fieldMark}${job}${fieldMark}${json}`);
    this.#retire(job);
  }

  #retire(job: string): void {
    const machine = this.#busy.get(job);
    // A script that could not be compiled never had one.
    if (machine) this.#used.push(machine);
    this.#busy.delete(job);
  }

  /** Happens when the parent has been told, or when there is no other machine: it is a tenth of a small run's time. */
  #recycle(): void {
    for (const machine of this.#used.splice(0)) {
      if (machine.reset()) this.#idle.push(machine);
    }
  }

  #trim(): void {
    this.#leastIdle = Math.min(this.#leastIdle, this.#idle.length);
    this.#messages += 1;
    if (this.#messages % trimEvery > 0) return;
    this.#idle.splice(0, Math.max(0, this.#leastIdle - spareMachines));
    this.#leastIdle = this.#idle.length;
  }

  #flush(): void {
    this.#out.push(`done${fieldMark}${this.#done}`);
    this.#channel.send(this.#out.join(lineMark));
    this.#out = [];
    this.#done = 0;
    this.#sentAt = performance.now();
    this.#recycle();
  }

  #machine(): Promise<Machine> {
    return Machine.open(this.#image, { cpuMs: this.#cpuMs, onSlow: () => this.#channel.send('alive') });
  }
}

async function openFloor(channel: Channel, memoryBytes: number, cpuMs: number): Promise<Floor> {
  const wasm = await WebAssembly.compile(readFileSync(fileURLToPath(import.meta.resolve('quickjs-wasi/quickjs.wasm'))));
  const compiler = await Compiler.open(wasm, memoryBytes);
  const image = await runImage(wasm, memoryBytes, await compiler.prelude(prelude));
  return new Floor(channel, compiler, image, cpuMs);
}

const channel = channelToParent();
const [memoryBytes, cpuMs] = process.argv.slice(2).map(Number) as [number, number];
const floor = openFloor(channel, memoryBytes, cpuMs);
let last: Promise<unknown> = floor.then(() => channel.send('ready'));
channel.onMessage((batch) => {
  last = last.then(async () => (await floor).work(batch));
});
