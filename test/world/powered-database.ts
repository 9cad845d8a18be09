import type { Database, Statement } from '../../src/main/store/database.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Power } from './power.ts';

const writing = /^\s*(INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE|DELETE FROM)\s+(\w+)/i;

/**
 * A database as a program sees it while it has power. Each of its transactions, and each statement outside of one that
 * changes something, is a batch of `Power`, called after the file and what it changes: such as `crossing: INSERT hooks`.
 * What the program writes after the power went is not kept.
 */
export function poweredDatabase(db: Database, file: string, power: Power): Database {
  /** What the transaction that is open changes; undefined: none is open. */
  let open: Set<string> | undefined;

  /** Does it, and the power goes before or after, where it is to. */
  const batch = <T>(write: () => T, nameOf: () => string): T => {
    if (!power.isOn) throw lost();
    let isAfter = false;
    const result = db.transaction(() => {
      const written = write();
      const name = nameOf();
      const strike = name === '' ? 'no' : power.strike(`${file}: ${name}`);
      // Thrown inside, so that nothing of it is kept.
      if (strike === 'before') throw lost();
      isAfter = strike === 'after';
      return written;
    })();
    if (isAfter) throw lost();
    return result;
  };

  const poweredStatement = (statement: Statement, what: string): Statement =>
    new Proxy(statement, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        if (key !== 'run') return member.bind(target);
        return (...values: unknown[]) => {
          const run = () => member.apply(target, values) as unknown;
          if (!open) return batch(run, () => what);
          open.add(what);
          return run();
        };
      },
    });

  const transaction = (work: (...args: unknown[]) => unknown) => {
    const run = (...args: unknown[]): unknown => {
      if (open) return work(...args);
      const changes = new Set<string>();
      open = changes;
      try {
        return batch(
          () => work(...args),
          () => [...changes].sort().join(', '),
        );
      } finally {
        open = undefined;
      }
    };
    return Object.assign(run, { immediate: run, deferred: run, exclusive: run, default: run });
  };

  return new Proxy(db, {
    get(target, key) {
      if (key === 'transaction') return transaction;
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      if (key !== 'prepare') return member.bind(target);
      return (sql: string) => {
        const statement = target.prepare(sql);
        const [, verb = '', table = ''] = writing.exec(sql) ?? [];
        return verb === '' ? statement : poweredStatement(statement, `${verb.split(' ')[0]?.toUpperCase()} ${table}`);
      };
    },
  });
}

function lost(): RuntimeError {
  return new RuntimeError('JOURNAL_CLOSED', 'The power went.');
}
