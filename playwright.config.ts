import { defineConfig } from '@playwright/test';
import './test/world/compile-cache.ts';
import { findChromium } from './test/electron-standin/find-chromium.ts';

const executablePath = findChromium();
// Folders of tests are not remembered on the machine that runs them.
process.env['AGENT_RUNTIME_STATE'] = '';

/** Chromium as tests want it: alone with the pages they open. */
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

export default defineConfig({
  // The desktop app, on Electron where it is installed and on the stand-in elsewhere; and the same window in a browser.
  projects: [
    { name: 'desktop', testDir: 'test/e2e/desktop' },
    { name: 'window', testDir: 'test/e2e/window' },
  ],
  outputDir: 'test-results',
  workers: 1,
  timeout: 60_000,
  retries: process.env['CI'] ? 2 : 0,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env['CI']),
  reporter: [['list']],
  use: {
    launchOptions: { args, ...(executablePath ? { executablePath } : {}) },
    trace: 'retain-on-failure',
  },
});
