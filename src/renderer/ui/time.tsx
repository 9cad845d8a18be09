import { memo, type ReactNode } from 'react';
import { clockTime, countdown, fullTime, lasting, relative } from './format.ts';
import { useNow } from './use-now.ts';

interface TimeProps {
  at: number;
  className?: string | undefined;
}

/** A time with its full date for whoever points at it; that is only written when somebody does. */
const Time = ({ at, className, children }: TimeProps & { children: ReactNode }) => (
  <time
    onPointerEnter={(event) => {
      event.currentTarget.title = fullTime(at);
    }}
    className={className}
  >
    {children}
  </time>
);

/** "3 min ago" or "in 2 h". */
export const Ago = memo(function Ago({ at, className }: TimeProps) {
  const now = useNow();
  return (
    <Time at={at} className={className}>
      {relative(at, Math.max(now, Date.now()))}
    </Time>
  );
});

export const At = memo(function At({ at, className }: TimeProps) {
  return (
    <Time at={at} className={className}>
      {clockTime(at, Date.now())}
    </Time>
  );
});

export const Until = memo(function Until({ at, className }: TimeProps) {
  const now = useNow();
  return (
    <Time at={at} className={className}>
      {at <= now ? 'now' : countdown(at - now)}
    </Time>
  );
});

interface LastedProps {
  from: number;
  to: number | null;
  className?: string | undefined;
}

/** How long something took, or takes until it ends. */
export const Lasted = memo(function Lasted({ from, to, className }: LastedProps) {
  return to === null ? (
    <Running from={from} className={className} />
  ) : (
    <span className={className}>{lasting(to - from)}</span>
  );
});

function Running({ from, className }: { from: number; className?: string | undefined }) {
  const now = useNow();
  return <span className={className}>{lasting(Math.max(0, now - from))}</span>;
}
