import { RuntimeError } from '../../../shared/errors.ts';
import type { MetaTool } from './open-mode.ts';

/** A tool of memory as a meta-tool: the built-in one, where the agent may manage its memory. */
export function memoryTool(name: 'store_memory' | 'search_memory' | 'forget_memory'): MetaTool {
  return {
    name,
    isPermitted: ({ config, memoryTools }) =>
      config.openMode.allowMemoryManagement &&
      !config.openMode.locked.includes('memory') &&
      memoryTools.some((tool) => tool.name === name),
    make({ memoryTools }) {
      const found = memoryTools.find((tool) => tool.name === name);
      if (!found) throw new RuntimeError('INTERNAL', `There is no ${name} to offer.`);
      return found;
    },
  };
}
