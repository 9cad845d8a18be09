import { Braces } from 'lucide-react';
import { hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { brief } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { inOrder } from './key-order.ts';

/** The first few values of the context. */
export function ContextPeek({ name }: { name: string }) {
  const context = useRead(`context:${name}`, [`context:${name}`], (client) => client.getContext({ name }));
  const values = inOrder(context.value?.items ?? []);
  if (values.length === 0) return null;
  return (
    <Panel
      title="What it keeps"
      icon={Braces}
      aside={
        <a className="link text-xs" href={hrefs.agent(name, 'context')}>
          Context
        </a>
      }
    >
      <dl className="grid grid-cols-[minmax(5rem,auto)_1fr] gap-x-4 gap-y-1 text-[0.8125rem]">
        {values.slice(0, 8).map(({ key, value }) => (
          <div key={key} className="contents">
            <dt className="truncate text-dim">{key}</dt>
            <dd className="truncate font-mono text-xs leading-5">{brief(value)}</dd>
          </div>
        ))}
      </dl>
      {values.length > 8 && <p className="mt-1 text-faint text-xs">and {values.length - 8} more</p>}
    </Panel>
  );
}
