import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../src/main/lib/clock.ts';
import { FileWatchTrigger } from '../../src/main/triggers/files/file-watch-trigger.ts';
import { FileWatchTrigger as FileWatchConfig } from '../../src/shared/config/trigger-config.ts';
import { scratchFolder } from './scratch-folder.ts';
import { TriggerWorld } from './trigger-host.ts';
import { until } from './until.ts';

/** A real folder with a real file watch on it, which settles fast and is asked for all kinds of changes. */
export async function watchedFolder(settings: object = {}, dataDir?: string) {
  const folder = scratchFolder();
  const host = new TriggerWorld(systemClock);
  const config = (more: object = {}) => ({
    ...FileWatchConfig.parse({
      type: 'file_watch',
      watchPath: folder,
      watchEvents: ['created', 'modified', 'deleted', 'moved'],
      watchDebounceSeconds: 0.05,
      ...settings,
      ...more,
    }),
    id: 'files',
  });
  let trigger: FileWatchTrigger | undefined;
  const kill = () => {
    host.kill();
    // What it waits for never comes: it is gone as far as the host knows.
    void trigger?.stop();
  };
  onTestFinished(kill);
  const begin = async (more: object = {}) => {
    kill();
    trigger = new FileWatchTrigger(config(more), host.session(), dataDir);
    await trigger.start();
    return trigger;
  };
  const told = () =>
    host.events.map(({ payload }) => {
      const { event_type, relative_path, previous_path } = payload as Record<string, string>;
      return `${event_type} ${previous_path ? `${previous_path.slice(folder.length + 1)} → ` : ''}${relative_path}`;
    });
  let marks = 0;
  /** Until exactly this was told: a file that comes last shows that nothing else is on its way. */
  const hears = async (...expected: string[]) => {
    const lines = () => told().filter((line) => !line.includes('mark-'));
    await until(() => lines().length >= expected.length);
    const mark = `mark-${++marks}`;
    await writeFile(join(folder, mark), mark);
    await until(() => told().includes(`created ${mark}`));
    expect(lines()).toEqual(expected);
  };
  return { folder, host, begin, kill, told, hears, path: (name: string) => join(folder, name) };
}
