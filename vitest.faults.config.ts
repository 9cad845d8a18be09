import { defineConfig } from 'vitest/config';
import './test/world/compile-cache.ts';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    pool: 'forks',
    // Folders of tests are not remembered on the machine that runs them.
    env: { AGENT_RUNTIME_STATE: '' },
    maxWorkers: 1,
    testTimeout: 1_200_000,
    retry: process.env['CI'] ? 2 : 0,
    hookTimeout: 120_000,
  },
});
