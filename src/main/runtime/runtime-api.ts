import { operations, type RuntimeApi } from '../../shared/api.ts';
import type { Clock } from '../lib/clock.ts';
import type { Journaled } from '../processes/journaled.ts';
import type { AgentRuntime } from './agent-runtime.ts';
import { backupOperations } from './operations/backup-operations.ts';
import { catalogueOperations } from './operations/catalogue-operations.ts';
import { withoutCluster } from './operations/cluster-operations.ts';
import { conversationOperations } from './operations/conversation-operations.ts';
import { costOperations } from './operations/cost-operations.ts';
import { databaseOperations } from './operations/database-operations.ts';
import { desktopOperations } from './operations/desktop-operations.ts';
import { governanceOperations } from './operations/governance-operations.ts';
import { inboxOperations } from './operations/inbox-operations.ts';
import { memoryOperations } from './operations/memory-operations.ts';
import { messageOperations } from './operations/message-operations.ts';
import { networkOperations } from './operations/network-operations.ts';
import { type NodeFacts, nodeOperations } from './operations/node-operations.ts';
import { pastOperations } from './operations/past-operations.ts';
import { processOperations } from './operations/process-operations.ts';
import { replayOperations } from './operations/replay-operations.ts';
import { retentionOperations } from './operations/retention-operations.ts';
import { runOperations } from './operations/run-operations.ts';
import { scheduleOperations } from './operations/schedule-operations.ts';
import { stateOperations } from './operations/state-operations.ts';
import { toolOperations } from './operations/tool-operations.ts';
import { triggerOperations } from './operations/trigger-operations.ts';
import { versionOperations } from './operations/version-operations.ts';
import { windowOperations } from './operations/window-operations.ts';

/** All operations of the table, on this runtime. */
export function runtimeApi(runtime: AgentRuntime, facts: NodeFacts): RuntimeApi {
  return keepingToWhatIsSafe(runtime, {
    ...processOperations(runtime),
    ...versionOperations(runtime),
    ...triggerOperations(runtime),
    ...runOperations(runtime),
    ...replayOperations(runtime),
    ...messageOperations(runtime),
    ...memoryOperations(runtime),
    ...conversationOperations(runtime),
    ...catalogueOperations(runtime),
    ...toolOperations(runtime),
    ...scheduleOperations(runtime),
    ...inboxOperations(runtime),
    ...governanceOperations(runtime),
    ...costOperations(runtime),
    ...stateOperations(runtime),
    ...pastOperations(runtime),
    ...nodeOperations(runtime, facts),
    ...networkOperations(facts.network),
    ...windowOperations(facts.window),
    ...retentionOperations(runtime),
    ...backupOperations(runtime, facts.backups),
    ...withoutCluster(),
    ...databaseOperations(facts.place),
    ...desktopOperations(facts.desktopPlace),
  });
}

/** What waits for longer than this, for a disk, a database or a copy on another node, is shown all the same. */
const longestWaitMs = 1_000;

/** What a process has appended is in its state at once: who asks about it hears of that when it is durable. */
function keepingToWhatIsSafe(runtime: AgentRuntime, api: RuntimeApi): RuntimeApi {
  type Ask = (input: { name?: unknown }, by: string) => Promise<unknown>;
  const safe = Object.entries(api as unknown as Record<string, Ask>).map(([operation, ask]): [string, Ask] => {
    // What changes something waits for its own entry.
    if (operations[operation as keyof RuntimeApi].scope !== 'read') return [operation, ask];
    const waiting: Ask = async (input, by) => {
      const answer = await ask(input, by);
      const process = typeof input.name === 'string' ? runtime.find(input.name) : undefined;
      if (process) await kept(process.journaled, runtime.parts.clock);
      return answer;
    };
    return [operation, waiting];
  });
  return Object.fromEntries(safe) as unknown as RuntimeApi;
}

async function kept({ kept, durableSeq, snapshot }: Journaled, clock: Clock): Promise<void> {
  if (durableSeq >= snapshot.seq) return;
  let disarm = () => {};
  const late = new Promise<void>((go) => (disarm = clock.after(longestWaitMs, go)));
  await Promise.race([kept, late]).finally(() => disarm());
}
