import { CircleAlert, type LucideIcon, RefreshCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorCodes, isErrorCode } from '../../shared/errors.ts';
import { Button } from './button.tsx';
import { cx } from './cx.ts';

/** Says why a place is empty and what can be done about it. */
export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-10 text-center">
      <span className="flex size-10 items-center justify-center rounded-full bg-sunken text-faint">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="font-medium">{title}</p>
      {children && <div className="flex max-w-md flex-col items-center gap-3 text-dim text-sm">{children}</div>}
    </div>
  );
}

interface ErrorLike {
  code: string;
  message: string;
}

/** A refusal or failure, with what a person can do about it. */
export function ErrorNote({ error, retry, className }: { error: ErrorLike; retry?: () => void; className?: string }) {
  const hint = isErrorCode(error.code) ? errorCodes[error.code].hint : '';
  return (
    <div role="alert" className={cx('flex items-start gap-3 rounded-lg bg-bad-soft px-3 py-2.5 text-sm', className)}>
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium text-bad">{error.message}</p>
        {hint && <p className="mt-0.5 text-dim">{hint}</p>}
        <p className="mt-1 font-mono text-[0.6875rem] text-dim">{error.code}</p>
      </div>
      {retry && (
        <Button icon={RefreshCw} onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Warning({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div className={cx('flex items-start gap-2.5 rounded-lg bg-warn-soft px-3 py-2 text-sm', className)}>
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

/** Stands where something is being read. */
export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-2.5 py-3">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} className="breathing h-4 rounded bg-sunken" style={{ width: `${90 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
