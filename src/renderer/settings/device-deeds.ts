import type { DeviceScope } from '../../shared/operations/window-operations.ts';

/** What a device may, after “it may”. */
export const deviceDeeds: Record<DeviceScope, string> = {
  read: 'look',
  operate: 'look, answer and run agents',
};
