import { Check, Minus, ShieldQuestion } from 'lucide-react';
import type { Permission } from './tool-rules.ts';

export const permissionLooks: Record<Permission, { icon: typeof Check; text: string; look: string }> = {
  allowed: { icon: Check, text: 'allowed', look: 'text-ok' },
  asks: { icon: ShieldQuestion, text: 'asks you first', look: 'text-warn' },
  never: { icon: Minus, text: 'never', look: 'text-faint' },
};

export const permissions: readonly Permission[] = ['allowed', 'asks', 'never'];
