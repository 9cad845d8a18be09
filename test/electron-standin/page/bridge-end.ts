import type { decode as Decode, encode as Encode } from '../codec.ts';

/** What page scripts use of a page; spelled out because the project's Node side is compiled without DOM types. */
export interface PageScope extends EventTarget {
  readonly top: unknown;
}

type Callable = (...args: unknown[]) => unknown;

type Message =
  | { type: 'expose'; call: number; key: string; value: unknown }
  | { type: 'call'; call: number; target: number; args: unknown }
  | { type: 'answer'; call: number; value: unknown; error: unknown }
  | { type: 'settled'; target: number; ok: boolean; value: unknown }
  | { type: 'opened'; url: string };

export interface BridgeEnd {
  /** Asks the other world to put `value` on its global object under `key`. */
  expose(key: string, value: unknown): void;
  /** Tells the other world that the page wanted a new window. */
  opened(url: string): void;
}

/**
 * One end of the bridge between the page's world and the preload's world, which share a DOM and no objects. Values are
 * copied as text; a function becomes a stand-in that calls back, synchronously, as with Electron's contextBridge; a
 * promise becomes a promise. Put into pages as source text, so it uses nothing from outside itself.
 */
export function bridgeEnd(
  page: PageScope,
  codec: { encode: typeof Encode; decode: typeof Decode },
  names: { speaks: string; hears: string },
  pageOpens: (url: string) => void,
): BridgeEnd {
  const dispatch = page.dispatchEvent.bind(page);
  const functions = new Map<number, Callable>();
  const promises = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  const answers = new Map<number, { value: unknown; error: unknown }>();
  let last = 0;

  const say = (message: Message) => dispatch(new CustomEvent(names.speaks, { detail: codec.encode(message) }));

  const isPlain = (value: unknown): value is Record<string, unknown> => {
    if (typeof value !== 'object' || value === null) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  };

  const pack = (value: unknown): unknown => {
    if (typeof value === 'function') {
      functions.set(++last, value as Callable);
      return { $bridge: 'function', target: last };
    }
    if (value instanceof Promise) {
      const target = ++last;
      value.then(
        (result) => say({ type: 'settled', target, ok: true, value: pack(result) }),
        (error) => say({ type: 'settled', target, ok: false, value: error }),
      );
      return { $bridge: 'promise', target };
    }
    if (Array.isArray(value)) return value.map(pack);
    if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pack(inner)]));
    return value;
  };

  const unpack = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(unpack);
    if (!isPlain(value)) return value;
    const target = value['target'] as number;
    if (value['$bridge'] === 'function') return (...args: unknown[]) => call(target, args);
    if (value['$bridge'] === 'promise') {
      return new Promise((resolve, reject) => promises.set(target, { resolve, reject }));
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpack(inner)]));
  };

  // An event is dealt with before dispatchEvent returns, so the answer is there at once.
  const answerTo = (number: number): unknown => {
    const answer = answers.get(number);
    answers.delete(number);
    if (!answer) throw new Error('The other world is gone.');
    if (answer.error !== undefined) throw answer.error;
    return unpack(answer.value);
  };

  const call = (target: number, args: unknown[]): unknown => {
    const number = ++last;
    say({ type: 'call', call: number, target, args: pack(args) });
    return answerTo(number);
  };

  const answering = (number: number, work: () => unknown) => {
    try {
      say({ type: 'answer', call: number, value: pack(work()), error: undefined });
    } catch (error) {
      say({ type: 'answer', call: number, value: undefined, error });
    }
  };

  const freeze = (value: unknown): unknown => {
    if (isPlain(value)) Object.values(value).forEach(freeze);
    return Object.freeze(value);
  };

  const hear: { [T in Message['type']]: (message: Extract<Message, { type: T }>) => void } = {
    expose({ call: number, key, value }) {
      answering(number, () => {
        if (key in page) throw new Error('Cannot bind an API on top of an existing property on the window object');
        const exposed = freeze(unpack(value));
        Object.defineProperty(page, key, { value: exposed, enumerable: true, configurable: false, writable: false });
      });
    },
    call({ call: number, target, args }) {
      answering(number, () => functions.get(target)?.(...(unpack(args) as unknown[])));
    },
    answer({ call: number, value, error }) {
      answers.set(number, { value, error });
    },
    settled({ target, ok, value }) {
      const promise = promises.get(target);
      promises.delete(target);
      if (ok) promise?.resolve(unpack(value));
      else promise?.reject(value);
    },
    opened({ url }) {
      pageOpens(url);
    },
  };

  page.addEventListener(names.hears, (event) => {
    const message = codec.decode((event as CustomEvent<string>).detail) as Message;
    (hear[message.type] as (message: Message) => void)(message);
  });

  const expose = (key: string, value: unknown) => {
    const number = ++last;
    say({ type: 'expose', call: number, key, value: pack(value) });
    answerTo(number);
  };
  return { expose, opened: (url) => say({ type: 'opened', url }) };
}
