// A process is its manifest plus its journal: a second program goes on where the first one was.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentRuntime, manualWake, openSqliteJournal, replay } from 'agent-runtime';

const folder = mkdtempSync(join(tmpdir(), 'survive-a-crash-'));
const path = join(folder, 'agents.db');

const first = new AgentRuntime(openSqliteJournal(path));
const counter = await first.register({
  name: 'counter',
  config: {
    model: 'script',
    script: `export default async function run(event, agent) {
      const count = (agent.context.get('count') ?? 0) + event.payload.by;
      await agent.context.set('count', count);
      await agent.emit('counted', { count });
    }`,
  },
});
await counter.start();
const counted = new Promise((resolve) => first.bus.subscribe('counted', resolve));
await counter.wake(manualWake({ by: 41 }));
await counted;
await first.close(); // or a crash, or a power cut

const second = new AgentRuntime(openSqliteJournal(path));
await second.open();
const again = second.get('counter');
console.log(`after the restart it is ${again.state}, and knows`, again.snapshot.context.get('count')?.value);
const { snapshot, entries } = await replay(second.journal, 'counter', { fromStart: true });
console.log(`${entries} entries give the same:`, snapshot.context.get('count')?.value);
await second.close();
rmSync(folder, { recursive: true });
