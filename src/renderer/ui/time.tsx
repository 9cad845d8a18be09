import { clockTime, countdown, fullTime, lasting, relative } from './format.ts';
import { useNow } from './use-now.ts';

/** "3 min ago" or "in 2 h", with the full time for whoever points at it. */
export function Ago({ at, className }: { at: number; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)} className={className}>
      {relative(at, Math.max(now, Date.now()))}
    </time>
  );
}

export function At({ at, className }: { at: number; className?: string }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)} className={className}>
      {clockTime(at, Date.now())}
    </time>
  );
}

export function Until({ at, className }: { at: number; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)} className={className}>
      {at <= now ? 'now' : countdown(at - now)}
    </time>
  );
}

/** How long something took, or takes until it ends. */
export function Lasted({ from, to, className }: { from: number; to: number | null; className?: string }) {
  return to === null ? (
    <Running from={from} className={className} />
  ) : (
    <span className={className}>{lasting(to - from)}</span>
  );
}

function Running({ from, className }: { from: number; className?: string | undefined }) {
  const now = useNow();
  return <span className={className}>{lasting(Math.max(0, now - from))}</span>;
}
