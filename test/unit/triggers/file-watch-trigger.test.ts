import { createHash } from 'node:crypto';
import { appendFile, chmod, link, mkdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { FileWatchTrigger } from '../../../src/main/triggers/files/file-watch-trigger.ts';
import { readPatterns } from '../../../src/main/triggers/files/glob.ts';
import { findFiles } from '../../../src/main/triggers/files/watch-root.ts';
import { FileWatchTrigger as FileWatchConfig } from '../../../src/shared/config/trigger-config.ts';
import { isJsonObject } from '../../../src/shared/json.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';
import { until } from '../../world/until.ts';
import { watchedFolder } from '../../world/watched-folder.ts';

describe('a file watch', () => {
  it('tells of a new file with its hash, and of its beginning when asked', async () => {
    const { path, host, begin, folder } = await watchedFolder({ contentPreview: 5 });
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
    const { path, begin, hears } = await watchedFolder();
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
    const { path, begin, hears } = await watchedFolder();
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
    const { path, begin, hears } = await watchedFolder({ watchDebounceSeconds: 0.2 });
    await begin();
    await writeFile(path('brief'), 'x');
    await unlink(path('brief'));
    await hears();
  });

  it('waits until a file that is being written has settled, and tells of its final content', async () => {
    const { path, host, begin } = await watchedFolder({ watchDebounceSeconds: 0.4 });
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
    const { path, begin, hears } = await watchedFolder({ watchPatterns: ['*.csv', '!draft-*', 'mark-*'] });
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
    const { path, begin, hears } = await watchedFolder({ recursive: false });
    await begin();
    await mkdir(path('sub'));
    await writeFile(path('sub/a'), 'x');
    await writeFile(path('b'), 'x');
    await hears('created b');
  });

  it('tells only of the changes it is asked for', async () => {
    const { path, begin, hears } = await watchedFolder({ watchEvents: ['created'] });
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
    const { path, begin, hears, folder } = await watchedFolder();
    await writeFile(path('a'), '1');
    await begin();
    const outside = scratchFolder();
    await symlink(outside, path('link'));
    await symlink('/etc/hostname', path('hostname'));
    await writeFile(join(outside, 'secret'), 'x');
    await mkdir(path('empty'));
    await chmod(path('a'), 0o600);
    await hears();
    expect(folder).not.toBe(outside);
  });

  it('tells of the second of two names of one file as a new file', async () => {
    const { path, begin, hears } = await watchedFolder();
    await writeFile(path('a'), '1');
    await begin();
    await link(path('a'), path('b'));
    await hears('created b');
  });

  it('tells of a renamed folder file by file', async () => {
    const { path, begin, told } = await watchedFolder();
    await mkdir(path('old'));
    for (let n = 0; n < 5; n++) await writeFile(path(`old/${n}`), String(n));
    await begin();
    await rename(path('old'), path('new'));
    await until(() => told().length >= 5);
    expect(told().sort()).toEqual([0, 1, 2, 3, 4].map((n) => `moved old/${n} → new/${n}`));
  });

  it('tells of a file again when it comes back as it was', async () => {
    const { path, begin, hears } = await watchedFolder();
    await writeFile(path('a'), '1');
    await begin();
    const outside = scratchFolder();
    for (let n = 0; n < 2; n++) {
      await rename(path('a'), join(outside, 'a'));
      await hears(...['deleted a', 'created a', 'deleted a'].slice(0, n * 2 + 1));
      await rename(join(outside, 'a'), path('a'));
      await hears(...['deleted a', 'created a', 'deleted a', 'created a'].slice(0, n * 2 + 2));
    }
  });

  it('makes a folder that is missing, and watches it', async () => {
    const { path, begin, host, folder } = await watchedFolder();
    await rm(folder, { recursive: true });
    await begin();
    await writeFile(path('a'), 'x');
    await until(() => host.events.length === 1);
  });

  it('is silent after it was stopped', async () => {
    const { path, host, begin, hears } = await watchedFolder();
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

describe('a folder that is too broad', () => {
  it.each([
    ['/', 'is the root of a drive'],
    [homedir(), 'is the home folder'],
    ['~', 'is the home folder'],
    ['~/', 'is the home folder'],
    [`${homedir()}/.`, 'is the home folder'],
  ])('%s is refused: it %s', async (watchPath, reason) => {
    const error = await caughtLater(watchedFolder({ watchPath }).then(({ begin }) => begin()));
    expect(error.code).toBe('WATCH_TOO_BROAD');
    expect(error.message).toContain(reason);
  });

  it('is one that holds the home folder', () => {
    const config = { ...FileWatchConfig.parse({ type: 'file_watch', watchPath: dirname(homedir()) }), id: 'f' };
    const make = () => new FileWatchTrigger(config, new TriggerWorld(systemClock).session());
    expect(caught(make).code).toBe('WATCH_TOO_BROAD');
  });

  it('is the data folder, what lies in it, what holds it, and a link to it', async () => {
    const holder = scratchFolder();
    const data = join(holder, 'data');
    await mkdir(join(data, 'inner'), { recursive: true });
    await symlink(data, join(holder, 'link'));
    for (const watchPath of [data, join(data, 'inner'), holder, join(holder, 'link')]) {
      const error = await caughtLater(watchedFolder({ watchPath }, data).then(({ begin }) => begin()));
      expect(error.code, watchPath).toBe('WATCH_TOO_BROAD');
    }
    const beside = await watchedFolder({ watchPath: join(holder, 'data-two') }, data);
    await beside.begin();
  });

  it('is one with more files and folders than can be looked at often', async () => {
    const folder = scratchFolder();
    await mkdir(join(folder, 'sub'));
    for (let n = 0; n < 5; n++) await writeFile(join(folder, n < 3 ? 'sub' : '.', String(n)), 'x');
    const patterns = readPatterns(['*']);
    expect(await findFiles(folder, patterns, true, 6)).toHaveLength(5);
    const error = await caughtLater(findFiles(folder, patterns, true, 5));
    expect(error.code).toBe('WATCH_TOO_BROAD');
    expect(await findFiles(folder, patterns, false, 5)).toHaveLength(2);
  });

  it('a file in its place is refused', async () => {
    const holder = scratchFolder();
    await writeFile(join(holder, 'file'), 'x');
    const error = await caughtLater(watchedFolder({ watchPath: join(holder, 'file') }).then(({ begin }) => begin()));
    expect(error.code).toBe('REQUEST_INVALID');
  });
});
