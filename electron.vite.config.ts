import { resolve } from 'node:path';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** Everything of ours and every pure-JavaScript package is bundled; only packages with native files stay outside. */
const native = ['better-sqlite3', 'sqlite-vec', 'playwright', 'playwright-core', 'electron', 'quickjs-wasi'];

export default defineConfig({
  main: {
    build: {
      outDir: 'out',
      emptyOutDir: false,
      sourcemap: true,
      minify: true,
      externalizeDeps: false,
      rolldownOptions: {
        external: native,
        input: {
          'main/index': resolve('src/main/index.ts'),
          'main/headless': resolve('src/main/headless.ts'),
          'main/cli': resolve('src/main/cli/cli.ts'),
          'main/sandbox-child': resolve('src/main/agent/sandbox/sandbox-child.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'main/chunks/[name]-[hash].js' },
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
  renderer: { plugins: [react(), tailwind()], build: { minify: true, sourcemap: true } },
});
