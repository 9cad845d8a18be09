import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import type { JsonObject } from '../../shared/json.ts';
import { sourcePlaces } from './source-places.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  write(level: LogLevel, message: string, details: JsonObject): void;
  /** Keeps the text of a fault that others see only the number of. */
  fault(errorId: string, thrown: unknown, about: JsonObject): void;
  close(): void;
}

const maxFileBytes = 10 * 1024 * 1024;
const keptFiles = 5;

/** A log of JSON lines in `folder/logs`: five files of 10 MB, the oldest goes. */
export function openLog(folder: string, level: LogLevel): Log {
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const path = join(logs, 'runtime.log');
  let { fd, size } = openFile(path);
  const stream = {
    write(line: string): void {
      if (size + line.length > maxFileBytes) {
        closeSync(fd);
        for (let n = keptFiles - 1; n > 0; n--) moved(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`);
        ({ fd, size } = openFile(path));
      }
      size += writeSync(fd, line);
    },
  };
  const err = (thrown: Error) => {
    const shown = pino.stdSerializers.err(thrown);
    return typeof shown?.stack === 'string' ? { ...shown, stack: sourcePlaces(shown.stack) } : shown;
  };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err } }, stream);
  return {
    write: (at, message, details) => logger[at](details, message),
    fault: (errorId, thrown, about) => logger.error({ errorId, err: thrown, ...about }, 'a fault'),
    close: () => closeSync(fd),
  };
}

function openFile(path: string): { fd: number; size: number } {
  return { fd: openSync(path, 'a', 0o600), size: statSync(path).size };
}

function moved(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
}
