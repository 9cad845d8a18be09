import { EventEmitter } from 'node:events';
import type { World } from './world.ts';

/** Electron's default session; other partitions are the same one here. */
export function sessionOf(world: World) {
  const { permissions, schemes } = world;
  const noted = (what: string) => world.noting(`session.${what}`, () => {});
  const defaultSession = Object.assign(new EventEmitter(), {
    protocol: schemes,
    setPermissionRequestHandler: permissions.setPermissionRequestHandler.bind(permissions),
    setPermissionCheckHandler: permissions.setPermissionCheckHandler.bind(permissions),
    setDevicePermissionHandler: noted('setDevicePermissionHandler'),
    setDisplayMediaRequestHandler: noted('setDisplayMediaRequestHandler'),
    setSpellCheckerEnabled: noted('setSpellCheckerEnabled'),
    setUserAgent: noted('setUserAgent'),
    flushStorageData: noted('flushStorageData'),
  });
  return { defaultSession, fromPartition: () => defaultSession };
}
