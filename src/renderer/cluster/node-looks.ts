import { CircleAlert, CircleHelp, CirclePlay, CircleSlash, type LucideIcon, Moon } from 'lucide-react';
import type { ClusterNodeView, NodeState, PairingView } from '../../shared/views/cluster-views.ts';
import { numberText } from '../ui/format.ts';

interface Look {
  tone: 'ok' | 'warn' | 'bad' | 'idle';
  icon: LucideIcon;
  text: string;
}

export const nodeLooks: Record<NodeState, Look> = {
  alive: { tone: 'ok', icon: CirclePlay, text: 'Alive' },
  suspect: { tone: 'warn', icon: CircleHelp, text: 'Does not answer' },
  dead: { tone: 'bad', icon: CircleAlert, text: 'Gone' },
  asleep: { tone: 'idle', icon: Moon, text: 'Asleep' },
};

/** Beside "alive": it answers, and takes no agents in. */
export const drainedLook: Look = { tone: 'warn', icon: CircleSlash, text: 'Drained' };

/** "it may …" */
export const roleTexts: Record<PairingView['role'], string> = {
  observe: 'look',
  operate: 'look and steer',
  member: 'own agents',
  hub: 'own agents and decide who owns what',
};

export const roleNames: Record<NonNullable<ClusterNodeView['role']>, string> = {
  observe: 'may look',
  operate: 'may steer',
  member: 'member',
  hub: 'hub',
};

/** From this much on a clock is worth a warning: schedules on two nodes differ by as much. */
export const skewWorthAWordMs = 2_000;

/** "0.3 s ahead", "12 s behind", "in step". */
export function skewText(ms: number): string {
  const far = Math.abs(ms);
  if (far < 100) return 'in step';
  const text = far < 10_000 ? `${numberText(far / 1_000, 1, 1)} s` : `${Math.round(far / 1_000)} s`;
  return `${text} ${ms > 0 ? 'ahead' : 'behind'}`;
}
