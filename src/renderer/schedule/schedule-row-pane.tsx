import { CalendarClock, ListTree, Trash2, X, Zap } from 'lucide-react';
import { useState } from 'react';
import type { ScheduleRow } from '../../shared/views/views.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button, IconButton, LinkButton } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { lasting, plural } from '../ui/format.ts';
import { At } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { rowMark } from './calendar-marks.ts';
import { isHole, outcomeLooks } from './lane-rows.ts';
import { MoveDialog } from './once-dialog.tsx';
import { fixedWords } from './use-carry.ts';

/** One planned time: what became of it, and why. What did not happen can be run after all. */
export function ScheduleRowPane({ row, onClose }: { row: ScheduleRow; onClose: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const { process, trigger, instant, first, count, outcome, reason, runId, startedAt, latenessMs, eventId, movable } =
    row;
  const [moving, setMoving] = useState(false);
  const isToCome = outcome === 'planned' || outcome === 'due' || outcome === 'paused' || outcome === 'waiting';
  const takeBack = async () => {
    const id = eventId ?? '';
    const { payload } = await client.getTriggerEvent({ id });
    const done = await act(() => client.cancel({ id, reason: 'taken back' }), {
      done: `“${process}” will not run then.`,
      undo: () => client.wakeProcess({ name: process, payload, at: instant }),
    });
    if (done) onClose();
  };
  useShortcuts({ back: onClose });
  const run = async () => {
    let eventId = '';
    const payload = { planned_for: new Date(instant).toISOString() };
    const done = await act(
      async () => {
        eventId = (await client.wakeProcess({ name: process, trigger, payload })).eventId;
      },
      { done: `“${process}” runs for it now.` },
    );
    if (done && eventId) navigate(`${hrefs.agent(process, 'runs')}?event=${eventId}`);
  };
  return (
    <section
      aria-label="The planned time"
      className="rising flex shrink-0 flex-wrap items-start gap-x-8 gap-y-3 border-t bg-raised px-6 py-3 shadow-float narrow:px-4"
    >
      <div className="min-w-64 flex-1">
        <h2 className="mb-1.5 flex items-center gap-2 font-semibold">
          <span aria-hidden className={`h-4 w-2 rounded-xs ${outcomeLooks[outcome].look}`} />
          <span className="first-letter:uppercase">
            {process}, {outcomeLooks[outcome].text}
          </span>
        </h2>
        <DetailList
          rows={[
            ['Why', reason],
            [
              'Planned for',
              count > 1 ? (
                <span key="at">
                  <At at={first} /> to <At at={instant} />, {plural(count, 'time')}
                </span>
              ) : (
                <At key="at" at={instant} />
              ),
            ],
            ['Moving', isToCome && !movable && fixedWords(rowMark(row))],
            ['Began', startedAt !== null && <At key="began" at={startedAt} />],
            ['Late by', latenessMs !== null && latenessMs > 0 && lasting(latenessMs)],
            [
              'Trigger',
              <a key="trigger" className="link" href={hrefs.agent(process, 'triggers')}>
                {trigger}
              </a>,
            ],
          ]}
        />
      </div>
      <div className="flex items-center gap-2">
        {runId && (
          <LinkButton icon={ListTree} href={hrefs.run(process, runId)}>
            Its run
          </LinkButton>
        )}
        {movable && eventId !== null && (
          <>
            <Button icon={CalendarClock} asks="moveTriggerEvent" onClick={() => setMoving(true)}>
              Move…
            </Button>
            <Button icon={Trash2} asks="cancel" disabled={busy} onClick={() => void takeBack()}>
              Take back
            </Button>
            {moving && <MoveDialog id={eventId} title={process} at={instant} onClose={() => setMoving(false)} />}
          </>
        )}
        {(isHole(row) || outcome === 'dead') && (
          <Button icon={Zap} look="solid" asks="wakeProcess" disabled={busy} onClick={() => void run()}>
            Run it now
          </Button>
        )}
        <IconButton icon={X} label="Close" keys="back" onClick={onClose} />
      </div>
    </section>
  );
}
