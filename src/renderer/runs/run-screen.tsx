import { ChevronLeft, CircleX, RotateCcw, SearchX } from 'lucide-react';
import type { RunView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { InboxCard } from '../inbox/inbox-card.tsx';
import { useClient, useRead, useRuntimeShallow } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { money, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Ago, Lasted } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { redeliver } from './redeliver.ts';
import { KeptNote, RunBody } from './run-body.tsx';
import { RunChip } from './run-chip.tsx';
import { RunMenu } from './run-menu.tsx';

/** One run, step by step, live for as long as it goes on. */
export function RunScreen({ id }: { id: string }) {
  const read = useRead(`run:${id}`, [`run:${id}`], (client) => client.getRun({ id }));
  const run = read.value;
  if (run) return <Run run={run} />;
  return (
    <Screen title="Run">
      {!read.error && <Loading rows={8} />}
      {read.error?.code === 'RUN_NOT_FOUND' && (
        <Empty icon={SearchX} title="There is no such run.">
          Its journal may have been trimmed.
        </Empty>
      )}
      {read.error && read.error.code !== 'RUN_NOT_FOUND' && <ErrorNote error={read.error} retry={read.reload} />}
    </Screen>
  );
}

function Run({ run }: { run: RunView }) {
  const event = useRead(`event:${run.eventId}`, [`run:${run.id}`], (client) =>
    client.getTriggerEvent({ id: run.eventId }),
  ).value;
  const items = useRuntimeShallow((state) => state.inbox.filter((item) => item.run === run.id));
  return (
    <Screen
      title={`Run of ${run.process}`}
      fixed
      subtitle={
        <>
          Woken {run.trigger === 'manual' ? 'by hand' : `by ${run.trigger}`} <Ago at={run.startedAt} />,{' '}
          <Spent run={run} />
        </>
      }
      lead={<BackToRuns process={run.process} />}
      actions={
        <>
          <RunChip run={run} />
          <RunButtons run={run} />
        </>
      }
    >
      <KeptNote run={run} />
      {items.length > 0 && (
        <div className="max-h-[45%] shrink-0 overflow-y-auto px-6 pb-3 narrow:px-4">
          {items.map((item) => (
            <InboxCard key={item.id} id={item.id} />
          ))}
        </div>
      )}
      <RunBody run={run} event={event} />
    </Screen>
  );
}

function Spent({ run }: { run: RunView }) {
  const { modelCalls, toolCalls, inputTokens, outputTokens, costUsd } = run.usage;
  const parts = [plural(run.stepCount, 'step')];
  if (modelCalls > 0) parts.push(plural(modelCalls, 'model call'));
  if (toolCalls > 0) parts.push(plural(toolCalls, 'tool call'));
  if (inputTokens + outputTokens > 0) parts.push(plural(inputTokens + outputTokens, 'token'), money(costUsd));
  return (
    <>
      <Lasted from={run.startedAt} to={run.endedAt} />, {parts.join(', ')}
    </>
  );
}

function RunButtons({ run }: { run: RunView }) {
  const client = useClient();
  const ended = run.endedAt !== null;
  const cancel = () =>
    void act(() => client.cancelRun({ id: run.id, reason: 'cancelled in the window' }), {
      done: 'The run stops at its step.',
    });
  const again = () => void redeliver(client, run);
  useShortcuts({ redeliver: () => (ended ? again() : false) });
  return (
    <>
      {ended ? (
        <Button icon={RotateCcw} asks="redeliver" onClick={again}>
          Redeliver
        </Button>
      ) : (
        <Button icon={CircleX} look="danger" asks="cancelRun" onClick={cancel}>
          Cancel
        </Button>
      )}
      <RunMenu run={run} />
    </>
  );
}

function BackToRuns({ process }: { process: string }) {
  const text = `Runs of ${process}`;
  return (
    <a
      href={hrefs.agent(process, 'runs')}
      aria-label={text}
      title={text}
      className="-ml-2 inline-flex size-8 items-center justify-center rounded-md text-dim hover:bg-hover"
    >
      <ChevronLeft aria-hidden className="size-5" />
    </a>
  );
}
