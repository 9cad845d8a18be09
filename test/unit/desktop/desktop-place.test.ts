import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { desktopPlace } from '../../../src/main/desktop/desktop-place.ts';
import { openSettings } from '../../../src/main/desktop/settings.ts';
import { runtimeApi } from '../../../src/main/runtime/runtime-api.ts';
import { DesktopView } from '../../../src/shared/operations/desktop-operations.ts';
import { handRuntime } from '../../world/hand-runtime.ts';
import { home } from '../../world/home.ts';

test('the window reads and changes what the desktop app remembers, through the node', async () => {
  const folder = home();
  const settings = openSettings(folder);
  const asked: unknown[] = [];
  const place = desktopPlace(settings, 'https://releases.example', {
    setKeepRunning: (on) => asked.push(['keep', on]),
    setStartAtLogin: (on) => asked.push(['login', on]),
    setKeys: (keys) => asked.push(['keys', keys]),
  });
  const { runtime } = await handRuntime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: folder, desktop: true, desktopPlace: place });
  expect(DesktopView.parse(await api.getDesktopSettings({}, 'user'))).toMatchObject({
    keepRunning: true,
    updateFeed: null,
    packedFeed: 'https://releases.example',
    updatesItself: true,
  });
  await api.setDesktopSettings(
    { updateFeed: 'https://own.example/feed', keepRunning: false, startAtLogin: true, keys: { newAgent: 'mod+j' } },
    'user',
  );
  expect(asked).toEqual([
    ['keep', false],
    ['login', true],
    ['keys', { newAgent: 'mod+j' }],
  ]);
  expect(JSON.parse(readFileSync(join(folder, 'desktop.json'), 'utf8'))).toMatchObject({
    updateFeed: 'https://own.example/feed',
  });
  const unsafe = api.setDesktopSettings({ updateFeed: 'http://releases.example' }, 'user');
  await expect(unsafe).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  expect((await api.setDesktopSettings({ updateFeed: null }, 'user')).updateFeed).toBeNull();
});

test('a node without a window has no such settings', async () => {
  const { api } = await handRuntime();
  await expect(api.getDesktopSettings({})).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
});
