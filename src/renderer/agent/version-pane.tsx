import { History, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { VersionChange, VersionView } from '../../shared/views/version-views.ts';
import { hrefs } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { cx } from '../ui/cx.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { DiffView } from '../ui/diff-view.tsx';
import { TextField } from '../ui/fields.tsx';
import { brief } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { At } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { whoText } from '../ui/who.ts';

type Against = 'before' | 'present';

/** One version: who made it and why, what it changed, and how it differs from what is in force. */
export function VersionPane({ name, version }: { name: string; version: VersionView }) {
  const hasBefore = version.changes !== null;
  const [against, setAgainst] = useState<Against>(version.present || hasBefore ? 'before' : 'present');
  const [asking, setAsking] = useState(false);
  return (
    <Panel
      title={`Version ${version.version}`}
      icon={History}
      aside={
        !version.present && (
          <Button icon={RotateCcw} asks="restoreVersion" onClick={() => setAsking(true)}>
            Restore…
          </Button>
        )
      }
    >
      <DetailList
        rows={[
          ['Made by', <VersionAuthor key="by" name={name} version={version} />],
          ['At', <At key="at" at={version.at} />],
          ['Why', version.reason],
        ]}
      />
      <div className="my-3">
        <Segmented
          label="Compare with"
          value={against}
          options={[
            { value: 'before', text: hasBefore ? 'What it changed' : 'What it said' },
            { value: 'present', text: 'Against what is in force' },
          ]}
          onChange={setAgainst}
        />
      </div>
      {against === 'before' && !hasBefore && <Whole name={name} id={version.id} />}
      {against === 'before' && hasBefore && (
        <Comparison name={name} from={String(version.version - 1)} to={version.id} same="It changed nothing." />
      )}
      {against === 'present' && (
        <Comparison name={name} from={version.id} to="present" same="It says what is in force now." />
      )}
      {asking && <Restore name={name} version={version} onClose={() => setAsking(false)} />}
    </Panel>
  );
}

function Whole({ name, id }: { name: string; id: string }) {
  const read = useRead(`version:${name}:${id}`, [], (client) => client.getVersion({ name, id }));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading />;
  return (
    <pre className="max-h-[60vh] overflow-auto whitespace-pre-wrap break-words rounded-lg bg-sunken px-3 py-2 text-xs">
      {read.value.manifest}
    </pre>
  );
}

function Comparison({ name, from, to, same }: { name: string; from: string; to: string; same: string }) {
  const topics = to === 'present' ? [`process:${name}`] : [];
  const read = useRead(`versions:${name}:${from}:${to}`, topics, (client) =>
    client.compareVersions({ name, id: from, other: to }),
  );
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading />;
  const { left, right, changes } = read.value;
  if (left.manifest === right.manifest) return <p className="text-dim">{same}</p>;
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label="Places" className="flex flex-col gap-1">
        {changes.map((change) => (
          <ChangeLine key={change.path} change={change} />
        ))}
      </ul>
      <DiffView before={left.manifest} after={right.manifest} />
    </div>
  );
}

const kindLooks: Record<VersionChange['kind'], string> = { added: 'text-ok', removed: 'text-bad', changed: 'text-dim' };

function ChangeLine({ change: { path, kind, before, after } }: { change: VersionChange }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2 text-xs">
      <code className="font-medium">{path}</code>
      <span className={cx(kindLooks[kind])}>{kind}</span>
      {kind === 'changed' && (
        <span className="min-w-0 break-words font-mono text-dim">
          {brief(before, 60)} → {brief(after, 60)}
        </span>
      )}
    </li>
  );
}

function Restore({ name, version, onClose }: { name: string; version: VersionView; onClose: () => void }) {
  const client = useClient();
  const [reason, setReason] = useState('');
  const restore = () =>
    act(() => client.restoreVersion({ name, id: version.id, reason }), {
      done: `Version ${version.version} is in force again, as a new version.`,
    });
  return (
    <Confirm
      title={`Restore version ${version.version} of ${name}?`}
      asks="restoreVersion"
      confirm="Restore it"
      onClose={onClose}
      onConfirm={() => void restore()}
    >
      <p>
        It becomes the next version; nothing of the past is lost. Runs that have begun end with what they began with.
      </p>
      <TextField
        aria-label="Why"
        placeholder="Why, if you like"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </Confirm>
  );
}

/** Who made a version; an agent did it in a run that can be looked at. */
function VersionAuthor({ name, version: { author, by, run } }: { name: string; version: VersionView }) {
  if (author === 'agent' && run !== null) {
    return (
      <>
        the agent, in{' '}
        <a className="link" href={hrefs.run(name, run)}>
          its run {run.slice(-6)}
        </a>
      </>
    );
  }
  return <>{author === 'runtime' && by !== 'runtime' ? `the runtime (${whoText(by)})` : whoText(by)}</>;
}
