import { Check, Circle, ListTodo, X } from 'lucide-react';
import { useMay } from '../stores/access.tsx';
import { useProcesses } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { IconButton } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';

/** A few things worth trying next; each ticks itself off, and the list goes when all are done or it is closed. */
export function NextSteps() {
  const may = useMay();
  const processes = useProcesses();
  const dismissed = useWorkspace((state) => state.dismissed.includes('next-steps'));
  const all = useWorkspace((state) => state.dismissed);
  const arrange = useWorkspace((state) => state.arrange);
  const steps = [
    { text: 'Run an agent', href: '#/agents', done: processes.some(({ counts }) => counts.runs > 0) },
    { text: 'Let one wake by itself', href: '#/agents', done: processes.some(({ triggers }) => triggers.length > 0) },
    {
      text: 'Let one listen to another',
      href: '#/map',
      done: processes.some(({ triggers }) => triggers.some(({ type }) => type === 'event' || type === 'message')),
    },
    { text: 'Give one a model', href: '#/new', done: processes.some(({ model }) => model !== 'script') },
  ];
  if (dismissed || !may('createProcess') || steps.every(({ done }) => done)) return null;
  return (
    <Panel
      title="Next"
      icon={ListTodo}
      aside={
        <IconButton
          icon={X}
          label="Do not show this list"
          onClick={() => arrange({ dismissed: [...all, 'next-steps'] })}
        />
      }
    >
      <ul className="flex flex-col gap-1">
        {steps.map(({ text, href, done }) => (
          <li key={text} className="flex items-center gap-2 text-[0.8125rem]">
            {done ? (
              <Check aria-hidden className="size-4 text-ok" />
            ) : (
              <Circle aria-hidden className="size-4 text-faint" />
            )}
            {done ? (
              <span className="text-dim line-through">
                {text}
                <span className="sr-only"> (done)</span>
              </span>
            ) : (
              <a className="hover:link" href={href}>
                {text}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
