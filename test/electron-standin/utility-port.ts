import { EventEmitter } from 'node:events';

/** Loaded into each utility process first: gives it Electron's `process.parentPort`. */
class ParentPort extends EventEmitter {
  constructor() {
    super();
    process.on('message', (data) => this.emit('message', { data, ports: [] }));
  }

  postMessage(message: unknown): void {
    process.send?.(message);
  }
}

// Without its parent a utility process ends.
process.on('disconnect', () => process.exit());
Object.defineProperty(process, 'parentPort', { value: new ParentPort() });
Object.defineProperty(process, 'type', { value: 'utility' });
