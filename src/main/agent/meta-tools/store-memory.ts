import { memoryTool } from './memory-tool.ts';

/** `store_memory`: keeps something for later runs, where `open_mode` lets the agent manage its memory. The tool itself is the built-in one. */
export const storeMemory = memoryTool('store_memory');
