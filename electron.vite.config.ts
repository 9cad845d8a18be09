import { resolve } from 'node:path';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** Everything of ours and every pure-JavaScript package is bundled; only packages with native files stay outside. */
const native = ['better-sqlite3', 'sqlite-vec', 'playwright', 'playwright-core', 'electron', 'quickjs-wasi'];

/**
 * Pages may not make code from text, and zod would try to when the first schema is made, which is before any of our own
 * code has run. This sets its `jitless` where it keeps its settings.
 */
const zodWithoutEval = {
  name: 'zod-without-eval',
  transform: {
    filter: { id: /zod\/v4\/core\/core\.js/ },
    handler: (code: string) => ({
      code: code.replace('__zod_globalConfig = {}', '__zod_globalConfig = { jitless: true }'),
      map: null,
    }),
  },
};

export default defineConfig({
  main: {
    build: {
      // A node that runs from here goes on while the next build is made; packing begins with an empty folder.
      emptyOutDir: false,
      sourcemap: true,
      minify: true,
      externalizeDeps: false,
      rolldownOptions: {
        external: native,
        input: {
          index: resolve('src/main/index.ts'),
          headless: resolve('src/main/headless.ts'),
          cli: resolve('src/main/cli/cli.ts'),
          'sandbox-child': resolve('src/main/agent/sandbox/sandbox-child.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: { plugins: [zodWithoutEval, react(), tailwind()], build: { minify: true, sourcemap: true } },
});
