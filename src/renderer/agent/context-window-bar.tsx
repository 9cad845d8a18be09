import { useRead } from '../stores/use-runtime.ts';
import { numberText, plural } from '../ui/format.ts';

const colours = ['bg-accent', 'bg-busy', 'bg-ok', 'bg-warn', 'bg-edge', 'bg-bad', 'bg-dim'];

/** What fills the context window of the model when the agent is woken, part by part. */
export function ContextWindowBar({ name }: { name: string }) {
  const read = useRead(`window:${name}`, [`conversation:${name}`, `context:${name}`, `process:${name}`], (client) =>
    client.contextWindow({ name }),
  );
  if (!read.value || read.value.tokens === 0) return null;
  const { parts, tokens } = read.value;
  const shown = parts.filter((part) => part.tokens > 0);
  return (
    <section aria-label="What the model sees" className="mb-4 rounded-xl border bg-surface p-3.5 shadow-raised">
      <h2 className="mb-2 flex justify-between text-[0.8125rem]">
        <span className="font-semibold">What the model sees when it is woken</span>
        <span className="text-dim">about {plural(tokens, 'token')}</span>
      </h2>
      <div aria-hidden className="flex h-3 gap-px overflow-hidden rounded-full bg-sunken">
        {shown.map(({ part, tokens: own }, index) => (
          <span
            key={part}
            className={colours[index % colours.length]}
            style={{ width: `${(own / tokens) * 100}%` }}
            title={`${part}: ${own} tokens`}
          />
        ))}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {shown.map(({ part, tokens: own, count }, index) => (
          <li key={part} className="inline-flex items-center gap-1.5 text-dim">
            <span aria-hidden className={`size-2.5 rounded-xs ${colours[index % colours.length]}`} />
            {part.replaceAll('_', ' ')} {numberText(own)}
            {count > 1 && <span className="text-faint">in {count}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
