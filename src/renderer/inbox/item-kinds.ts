import {
  CalendarX2,
  CircleHelp,
  CircleX,
  ClockAlert,
  FileWarning,
  HandCoins,
  LogIn,
  type LucideIcon,
  MessageCircleQuestion,
  Newspaper,
  ShieldQuestion,
  Undo2,
} from 'lucide-react';
import { ReportKind } from '../../shared/entries/people-entries.ts';
import type { InboxItemView } from '../../shared/views/views.ts';

type Kind = InboxItemView['kind'];

export const itemKinds: Record<Kind, string> = {
  question: 'Question',
  in_doubt: 'In doubt',
  approval: 'Approval',
  top_up: 'Out of budget',
  reverted: 'Taken back',
  sign_in: 'Sign in',
  failure: 'Failure',
  missed: 'Missed',
  finished: 'Result',
  clock: 'Clock',
  halted: 'Halted',
};

const icons: Record<Kind, LucideIcon> = {
  question: MessageCircleQuestion,
  in_doubt: CircleHelp,
  approval: ShieldQuestion,
  top_up: HandCoins,
  reverted: Undo2,
  sign_in: LogIn,
  failure: CircleX,
  missed: CalendarX2,
  finished: Newspaper,
  clock: ClockAlert,
  halted: FileWarning,
};

const reports: ReadonlySet<string> = new Set(ReportKind.options);

/** Whether a person is told something, and nobody waits for them. */
export const isReport = ({ kind }: { kind: Kind }): boolean => reports.has(kind);

/** The colour of a kind, where it has one of its own. */
export function itemLook(kind: Kind): { ink: string; soft: string; edge: string } {
  if (kind === 'failure' || kind === 'halted') return { ink: 'text-bad', soft: 'bg-bad-soft', edge: 'border-bad/40' };
  if (kind === 'finished') return { ink: 'text-accent-text', soft: 'bg-accent-soft', edge: 'border-accent/40' };
  return { ink: 'text-warn', soft: 'bg-warn-soft', edge: 'border-warn/40' };
}

export const itemIcon = (kind: Kind): LucideIcon => icons[kind];

/** `it_happened` → "It happened". */
export function choiceText(choice: string): string {
  const words = choice.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
