import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Tool } from '../tool.ts';
import { addTrigger } from './add-trigger.ts';
import { checkBudget } from './check-budget.ts';
import { checkMission } from './check-mission.ts';
import { connectMcpServer } from './connect-mcp-server.ts';
import { createTool } from './create-tool.ts';
import { forgetMemory } from './forget-memory.ts';
import { getSecret } from './get-secret.ts';
import { listCapabilities } from './list-capabilities.ts';
import { listProcesses } from './list-processes.ts';
import { modifyInstructions } from './modify-instructions.ts';
import type { MetaTool, OpenGround, OpenMode } from './open-mode.ts';
import { removeTrigger } from './remove-trigger.ts';
import { searchMemory } from './search-memory.ts';
import { spawnProcess } from './spawn-process.ts';
import { storeMemory } from './store-memory.ts';

const all: readonly MetaTool[] = [
  modifyInstructions,
  createTool,
  connectMcpServer,
  addTrigger,
  removeTrigger,
  spawnProcess,
  listProcesses,
  storeMemory,
  searchMemory,
  forgetMemory,
  listCapabilities,
  getSecret,
  checkBudget,
  checkMission,
];

/** The tools by which an agent in open mode looks at itself and changes itself, as far as it may. */
export function metaTools(mode: OpenMode): Tool[] {
  if (mode.config.executionMode !== 'open') return [];
  return all.filter((tool) => tool.isPermitted(mode)).map((tool) => tool.make(mode));
}

/** The tools of memory, and in open mode, where they may be taken away, those by which the agent changes itself. */
export function selfTools(
  memoryTools: readonly Tool[],
  tools: () => readonly Tool[],
  { open, sandbox }: { open: OpenGround | undefined; sandbox: () => Sandbox },
): readonly Tool[] {
  if (!open) return memoryTools;
  return metaTools({ ...open, memoryTools, tools, checkScript: (code) => sandbox().check(code) });
}
