import type { JsonObject } from '../../../shared/json.ts';

/** What the damaged journal holds, to be found in the file of the database. */
export const damagedText = 'this-line-will-be-damaged';

/** Agents that need no key and touch nothing but the trial's own server. */
export const toyAgents = (host: string): JsonObject[] => [
  {
    version: '1.0',
    name: 'orders',
    model: 'script',
    concurrency: 4,
    triggers: [
      {
        type: 'webhook',
        webhook_path: 'in',
        signature_scheme: 'none',
        dedupe_header: 'x-delivery',
        max_per_second: 10_000,
      },
    ],
    tools: { http_fetch: { allow_hosts: [host] } },
    script: `export default async function run(event, agent) {
      const { id } = event.payload;
      await agent.tool('http_fetch', { url: 'http://${host}/', method: 'POST', body: id });
      await agent.context.set('count', ((await agent.context.get('count')) ?? 0) + 1);
      return id;
    }`,
  },
  {
    version: '1.0',
    name: 'clockwork',
    model: 'script',
    triggers: [{ type: 'cron', cron_expression: '* * * * * *' }],
    script: 'export default async function run() {}',
  },
  {
    version: '1.0',
    name: 'asker',
    model: 'script',
    script: `export default async function run(event, agent) { return 'They said ' + (await agent.ask('Go on?')); }`,
  },
  {
    version: '1.0',
    name: 'victim',
    model: 'script',
    script: `export default async function run(event, agent) { await agent.context.set('line', '${damagedText}'); }`,
  },
];
