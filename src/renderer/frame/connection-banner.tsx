import { Unplug } from 'lucide-react';
import { useRuntimeShallow } from '../stores/use-runtime.ts';
import { Ago } from '../ui/time.tsx';

/** Says that what is shown is no longer known to be so. */
export function ConnectionBanner() {
  const { state, since } = useRuntimeShallow(({ connection }) => connection);
  if (state !== 'lost') return null;
  return (
    <div
      role="alert"
      className="flex items-center justify-center gap-2 bg-bad-soft px-4 py-1.5 text-[0.8125rem] text-bad"
    >
      <Unplug aria-hidden className="size-4 shrink-0" />
      <span>
        The node does not answer since <Ago at={since} />. This shows what was known then; it connects again by itself.
      </span>
    </div>
  );
}
