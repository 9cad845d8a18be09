import { KeyRound, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { SecretAccess, SecretView } from '../../shared/views/governance-views.ts';
import { RotateSecret } from '../agent/rotate-secret.tsx';
import { hrefs } from '../frame/route.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { IconButton, LinkButton } from '../ui/button.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago, Until } from '../ui/time.tsx';

interface AgentSecrets {
  process: string;
  secrets: SecretView[];
  lastUsed: Map<string, SecretAccess>;
}

interface Row {
  process: string;
  secret: SecretView;
  used: SecretAccess | undefined;
}

const agentsAsked = 200;
const usesRead = 100;

/** Every secret of every agent, by name alone, with when it was used last and how long it holds. */
export function SecretsOverview() {
  const names = useProcesses()
    .map(({ name }) => name)
    .slice(0, agentsAsked);
  const read = useRead(`all-secrets:${names.join()}`, ['processes', 'runs'], (client) => secretsOf(client, names));
  const [rotating, setRotating] = useState<Row | null>(null);
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading rows={6} />;
  const rows: Row[] = read.value.flatMap(({ process, secrets, lastUsed }) =>
    secrets.map((secret) => ({ process, secret, used: lastUsed.get(secret.name) })),
  );
  if (rows.length === 0)
    return (
      <Empty icon={KeyRound} title="No agent has a secret">
        <p>
          A secret is set under Limits of an agent, and said as <code className="text-xs">secret://name</code> in its
          tools. Nobody sees its value again, the agent least of all.
        </p>
        <LinkButton href="#/agents">Agents</LinkButton>
      </Empty>
    );
  return (
    <>
      <ul aria-label="Secrets" className="max-w-4xl overflow-hidden rounded-xl border bg-surface shadow-raised">
        {rows.map((row) => {
          const { process, secret, used } = row;
          return (
            <li
              key={`${process}:${secret.name}`}
              className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-0.5 border-line/60 px-4 py-1.5 text-[0.8125rem] not-first:border-t"
            >
              <KeyRound aria-hidden className="size-4 shrink-0 text-faint" />
              <code className="min-w-40 flex-1 truncate text-xs">{secret.name}</code>
              <a className="link shrink-0" href={hrefs.agent(process, 'limits')}>
                {process}
              </a>
              <span className="w-36 shrink-0 narrow:w-auto text-dim text-xs">
                {used ? (
                  <>
                    used <Ago at={used.at} />
                  </>
                ) : (
                  'not used lately'
                )}
              </span>
              <span className="w-40 shrink-0 narrow:w-auto text-dim text-xs">
                {secret.rotatedAt !== null ? (
                  <>
                    rotated <Ago at={secret.rotatedAt} />
                  </>
                ) : secret.setAt !== null ? (
                  <>
                    set <Ago at={secret.setAt} />
                  </>
                ) : (
                  'from the environment'
                )}
              </span>
              <span className="w-24 shrink-0 narrow:w-auto text-right text-xs">
                <Holds secret={secret} />
              </span>
              <IconButton
                icon={RotateCw}
                label={`Rotate ${secret.name} of ${process}`}
                onClick={() => setRotating(row)}
              />
            </li>
          );
        })}
      </ul>
      {rotating && (
        <RotateSecret
          process={rotating.process}
          secret={rotating.secret}
          lastUsed={rotating.used}
          onDone={read.reload}
          onClose={() => setRotating(null)}
        />
      )}
    </>
  );
}

function Holds({ secret: { expired, expiresAt, version } }: { secret: SecretView }) {
  if (expired) return <span className="font-medium text-bad">expired</span>;
  if (expiresAt === null) return <span className="text-dim">value {version}</span>;
  return (
    <span className="text-warn">
      for <Until at={expiresAt} />
    </span>
  );
}

async function secretsOf(client: RuntimeClient, names: readonly string[]): Promise<AgentSecrets[]> {
  const all = await Promise.all(
    names.map(async (process) => {
      const { items: secrets } = await client.listSecrets({ name: process });
      const log = secrets.length > 0 ? await client.secretAccessLog({ name: process, limit: usesRead }) : { items: [] };
      const lastUsed = new Map<string, SecretAccess>();
      for (const access of log.items)
        if (access.what === 'access' && !lastUsed.has(access.name)) lastUsed.set(access.name, access);
      return { process, secrets, lastUsed };
    }),
  );
  return all.filter(({ secrets }) => secrets.length > 0);
}
