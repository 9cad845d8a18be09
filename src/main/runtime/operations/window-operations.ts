import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { windowOperations as table, WindowPlace } from '../../../shared/operations/window-operations.ts';

/** Operations on the window for phones and other computers. */
export function windowOperations(place?: WindowPlace): Pick<RuntimeApi, keyof typeof table> {
  const known = (): WindowPlace => {
    if (place) return place;
    throw new RuntimeError('NOT_SUPPORTED', 'This runtime has no window that other devices could reach.');
  };
  return {
    getWindow: async () => known().view(),
    async setWindow(changes) {
      await known().change(changes);
      return known().view();
    },
    showDeviceCode: async ({ scope }) => known().showCode(scope),
    confirmDevice: async ({ id, name, scope }) => known().confirm(id, { name, scope }),
    async refuseDevice({ id }) {
      known().refuse(id);
      return { ok: true };
    },
    async revokeDevice({ id }) {
      known().revoke(id);
      return { ok: true };
    },
  };
}
