import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { DesktopPlace } from '../../../shared/operations/desktop-operations.ts';

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
