import { mostRedelivered, mostRun } from '../../shared/inbox-kinds.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { numberText, plural } from '../ui/format.ts';

/** What can be done about what a person is told, without what would be the same. */
export function reportChoices({ kind, choices, count }: InboxItemView): readonly string[] {
  return kind === 'missed' && count === 1 ? choices.filter((choice) => choice !== 'run_all') : choices;
}

/** What a choice does, in the words of its button. */
export function reportChoice({ about, count }: InboxItemView, choice: string): string {
  const waiting = Number(about['waiting'] ?? 0);
  switch (choice) {
    case 'redeliver':
      if (waiting > mostRedelivered) return `Deliver the oldest ${numberText(mostRedelivered)} again`;
      return waiting > 1 ? `Deliver all ${waiting} again` : 'Deliver it again';
    case 'start':
      return about['state'] === 'suspended' ? 'Let it go on' : 'Start it again';
    case 'run_now':
      return count > 1 ? 'Run once now' : 'Run it now';
    case 'run_all':
      return count > mostRun ? `Run the newest ${mostRun}` : `Run each of the ${count}`;
    case 'read':
      return 'Mark as read';
    case 'trust':
      return 'The clock is right';
    case 'skip':
      return 'Skip';
    default:
      return 'Dismiss';
  }
}

/** Told when it was done; empty where it can be seen anyway. */
export function reportDone(choice: string): string {
  const words: Record<string, string> = {
    redeliver: 'Delivered again. What fails again is back here.',
    start: 'It works again.',
    run_now: 'It runs for it now.',
    run_all: 'It runs for each of them now.',
    dismiss: 'Dismissed. It is back only if it happens again.',
    skip: 'Skipped.',
    trust: 'Schedules go on by the clock as it is.',
  };
  return words[choice] ?? '';
}

/** How much there is for a person, in a line: what is asked first. */
export function waitingWords(asked: number, told: number): string {
  const asks = `${plural(asked, 'run waits', 'runs wait')} for you`;
  const tells = plural(told, 'thing');
  if (asked === 0 && told === 0) return 'Nothing waits for you.';
  if (told === 0) return `${asks}.`;
  return asked === 0 ? `${tells} to look at.` : `${asks}, and ${tells} to look at.`;
}
