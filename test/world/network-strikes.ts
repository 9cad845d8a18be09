import type { ClusterHosts } from './cluster-hosts.ts';
import type { Draws } from './draws.ts';
import type { Strike } from './node-nemesis.ts';

const pauseMs = 20_000;
const hub = 1;

/** One fault, drawn: kills, pauses, cuts, losses, and computers that go to another address. */
export async function strike(hosts: ClusterHosts, random: Draws): Promise<Strike> {
  const { network, numbers } = hosts;
  const node = random.one(numbers);
  const other = random.one(numbers.filter((one) => one !== node));
  const lastsMs = random.int(3_000, 22_000);
  const heal = () => network.heal();
  switch (random.int(1, 7)) {
    case 1:
      await hosts.child(node).kill('SIGKILL');
      return { deed: `kill ${node}`, lastsMs, undo: () => hosts.restart(node) };
    case 2: {
      const { process } = hosts.child(node);
      process.kill('SIGSTOP');
      return { deed: `pause ${node}`, lastsMs: pauseMs, undo: async () => void process.kill('SIGCONT') };
    }
    case 3:
      await network.link(node, 'down');
      return { deed: `isolate ${node}`, lastsMs, undo: heal };
    case 4:
      await network.link(hub, 'down');
      return { deed: 'isolate the hub', lastsMs, undo: heal };
    case 5:
      await network.cutOneWay(node, other);
      return { deed: `cut ${node} to ${other}`, lastsMs, undo: heal };
    case 6:
      await network.lose(0.3);
      return { deed: 'lose 30 % everywhere', lastsMs, undo: heal };
    default: {
      await network.roam(node);
      return { deed: `roam ${node}`, lastsMs, undo: async () => {} };
    }
  }
}
