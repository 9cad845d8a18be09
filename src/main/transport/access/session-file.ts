import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { checkPrivate, digestOf, replacePrivateFile } from '../../store/private-file.ts';
import type { SessionKeeper, Ticket } from './logins.ts';
import type { TokenStore } from './token-store.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const SessionFile = z.strictObject({
  /** SHA-256 of the main token under which they were opened: another one ends them all. */
  under: hex,
  sessions: z.array(z.strictObject({ hash: hex, expiresAt: z.number() })),
});

/**
 * Sessions of browsers in `sessions.json` of the data folder, as hashes and for its owner alone, so that an open window
 * goes on after the node was started again. What cannot be read lets nobody in.
 */
export function sessionFile(tokens: Pick<TokenStore, 'tokenFile' | 'read'>): SessionKeeper {
  const file = join(dirname(tokens.tokenFile), 'sessions.json');
  const under = () => digestOf(tokens.read()).toString('hex');
  return {
    read() {
      try {
        checkPrivate(file);
        const kept = SessionFile.parse(JSON.parse(readFileSync(file, 'utf8')));
        if (kept.under !== under()) return [];
        return kept.sessions.map(({ hash, expiresAt }): Ticket => ({ digest: Buffer.from(hash, 'hex'), expiresAt }));
      } catch {
        return [];
      }
    },
    write(tickets) {
      const sessions = tickets.map(({ digest, expiresAt }) => ({ hash: digest.toString('hex'), expiresAt }));
      replacePrivateFile(file, `${JSON.stringify({ under: under(), sessions })}\n`);
    },
  };
}
