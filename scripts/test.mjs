import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale, root } from './build-if-stale.mjs';
import { findChromium } from './find-chromium.mjs';

/**
 * The tests that every change must pass: unit, contract and story tests, then the window and the desktop in a real
 * Chromium. Ends with one line that counts them, below those that passed only when tried again. `e2e` runs only the latter, `faults` only the long fault runs.
 */
const wanted = process.argv[2];
const results = join(root, '.cache', 'test-results');
mkdirSync(results, { recursive: true });
let passed = 0;
let failed = 0;
let skipped = 0;
/** Passed, but not at once: continuous integration tries again, and each of these is something to look into. */
const again = [];

if (!wanted || wanted === 'unit') vitest('unit', []);
if (wanted === 'faults') vitest('faults', ['--config', 'vitest.faults.config.ts']);
if (!wanted || wanted === 'e2e') {
  const chromium = findChromium();
  if (chromium) {
    buildIfStale();
    playwright(chromium);
  } else {
    skipped++;
    console.log('SKIPPED: test/e2e (the window and the desktop), because no Chromium was found.');
    console.log('  Install one (Debian: apt-get install chromium) or name it in CHROMIUM_PATH.');
  }
}
for (const name of again) console.log(`TRIED AGAIN: ${name}`);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);

function vitest(name, args) {
  const file = join(results, `${name}.json`);
  const run = node('node_modules/vitest/vitest.mjs', [
    'run',
    ...args,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const report = read(file);
  for (const { name: path, assertionResults } of report?.testResults ?? [])
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'passed' && failureMessages.length > 0) again.push(`${path.slice(root.length + 1)}: ${fullName}`);
  count(
    run,
    report,
    report?.numPassedTests,
    report?.numFailedTests,
    (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  );
}

function playwright(chromium) {
  const file = join(results, 'e2e.json');
  const env = { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: file };
  const run = node('node_modules/@playwright/test/cli.js', ['test', '--reporter=list,json'], env);
  const report = read(file);
  const { stats } = report ?? {};
  again.push(...(report?.suites ?? []).flatMap((suite) => flaky(suite, suite.file)));
  count(run, stats, (stats?.expected ?? 0) + (stats?.flaky ?? 0), stats?.unexpected, stats?.skipped);
}

/** Of a suite of Playwright and those in it. */
function flaky({ specs = [], suites = [] }, file) {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === 'flaky'));
  return [...own.map(({ title }) => `${file}: ${title}`), ...suites.flatMap((inner) => flaky(inner, file))];
}

function node(script, args, env = {}) {
  return spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** A run that ended badly counts as a failure even if no single test did. */
function count(run, report, good = 0, bad = 0, left = 0) {
  passed += good;
  skipped += left;
  failed += report && (run.status === 0 || bad > 0) ? bad : bad + 1;
}
