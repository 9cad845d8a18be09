import { EventEmitter } from 'node:events';

export interface NotificationOptions {
  title?: string;
  body?: string;
  silent?: boolean;
}

/** Electron's Notification. A test clicks one by `emit('click')`. */
export class Notification extends EventEmitter {
  title: string;
  body: string;
  silent: boolean;
  isShown = false;

  constructor(options: NotificationOptions = {}) {
    super();
    this.title = options.title ?? '';
    this.body = options.body ?? '';
    this.silent = options.silent ?? false;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    this.isShown = true;
    setImmediate(() => this.emit('show'));
  }

  close(): void {
    this.isShown = false;
    setImmediate(() => this.emit('close'));
  }
}
