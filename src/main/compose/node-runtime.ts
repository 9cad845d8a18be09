import { join } from 'node:path';
import { forgetCrashes } from '../lib/crash-count.ts';
import { AgentRuntime } from '../runtime/agent-runtime.ts';
import { forgetRestore } from '../runtime/keeping/backups.ts';
import { openDatabase } from '../store/database.ts';
import { runtimeMigrations } from '../store/migrations.ts';
import type { NodeCrossing } from './node-crossing.ts';
import type { Ground } from './node-ground.ts';
import type { NodeOptions } from './node-options.ts';
import { resourceFolder } from './program-files.ts';

export interface RuntimeSurroundings {
  readonly version: string;
  readonly crossing: NodeCrossing | undefined;
  /** Where the node itself listens: no agent may call it. */
  ports(): readonly number[];
}

/** The runtime of a node, not opened yet: on its ground, and with what other nodes have a say in. */
export function makeRuntime(
  { dataDir, log, secretKey, identity, store, marks, beginning, crashed, away, room }: Ground,
  options: NodeOptions,
  { version, crossing, ports }: RuntimeSurroundings,
): AgentRuntime {
  const { journal, database } = store;
  const templatesDir = resourceFolder('templates');
  return new AgentRuntime({
    nodeId: identity.node,
    journal: crossing?.journal ?? journal,
    database,
    version,
    marks,
    ...beginning,
    onLeaveSafeMode() {
      forgetCrashes(dataDir);
      forgetRestore(dataDir);
    },
    streamText: true,
    ...(templatesDir ? { templatesDir } : {}),
    ...(crossing
      ? {
          isElsewhere: crossing.isElsewhere,
          heldFrom: crossing.heldFrom,
          ...(crossing.others ? { others: crossing.others } : {}),
          assertNameFree: crossing.assertNameFree,
          childrenElsewhere: crossing.childrenElsewhere,
        }
      : {}),
    parts: {
      dataDir,
      ...(crossing ? { ownership: crossing.ownership, mayPublish: crossing.mayPublish } : {}),
      ...(secretKey ? { secretKey } : {}),
      ...(options.journal === 'jsonl'
        ? { memoryDatabase: () => openDatabase(join(dataDir, 'memory.db'), runtimeMigrations), memoryAlone: true }
        : {}),
      log: log.write,
      room,
      crashed,
      away,
      ownPorts: ports,
      ...(options.startChild ? { startChild: options.startChild } : {}),
    },
  });
}
