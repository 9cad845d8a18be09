import { ChevronRight } from 'lucide-react';
import type { JsonObject } from '../../shared/json.ts';
import { cx } from '../ui/cx.ts';
import type { Picture, PicturePart } from './agent-picture.ts';
import { triggerNotes, triggerWords } from './trigger-words.ts';

interface PartListProps {
  picture: Picture;
  selected: string | null;
  onSelect: (part: string) => void;
  problemsOf: (part: PicturePart) => number;
}

const groups: { title: string; kinds: PicturePart['kind'][] }[] = [
  { title: 'Wakes it', kinds: ['trigger'] },
  { title: 'Waits in', kinds: ['queue'] },
  { title: 'Is', kinds: ['agent', 'tools', 'state'] },
  { title: 'Tells others', kinds: ['emitted'] },
];

/** The drawing as a list: the same parts and the same forms, for keyboards, screen readers and narrow windows. */
export function PartList({ picture, selected, onSelect, problemsOf }: PartListProps) {
  return (
    <nav aria-label="Parts of the agent" className="min-h-0 flex-1 overflow-y-auto px-6 pb-6 narrow:px-4">
      {groups.map(({ title, kinds }) => {
        const parts = picture.parts.filter(({ kind }) => kinds.includes(kind)).sort((a, b) => a.y - b.y);
        return (
          <section key={title} aria-label={title} className="mb-4">
            <h2 className="mb-1.5 font-semibold text-[0.8125rem]">{title}</h2>
            {parts.length === 0 && <p className="text-dim text-[0.8125rem]">Nothing.</p>}
            <ul className="overflow-hidden rounded-xl border bg-surface">
              {parts.map((part) => (
                <li key={part.id} className="border-line/60 not-first:border-t">
                  <button
                    type="button"
                    aria-pressed={selected === part.id}
                    onClick={() => onSelect(part.id)}
                    className={cx(
                      'flex min-h-11 w-full items-center gap-3 px-3.5 py-1.5 text-left hover:bg-hover/60',
                      selected === part.id && 'bg-accent-soft',
                    )}
                  >
                    <span className="min-w-0 flex-1">
                      <span className="block truncate font-medium text-[0.8125rem]">{titleOf(part)}</span>
                      <span className="block truncate text-dim text-xs">{textOf(part)}</span>
                    </span>
                    {problemsOf(part) > 0 && (
                      <span className="font-medium text-bad text-xs">{problemsOf(part)} to correct</span>
                    )}
                    <ChevronRight aria-hidden className="size-4 shrink-0 text-faint" />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}

function titleOf({ kind, content }: PicturePart): string {
  if (kind === 'trigger') return triggerWords(content);
  if (kind === 'emitted') return String(content['name']);
  if (kind === 'agent') return String(content['name']) || 'unnamed';
  return { queue: 'Queue', tools: 'Tools', state: 'Context and files' }[kind as 'queue' | 'tools' | 'state'];
}

function textOf({ kind, content }: PicturePart): string {
  if (kind === 'trigger') return [String(content['type']).replace('_', ' '), ...triggerNotes(content)].join(' · ');
  if (kind === 'agent') return content['model'] === 'script' ? 'a script, no model' : String(content['model']);
  if (kind === 'queue')
    return Number(content['concurrency']) === 1
      ? 'one at a time, in order'
      : `${String(content['concurrency'])} at the same time`;
  if (kind === 'emitted') return content['kind'] === 'message' ? 'message' : 'event';
  return Object.keys((content['tools'] ?? content['context'] ?? {}) as JsonObject).join(', ') || 'as by default';
}
