import { EventEmitter } from 'node:events';

/** Electron's powerMonitor. A test puts the machine to sleep by `emit('suspend')`. */
export function powerMonitorOf() {
  return Object.assign(new EventEmitter(), {
    getSystemIdleTime: () => 0,
    isOnBatteryPower: () => false,
    onBatteryPower: false,
  });
}

/** Electron's screen: one display of 1920 × 1080 with a bar of 40 at its bottom. */
export function screenOf() {
  const bounds = { x: 0, y: 0, width: 1920, height: 1080 };
  const workArea = { ...bounds, height: 1040 };
  const display = { id: 1, bounds, workArea, workAreaSize: { width: 1920, height: 1040 }, scaleFactor: 1 };
  return Object.assign(new EventEmitter(), {
    getPrimaryDisplay: () => display,
    getAllDisplays: () => [display],
    getDisplayMatching: () => display,
  });
}

/** Electron's nativeTheme; it tells of a change when the source is set, as Electron does. */
export function nativeThemeOf() {
  let source = 'system';
  const theme = new EventEmitter();
  return Object.defineProperties(theme, {
    themeSource: {
      get: () => source,
      set: (wanted: string) => {
        source = wanted;
        theme.emit('updated');
      },
    },
    shouldUseDarkColors: { get: () => source === 'dark' },
  }) as EventEmitter & { themeSource: string; readonly shouldUseDarkColors: boolean };
}
