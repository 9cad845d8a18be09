import { Play, Unplug } from 'lucide-react';
import { errorCodes, isErrorCode } from '../../shared/errors.ts';
import { Allowed } from '../stores/access.tsx';
import { useClient, useRuntime, useRuntimeShallow } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';

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

/** What keeps the node from its work, whoever looks: a full disk, or crashes one after the other. */
export function NodeBanner() {
  const outage = useRuntime((state) => state.node?.outage ?? null);
  const safeReason = useRuntime((state) => state.node?.safeReason ?? null);
  const clock = useRuntime((state) => state.node?.clock ?? null);
  const client = useClient();
  if (outage) {
    return (
      <div role="alert" className="bg-bad-soft px-4 py-1.5 text-center text-[0.8125rem] text-bad">
        Nothing can be written down since <Ago at={outage.since} />: {outage.message}{' '}
        {isErrorCode(outage.code) && errorCodes[outage.code].hint} Work goes on by itself once it can.{' '}
        <a className="link" href="#/settings/health">
          Health check
        </a>
      </div>
    );
  }
  if (clock && safeReason === null) return <ClockBanner reason={clock.reason} />;
  if (safeReason === null) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-center gap-3 bg-warn-soft px-4 py-1.5 text-[0.8125rem]"
    >
      <span className="max-w-3xl">{safeReason}</span>
      <Allowed asks="leaveSafeMode" quiet>
        {' '}
        <Button
          icon={Play}
          onClick={() => void act(() => client.leaveSafeMode({}), { done: 'Agents go on where they were.' })}
        >
          Let agents go on
        </Button>
      </Allowed>
    </div>
  );
}

/** The clock is evidently wrong, or a person says that it is not. */
function ClockBanner({ reason }: { reason: string }) {
  const client = useClient();
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-center gap-3 bg-warn-soft px-4 py-1.5 text-[0.8125rem]"
    >
      {reason} Schedules stand still until it is right again.
      <Allowed asks="trustClock" quiet>
        {' '}
        <Button
          icon={Play}
          onClick={() => void act(() => client.trustClock({}), { done: 'Schedules go on by the clock as it is.' })}
        >
          The clock is right
        </Button>
      </Allowed>
    </div>
  );
}
