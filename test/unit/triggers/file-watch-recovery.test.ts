import { createHash } from 'node:crypto';
import { appendFile, mkdir, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { draws } from '../../world/draws.ts';
import { until } from '../../world/until.ts';
import { watchedFolder } from '../../world/watched-folder.ts';

describe('what was there, and what happened while nobody looked', () => {
  it('files already there are not told about', async () => {
    const { path, begin, hears } = await watchedFolder();
    await writeFile(path('a'), '1');
    await begin();
    await hears();
  });

  it('unless the first look is asked for; then each once, also after a restart', async () => {
    const { path, begin, hears, told } = await watchedFolder({ initialScan: true });
    for (const name of ['a', 'b', 'c']) await writeFile(path(name), name);
    await begin();
    await until(() => told().length === 3);
    await begin();
    await hears('created a', 'created b', 'created c');
  });

  it('each change made while the node was down is told about at the start', async () => {
    const { path, begin, kill, host, told } = await watchedFolder();
    for (const name of ['same', 'grows', 'goes', 'moves', 'touched']) await writeFile(path(name), name);
    await begin();
    kill();
    await appendFile(path('grows'), '!');
    await unlink(path('goes'));
    await rename(path('moves'), path('moved'));
    await utimes(path('touched'), new Date(), new Date());
    await writeFile(path('comes'), 'new');
    const past = new Date(Date.now() - 86_400_000);
    await utimes(path('comes'), past, past);
    await begin();
    await until(() => told().length >= 5);
    expect(told().sort()).toEqual([
      'created comes',
      'deleted goes',
      'modified grows',
      'modified touched',
      'moved moves → moved',
    ]);
    await begin();
    expect(host.events).toHaveLength(5);
  });

  it('a crash between telling and remembering tells nothing twice', async () => {
    const { path, begin, host, told } = await watchedFolder();
    await writeFile(path('old'), 'x');
    await begin();
    const kept = structuredClone(host.facts.get('files'));
    await writeFile(path('a'), '1');
    await unlink(path('old'));
    await until(() => told().length === 2);
    await until(() => JSON.stringify(host.facts.get('files')) !== JSON.stringify(kept));
    host.facts.set('files', kept ?? {});
    await begin();
    await until(() => Object.keys(host.facts.get('files') ?? {}).includes('file:a'));
    expect(told().sort()).toEqual(['created a', 'deleted old']);
  });

  it('other patterns make nothing of what was there before', async () => {
    const { path, begin, kill, told } = await watchedFolder({ watchPatterns: ['*.csv'] });
    await writeFile(path('a.csv'), '1');
    await writeFile(path('a.txt'), '1');
    await begin();
    kill();
    await appendFile(path('a.csv'), '2');
    await begin({ watchPatterns: ['*'] });
    await until(() => told().length > 0);
    expect(told()).toEqual(['modified a.csv']);
  });
});

describe('when there is much or something goes wrong', () => {
  it('of a thousand files copied at once none is lost and none told twice', async () => {
    const { path, begin, told } = await watchedFolder();
    await begin();
    for (let folder = 0; folder < 10; folder++) await mkdir(path(`d${folder}/sub`), { recursive: true });
    const names = Array.from({ length: 1_000 }, (_, n) => `d${n % 10}/${n % 3 === 0 ? 'sub/' : ''}${n}.txt`);
    await Promise.all(names.map((name) => writeFile(path(name), name)));
    await until(() => told().length >= 1_000, 15_000);
    expect(told().sort()).toEqual(names.map((name) => `created ${name}`).sort());
  });

  it('a thousand files created, changed, renamed and deleted through kills: each final content once', async () => {
    const { path, begin, kill, host, folder } = await watchedFolder();
    const draw = draws();
    const contents = new Map<string, string>();
    let serial = 0;
    const fresh = () => `f${++serial}`;
    await begin();
    for (let turn = 0; turn < 12; turn++) {
      if (draw.chance(0.4)) kill();
      for (let n = 0; n < 84; n++) {
        const known = [...contents.keys()];
        const some = known.length > 0 ? draw.one(known) : undefined;
        const what = some === undefined ? 'create' : draw.one(['create', 'create', 'change', 'rename', 'delete']);
        if (what === 'create' || some === undefined) {
          const name = fresh();
          contents.set(name, `${name} ${serial}`);
          await writeFile(path(name), `${name} ${serial}`);
        } else if (what === 'change') {
          contents.set(some, `${contents.get(some)}+${++serial}`);
          await writeFile(path(some), contents.get(some) ?? '');
        } else if (what === 'rename') {
          const name = fresh();
          contents.set(name, contents.get(some) ?? '');
          contents.delete(some);
          await rename(path(some), path(name));
        } else {
          contents.delete(some);
          await unlink(path(some));
        }
        if (draw.chance(0.01)) await begin();
      }
      await begin();
    }
    const seen = () => {
      const model = new Map<string, string>();
      const moments = new Map<string, number>();
      for (const { payload } of host.events) {
        const { event_type, relative_path, previous_path, hash } = payload as Record<string, string>;
        if (previous_path) model.delete(previous_path.slice(folder.length + 1));
        if (event_type === 'deleted') model.delete(relative_path as string);
        else model.set(relative_path as string, hash as string);
        const moment = JSON.stringify([event_type, relative_path, hash, previous_path]);
        moments.set(moment, (moments.get(moment) ?? 0) + 1);
      }
      return { model: Object.fromEntries([...model].sort()), twice: [...moments].filter(([, count]) => count > 1) };
    };
    const expected = Object.fromEntries(
      [...contents].map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')] as const).sort(),
    );
    await until(() => JSON.stringify(seen().model) === JSON.stringify(expected)).catch(() => {
      expect(seen().model, draw.label).toEqual(expected);
    });
    expect(seen().twice, draw.label).toEqual([]);
  });

  it('what the queue has no room for is told when it has', async () => {
    const { path, begin, host, told } = await watchedFolder();
    host.refuse = () => new RuntimeError('QUEUE_FULL', 'full');
    await begin();
    await writeFile(path('a'), '1');
    await writeFile(path('b'), '1');
    await until(() => host.logs.some((line) => line.includes('will be told later')));
    expect(host.events).toEqual([]);
    host.refuse = () => undefined;
    await until(() => told().length === 2);
    expect(told().sort()).toEqual(['created a', 'created b']);
  });

  it('a folder that goes away and comes back is watched again, and what differs is told', async () => {
    const { path, begin, host, told, folder } = await watchedFolder();
    await writeFile(path('stays'), '1');
    await writeFile(path('goes'), '1');
    const trigger = await begin();
    await rename(folder, `${folder}-away`);
    await until(() => trigger.summary().includes('waits for the folder'));
    expect(host.events).toEqual([]);
    await unlink(`${folder}-away/goes`);
    await rename(`${folder}-away`, folder);
    await until(() => told().length === 1);
    await writeFile(path('new'), '1');
    await until(() => told().length === 2);
    expect(told()).toEqual(['deleted goes', 'created new']);
    expect(trigger.summary()).not.toContain('waits');
  });

  it('a folder that is deleted and made anew is watched again', async () => {
    const { path, begin, told, folder } = await watchedFolder();
    await mkdir(path('sub'));
    await writeFile(path('sub/a'), '1');
    await begin();
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await writeFile(path('b'), '1');
    await until(() => told().length >= 2);
    expect(told().sort()).toEqual(['created b', 'deleted sub/a']);
    await writeFile(path('c'), '1');
    await until(() => told().includes('created c'));
  });

  it.runIf(process.getuid?.() !== 0)('a file that may not be read is told about without its hash', async () => {
    const { path, begin, host } = await watchedFolder();
    await begin();
    await writeFile(path('locked'), '1', { mode: 0o000 });
    await until(() => host.events[0]);
    expect(host.events[0]?.payload).toMatchObject({ name: 'locked', hash: null });
  });

  it('names that would confuse a program are only names', async () => {
    const { path, begin, told } = await watchedFolder();
    await begin();
    const names = ['__proto__', 'constructor', 'a → b', 'x:1:2', 'line\nbreak', ' ', '%2e%2e', 'é\u0301'];
    for (const name of names) await writeFile(path(name), name);
    await until(() => told().length >= names.length);
    await begin();
    expect(told().sort()).toEqual(names.map((name) => `created ${name}`).sort());
  });
});
