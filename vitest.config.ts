import { defineConfig } from 'vitest/config';
import './test/world/compile-cache.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**', 'test/e2e/**', 'node_modules/**'],
    pool: 'forks',
    // One fewer than there are cores is the default, which leaves half of a small machine idle.
    maxWorkers: '100%',
    // Folders of tests are not remembered on the machine that runs them.
    env: { AGENT_RUNTIME_STATE: '' },
    testTimeout: 30_000,
    // A busy machine may be slow beyond any patience once; what fails three times is broken.
    retry: process.env['CI'] ? 2 : 0,
    hookTimeout: 30_000,
  },
});
