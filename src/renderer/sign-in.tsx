import { KeyRound } from 'lucide-react';

/** Shown in a browser that has no session: how to get in. */
export function SignIn({ reason }: { reason: string }) {
  return (
    <main className="flex h-full items-center justify-center overflow-auto bg-canvas p-6">
      <div className="w-full max-w-md rounded-xl border bg-surface p-6 shadow-raised">
        <span className="flex size-10 items-center justify-center rounded-full bg-accent-soft text-accent-text">
          <KeyRound aria-hidden className="size-5" />
        </span>
        <h1 className="mt-4 font-semibold text-lg">Open the address printed at start again</h1>
        {reason && (
          <p role="alert" className="mt-2 text-bad">
            {reason}
          </p>
        )}
        <p className="mt-2 text-dim">
          This page is let in by a code in its address. Each code works once, and the session ends with the tab.
        </p>
        <ol className="mt-4 list-decimal space-y-2 pl-5 text-dim">
          <li>
            Go to the terminal where Agent Runtime was started and open the address it printed, with everything after{' '}
            <code className="rounded bg-sunken px-1">#</code>.
          </li>
          <li>
            If it was used already, print a new one:{' '}
            <code className="rounded bg-sunken px-1">npx agent-runtime login</code>
          </li>
        </ol>
      </div>
    </main>
  );
}
