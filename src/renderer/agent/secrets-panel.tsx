import { KeyRound, Plus, RotateCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { SecretView } from '../../shared/views/governance-views.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago, Until } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { RotateSecret } from './rotate-secret.tsx';

/** Names of secrets, never their values: a value can be given and replaced, and is not shown again. */
export function SecretsPanel({ name }: { name: string }) {
  const client = useClient();
  const secrets = useRead(`secrets:${name}`, [`process:${name}`], (from) => from.listSecrets({ name }));
  const log = useRead(`secret-log:${name}`, [`runs:${name}`], (from) => from.secretAccessLog({ name, limit: 20 }));
  const [rotating, setRotating] = useState<SecretView | null>(null);
  const used = log.value?.items ?? [];
  const remove = (secret: string) =>
    act(() => client.deleteSecret({ name, secret }), { done: `“${secret}” is gone, at once.` }).then(secrets.reload);
  return (
    <Panel title="Secrets" icon={KeyRound} className="lg:col-span-2">
      <p className="mb-3 text-dim text-[0.8125rem]">
        The agent says <code className="rounded bg-sunken px-1 text-xs">secret://name</code>; the value is put in when a
        tool is called, and taken out of everything that is written down.
      </p>
      {secrets.error && <ErrorNote error={secrets.error} retry={secrets.reload} />}
      {!secrets.value && !secrets.error && <Loading rows={2} />}
      <ul className="mb-3">
        {secrets.value?.items.map((view) => {
          const { name: secret, source, version, setAt, rotatedAt, expiresAt, expired } = view;
          return (
            <li
              key={secret}
              className="flex min-h-9 items-center gap-3 border-line/60 border-t text-[0.8125rem] first:border-t-0"
            >
              <code className="min-w-0 flex-1 truncate text-xs">{secret}</code>
              <span className="text-dim text-xs">
                {source}, value {version}
                {setAt !== null && (
                  <>
                    , {rotatedAt === null ? 'set' : 'rotated'} <Ago at={setAt} />
                  </>
                )}
              </span>
              {expired ? (
                <span className="font-medium text-bad text-xs">expired</span>
              ) : (
                expiresAt !== null && (
                  <span className="text-warn text-xs">
                    expires in <Until at={expiresAt} />
                  </span>
                )
              )}
              <IconButton
                icon={RotateCw}
                asks="setSecret"
                label={`Rotate ${secret}`}
                onClick={() => setRotating(view)}
              />
              <IconButton
                icon={Trash2}
                danger
                asks="deleteSecret"
                label={`Delete ${secret}`}
                disabled={source !== 'api'}
                onClick={() => void remove(secret)}
              />
            </li>
          );
        })}
      </ul>
      <NewSecret name={name} onDone={secrets.reload} />
      {rotating && (
        <RotateSecret
          process={name}
          secret={rotating}
          lastUsed={used.find(({ name: of, what }) => of === rotating.name && what === 'access')}
          onDone={() => {
            secrets.reload();
            log.reload();
          }}
          onClose={() => setRotating(null)}
        />
      )}
      {used.length > 0 && (
        <section aria-label="Last used" className="mt-4">
          <h3 className="mb-1 font-medium text-[0.8125rem]">Last used</h3>
          <ul className="text-xs">
            {used.map(({ seq, at, name: secret, text }) => (
              <li key={seq} className="flex gap-3 py-0.5">
                <span className="w-20 shrink-0 text-faint">
                  <Ago at={at} />
                </span>
                <code className="shrink-0">{secret}</code>
                <span className="min-w-0 truncate text-dim">{text}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Panel>
  );
}

function NewSecret({ name, onDone }: { name: string; onDone: () => void }) {
  const client = useClient();
  const [secret, setSecret] = useState('');
  const [value, setValue] = useState('');
  const save = async () => {
    if (
      !(await act(() => client.setSecret({ name, secret: secret.trim(), value }), {
        done: `“${secret.trim()}” is in use from the next call on.`,
      }))
    )
      return;
    setSecret('');
    setValue('');
    onDone();
  };
  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        aria-label="Name of the secret"
        placeholder="name"
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
        className="w-48"
      />
      <TextField
        type="password"
        aria-label="Its value"
        placeholder="value; it is not shown again"
        autoComplete="new-password"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        className="w-64 flex-1"
      />
      <Button
        type="submit"
        icon={Plus}
        asks="setSecret"
        className="h-8.5"
        disabled={secret.trim() === '' || value === ''}
      >
        Set
      </Button>
    </form>
  );
}
