import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { home } from '../world/home.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { journalOf } from '../world/node-lists.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';

/**
 * Files that come, change, move and go while the node that watches them is killed. Whatever is there in the end has been
 * told with that content, and no content of a path is told twice.
 */
const files = Number(process.env['FILES'] ?? 1_000);
const kills = Number(process.env['KILLS'] ?? 5);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

test(`${files} files through ${kills} kills: each final content is told, and nothing is told twice (SEED=${seed})`, async () => {
  const random = draws(seed);
  const folder = home();
  const watched = join(folder, 'watched');
  mkdirSync(watched, { recursive: true });
  const data = join(folder, 'data');
  let node: NodeChild = await startNode(data);
  onTestFinished(() => node.kill());
  const manifest = {
    version: '1.0',
    name: 'watcher',
    model: 'script',
    script: 'export default async function run() { return null }',
    triggers: [
      {
        type: 'file_watch',
        watch_path: watched,
        watch_patterns: ['*.csv'],
        watch_events: ['created', 'modified', 'deleted', 'moved'],
        watch_debounce_seconds: 0.1,
      },
    ],
  };
  expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);

  let done = 0;
  const present: string[] = [];
  const worked = (async () => {
    for (; done < files; done++) {
      const name = `f${done}.csv`;
      const how = random.int(0, 9);
      if (how === 0 && present.length > 0) {
        const [old = ''] = present.splice(random.int(0, present.length - 1), 1);
        renameSync(join(watched, old), join(watched, `moved-${name}`));
        present.push(`moved-${name}`);
      } else if (how === 1 && present.length > 0) {
        const [old = ''] = present.splice(random.int(0, present.length - 1), 1);
        rmSync(join(watched, old));
      }
      if (how === 2) {
        // As editors save: beside it, then in its place.
        writeFileSync(join(watched, `${name}.tmp`), `${seed} ${done} whole`);
        renameSync(join(watched, `${name}.tmp`), join(watched, name));
      } else {
        writeFileSync(join(watched, name), `${seed} ${done} first half`);
        if (how === 3) await randomMoment(5);
        if (how <= 4) writeFileSync(join(watched, name), `${seed} ${done} first half and second`);
      }
      present.push(name);
      if (done % 5 === 0) await randomMoment(random.int(1, 30));
    }
  })();
  for (let kill = 1; kill <= kills; kill++) {
    await until(() => done >= (files * kill) / (kills + 1), 120_000);
    await node.kill('SIGKILL');
    await randomMoment(random.int(1, 300));
    node = await startNode(data);
  }
  await worked;

  const finals = readdirSync(watched).filter((name) => name.endsWith('.csv'));
  expect(finals.sort()).toEqual([...present].sort());
  const unseen = async () => {
    const told = new Set((await toldBy(node)).map(({ name, hash }) => `${name} ${hash}`));
    return finals.filter((name) => !told.has(`${name} ${hashOf(join(watched, name))}`));
  };
  await until(async () => (await unseen()).length === 0, 120_000).catch(async () => expect(await unseen()).toEqual([]));
  const told = await toldBy(node);
  const contents = told.filter(({ event }) => event !== 'deleted').map(({ name, hash }) => `${name} ${hash}`);
  expect(contents.filter((content, index) => contents.indexOf(content) < index)).toEqual([]);
  const goings = told.filter(({ event }) => event === 'deleted').map(({ name }) => name);
  expect(goings.filter((name, index) => goings.indexOf(name) < index || present.includes(name))).toEqual([]);
  console.log(`${kills} kills, seed ${seed}: ${finals.length} files in the end, ${told.length} changes told`);
});

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

async function toldBy(node: NodeChild): Promise<{ event: string; name: string; hash: string }[]> {
  const accepted = (await journalOf(node, 'watcher')).filter(({ kind }) => kind === 'event.accepted');
  return accepted.map(({ body }) => {
    const { event_type: event = '', name = '', hash = '' } = body['payload'] as Record<string, string>;
    return { event, name, hash };
  });
}
