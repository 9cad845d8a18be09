import { AlarmClock, FolderSearch, Hand, type LucideIcon, Mail, Radio, Webhook, Zap } from 'lucide-react';
import type { TriggerView } from '../../shared/views/views.ts';
import { cx } from '../ui/cx.ts';
import { Glyph } from '../ui/glyph.tsx';

const icons: Record<string, LucideIcon> = {
  cron: AlarmClock,
  webhook: Webhook,
  file_watch: FolderSearch,
  event: Radio,
  message: Mail,
  manual: Hand,
};
export const triggerNames: Record<string, string> = {
  cron: 'Schedule',
  webhook: 'Webhook',
  file_watch: 'File watch',
  event: 'Event',
  message: 'Message',
  manual: 'By hand',
};

export const triggerIcon = (type: string): LucideIcon => icons[type] ?? Zap;

/** What wakes an agent, as a row of icons; each names itself. */
export function TriggerIcons({ triggers }: { triggers: readonly TriggerView[] }) {
  if (triggers.length === 0) return <span className="whitespace-nowrap text-faint text-xs">by hand</span>;
  return (
    <span className="flex items-center gap-1.5">
      {triggers.slice(0, 5).map((trigger, index) => {
        const text = `${triggerNames[trigger.type] ?? trigger.type}: ${trigger.summary}${trigger.enabled ? '' : ' (off)'}`;
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: it holds nothing, and a list shows another agent in it next
            key={index}
            role="img"
            aria-label={text}
            title={text}
            className={cx('text-dim', !trigger.enabled && 'opacity-40')}
          >
            <Glyph of={triggerIcon(trigger.type)} />
          </span>
        );
      })}
      {triggers.length > 5 && <span className="text-faint text-xs">+{triggers.length - 5}</span>}
    </span>
  );
}
