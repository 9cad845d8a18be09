import { Lock, RotateCcw, Sparkles } from 'lucide-react';
import { useState } from 'react';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { membersOf } from '../../shared/self-change.ts';
import type { VersionView } from '../../shared/views/version-views.ts';
import { readText } from '../design/manifest-text.ts';
import { useClient, useProcess, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { plural } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { act } from '../ui/use-action.ts';
import { type Allowance, allowances } from './open-mode-facts.ts';

/** What an agent that may change itself may change, what of it is locked, and what it made of it so far. */
export function OpenModePanel({ name, versions }: { name: string; versions: readonly VersionView[] }) {
  const version = useProcess(name)?.version ?? 0;
  const detail = useRead(`process:${name}:${version}`, [], (client) => client.getProcess({ name }));
  const read = detail.value ? readText(detail.value.manifest) : null;
  const own = versions.filter(({ author }) => author === 'agent');
  if (!read?.ok) return null;
  const manifest = read.value;
  if (manifest['execution_mode'] !== 'open' && own.length === 0) return null;
  const open = isJsonObject(manifest['open_mode']) ? manifest['open_mode'] : {};
  const locked = Array.isArray(open['locked']) ? open['locked'].map(String) : [];
  return (
    <Panel
      title={manifest['execution_mode'] === 'open' ? 'It may change itself' : 'It changed itself, and may not any more'}
      icon={Sparkles}
      className="mb-(--gap)"
      aside={own.length > 0 && <TakeBack name={name} changes={own.length} />}
    >
      <ul className="flex flex-wrap gap-1.5 text-xs">
        {allowances(manifest).map((allowance) => (
          <Allowed key={allowance.text} allowance={allowance} />
        ))}
      </ul>
      {locked.length > 0 && (
        <p className="mt-2 flex items-center gap-1.5 text-[0.8125rem]">
          <Lock aria-hidden className="size-3.5 text-faint" />
          Locked for it: {locked.join(', ')}
        </p>
      )}
      <p className="mt-2 text-[0.8125rem] text-dim">{madeSoFar(manifest, own.length)}</p>
    </Panel>
  );
}

function Allowed({ allowance: { text, isAllowed } }: { allowance: Allowance }) {
  return (
    <li className={`rounded-full px-2 py-0.5 ${isAllowed ? 'bg-ok-soft text-ok' : 'bg-sunken text-dim'}`}>
      {isAllowed ? '' : 'not: '}
      {text}
    </li>
  );
}

function madeSoFar(manifest: JsonObject, changes: number): string {
  const made = [
    [Object.keys(membersOf(manifest, 'created_tools')).length, 'created tool'],
    [Object.keys(membersOf(manifest, 'servers')).length, 'server'],
  ] as const;
  const parts = made.filter(([count]) => count > 0).map(([count, what]) => plural(count, what));
  const has = parts.length > 0 ? ` It has ${parts.join(' and ')}.` : '';
  return changes === 0
    ? `It has changed nothing so far.${has}`
    : `${plural(changes, 'version')} of the list below ${changes === 1 ? 'is' : 'are'} its own.${has}`;
}

function TakeBack({ name, changes }: { name: string; changes: number }) {
  const client = useClient();
  const [asking, setAsking] = useState(false);
  const restore = () =>
    act(() => client.restoreVersion({ name, id: 'written', reason: 'what the agent changed was taken back' }), {
      done: `“${name}” is as you wrote it last.`,
    });
  return (
    <>
      <Button icon={RotateCcw} asks="restoreVersion" onClick={() => setAsking(true)}>
        Back to what you wrote…
      </Button>
      {asking && (
        <Confirm
          title={`Take back what ${name} changed?`}
          asks="restoreVersion"
          confirm="Take it back"
          onClose={() => setAsking(false)}
          onConfirm={() => void restore()}
        >
          It becomes what you wrote last. {plural(changes, 'version')} of its own stay in the list and can be restored.
        </Confirm>
      )}
    </>
  );
}
