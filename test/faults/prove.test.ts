import { expect, onTestFinished, test } from 'vitest';
import { rehearse } from '../../src/main/cli/prove/rehearsal.ts';
import { TrialNode } from '../../src/main/cli/prove/trial-node.ts';
import { WorldOutside } from '../../src/main/cli/prove/world-outside.ts';
import { cli } from '../world/cli.ts';
import { home } from '../world/home.ts';

const kept = 'What was acknowledged is kept and worked on, once';

test('prove tries every promise on a node of its own, says what was seen, and leaves nothing behind', async () => {
  const { code, out } = await cli(['prove', '--kills', '2', '--json']);
  const { held, findings, folder } = JSON.parse(out) as {
    held: boolean;
    findings: { promise: string; held: boolean; seen: string }[];
    folder?: string;
  };
  expect(findings.filter((finding) => !finding.held)).toEqual([]);
  expect({ code, held, folder }).toEqual({ code: 0, held: true, folder: undefined });
  expect(findings.map(({ promise }) => promise)).toContain(kept);
  expect(findings).toHaveLength(6);
});

/** A node that acknowledges one thing which it never gets, and does another twice. */
class LyingNode extends TrialNode {
  readonly #world: WorldOutside;
  #delivered = 0;

  constructor(folder: string, world: WorldOutside) {
    super(folder);
    this.#world = world;
  }

  override async deliver(path: string, id: string, signal: AbortSignal): Promise<number> {
    this.#delivered++;
    if (this.#delivered === 1) return 1;
    if (this.#delivered === 2) await fetch(`http://${this.#world.host}/`, { method: 'POST', body: id });
    return super.deliver(path, id, signal);
  }
}

test('prove finds out a node that loses what it acknowledged, or does something twice', async () => {
  const world = await WorldOutside.open();
  const node = new LyingNode(home(), world);
  onTestFinished(async () => {
    await node.kill();
    await world[Symbol.asyncDispose]();
  });
  const findings = await rehearse({ node, world, kills: 1, signal: new AbortController().signal, say: () => {} });
  const broken = findings.filter(({ held }) => !held);
  expect(broken.map(({ promise }) => promise)).toEqual([
    kept,
    'Nothing outside is done twice; what nobody can know is asked',
  ]);
  expect(broken[0]?.seen).toContain('1 lost');
  expect(broken[1]?.seen).toContain('1 twice, 1 not at all');
});

test('prove refuses a number of kills that makes no sense', async () => {
  expect(await cli(['prove', '--kills', '0'])).toMatchObject({ code: 2, err: expect.stringContaining('1 to 1000') });
});
