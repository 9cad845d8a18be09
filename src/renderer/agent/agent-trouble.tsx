import { Play, TriangleAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { errorCodes, isErrorCode } from '../../shared/errors.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import { useCluster, withNames } from '../cluster/use-cluster.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { withShortRuns } from '../ui/who.ts';

/** A journal that lost what had been written is gone on with only after a person said so. */
const lossCodes = new Set(['JOURNAL_ROLLBACK', 'JOURNAL_CORRUPT']);

interface TroubleProps {
  view: ProcessView;
  /** Something in the inbox, shown beside this, offers to start it again. */
  isAskedAbout: boolean;
}

/** What keeps an agent from its work, and what a person can do about it. */
export function AgentTrouble({ view, isAskedAbout }: TroubleProps) {
  if (view.halted?.code === 'LEASE_LOST') return <NotOwned halted={view.halted} />;
  if (view.halted) return <Halted name={view.name} halted={view.halted} />;
  if (view.state !== 'failed' || isAskedAbout) return null;
  return <Failed view={view} />;
}

function Halted({ name, halted }: { name: string; halted: NonNullable<ProcessView['halted']> }) {
  const client = useClient();
  const [asking, setAsking] = useState(false);
  const lost = lossCodes.has(halted.code);
  const hint = isErrorCode(halted.code) ? errorCodes[halted.code].hint : '';
  return (
    <Note
      title={
        <>
          It works on nothing since <Ago at={halted.since} />.
        </>
      }
      text={`${halted.message} ${lost ? hint : `${hint} What arrives is refused until then.`}`}
    >
      {lost && (
        <Button look="danger" asks="acceptLoss" onClick={() => setAsking(true)}>
          Accept the loss…
        </Button>
      )}
      <LinkButton href="#/settings/health">Health check</LinkButton>
      {asking && (
        <Confirm
          title={`Go on with what is left of ${name}?`}
          asks="acceptLoss"
          confirm="Accept the loss"
          onClose={() => setAsking(false)}
          onConfirm={() =>
            void act(() => client.acceptLoss({ name }), { done: `“${name}” goes on with what its journal holds.` })
          }
        >
          Its journal is not the one that was written. What is missing stays missing; a backup could bring it back.
        </Confirm>
      )}
    </Note>
  );
}

/** It is here, and another node of the cluster may work on it, or nobody says whose it is. */
function NotOwned({ halted: { message, since } }: { halted: NonNullable<ProcessView['halted']> }) {
  const cluster = useCluster().value;
  return (
    <Note
      title={
        <>
          It works on nothing here since <Ago at={since} />.
        </>
      }
      text={`${cluster ? withNames(cluster, message) : message} What arrives is kept until then.`}
    >
      <LinkButton href="#/cluster">Who owns what</LinkButton>
    </Note>
  );
}

function Failed({ view: { name, stateReason, stateSince } }: { view: ProcessView }) {
  const client = useClient();
  return (
    <Note
      title={
        <>
          It failed <Ago at={stateSince} /> and works on nothing until it is started.
        </>
      }
      text={withShortRuns(stateReason)}
    >
      <Button icon={Play} asks="startProcess" onClick={() => void act(() => client.startProcess({ name }))}>
        Start it again
      </Button>
    </Note>
  );
}

function Note({ title, text, children }: { title: ReactNode; text: string; children: ReactNode }) {
  return (
    <div role="alert" className="flex flex-wrap items-start gap-3 rounded-xl bg-bad-soft p-4">
      <TriangleAlert aria-hidden className="size-5 shrink-0 text-bad" />
      <div className="min-w-56 flex-1">
        <p className="font-medium text-bad">{title}</p>
        <p className="mt-0.5 break-words text-dim">{text}</p>
      </div>
      <div className="flex flex-wrap gap-2">{children}</div>
    </div>
  );
}
