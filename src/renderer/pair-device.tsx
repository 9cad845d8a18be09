import { Smartphone } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { Button } from './ui/button.tsx';
import { TextField } from './ui/fields.tsx';

function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex h-full items-center justify-center overflow-auto bg-canvas p-6">
      <div className="w-full max-w-md rounded-xl border bg-surface p-6 shadow-raised">
        <span className="flex size-10 items-center justify-center rounded-full bg-accent-soft text-accent-text">
          <Smartphone aria-hidden className="size-5" />
        </span>
        <h1 className="mt-4 font-semibold text-lg">{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** Shown on a phone or another computer that is not let in: how it is. */
export function PairDevice({ reason, said = '' }: { reason: string; said?: string }) {
  const field = useId();
  const [typed, setTyped] = useState('');
  const digits = typed.replace(/\D/g, '');
  return (
    <Page title="Let this device in">
      {reason && (
        <p role="alert" className="mt-2 text-bad">
          {reason}
        </p>
      )}
      {said && (
        <p role="status" className="mt-2">
          {said}
        </p>
      )}
      <p className="mt-2 text-dim">
        At the computer, open Settings, then Network, and choose “Let a device in”. Scan what it shows, or type the code
        here.
      </p>
      <form
        className="mt-4 flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (digits.length === 8) window.location.hash = `#pair=${digits}`;
        }}
      >
        <label htmlFor={field} className="flex min-w-0 flex-1 flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Code</span>
          <TextField
            id={field}
            inputMode="numeric"
            autoComplete="one-time-code"
            placeholder="1234 5678"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className="tabular-nums"
          />
        </label>
        <Button type="submit" look="solid" size="md" disabled={digits.length !== 8}>
          Ask to be let in
        </Button>
      </form>
    </Page>
  );
}

/** Shown until a person at the computer has let this device in. */
export function WaitingDevice({ name, words }: { name: string; words: readonly string[] }) {
  return (
    <Page title="Confirm this device at the computer">
      <p role="status" className="mt-2 text-dim">
        It asks to be let in as “{name}”. Nothing is shown here before you have said yes there.
      </p>
      <p className="mt-4 text-[0.8125rem]">The computer must show the same words:</p>
      <ul aria-label="Words to compare" className="mt-1.5 flex flex-wrap gap-2">
        {words.map((word) => (
          <li key={word} className="rounded-lg bg-sunken px-3 py-1.5 font-mono font-semibold text-base">
            {word}
          </li>
        ))}
      </ul>
    </Page>
  );
}
