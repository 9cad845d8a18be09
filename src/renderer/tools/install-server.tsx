import { Link } from 'lucide-react';
import { type FormEvent, useEffect, useId, useState } from 'react';
import type { OfferedServer } from '../../shared/install-link.ts';
import { coded } from '../stores/reads.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { ErrorNote } from '../ui/notes.tsx';
import { OfferedForm } from './offered-form.tsx';

/** Reads a link by which somebody offers a server, and shows what it would run. Nothing happens without a yes. */
export function InstallServer({ given }: { given: string }) {
  const client = useClient();
  const field = useId();
  const [typed, setTyped] = useState(given);
  const [offer, setOffer] = useState<{ link: string; server: OfferedServer } | null>(null);
  const [error, setError] = useState<ReturnType<typeof coded> | null>(null);
  const read = async (link: string) => {
    setOffer(null);
    setError(null);
    if (link === '') return;
    try {
      setOffer({ link, server: await client.readInstallLink({ link }) });
    } catch (thrown) {
      setError(coded(thrown));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, when it is opened by a link
  useEffect(() => void read(given), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void read(typed.trim());
  };
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <form className="flex flex-wrap items-end gap-2" onSubmit={submit}>
        <div className="min-w-0 flex-1 basis-64">
          <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
            Install link
          </label>
          <TextField
            id={field}
            placeholder="agentruntime://install-server?…"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className="font-mono text-xs"
          />
        </div>
        <Button type="submit" icon={Link} className="h-8.5" disabled={typed.trim() === ''}>
          Read
        </Button>
      </form>
      {!offer && !error && (
        <p className="text-dim text-[0.8125rem]">
          Paste a link that offers an MCP server; links of editors are read as well. You see what it would run before
          anything is added.
        </p>
      )}
      {error && <ErrorNote error={error} />}
      {offer && <OfferedForm key={offer.link} offer={offer.server} />}
    </div>
  );
}
