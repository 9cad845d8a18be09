import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InboxItemView, RunBrief, TriggerEventView } from '../../../shared/views/views.ts';
import type { ConnectedRuntime } from '../../transport/http-client.ts';
import { damagedText, toyAgents } from './toy-agents.ts';
import type { TrialNode } from './trial-node.ts';
import type { WorldOutside } from './world-outside.ts';

/** What was promised, whether it was kept, and the figures that it was seen by. */
export interface Finding {
  readonly promise: string;
  readonly held: boolean;
  readonly seen: string;
}

export interface RehearsalOptions {
  readonly node: TrialNode;
  readonly world: WorldOutside;
  /** How often it is killed. */
  readonly kills: number;
  readonly signal: AbortSignal;
  /** Told what happens now. */
  readonly say: (text: string) => void;
}

const senders = 8;
const settleMs = 120_000;
const frozenMs = 2_500;

/**
 * Lets toy agents work on a node of their own, kills it again and again, lets it freeze, damages one of its journals, and
 * looks what became of the promises.
 * @throws RuntimeError `NODE_UNREACHABLE` when it does not come back.
 */
export async function rehearse(options: RehearsalOptions): Promise<Finding[]> {
  const { node, world, kills, say } = options;
  say('A node of its own starts, with four agents that need no key.');
  await node.start();
  for (const manifest of toyAgents(world.host)) await node.api.createProcess({ manifest, start: true });
  const begun = Date.now();
  for (const name of ['asker', 'victim']) await node.api.wakeProcess({ name, payload: {} });
  await until(async () => (await node.api.listInbox({})).items.some(({ process }) => process === 'asker'), options);

  say(`Webhooks come in; it is killed ${kills} times in the middle of its work.`);
  const sent = await underFire(options);
  say(`It freezes for ${frozenMs / 1_000} seconds, as in a sleep.`);
  await node.freeze(frozenMs);
  const asked = await settleDoubts(options);

  say('What was promised is compared with what is there.');
  const findings = [
    await keptAll(node.api, sent),
    doneOnce(world, sent, asked),
    await waitedFor(node.api, options),
    await accountedFor(node.api, begun),
    await tookTheSameWay(node.api),
  ];
  say('A few bytes of one journal are damaged.');
  return [...findings, await noticedDamage(node)];
}

/** Sends webhooks while the node is killed. Gives their ids, all acknowledged, with how often each was sent. */
async function underFire({ node, kills, signal }: RehearsalOptions): Promise<Map<string, number>> {
  const sent = new Map<string, number>();
  let isOver = false;
  const send = async () => {
    while (!isOver) {
      const id = randomUUID();
      sent.set(id, await node.deliver('orders/in', id, signal));
    }
  };
  const sending = Promise.all(Array.from({ length: senders }, send));
  // Whoever gives up early is heard below.
  sending.catch(() => {});
  try {
    for (let kill = 0; kill < kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 900));
      signal.throwIfAborted();
      await node.kill();
      await node.start();
    }
  } finally {
    isOver = true;
  }
  await sending;
  return sent;
}

/** Answers what nobody else can know, from what was really done. Gives how often it was asked. */
async function settleDoubts(options: RehearsalOptions): Promise<number> {
  const { node, world } = options;
  let asked = 0;
  await until(async () => {
    const { items } = await node.api.listInbox({ limit: 500 });
    for (const item of items.filter(({ kind }) => kind === 'in_doubt')) {
      const happened = world.done.has(bodyOf(item));
      const answer = happened ? { verdict: 'happened', result: { status: 200 } } : { verdict: 'run_again' };
      await node.api.answerInboxItem({ id: item.id, answer });
      asked++;
    }
    const open = await node.api.listTriggerEvents({ process: 'orders', state: 'waiting,delayed,running,parked' });
    return open.items.length === 0;
  }, options);
  return asked;
}

const bodyOf = ({ about }: InboxItemView) => String((about['args'] as { body?: unknown } | undefined)?.body);

async function keptAll(api: ConnectedRuntime, sent: ReadonlyMap<string, number>): Promise<Finding> {
  const events = await all<TriggerEventView>((cursor) => api.listTriggerEvents({ process: 'orders', ...cursor }));
  const runs = await all<RunBrief>((cursor) => api.listRuns({ process: 'orders', state: 'done', ...cursor }));
  const outputs = new Set(runs.map(({ output }) => output));
  const lost = [...sent.keys()].filter((id) => !outputs.has(id)).length;
  const count = (await api.getContext({ name: 'orders' })).items.find(({ key }) => key === 'count')?.value ?? 0;
  const again = [...sent.values()].filter((times) => times > 1).length;
  return {
    promise: 'What was acknowledged is kept and worked on, once',
    held: lost === 0 && events.length === sent.size && runs.length === sent.size && count === sent.size,
    seen: `${sent.size} webhooks acknowledged (${again} sent more than once), ${events.length} kept, ${runs.length} runs, counted to ${count}, ${lost} lost`,
  };
}

function doneOnce(world: WorldOutside, sent: ReadonlyMap<string, number>, asked: number): Finding {
  const twice = [...world.done.values()].filter((times) => times > 1).length;
  const missing = [...sent.keys()].filter((id) => !world.done.has(id)).length;
  return {
    promise: 'Nothing outside is done twice; what nobody can know is asked',
    held: twice === 0 && missing === 0,
    seen: `${world.done.size} things done outside, ${twice} twice, ${missing} not at all, ${asked} asked about`,
  };
}

async function waitedFor(api: ConnectedRuntime, options: RehearsalOptions): Promise<Finding> {
  const item = (await api.listInbox({})).items.find(({ process }) => process === 'asker');
  if (item) await api.answerInboxItem({ id: item.id, answer: 'yes' });
  let run: RunBrief | undefined;
  await until(async () => {
    [run] = (await api.listRuns({ process: 'asker' })).items;
    return run?.endedAt !== null;
  }, options);
  return {
    promise: 'A question waits as long as it takes',
    held: item !== undefined && run?.output === 'They said yes',
    seen: item ? `asked before the first kill, answered now: ${JSON.stringify(run?.output)}` : 'the question is gone',
  };
}

async function accountedFor(api: ConnectedRuntime, begun: number): Promise<Finding> {
  const from = Math.ceil(begun / 1_000) * 1_000 + 1_000;
  const to = Math.floor(Date.now() / 1_000) * 1_000 - 1_000;
  const { items } = await api.schedule({ process: 'clockwork', from, to, limit: 5_000 });
  const told = new Map<string, number>();
  const seconds = new Map<number, number>();
  for (const { first, instant, outcome } of items) {
    for (let second = Math.max(first, from); second <= instant && second < to; second += 1_000) {
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
      told.set(outcome, (told.get(outcome) ?? 0) + 1);
    }
  }
  const planned = (to - from) / 1_000;
  const twice = [...seconds.values()].filter((times) => times > 1).length;
  const silent = items.filter(
    ({ outcome, reason }) => !['ran', 'late', 'running', 'waiting'].includes(outcome) && !reason,
  );
  return {
    promise: 'Every planned firing ran, or says why it did not',
    held: seconds.size === planned && twice === 0 && silent.length === 0,
    seen: `${planned} seconds: ${[...told].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}, ${twice} told of twice`,
  };
}

async function tookTheSameWay(api: ConnectedRuntime): Promise<Finding> {
  const [run] = (await api.listRuns({ process: 'orders', state: 'done' })).items;
  const report = run ? await api.replayRun({ id: run.id }) : undefined;
  return {
    promise: 'A run is made again from its record, calling nothing',
    held: report?.same === true,
    seen: report ? `${report.steps} of ${report.recordedSteps} steps, the same end` : 'there is no run',
  };
}

/** Changes one character of what is kept. Whoever holds it must say so, and the others go on. */
async function noticedDamage(node: TrialNode): Promise<Finding> {
  await node.stop();
  const path = join(node.folder, 'runtime.db');
  const bytes = readFileSync(path);
  let changed = 0;
  for (let at = bytes.indexOf(damagedText); at >= 0; at = bytes.indexOf(damagedText, at + 1), changed++)
    bytes[at] = 0x54;
  writeFileSync(path, bytes);
  await node.start();
  const { items } = await node.api.listProcesses({});
  const { code = 'nothing', message = '' } = items.find(({ name }) => name === 'victim')?.halted ?? {};
  const others = items.filter(({ name, halted }) => name !== 'victim' && halted === null).length;
  return {
    promise: 'Damage is noticed, and no agent runs on it',
    held: changed > 0 && code !== 'nothing' && others === items.length - 1,
    seen: `${code} ${message}; ${others} other agents go on`,
  };
}

async function all<T>(
  page: (cursor: { cursor?: string; limit: number }) => Promise<{ items: T[]; next: string | null }>,
) {
  const items: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const part = await page({ limit: 500, ...(cursor ? { cursor } : {}) });
    items.push(...part.items);
    cursor = part.next;
  }
  return items;
}

/** Looks until it is so, or for two minutes: what is not so by then shows in what is compared. */
async function until(holds: () => Promise<boolean>, { signal }: Pick<RehearsalOptions, 'signal'>): Promise<void> {
  const deadline = performance.now() + settleMs;
  while (!(await holds()) && performance.now() < deadline) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
