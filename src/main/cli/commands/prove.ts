import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Invocation, ownFlag } from '../command.ts';
import { type Finding, rehearse } from '../prove/rehearsal.ts';
import { TrialNode } from '../prove/trial-node.ts';
import { WorldOutside } from '../prove/world-outside.ts';
import { exits, UsageError } from '../terminal.ts';
import { printable } from '../text.ts';

const usualKills = 5;

/** What is promised, tried on the computer of whoever asks. */
export const proveCommand: Command = {
  name: 'prove',
  summary:
    'Tries the promises on this computer: a node of its own, in a folder of its own, is killed, frozen and damaged while agents work on it.',
  args: [],
  flags: {
    kills: ownFlag('kills', 'number', `How often it is killed (default ${usualKills}).`),
    keep: ownFlag('keep', 'boolean', 'Leave the folder of the trial, to look at it.'),
  },
  run: async (call) => prove(call),
};

async function prove(call: Invocation): Promise<number | undefined> {
  const { kills = usualKills, keep } = call.input;
  if (!Number.isInteger(kills) || Number(kills) < 1 || Number(kills) > 1_000)
    throw new UsageError(`--kills takes a number from 1 to 1000, not "${String(kills)}".`);
  const { terminal } = call;
  const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-trial-'));
  const node = new TrialNode(folder);
  await using world = await WorldOutside.open();
  try {
    const findings = await rehearse({
      node,
      world,
      kills: Number(kills),
      signal: terminal.interrupted,
      say: (text) => terminal.isTty && terminal.err(text),
    });
    const held = findings.every((finding) => finding.held);
    call.show({ held, findings, ...(keep ? { folder } : {}) }, () => printable(report(findings, held)));
    return held ? undefined : exits.refused;
  } finally {
    await node.kill();
    if (keep) terminal.err(folder);
    else rmSync(folder, { recursive: true, force: true });
  }
}

function report(findings: readonly Finding[], held: boolean): string {
  const lines = findings.map(
    ({ promise, held: kept, seen }) => `${kept ? 'held  ' : 'BROKEN'}  ${promise}\n        ${seen}`,
  );
  return [...lines, '', held ? 'All promises held.' : 'Not all promises held: please tell us.'].join('\n');
}
