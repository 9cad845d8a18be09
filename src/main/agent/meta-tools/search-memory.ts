import { memoryTool } from './memory-tool.ts';

/** `search_memory`: finds what was kept, where `open_mode` lets the agent manage its memory. The tool itself is the built-in one. */
export const searchMemory = memoryTool('search_memory');
