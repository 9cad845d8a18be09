import { ChevronRight, Copy } from 'lucide-react';
import { useState } from 'react';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { IconButton } from './button.tsx';
import { copyText } from './copy-text.ts';
import { cx } from './cx.ts';
import { brief } from './format.ts';

/** How many members are drawn at once; more on demand, so that large answers do not freeze the window. */
const membersAtOnce = 100;
const longText = 400;

/** A value a person can read: text as text, objects as an outline that opens. */
export function JsonView({ value, label }: { value: Json; label: string }) {
  const copied = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <div className="group relative rounded-lg bg-sunken px-3 py-2">
      <div className="absolute top-1 right-1 opacity-0 focus-within:opacity-100 group-hover:opacity-100">
        <IconButton icon={Copy} label={`Copy ${label}`} onClick={() => void copyText(copied, label)} />
      </div>
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys
        tabIndex={0}
        className="max-h-96 overflow-auto pr-7 font-mono text-xs leading-5"
      >
        <Node value={value} depth={0} />
      </section>
    </div>
  );
}

function Node({ value, depth }: { value: Json; depth: number }) {
  if (typeof value === 'string') return <Text text={value} quoted={depth > 0} />;
  if (!isJsonObject(value) && !Array.isArray(value)) return <span className="text-busy">{String(value)}</span>;
  const members = Object.entries(value);
  if (members.length === 0) return <span className="text-faint">{Array.isArray(value) ? '[ ]' : '{ }'}</span>;
  return <Members members={members} depth={depth} />;
}

function Members({ members, depth }: { members: [string, Json][]; depth: number }) {
  const [shown, setShown] = useState(membersAtOnce);
  return (
    <ul className={cx(depth > 0 && 'border-l pl-3')}>
      {members.slice(0, shown).map(([key, value]) => (
        <Member key={key} name={key} value={value} depth={depth} />
      ))}
      {members.length > shown && (
        <li>
          <button type="button" className="link" onClick={() => setShown(shown + membersAtOnce * 5)}>
            {members.length - shown} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Member({ name, value, depth }: { name: string; value: Json; depth: number }) {
  const nested = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  const [open, setOpen] = useState(depth < 2 && brief(value, 2_000).length < 2_000);
  if (!nested) {
    return (
      <li className="break-words">
        <span className="text-dim">{name}:</span> <Node value={value} depth={depth + 1} />
      </li>
    );
  }
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="-ml-4 inline-flex items-center text-left"
      >
        <ChevronRight aria-hidden className={cx('size-4 text-faint transition-transform', open && 'rotate-90')} />
        <span className="text-dim">{name}:</span>
        {!open && <span className="ml-1.5 text-faint">{brief(value, 60)}</span>}
      </button>
      {open && <Node value={value} depth={depth + 1} />}
    </li>
  );
}

function Text({ text, quoted }: { text: string; quoted: boolean }) {
  const [whole, setWhole] = useState(text.length <= longText);
  return (
    <span className={cx('whitespace-pre-wrap break-words', quoted ? 'text-ok' : 'font-sans text-[0.8125rem] text-ink')}>
      {whole ? text : text.slice(0, longText)}
      {!whole && (
        <button type="button" className="ml-1 link" onClick={() => setWhole(true)}>
          … {text.length - longText} more characters
        </button>
      )}
    </span>
  );
}
