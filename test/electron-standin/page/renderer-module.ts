import type { decode as Decode, encode as Encode } from '../codec.ts';
import type { BridgeEnd } from './bridge-end.ts';

type Listener = (event: unknown, ...args: unknown[]) => void;

/** What the main process says to a page. */
export type ToPage =
  | { type: 'message'; channel: string; args: unknown[] }
  | { type: 'answer'; id: number; value: unknown; error: unknown };

/** What a page says to the main process. */
export type FromPage =
  | { type: 'send'; channel: string; args: unknown[] }
  | { type: 'invoke'; id: number; channel: string; args: unknown[] }
  | { type: 'preload-error'; error: unknown }
  | { type: 'opened'; url: string };

export interface RendererModule {
  /** What a sandboxed preload gets from `require('electron')`. */
  readonly electron: Record<string, unknown>;
  /** Takes what the main process says, as text. */
  receive(text: string): void;
  send(message: FromPage): void;
}

/**
 * Electron's renderer-side module as far as a sandboxed preload may use it. Put into pages as source text, so it uses
 * nothing from outside itself.
 */
export function rendererModule(
  codec: { encode: typeof Encode; decode: typeof Decode },
  bridge: BridgeEnd,
  toMain: (text: string) => void,
): RendererModule {
  const listeners = new Map<string, Listener[]>();
  const invoked = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let last = 0;

  const send = (message: FromPage) => toMain(codec.encode(message));
  const on = (channel: string, listener: Listener) => {
    listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    return ipcRenderer;
  };
  const off = (channel: string, listener: Listener) => {
    const left = (listeners.get(channel) ?? []).filter((known) => known !== listener);
    listeners.set(channel, left);
    return ipcRenderer;
  };
  const ipcRenderer = {
    send: (channel: string, ...args: unknown[]) => send({ type: 'send', channel, args }),
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        send({ type: 'invoke', id, channel, args });
        invoked.set(id, { resolve, reject });
      }),
    on,
    addListener: on,
    once: (channel: string, listener: Listener) => {
      const once: Listener = (event, ...args) => {
        off(channel, once);
        listener(event, ...args);
      };
      return on(channel, once);
    },
    off,
    removeListener: off,
    removeAllListeners: (channel: string) => {
      listeners.delete(channel);
      return ipcRenderer;
    },
  };

  const receive = (text: string) => {
    const message = codec.decode(text) as ToPage;
    if (message.type === 'message') {
      const event = { sender: ipcRenderer, ports: [] };
      for (const listener of listeners.get(message.channel) ?? []) listener(event, ...message.args);
      return;
    }
    const waiting = invoked.get(message.id);
    invoked.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.value);
    else waiting?.reject(message.error);
  };

  const exposeInMainWorld = (key: string, value: unknown) => {
    bridge.expose(key, value);
  };
  const contextBridge = { exposeInMainWorld };
  return { electron: { contextBridge, ipcRenderer }, receive, send };
}
