import { RuntimeError } from '../../shared/errors.ts';
import type { DesktopPlace } from '../../shared/operations/desktop-operations.ts';
import type { DesktopCommands } from './commands.ts';
import type { SettingsStore } from './settings.ts';
import { isSafeFeed } from './updates.ts';

/** What the app remembers for a person, as its window reads and changes it through the node. */
export function desktopPlace(
  settings: SettingsStore,
  packedFeed: string | null,
  commands: Pick<DesktopCommands, 'setKeepRunning' | 'setStartAtLogin' | 'setKeys'>,
): DesktopPlace {
  return {
    view() {
      const { keepRunning, startAtLogin, keys, askBeforeQuit, updateFeed } = settings.get();
      const updatesItself = packedFeed !== null;
      return { keepRunning, startAtLogin, keys, askBeforeQuit, updateFeed, packedFeed, updatesItself };
    },
    change({ keepRunning, startAtLogin, keys, askBeforeQuit, updateFeed }) {
      if (updateFeed && !isSafeFeed(updateFeed))
        throw new RuntimeError(
          'REQUEST_INVALID',
          `${updateFeed} is no address of updates: give an https address, so that nobody on the way can change them.`,
          { field: 'updateFeed' },
        );
      if (keepRunning !== undefined) commands.setKeepRunning(keepRunning);
      if (startAtLogin !== undefined) commands.setStartAtLogin(startAtLogin);
      if (keys !== undefined) commands.setKeys(keys);
      if (askBeforeQuit !== undefined) settings.set({ askBeforeQuit });
      if (updateFeed !== undefined) settings.set({ updateFeed });
    },
  };
}
