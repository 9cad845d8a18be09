// Three agents in one runtime that hear each other's events, beside those of a folder of .agent files. Scripts take the
// place of models here, so that it runs without a key.
import { join } from 'node:path';
import { AgentProcess, AgentRuntime, type BusEvent } from 'agent-runtime';

const runtime = new AgentRuntime();

// Load agents from manifest files …
const { created, failed } = await runtime.loadDirectory(join(import.meta.dirname, 'agents'));
console.log(`loaded ${created.join(', ')}; ${failed.length} could not be`);

// … or register processes in code.
const monitor = new AgentProcess({
  name: 'monitor',
  config: {
    model: 'script',
    script: `export default async function run(event, agent) {
      const { metric, value } = event.payload.data;
      if (value > 90) await agent.emit('metric.high', { metric, value });
      return metric + ' is ' + value;
    }`,
    triggers: [{ type: 'event', eventType: 'metric.measured' }],
  },
});
const analyzer = new AgentProcess({
  name: 'analyzer',
  config: {
    model: 'script',
    script: `export default async function run(event, agent) {
      const seen = (agent.context.get('seen') ?? 0) + 1;
      await agent.context.set('seen', seen);
      await agent.emit('metric.explained', { ...event.payload.data, cause: 'seen ' + seen + ' times' });
    }`,
    triggers: [{ type: 'event', eventType: 'metric.high' }],
  },
});
const responder = new AgentProcess({
  name: 'responder',
  config: {
    model: 'script',
    script: `export default async function run(event, agent) {
      await agent.emit('metric.handled', { metric: event.payload.data.metric, action: 'restarted' });
    }`,
    triggers: [{ type: 'event', eventType: 'metric.explained' }],
  },
});
for (const process of [monitor, analyzer, responder]) await runtime.register(process);

// Start everything: they speak over the EventBus.
const handled = new Promise<BusEvent>((resolve) => runtime.bus.subscribe('metric.handled', resolve));
await runtime.startAll();
await runtime.publish('metric.measured', { metric: 'disk', value: 97 });
const { source, data } = await handled;
console.log(`${source}: ${JSON.stringify(data)}`);
await runtime.close();
