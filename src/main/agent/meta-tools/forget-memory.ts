import { memoryTool } from './memory-tool.ts';

/** `forget_memory`: forgets one memory, where `open_mode` lets the agent manage its memory. The tool itself is the built-in one. */
export const forgetMemory = memoryTool('forget_memory');
