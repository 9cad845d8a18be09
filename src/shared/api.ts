import type { z } from 'zod';
import { clusterOperations } from './operations/cluster-operations.ts';
import { costOperations } from './operations/cost-operations.ts';
import { crossingOperations } from './operations/crossing-operations.ts';
import { databaseOperations } from './operations/database-operations.ts';
import { desktopOperations } from './operations/desktop-operations.ts';
import { governanceOperations } from './operations/governance-operations.ts';
import { messagingOperations } from './operations/messaging-operations.ts';
import { networkOperations } from './operations/network-operations.ts';
import { nodeOperations } from './operations/node-operations.ts';
import type { Operation, Scope } from './operations/operation.ts';
import { pastOperations } from './operations/past-operations.ts';
import { processOperations } from './operations/process-operations.ts';
import { retentionOperations } from './operations/retention-operations.ts';
import { runOperations } from './operations/run-operations.ts';
import { stateOperations } from './operations/state-operations.ts';
import { triggerOperations } from './operations/trigger-operations.ts';
import { versionOperations } from './operations/version-operations.ts';
import { windowOperations } from './operations/window-operations.ts';

export type { Operation, Scope };

/** Everything a runtime can be asked, by the window, a browser, the CLI, an MCP client or another node. */
export const operations = {
  ...nodeOperations,
  ...networkOperations,
  ...windowOperations,
  ...retentionOperations,
  ...processOperations,
  ...versionOperations,
  ...triggerOperations,
  ...runOperations,
  ...stateOperations,
  ...pastOperations,
  ...messagingOperations,
  ...governanceOperations,
  ...clusterOperations,
  ...crossingOperations,
  ...databaseOperations,
  ...costOperations,
  ...desktopOperations,
} satisfies Record<string, Operation>;

export type Operations = typeof operations;
export type OperationName = keyof Operations;
/** As a caller writes it: what has a default may be left out. */
export type Input<N extends OperationName> = z.input<Operations[N]['input']>;
/** As the runtime gets it. */
export type Parsed<N extends OperationName> = z.output<Operations[N]['input']>;
export type Output<N extends OperationName> = z.output<Operations[N]['output']>;

/** What `AgentRuntime` implements. `by` names who asks, for the journal. */
export type RuntimeApi = { [N in OperationName]: (input: Parsed<N>, by: string) => Promise<Output<N>> };
/** What every client of a runtime looks like. */
export type RuntimeClient = { [N in OperationName]: (input: Input<N>) => Promise<Output<N>> };

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

/** A client over anything that can carry one call: HTTP, IPC, or a runtime in the same process. */
export function clientOf(call: (name: OperationName, input: unknown) => Promise<unknown>): RuntimeClient {
  const names = Object.keys(operations) as OperationName[];
  return Object.fromEntries(names.map((name) => [name, (input: unknown) => call(name, input)])) as RuntimeClient;
}
