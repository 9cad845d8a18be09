import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { startModelServer } from '../test/world/model-server.ts';
import { buildIfStale, root } from './build-if-stale.mjs';
import { findChromium } from './find-chromium.mjs';
import { smallPng } from './small-png.mjs';

// Pictures of every screen for docs/screens, light and dark, wide and narrow, of real nodes with a few agents at work.
// Run: node scripts/screens.mjs [name …]

const wanted = process.argv.slice(2);
const target = join(root, 'docs', 'screens');
const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };
const looks = {
  '': { viewport: wide, colorScheme: 'light' },
  '-dark': { viewport: wide, colorScheme: 'dark' },
  '-narrow': { viewport: narrow, colorScheme: 'light' },
  '-dark-narrow': { viewport: narrow, colorScheme: 'dark' },
};
const home = mkdtempSync(join(tmpdir(), 'agent-runtime-screens-'));
const inbox = join(home, 'inbox');
const models = await startModelServer();

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
  script(
    'mail-poller',
    'description: Looks for new mail, and not later than it should.\ntags: [team]\ntriggers:\n  - id: every-three-seconds\n    type: cron\n    cron_expression: "*/3 * * * * *"\n    catch_up: none\n',
    ["return 'Nothing new.';"],
  ),
  script('order-brief', 'description: Says what the orders of the day come to.\ntags: [data]\n', [
    'await agent.sleep(100);',
    "const text = event.payload.day + ': 1,204 orders, 3 % more than a week ago.\\n\\nTwo stand out:\\n- No. 8841 was paid twice; I left it alone.\\n- No. 8907 ships to an address we have not seen before.';",
    "await agent.tool('report_result', { text });",
    'return { orders: 1204, odd: [8841, 8907] };',
  ]),
  script(
    'librarian',
    `description: Keeps what was learnt, and finds it again.\ntags: [team]\nservers:\n  notes: ${mcp('memory')}\n  shelf: ${mcp('filesystem', '.')}\ntools:\n  shelf.move_file: false\napprovals:\n  tools: ["notes.delete_*", "shelf.*", "!shelf.read_file"]\n`,
    ["return 'Nothing new.';"],
  ),
  'version: "1.0"\nname: git-digest\ndescription: Writes a digest of the commits on weekday mornings.\ntags: [team]\nmodel: openai:gpt-5-mini\ninstructions: |\n  You write a short digest of the commits of the last day, grouped by repository.\n  Publish \'digest.ready\' when it is done.\ntriggers:\n  - type: cron\n    cron_expression: "0 9 * * MON-FRI"\n    cron_timezone: America/New_York\n',
  talker('summarizer', 'mini', 'Writes what happened in two lines.', '  input_price: 0.25\n  output_price: 2\n'),
  talker('translator', 'big', 'Translates what comes in.', ''),
  script(
    'evolver',
    'description: May change itself, within bounds.\ntags: [lab]\nexecution_mode: open\nopen_mode:\n  allow_process_spawn: true\n  locked: [triggers.nightly]\ntriggers:\n  - id: nightly\n    type: cron\n    cron_expression: "0 3 * * *"\n',
    ["return 'Looked at itself.';"],
  ),
];

/** A real tool server, by a path that is the same on every computer. */
function mcp(name, ...args) {
  return JSON.stringify({
    command: 'node',
    args: [`node_modules/@modelcontextprotocol/server-${name}/dist/index.js`, ...args],
    cwd: root,
    trust: true,
  });
}

function talker(name, model, description, prices) {
  const budget = 'budget:\n  max_usd_per_day: 2\n  max_tokens_per_day: 200000\n';
  return `version: "1.0"\nname: ${name}\ndescription: ${description}\ntags: [team]\nmodel:\n  id: openai-compatible:${model}\n  base_url: ${models.url}\n${prices}instructions: |\n  Answer in two lines and say what you did.\n${budget}`;
}

/** Where to go, and what to press there before the picture is taken. */
const screens = {
  'first-run': { place: '/now', empty: true },
  now: { place: '/now' },
  ahead: {
    place: '/now',
    async steps(page) {
      await page.getByRole('slider', { name: 'Look ahead' }).focus();
      for (let times = 0; times < 12; times++) await page.keyboard.press('ArrowRight');
      await page.getByText('Expected by').waitFor();
    },
  },
  agents: { place: '/agents' },
  cards: { place: '/agents', steps: (page) => press(page.getByRole('radio', { name: 'Cards' })) },
  agent: { place: '/agents/data-watcher' },
  design: { place: '/agents/data-watcher/design', steps: (page) => press(page.getByText('Every 10 seconds').first()) },
  'run-now': { place: '/agents/data-watcher', steps: (page) => page.keyboard.press('r') },
  runs: { place: '/runs' },
  run: {
    place: '/agents/data-watcher/runs',
    steps: (page) => press(page.getByRole('link', { name: /Off: orders/ }).first()),
  },
  bundle: {
    place: '/agents/data-watcher/runs',
    async steps(page) {
      await page
        .getByRole('link', { name: /Off: orders/ })
        .first()
        .click();
      await page.getByRole('button', { name: 'More for this run' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: 'Export bundle' }).click(),
      ]);
      const file = join(home, download.suggestedFilename());
      await download.saveAs(file);
      await page.evaluate("location.hash = '/runs/bundle'");
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a file…' }).click();
      await (await chooser).setFiles(file);
    },
  },
  triggers: { place: '/agents/data-watcher/triggers' },
  context: {
    place: '/agents/data-watcher/context',
    steps: (page) => press(page.getByRole('button', { name: /^tolerance/ })),
  },
  'context-past': {
    place: '/agents/data-watcher/context',
    async steps(page) {
      await press(page.getByRole('button', { name: 'Look back' }));
      await page.getByRole('slider').focus();
      for (let times = 0; times < 24; times++) await page.keyboard.press('ArrowLeft');
    },
  },
  conversation: { place: '/agents/summarizer/conversation' },
  letters: { place: '/agents/summarizer/letters' },
  'agent-memory': { place: '/agents/incident-analyst/memory' },
  files: { place: '/agents/csv-gate/files' },
  limits: { place: '/agents/summarizer/limits' },
  'set-limits': {
    place: '/agents/summarizer/limits',
    async steps(page) {
      await page.getByRole('button', { name: 'Set limits…' }).click();
      await page.getByRole('spinbutton', { name: 'Money' }).first().fill('3');
    },
  },
  receipt: {
    place: '/agents/translator/memory',
    async steps(page) {
      await page
        .getByRole('textbox', { name: 'Something to remember' })
        .fill('Ada is on leave until the third of March.');
      await page.getByRole('button', { name: 'Remember', exact: true }).click();
      await page.getByRole('button', { name: 'Forget it' }).click();
      await page.getByText('It remembers nothing yet.').waitFor();
      await page
        .getByRole('button', { name: /1 memory/ })
        .first()
        .click();
    },
  },
  journal: { place: '/agents/data-watcher/journal' },
  manifest: { place: '/agents/data-watcher/manifest' },
  versions: { place: '/agents/summarizer/versions' },
  'open-mode': { place: '/agents/evolver/versions' },
  map: { place: '/map' },
  inbox: { place: '/inbox' },
  'inbox-failures': { place: '/inbox', steps: (page) => press(page.getByRole('button', { name: /^Failure/ })) },
  'inbox-missed': { place: '/inbox', steps: (page) => press(page.getByRole('button', { name: /^Missed/ })) },
  'inbox-results': { place: '/inbox', steps: (page) => press(page.getByRole('radio', { name: /^Results/ })) },
  schedule: {
    place: '/schedule',
    async steps(page) {
      await press(page.getByRole('radio', { name: 'Timeline' }));
      await press(page.getByRole('radio', { name: 'Hour' }));
    },
  },
  calendar: { place: '/schedule', steps: (page) => press(page.getByRole('radio', { name: 'Calendar' })) },
  holes: { place: '/schedule?show=holes' },
  memory: { place: '/memory' },
  'memory-past': {
    place: '/memory?at=newest',
    async steps(page) {
      await page.getByRole('slider').focus();
      for (let times = 0; times < 6; times++) await page.keyboard.press('ArrowLeft');
    },
  },
  tools: { place: '/tools' },
  permissions: { place: '/tools/permissions' },
  'tool-facts': {
    place: '/tools/permissions',
    async steps(page) {
      await page.getByRole('searchbox', { name: 'Search tools' }).fill('delete_rel');
      await page.getByRole('button', { name: /^delete_relations/ }).click();
    },
  },
  secrets: { place: '/tools/secrets' },
  'rotate-secret': {
    place: '/tools/secrets',
    steps: (page) => page.getByRole('button', { name: /^Rotate crm/ }).click(),
  },
  'install-server': {
    place: `/tools/install?${new URLSearchParams({
      link: 'agentruntime://install-server?name=issues&command=npx&arg=-y&arg=%40example%2Fissues-mcp%401.4.2&env=ISSUES_TOKEN',
    })}`,
  },
  costs: { place: '/costs' },
  'costs-limits': {
    place: '/costs?process=summarizer',
    steps: (page) => press(page.getByRole('button', { name: 'All agents together…' })),
  },
  cluster: { place: '/cluster' },
  loss: { place: '/cluster', steps: (page) => page.getByRole('button', { name: 'If it were lost…' }).last().click() },
  templates: { place: '/templates' },
  template: { place: '/templates/incident-response-team' },
  'new-agent': { place: '/new' },
  settings: { place: '/settings/appearance' },
  region: { place: '/settings/region' },
  keys: { place: '/settings/keys' },
  notifications: { place: '/settings/notifications' },
  models: { place: '/settings/models' },
  node: { place: '/settings/node' },
  network: { place: '/settings/network' },
  devices: {
    place: '/settings/network',
    async steps(page) {
      await call(node, 'PATCH', '/node/window', { on: true, port: 27_422 });
      await page.getByRole('button', { name: 'Let a device in…' }).click();
      await page.getByRole('img', { name: /^QR code/ }).waitFor();
    },
    after: () => call(node, 'PATCH', '/node/window', { on: false }),
  },
  retention: { place: '/settings/retention' },
  health: { place: '/settings/health' },
  palette: { place: '/now', steps: (page) => page.keyboard.press('Control+k') },
};

/** In a narrow window some of it is not there to be pressed. */
async function press(target) {
  if (await target.isVisible()) await target.click();
}

buildIfStale();
mkdirSync(target, { recursive: true });
mkdirSync(inbox, { recursive: true });
const nodes = [await startNode('node')];
const [node] = nodes;
const executablePath = findChromium();
const browser = await chromium.launch({
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  ...(executablePath ? { executablePath } : {}),
});
try {
  await pictures(true);
  await populate();
  await pairSecond();
  await pictures(false);
} finally {
  await browser.close();
  for (const { child } of nodes) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await models.close();
  rmSync(home, { recursive: true, force: true });
}

async function startNode(name) {
  const child = spawn(
    process.execPath,
    [join(root, 'out/main/headless.js'), '--data-dir', join(home, name), '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(child.stdout, 'data');
  const { url, tokenFile } = JSON.parse(String(line));
  return { child, url, token: readFileSync(tokenFile, 'utf8').trim() };
}

function quarterAfter(hours) {
  return Math.ceil(Date.now() / 900_000) * 900_000 + hours * 3_600_000;
}

async function populate() {
  for (const manifest of agents) await call(node, 'POST', '/processes', { manifest, start: true });
  writeFileSync(join(inbox, 'orders.csv'), 'id,total\n1,9\n');
  for (let times = 0; times < 4; times++)
    await call(node, 'POST', '/processes/data-watcher/wake', { payload: { by: 'hand' } });
  await call(node, 'POST', '/processes/report-writer/wake', {});
  for (const hours of [6, 30])
    await call(node, 'POST', '/processes/git-digest/wake', { payload: {}, at: quarterAfter(hours) });
  for (const day of ['Saturday', 'Sunday'])
    await call(node, 'POST', '/processes/order-brief/wake', { payload: { day } });
  for (const text of ['What is new since yesterday?', 'And in one word?'])
    for (const name of ['summarizer', 'translator'])
      await call(node, 'POST', `/processes/${name}/chat`, { text, timeoutMs: 20_000 });
  for (const value of ['first-value', 'second-value'])
    await call(node, 'PUT', '/processes/summarizer/secrets/crm_token', { value });
  const tolerance = '/processes/data-watcher/context/tolerance';
  await call(node, 'PUT', tolerance, { value: 0.05 });
  await call(node, 'PUT', `${tolerance}/lock`, { reason: 'agreed with the data team' });
  const { manifest } = await call(node, 'GET', '/processes/summarizer');
  const shorter = manifest.replace('Answer in two lines and say what you did.', 'Answer in one line.');
  await call(node, 'POST', '/processes/summarizer/messages', { type: 'directive', content: 'Name the file first.' });
  await call(node, 'PUT', '/processes/summarizer', { manifest: shorter, reason: 'shorter answers' });
  // Something has to have happened before there is something to see.
  for (let tries = 0; tries < 80; tries++) {
    const { items } = await call(node, 'GET', '/inbox');
    const { items: runs } = await call(node, 'GET', '/runs?limit=100');
    if (items.length >= 5 && runs.length >= 18) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await beOffFor(10_000);
  await call(node, 'POST', '/processes/librarian/tools/ask', {});
}

/** What is planned meanwhile is missed. */
async function beOffFor(ms) {
  node.child.kill('SIGTERM');
  await once(node.child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, ms));
  Object.assign(node, await startNode('node'));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}

/** A second node, paired as two people would do it. */
async function pairSecond() {
  if (wanted.length > 0 && !wanted.includes('cluster') && !wanted.includes('loss')) return;
  const second = await startNode('second');
  nodes.push(second);
  await call(node, 'POST', '/cluster', { name: 'Home', nodeName: 'desk' });
  const { code, addresses } = await call(node, 'POST', '/cluster/pairing-code', {});
  const port = String(addresses?.[0]).split(':').at(-1);
  await call(second, 'POST', '/cluster/pair', { address: `127.0.0.1:${port}`, code: String(code), nodeName: 'attic' });
  for (const one of [node, second]) {
    const { pairings } = await call(one, 'GET', '/cluster');
    for (const { id } of pairings ?? []) await call(one, 'POST', `/cluster/pairings/${id}/confirm`, {});
  }
  const manifest = (name, placement) =>
    script(name, `description: Lives on the other computer.\nplacement: ${placement}\n`, ["return 'Archived.';"]);
  for (const [name, placement] of [
    ['nas-archiver', '{ failover: auto }'],
    ['tape-changer', '{ labels: [tape] }'],
    ['photo-index', '{ failover: manual }'],
  ])
    await call(second, 'POST', '/processes', { manifest: manifest(name, placement), start: true });
  // Copies come a moment later.
  for (let tries = 0; tries < 40; tries++) {
    const { items } = await call(node, 'GET', '/cluster/leases');
    if (items?.some(({ process, standby }) => process === 'nas-archiver' && standby !== null)) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function call({ url, token }, method, path, body) {
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

async function pictures(empty) {
  for (const [suffix, look] of Object.entries(looks)) {
    const context = await browser.newContext({ ...look, reducedMotion: 'reduce' });
    for (const [name, { place, steps, after, empty: needsEmpty = false }] of Object.entries(screens)) {
      if (needsEmpty !== empty || (wanted.length > 0 && !wanted.includes(name))) continue;
      const page = await context.newPage();
      const { url: login } = await call(node, 'POST', '/session/codes', {});
      await page.goto(`${login}&to=${encodeURIComponent(place)}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const loading = page.getByRole('status', { name: 'Loading' });
      for (let tries = 0; tries < 50 && (await loading.count()) > 0; tries++) await page.waitForTimeout(100);
      await page.waitForTimeout(400);
      await steps?.(page);
      await page.waitForTimeout(500);
      writeFileSync(join(target, `${name}${suffix}.png`), smallPng(await page.screenshot()));
      await page.evaluate('localStorage.clear()');
      await page.close();
      await after?.();
    }
    console.log(`${suffix || 'light and wide'}: done`);
    await context.close();
  }
}
