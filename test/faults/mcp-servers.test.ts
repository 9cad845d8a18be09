import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/main/lib/hash.ts';
import { script, wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { until } from '../world/until.ts';
import { createWorld } from '../world/world.ts';

/**
 * Runs that use MCP servers which ignore every signal and the end of their input, and start stubborn children of their
 * own, some of which leave the process group. Servers come and go while the runs work. At the end nothing is left.
 */
const runs = Number(process.env['RUNS'] ?? 200);
const agents = 8;
const faulty = fileURLToPath(new URL('../unit/tools/mcp/faulty-server.mjs', import.meta.url));

/** Living processes that a server of this node started, wherever they went. */
function left(owner: string): number {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`AGENT_RUNTIME_SERVER=${owner}:`);
    } catch {
      return false;
    }
  }).length;
}

test.runIf(process.platform === 'linux')(
  `${runs} runs that use servers which ignore signals leave no process behind`,
  async () => {
    let owner = '';
    {
      await using world = await createWorld({ journal: 'sqlite' });
      owner = sha256(world.folder).slice(0, 16);
      const runtime = await world.runtime();
      const body = `const said = [];
        for (const n of [1, 2]) said.push(await agent.tool('stubborn.echo', { text: 'x' + n }));
        return said.join(' ')`;
      const processes = await Promise.all(
        Array.from({ length: agents }, async (_, n) => {
          const modes = ['ignore-signals', ...(n % 2 ? ['with-child'] : ['with-escaped-child'])];
          const added = await runtime.register({
            name: `agent${n}`,
            config: {
              ...script(body),
              servers: {
                stubborn: {
                  command: process.execPath,
                  args: [faulty, ...modes, `n${n}`, '--ledger', join(world.folder, `ledger${n}`)],
                  trust: true,
                  idleAfter: '30ms',
                  startTimeout: 60,
                },
              },
            },
          });
          await added.start();
          return added;
        }),
      );
      let most = 0;
      for (let round = 0; round < runs / agents; round++) {
        await Promise.all(processes.map((one) => wake(one, { round })));
        most = Math.max(most, left(owner));
        // Every few rounds they are left alone for long enough that their servers are stopped.
        if (round % 5 === 4) {
          await Promise.all(processes.map(drained));
          await until(() => left(owner) === 0, 60_000);
        }
      }
      await Promise.all(processes.map(drained));
      expect(most).toBeGreaterThan(0);
      const done = processes.reduce((sum, { snapshot }) => sum + snapshot.counts.done, 0);
      expect(done).toBe(Math.ceil(runs / agents) * agents);
    }
    await until(() => left(owner) === 0, 30_000);
  },
  180_000,
);
