import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { NetworkPlace } from '../../../shared/operations/network-operations.ts';

/** Operations on where a node listens. */
export function networkOperations(place?: NetworkPlace): Pick<RuntimeApi, 'getNetwork' | 'setNetwork'> {
  const known = (): NetworkPlace => {
    if (place) return place;
    throw new RuntimeError('NOT_SUPPORTED', 'This runtime serves no API of its own, so there is nowhere it listens.');
  };
  return {
    getNetwork: async () => known().view(),
    async setNetwork(changes) {
      known().change(changes);
      return known().view();
    },
  };
}
