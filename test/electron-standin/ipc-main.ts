import { EventEmitter } from 'node:events';
import { encode } from './codec.ts';

export type InvokeListener = (event: object, ...args: unknown[]) => unknown;

/** Electron's ipcMain: `on` hears what pages send, `handle` answers what they invoke. */
export class IpcMain extends EventEmitter {
  readonly #invokable = new Map<string, InvokeListener>();

  handle(channel: string, listener: InvokeListener): void {
    if (this.#invokable.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    this.#invokable.set(channel, listener);
  }

  handleOnce(channel: string, listener: InvokeListener): void {
    this.handle(channel, (event, ...args) => {
      this.removeHandler(channel);
      return listener(event, ...args);
    });
  }

  removeHandler(channel: string): void {
    this.#invokable.delete(channel);
  }

  /** What goes back to the page. Of a thrown error only the message survives, as in Electron. */
  async answer(channel: string, event: object, args: unknown[]): Promise<{ value: unknown; error: unknown }> {
    try {
      const listener = this.#invokable.get(channel);
      if (!listener) throw new Error(`No handler registered for '${channel}'`);
      const value = await listener(event, ...args);
      encode(value);
      return { value, error: undefined };
    } catch (thrown) {
      return { value: undefined, error: new Error(`Error invoking remote method '${channel}': ${thrown}`) };
    }
  }
}
