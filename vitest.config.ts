import { defineConfig } from 'vitest/config';
import './test/world/compile-cache.ts';

/**
 * What keeps no state but what its tests make: these files share a program, so that what they import is loaded once,
 * which is most of what a small file costs. All others have a program each.
 */
const sharing = [
  ...['cluster', 'governance', 'journal', 'lib', 'messaging', 'processes', 'shared', 'store', 'triggers'].map(
    (folder) => `test/unit/${folder}/**/*.test.ts`,
  ),
  // That one measures the program it runs in.
  'test/unit/runtime/!(load-sampler).test.ts',
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'sharing', include: sharing, isolate: false } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...sharing, 'test/faults/**', 'test/e2e/**'],
        },
      },
    ],
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
