import { type Identity, openIdentity } from '../cluster/identity/identity.ts';
import { sealedKey } from '../governance/secrets/sealed-key.ts';
import type { HighWaterMark } from '../journal/high-water.ts';
import { countCrashes, tooManyCrashes } from '../lib/crash-count.ts';
import { Heartbeat } from '../lib/heartbeat.ts';
import { listenForLastWords } from '../lib/last-words.ts';
import { type Log, openLog } from '../lib/log.ts';
import type { AgentRuntimeOptions } from '../runtime/agent-runtime-options.ts';
import { restoreIfStaged } from '../runtime/keeping/backups.ts';
import { lockWhenFree } from '../store/folder-lock.ts';
import { StorageReserve } from '../store/storage-reserve.ts';
import { openMarks, recogniseFolder } from './node-folder.ts';
import type { NodeOptions } from './node-options.ts';
import { type NodeStore, openStore } from './node-store.ts';
import { settleRestored } from './restored.ts';

const roomSoonMs = 500;

/** What a node stands on before anything runs: its folder, its keys, its journal, and what is known of that outside. */
export interface Ground {
  readonly dataDir: string;
  readonly log: Log;
  readonly secretKey: Uint8Array | undefined;
  readonly identity: Identity;
  readonly store: NodeStore;
  readonly marks: HighWaterMark;
  /** How the runtime begins: with nothing running, where it crashed again and again or stands twice. */
  readonly beginning: Pick<AgentRuntimeOptions, 'safeMode' | 'safeReason' | 'lost'>;
  /** Whether the program before this one crashed by itself. */
  readonly crashed: boolean;
  readonly away: Heartbeat['away'];
  readonly room: StorageReserve;
}

/** @throws RuntimeError `HOST_ALREADY_RUNNING`, `FOLDER_COPIED`, `DATA_DIR_UNSAFE`, or why the journal cannot be opened. */
export async function openGround(
  dataDir: string,
  options: NodeOptions,
  closing: AsyncDisposableStack,
): Promise<Ground> {
  const lock = await lockWhenFree(dataDir);
  closing.defer(() => lock.release());
  const log = openLog(dataDir, options.logLevel ?? 'info');
  closing.defer(() => log.close());
  const lastWords = listenForLastWords(dataDir);
  closing.defer(lastWords.stop);
  const heartbeat = new Heartbeat(dataDir);
  closing.defer(() => heartbeat.stop());
  const folder = recogniseFolder(dataDir, options, log);
  const restored = await restoreIfStaged(dataDir, Date.now());
  if (restored) log.write('warn', 'a backup was restored', { path: restored });
  const alone = settleRestored(dataDir, log);
  const secretKey = options.openKeychain ? await sealedKey(dataDir, options.openKeychain) : undefined;
  const identity = openIdentity(dataDir, secretKey);
  const store = await openStore({ dataDir, kind: options.journal ?? 'sqlite', node: identity.node, log });
  closing.defer(() => store.close());
  const marks = await openMarks(dataDir, store.journal, log);
  closing.defer(() => marks.close());
  const wantsSafety = options.safeMode ? options.safeMode === 'on' : options.desktop === true;
  const crashes = countCrashes(dataDir, lastWords.found, Date.now());
  const room = new StorageReserve(dataDir);
  // Soon, not before it is ready: to write and sync 16 MB is a tenth of the first start in a folder.
  const soon = setTimeout(() => room.hold(), roomSoonMs).unref();
  closing.defer(() => clearTimeout(soon));
  const beginning = { safeMode: wantsSafety && crashes >= tooManyCrashes, ...folder, ...alone };
  const { found: crashed } = lastWords;
  return { dataDir, log, secretKey, identity, store, marks, beginning, crashed, away: heartbeat.away, room };
}
