import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { DesktopChanges, DesktopView } from '../../../shared/operations/desktop-operations.ts';

/** The desktop app around a node, where there is one. */
export interface DesktopPlace {
  view(): DesktopView;
  /** @throws RuntimeError `REQUEST_INVALID` for a feed that somebody on the way could change. */
  change(changes: DesktopChanges): void;
}

export function desktopOperations(place?: DesktopPlace): Pick<RuntimeApi, 'getDesktopSettings' | 'setDesktopSettings'> {
  const known = (): DesktopPlace => {
    if (place) return place;
    throw new RuntimeError('NOT_SUPPORTED', 'This node runs without the desktop app, which alone has such settings.');
  };
  return {
    getDesktopSettings: async () => known().view(),
    async setDesktopSettings(changes) {
      known().change(changes);
      return known().view();
    },
  };
}
