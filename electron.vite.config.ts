import { resolve } from 'node:path';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** Everything of ours and every pure-JavaScript package is bundled; only packages with native files stay outside. */
const native = ['better-sqlite3', 'sqlite-vec', 'playwright', 'playwright-core', 'electron', 'quickjs-wasi'];

export default defineConfig({
  main: {
    build: {
      // A node that runs from here goes on while the next build is made; packing begins with an empty folder.
      emptyOutDir: false,
      sourcemap: true,
      minify: true,
      externalizeDeps: false,
      chunkSizeWarningLimit: 4_000,
      rolldownOptions: {
        external: native,
        input: {
          index: resolve('src/main/index.ts'),
          headless: resolve('src/main/headless.ts'),
          cli: resolve('src/main/cli/cli.ts'),
          library: resolve('src/main/library.ts'),
          'sandbox-child': resolve('src/main/agent/sandbox/sandbox-child.ts'),
          'mdns-child': resolve('src/main/cluster/discovery/mdns-child.ts'),
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
  renderer: {
    plugins: [react(), tailwind()],
    build: { minify: true, sourcemap: true, chunkSizeWarningLimit: 2_000 },
  },
});
