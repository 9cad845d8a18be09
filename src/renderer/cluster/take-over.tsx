import { useState } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { TakeOverView } from '../../shared/views/crossing-views.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { plural } from '../ui/format.ts';
import { act } from '../ui/use-action.ts';

interface TakeOverProps {
  agent: string;
  /** Of the node that is to go on with it: one that has a copy of its journal. */
  client: RuntimeClient;
  /** What people call that node. */
  at: string;
  onChange: () => void;
}

/** For when the node an agent lives on is not heard of: says first what may be lost. */
export function TakeOver({ agent, client, at, onChange }: TakeOverProps) {
  const [plan, setPlan] = useState<TakeOverView | null>(null);
  const ask = () => act(async () => setPlan(await client.takeOver({ name: agent })));
  const take = () =>
    act(() => client.takeOver({ name: agent, confirm: true }), { done: `${at} goes on with “${agent}”.` }).then(
      onChange,
    );
  const lost = plan && plan.ownerSeq !== null ? Math.max(0, plan.ownerSeq - plan.copySeq) : null;
  return (
    <>
      <Button look="ghost" asks="takeOver" aria-label={`Take ${agent} over on ${at}`} onClick={() => void ask()}>
        Take it over…
      </Button>
      {plan && (
        <Confirm
          title={`Take ${agent} over on ${at}?`}
          asks="takeOver"
          confirm="Take it over"
          onClose={() => setPlan(null)}
          onConfirm={() => void take()}
        >
          <p>
            {lost === null
              ? 'How much its owner wrote after the copy is not known.'
              : lost === 0
                ? 'The copy there is as new as what its owner was last known to have.'
                : `The copy there lacks ${plural(lost, 'entry', 'entries')} that its owner had.`}
          </p>
          <p>If its owner comes back, it yields; what it did alone is kept as a branch.</p>
        </Confirm>
      )}
    </>
  );
}
