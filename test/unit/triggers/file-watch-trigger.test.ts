import { createHash } from 'node:crypto';
import { appendFile, chmod, link, mkdir, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { FileWatchTrigger } from '../../../src/main/triggers/file-watch-trigger.ts';
import { readPatterns } from '../../../src/main/triggers/glob.ts';
import { findFiles } from '../../../src/main/triggers/watch-root.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { isJsonObject } from '../../../src/shared/json.ts';
import { FileWatchTrigger as FileWatchConfig } from '../../../src/shared/trigger-config.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { draws } from '../../world/draws.ts';
import { removeFolder, tempFolder } from '../../world/temp-folder.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';
import { until } from '../../world/until.ts';

const all = ['created', 'modified', 'deleted', 'moved'];
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function watched(settings: object = {}, dataDir?: string) {
  const folder = await tempFolder();
  const host = new TriggerWorld(systemClock);
  undo.push(() => removeFolder(folder));
  const config = {
    ...FileWatchConfig.parse({
      type: 'file_watch',
      watchPath: folder,
      watchEvents: all,
      watchDebounceSeconds: 0.05,
      ...settings,
    }),
    id: 'files',
  };
  let trigger: FileWatchTrigger | undefined;
  const kill = async () => {
    host.kill();
    // What it waits for never comes: it is gone as far as the host knows.
    void trigger?.stop();
  };
  const begin = async () => {
    await kill();
    trigger = new FileWatchTrigger(config, host.session(), dataDir);
    await trigger.start();
    return trigger;
  };
  undo.push(kill);
  const told = () =>
    host.events.map(({ payload }) => {
      const { event_type, relative_path, previous_path } = payload as Record<string, string>;
      return `${event_type} ${previous_path ? `${previous_path.slice(folder.length + 1)} → ` : ''}${relative_path}`;
    });
  /** Until exactly this was told; then a file that comes last shows that nothing else is on its way. */
  let marks = 0;
  const hears = async (...expected: string[]) => {
    await until(() => told().filter((line) => !line.includes('mark-')).length >= expected.length);
    const mark = `mark-${++marks}`;
    await writeFile(join(folder, mark), mark);
    await until(() => told().includes(`created ${mark}`));
    expect(told().filter((line) => !line.includes('mark-'))).toEqual(expected);
  };
  return { folder, host, begin, kill, told, hears, path: (name: string) => join(folder, name) };
}

describe('a file watch', () => {
  it('tells of a new file with its hash, and of its beginning when asked', async () => {
    const { path, host, begin, folder } = await watched({ contentPreview: 5 });
    await begin();
    await writeFile(path('a.txt'), 'grün und gut');
    await until(() => host.events[0]);
    const { mtimeMs } = await stat(path('a.txt'), { bigint: true });
    expect(host.events[0]).toMatchObject({
      trigger: 'files',
      kind: 'file_watch',
      taint: ['file'],
      metadata: { watch_path: folder },
      payload: {
        path: path('a.txt'),
        name: 'a.txt',
        relative_path: 'a.txt',
        event_type: 'created',
        size: 13,
        mtime: new Date(Number(mtimeMs)).toISOString(),
        hash: createHash('sha256').update('grün und gut').digest('hex'),
        content_preview: 'grün',
      },
    });
    expect(host.events[0]?.dedupeKey).toMatch(/^file:files:created:a\.txt:13:\d+:\d+:\d+$/);
  });

  it('tells of creating, changing, renaming and deleting, each once', async () => {
    const { path, begin, hears } = await watched();
    await begin();
    await writeFile(path('a'), '1');
    await hears('created a');
    await appendFile(path('a'), '2');
    await hears('created a', 'modified a');
    await rename(path('a'), path('b'));
    await hears('created a', 'modified a', 'moved a → b');
    await unlink(path('b'));
    await hears('created a', 'modified a', 'moved a → b', 'deleted b');
  });

  it('takes a save by temporary file and rename for one change', async () => {
    const { path, begin, hears } = await watched();
    await writeFile(path('doc'), 'old');
    await begin();
    await writeFile(path('doc.tmp123'), 'new text');
    await rename(path('doc.tmp123'), path('doc'));
    await hears('modified doc');
    // another editor: the old file is moved away, a new one written, the old one deleted
    await rename(path('doc'), path('doc~'));
    await writeFile(path('doc'), 'newer text');
    await unlink(path('doc~'));
    await hears('modified doc', 'modified doc');
  });

  it('says nothing of a file that came and went', async () => {
    const { path, begin, hears } = await watched({ watchDebounceSeconds: 0.2 });
    await begin();
    await writeFile(path('brief'), 'x');
    await unlink(path('brief'));
    await hears();
  });

  it('waits until a file that is being written has settled, and tells of its final content', async () => {
    const { path, host, begin } = await watched({ watchDebounceSeconds: 0.4 });
    await begin();
    await writeFile(path('slow'), '');
    const began = performance.now();
    let lines = 0;
    while (performance.now() - began < 1_000) {
      await appendFile(path('slow'), 'line\n');
      lines++;
      await until(() => performance.now() - began > lines * 50);
    }
    expect(host.events).toEqual([]);
    await until(() => host.events[0]);
    expect(host.events).toHaveLength(1);
    expect(host.events[0]?.payload).toMatchObject({
      event_type: 'created',
      size: lines * 5,
      hash: createHash('sha256').update('line\n'.repeat(lines)).digest('hex'),
    });
  });

  it('looks at names, at folders below, and passes over what begins with a dot', async () => {
    const { path, begin, hears } = await watched({ watchPatterns: ['*.csv', '!draft-*', 'mark-*'] });
    await begin();
    await mkdir(path('in/deep'), { recursive: true });
    await mkdir(path('.git'), { recursive: true });
    await Promise.all(
      ['in/deep/a.csv', 'in/a.txt', 'draft-1.csv', '.hidden.csv', '.git/x.csv'].map((name) =>
        writeFile(path(name), name),
      ),
    );
    await hears('created in/deep/a.csv');
    await rename(path('in/a.txt'), path('in/b.csv'));
    await hears('created in/deep/a.csv', 'created in/b.csv');
    await rename(path('in/b.csv'), path('in/b.bak'));
    await hears('created in/deep/a.csv', 'created in/b.csv', 'deleted in/b.csv');
  });

  it('stays in the folder itself when it is told to', async () => {
    const { path, begin, hears } = await watched({ recursive: false });
    await begin();
    await mkdir(path('sub'));
    await writeFile(path('sub/a'), 'x');
    await writeFile(path('b'), 'x');
    await hears('created b');
  });

  it('tells only of the changes it is asked for', async () => {
    const { path, begin, hears } = await watched({ watchEvents: ['created'] });
    await begin();
    await writeFile(path('a'), '1');
    await hears('created a');
    await appendFile(path('a'), '2');
    await hears('created a');
    await rename(path('a'), path('b'));
    await writeFile(path('c'), '1');
    await hears('created a', 'created c');
  });

  it('follows no links, and says nothing of folders, links and changed rights', async () => {
    const { path, begin, hears, folder } = await watched();
    await writeFile(path('a'), '1');
    await begin();
    const outside = await tempFolder();
    undo.push(() => removeFolder(outside));
    await symlink(outside, path('link'));
    await symlink('/etc/hostname', path('hostname'));
    await writeFile(join(outside, 'secret'), 'x');
    await mkdir(path('empty'));
    await chmod(path('a'), 0o600);
    await hears();
    expect(folder).not.toBe(outside);
  });

  it('tells of the second of two names of one file as a new file', async () => {
    const { path, begin, hears } = await watched();
    await writeFile(path('a'), '1');
    await begin();
    await link(path('a'), path('b'));
    await hears('created b');
  });

  it('tells of a renamed folder file by file', async () => {
    const { path, begin, told } = await watched();
    await mkdir(path('old'));
    for (let n = 0; n < 5; n++) await writeFile(path(`old/${n}`), String(n));
    await begin();
    await rename(path('old'), path('new'));
    await until(() => told().length >= 5);
    expect(told().sort()).toEqual([0, 1, 2, 3, 4].map((n) => `moved old/${n} → new/${n}`));
  });

  it('tells of a file again when it comes back as it was', async () => {
    const { path, begin, hears } = await watched();
    await writeFile(path('a'), '1');
    await begin();
    const outside = await tempFolder();
    undo.push(() => removeFolder(outside));
    for (let n = 0; n < 2; n++) {
      await rename(path('a'), join(outside, 'a'));
      await hears(...['deleted a', 'created a', 'deleted a'].slice(0, n * 2 + 1));
      await rename(join(outside, 'a'), path('a'));
      await hears(...['deleted a', 'created a', 'deleted a', 'created a'].slice(0, n * 2 + 2));
    }
  });

  it('makes a folder that is missing, and watches it', async () => {
    const { path, begin, host, folder } = await watched();
    await rm(folder, { recursive: true });
    await begin();
    await writeFile(path('a'), 'x');
    await until(() => host.events.length === 1);
  });

  it('is silent after it was stopped', async () => {
    const { path, host, begin, hears } = await watched();
    const trigger = await begin();
    await hears();
    const before = host.events.length;
    await trigger.stop();
    await writeFile(path('a'), 'x');
    await begin();
    await until(() => host.events.length > before);
    expect(host.events.slice(before).map(({ payload }) => isJsonObject(payload) && payload['name'])).toEqual(['a']);
  });
});

describe('what was there, and what happened while nobody looked', () => {
  it('files already there are not told about', async () => {
    const { path, begin, hears } = await watched();
    await writeFile(path('a'), '1');
    await begin();
    await hears();
  });

  it('unless the first look is asked for; then each once, also after a restart', async () => {
    const { path, begin, hears, told } = await watched({ initialScan: true });
    for (const name of ['a', 'b', 'c']) await writeFile(path(name), name);
    await begin();
    await until(() => told().length === 3);
    await begin();
    await hears('created a', 'created b', 'created c');
  });

  it('each change made while the node was down is told about at the start', async () => {
    const { path, begin, kill, host, told } = await watched();
    for (const name of ['same', 'grows', 'goes', 'moves', 'touched']) await writeFile(path(name), name);
    await begin();
    await kill();
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
    const { path, begin, host, told } = await watched();
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
    const { path, host, begin, folder, kill } = await watched({ watchPatterns: ['*.csv'] });
    await writeFile(path('a.csv'), '1');
    await writeFile(path('a.txt'), '1');
    await begin();
    await kill();
    await appendFile(path('a.csv'), '2');
    const wider = {
      ...FileWatchConfig.parse({ type: 'file_watch', watchPath: folder, watchDebounceSeconds: 0.05 }),
      id: 'files',
    };
    const trigger = new FileWatchTrigger(wider, host.session());
    undo.push(() => trigger.stop());
    await trigger.start();
    await until(() => host.events.length > 0);
    expect(host.events.map(({ payload }) => isJsonObject(payload) && payload['name'])).toEqual(['a.csv']);
  });
});

describe('when there is much or something goes wrong', () => {
  it('of a thousand files copied at once none is lost and none told twice', async () => {
    const { path, begin, told } = await watched();
    await begin();
    for (let folder = 0; folder < 10; folder++) await mkdir(path(`d${folder}/sub`), { recursive: true });
    const names = Array.from({ length: 1_000 }, (_, n) => `d${n % 10}/${n % 3 === 0 ? 'sub/' : ''}${n}.txt`);
    await Promise.all(names.map((name) => writeFile(path(name), name)));
    await until(() => told().length >= 1_000, 15_000);
    expect(told().sort()).toEqual(names.map((name) => `created ${name}`).sort());
  });

  it('a thousand files created, changed, renamed and deleted through kills: each final content once', async () => {
    const { path, begin, kill, host, folder } = await watched();
    const draw = draws();
    const contents = new Map<string, string>();
    let serial = 0;
    const fresh = () => `f${++serial}`;
    await begin();
    for (let turn = 0; turn < 12; turn++) {
      if (draw.chance(0.4)) await kill();
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
    const { path, begin, host, told } = await watched();
    host.refuse = () => new RuntimeError('QUEUE_FULL', 'full');
    await begin();
    await writeFile(path('a'), '1');
    await writeFile(path('b'), '1');
    await until(() => host.logs.some((line) => line.includes('told about later')));
    expect(host.events).toEqual([]);
    host.refuse = () => undefined;
    await until(() => told().length === 2);
    expect(told().sort()).toEqual(['created a', 'created b']);
  });

  it('a folder that goes away and comes back is watched again, and what differs is told', async () => {
    const { path, begin, host, told, folder } = await watched();
    await writeFile(path('stays'), '1');
    await writeFile(path('goes'), '1');
    const trigger = await begin();
    await rename(folder, `${folder}-away`);
    undo.push(() => removeFolder(`${folder}-away`));
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
    const { path, begin, told, folder } = await watched();
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
    const { path, begin, host } = await watched();
    await begin();
    await writeFile(path('locked'), '1', { mode: 0o000 });
    await until(() => host.events[0]);
    expect(host.events[0]?.payload).toMatchObject({ name: 'locked', hash: null });
  });

  it('names that would confuse a program are only names', async () => {
    const { path, begin, told } = await watched();
    await begin();
    const names = ['__proto__', 'constructor', 'a → b', 'x:1:2', 'line\nbreak', ' ', '%2e%2e', 'é\u0301'];
    for (const name of names) await writeFile(path(name), name);
    await until(() => told().length >= names.length);
    await begin();
    expect(told().sort()).toEqual(names.map((name) => `created ${name}`).sort());
  });
});

describe('a folder that is too broad', () => {
  it.each([
    ['/', 'is the root of a drive'],
    [homedir(), 'is the home folder'],
    ['~', 'is the home folder'],
    ['~/', 'is the home folder'],
    [`${homedir()}/.`, 'is the home folder'],
  ])('%s is refused: it %s', async (watchPath, reason) => {
    const error = await caughtLater(watched({ watchPath }).then(({ begin }) => begin()));
    expect(error.code).toBe('WATCH_TOO_BROAD');
    expect(error.message).toContain(reason);
  });

  it('is one that holds the home folder', () => {
    const config = { ...FileWatchConfig.parse({ type: 'file_watch', watchPath: dirname(homedir()) }), id: 'f' };
    const make = () => new FileWatchTrigger(config, new TriggerWorld(systemClock).session());
    expect(caught(make).code).toBe('WATCH_TOO_BROAD');
  });

  it('is the data folder, what lies in it, what holds it, and a link to it', async () => {
    const holder = await tempFolder();
    undo.push(() => removeFolder(holder));
    const data = join(holder, 'data');
    await mkdir(join(data, 'inner'), { recursive: true });
    await symlink(data, join(holder, 'link'));
    for (const watchPath of [data, join(data, 'inner'), holder, join(holder, 'link')]) {
      const error = await caughtLater(watched({ watchPath }, data).then(({ begin }) => begin()));
      expect(error.code, watchPath).toBe('WATCH_TOO_BROAD');
    }
    const beside = await watched({ watchPath: join(holder, 'data-two') }, data);
    await beside.begin();
  });

  it('is one with more files and folders than can be looked at often', async () => {
    const folder = await tempFolder();
    undo.push(() => removeFolder(folder));
    await mkdir(join(folder, 'sub'));
    for (let n = 0; n < 5; n++) await writeFile(join(folder, n < 3 ? 'sub' : '.', String(n)), 'x');
    const patterns = readPatterns(['*']);
    expect(await findFiles(folder, patterns, true, 6)).toHaveLength(5);
    const error = await caughtLater(findFiles(folder, patterns, true, 5));
    expect(error.code).toBe('WATCH_TOO_BROAD');
    expect(await findFiles(folder, patterns, false, 5)).toHaveLength(2);
  });

  it('a file in its place is refused', async () => {
    const holder = await tempFolder();
    undo.push(() => removeFolder(holder));
    await writeFile(join(holder, 'file'), 'x');
    const error = await caughtLater(watched({ watchPath: join(holder, 'file') }).then(({ begin }) => begin()));
    expect(error.code).toBe('REQUEST_INVALID');
  });
});
