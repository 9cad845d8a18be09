import { type OperationName, operations, type Scope } from './api.ts';

const ranks: Record<Scope, number> = { read: 0, operate: 1, admin: 2 };

/** Whether what has one scope may do what needs another. */
export function covers(scope: Scope, needed: Scope): boolean {
  return ranks[scope] >= ranks[needed];
}

/**
 * Whether a paired device may ask for an operation. What deletes stays at the computer itself, also where less than
 * `admin` would do.
 */
export function mayDevice(scope: Scope, name: OperationName): boolean {
  const { scope: needed, route } = operations[name];
  return covers(scope, needed) && needed !== 'admin' && !route.startsWith('DELETE ');
}

/** Why a device may not, in a sentence for the person who holds it. */
export function whyNot(scope: Scope, name: OperationName): string {
  const { scope: needed, route } = operations[name];
  if (scope === 'read' && needed === 'operate' && !route.startsWith('DELETE ')) return 'This device may only look.';
  return route.startsWith('DELETE ')
    ? 'Deleting stays at the computer itself.'
    : 'What agents are, and the node itself, is changed at the computer itself.';
}
