import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { buildIfStale, root } from './build-if-stale.mjs';
import { findChromium } from './find-chromium.mjs';

// Pictures of every screen for docs/screens, of a real node with a few agents at work. Run: node scripts/screens.mjs [name …]

const wanted = process.argv.slice(2);
const target = join(root, 'docs', 'screens');
const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 844 };
const home = mkdtempSync(join(tmpdir(), 'agent-runtime-screens-'));
const inbox = join(home, 'inbox');

const script = (name, settings, body) =>
  `version: "1.0"\nname: ${name}\nmodel: script\n${settings}script: |\n  export default async function run(event, agent) {\n${body.map((line) => `    ${line}\n`).join('')}  }\n`;

const agents = [
  script(
    'data-watcher',
    'description: Counts the rows of the exports and says when one is off.\ntags: [data]\ntriggers:\n  - id: every-ten-seconds\n    type: cron\n    cron_expression: "*/10 * * * * *"\n  - id: on-demand\n    type: webhook\n    webhook_path: /check\n',
    [
      "const checks = (agent.context.get('checks') ?? 0) + 1;",
      "await agent.context.set('checks', checks);",
      "await agent.context.set('baselines', { 'orders.csv': 1204, 'customers.csv': 320 });",
      'await agent.sleep(150);',
      "if (checks % 2 === 0) await agent.emit('pipeline.degraded', { file: 'orders.csv', rows: 12, usual: 1204 });",
      "return checks % 2 === 0 ? 'Off: orders.csv has 12 rows, usually 1204' : 'All well: 2 files';",
    ],
  ),
  script(
    'incident-analyst',
    'description: Finds out why a pipeline degraded.\ntags: [incident]\ntriggers:\n  - type: event\n    event_type: pipeline.*\n    event_source: data-watcher\n',
    [
      "await agent.memory.store('The orders export stopped at 02:10 on a Sunday before.');",
      'await agent.sleep(300);',
      "await agent.emit('incident.diagnosed', { cause: 'the upstream export stopped' });",
      "return 'The upstream export stopped at 02:10.';",
    ],
  ),
  script(
    'incident-responder',
    'description: Repairs what is broken, after asking.\ntags: [incident]\ntriggers:\n  - type: event\n    event_type: incident.diagnosed\n    rate_limit: { events: 1, per: 1h }\nbudget:\n  max_tool_calls_per_day: 40\n  max_runs_per_day: 20\n',
    [
      "const answer = await agent.ask('The export of orders stopped at 02:10. Start it again? It takes four minutes and locks the table.');",
      "return 'Told: ' + answer;",
    ],
  ),
  script(
    'report-writer',
    `description: Writes the weekly report into a folder, after you allowed it.\ntags: [team]\napprovals:\n  tools: [write_file]\ntriggers:\n  - type: cron\n    cron_expression: "0 17 * * FRI"\n    cron_timezone: Europe/Berlin\ncontext:\n  file_mounts:\n    reports: { path: ${JSON.stringify(inbox)}, mode: read_write }\n`,
    ["await agent.tool('write_file', { path: 'reports/week-47.md', content: '# Week 47' });", "return 'Written.';"],
  ),
  script(
    'csv-gate',
    `description: Checks each new CSV file and passes it on or sets it aside.\ntags: [data]\ntriggers:\n  - type: file_watch\n    watch_path: ${JSON.stringify(inbox)}\n    watch_patterns: ["*.csv"]\ncontext:\n  file_mounts:\n    inbox: ${JSON.stringify(inbox)}\n`,
    [
      "const { entries } = await agent.tool('list_files', { path: 'inbox' });",
      "await agent.emit('file.accepted', { files: entries.length });",
      "return 'Accepted ' + entries.length + ' files.';",
    ],
  ),
  script(
    'slow-export',
    'description: Takes longer than the time between its firings.\ntags: [data]\ntriggers:\n  - type: cron\n    cron_expression: "*/5 * * * * *"\n    overlap: skip\n',
    ['await agent.sleep(11000);', "return 'Exported.';"],
  ),
  script(
    'invoice-sync',
    'description: Sends invoices to the accounting system.\ntags: [finance]\ntrigger_delivery:\n  max_retries: 0\ntriggers:\n  - type: cron\n    cron_expression: "*/30 * * * * *"\n',
    ["throw new Error('accounting answered 503: maintenance until noon');"],
  ),
  'version: "1.0"\nname: git-digest\ndescription: Writes a digest of the commits on weekday mornings.\ntags: [team]\nmodel: openai:gpt-5-mini\ninstructions: |\n  You write a short digest of the commits of the last day, grouped by repository.\n  Publish \'digest.ready\' when it is done.\ntriggers:\n  - type: cron\n    cron_expression: "0 9 * * MON-FRI"\n    cron_timezone: America/New_York\n',
];

/** Where to go, and what to press there before the picture is taken. */
const screens = {
  'first-run': { place: '/now', looks: ['light', 'narrow'], empty: true },
  now: { place: '/now', looks: ['light', 'dark', 'narrow'] },
  agents: { place: '/agents', looks: ['light', 'dark', 'narrow'] },
  agent: { place: '/agents/data-watcher', looks: ['light'] },
  design: {
    place: '/agents/data-watcher/design',
    looks: ['light', 'dark', 'narrow'],
    steps: (page) => page.getByText('Every 10 seconds').first().click(),
  },
  run: {
    place: '/agents/data-watcher/runs',
    looks: ['light', 'dark', 'narrow'],
    steps: (page) =>
      page
        .getByRole('link', { name: /Off: orders/ })
        .first()
        .click(),
  },
  runs: { place: '/runs', looks: ['light'] },
  map: { place: '/map', looks: ['light', 'dark'] },
  inbox: { place: '/inbox', looks: ['light', 'narrow'] },
  schedule: {
    place: '/schedule',
    looks: ['light'],
    steps: (page) => page.getByRole('radio', { name: 'Hour' }).click(),
  },
  triggers: { place: '/agents/data-watcher/triggers', looks: ['light'] },
  context: { place: '/agents/data-watcher/context', looks: ['light'] },
  journal: { place: '/agents/data-watcher/journal', looks: ['light'] },
  manifest: { place: '/agents/data-watcher/manifest', looks: ['dark'] },
  memory: { place: '/agents/incident-analyst/memory', looks: ['light'] },
  limits: { place: '/agents/incident-responder/limits', looks: ['light'] },
  templates: { place: '/templates', looks: ['light'] },
  'new-agent': { place: '/new', looks: ['light'] },
  settings: { place: '/settings/appearance', looks: ['dark'] },
};

buildIfStale();
mkdirSync(target, { recursive: true });
mkdirSync(inbox, { recursive: true });
const node = spawn(
  process.execPath,
  [join(root, 'out/main/headless.js'), '--data-dir', join(home, 'node'), '--port', '0'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [line] = await once(node.stdout, 'data');
const { url, tokenFile } = JSON.parse(String(line));
const token = readFileSync(tokenFile, 'utf8').trim();
const executablePath = findChromium();
const browser = await chromium.launch({
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  ...(executablePath ? { executablePath } : {}),
});
try {
  await picture(true);
  for (const manifest of agents) await call('POST', '/processes', { manifest, start: true });
  writeFileSync(join(inbox, 'orders.csv'), 'id,total\n1,9\n');
  for (let times = 0; times < 4; times++)
    await call('POST', '/processes/data-watcher/wake', { payload: { by: 'hand' } });
  await call('POST', '/processes/report-writer/wake', {});
  // Something has to have happened before there is something to see.
  for (let tries = 0; tries < 80; tries++) {
    const { items } = await call('GET', '/inbox');
    const { items: runs } = await call('GET', '/runs?limit=100');
    if (items.length >= 2 && runs.length >= 14) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await picture(false);
} finally {
  await browser.close();
  node.kill('SIGTERM');
  await once(node, 'exit');
  rmSync(home, { recursive: true, force: true });
}

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
  const reply = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await reply.json();
  if (!reply.ok) console.error(method, path, answer);
  return answer;
}

async function picture(empty) {
  for (const [name, { place, looks, steps, empty: needsEmpty = false }] of Object.entries(screens)) {
    if (needsEmpty !== empty || (wanted.length > 0 && !wanted.includes(name))) continue;
    for (const look of looks) {
      const context = await browser.newContext({
        viewport: look === 'narrow' ? narrow : wide,
        colorScheme: look === 'dark' ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      const { url: login } = await call('POST', '/session/codes', {});
      await page.goto(`${login}&to=${encodeURIComponent(place)}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(1_200);
      await steps?.(page);
      await page.waitForTimeout(1_000);
      const file = `${name}${look === 'light' ? '' : `-${look}`}.png`;
      await page.screenshot({ path: join(target, file) });
      console.log(file);
      await context.close();
    }
  }
}
