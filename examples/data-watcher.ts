// One agent with a cron trigger and a life of its own: no database, no server, no window.
import { AgentProcess } from 'agent-runtime';

const watcher = new AgentProcess({
  name: 'data-watcher',
  config: {
    model: 'openai:gpt-5-mini',
    instructions: 'You monitor data pipelines and alert on anomalies.',
    triggers: [{ type: 'cron', cronExpression: '*/5 * * * *' }],
  },
});

await watcher.start(); // created → starting → running
console.log(`${watcher.name} is ${watcher.state}`);
// It runs by itself and wakes on every tick …
await watcher.stop(); // running → stopping → stopped
console.log(`${watcher.name} is ${watcher.state}`);
await watcher.close();
