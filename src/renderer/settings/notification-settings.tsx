import { Bell, Plus, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { NotificationSink, type NotificationsView } from '../../shared/config/notification-config.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { fieldsOf, omit } from '../forms/form-field.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { act, useAction } from '../ui/use-action.ts';

const fields = fieldsOf(NotificationSink);
const withoutAddress = omit(fields, ['url', 'secret']);

/** Where people are told of what happens, and whether it arrives. */
export function NotificationSettings() {
  const read = useRead('notifications', ['notifications'], (client) => client.getNotifications({}));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading rows={6} />;
  const version = JSON.stringify(read.value.sinks);
  return <Sinks key={version} view={read.value} onChange={read.reload} />;
}

function Sinks({ view, onChange }: { view: NotificationsView; onChange: () => void }) {
  const client = useClient();
  const [sinks, setSinks] = useState<JsonObject[]>(() => view.sinks as unknown as JsonObject[]);
  const [busy, run] = useAction();
  const changed = JSON.stringify(sinks) !== JSON.stringify(view.sinks);
  const checks = sinks.map((sink) => NotificationSink.safeParse(sink));
  const right = checks.every(({ success }) => success);
  const put = (index: number, sink: JsonObject) => setSinks(sinks.with(index, sink));
  const save = async () => {
    const asked = sinks as unknown as NotificationSink[];
    if (await run(() => client.setNotifications({ sinks: asked }), { done: 'In force.' })) onChange();
  };
  return (
    <div className="flex flex-col gap-(--gap)">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-56 flex-1 text-[0.8125rem] text-dim">
          What waits for you, failures and used-up limits are told here, also while no window is open.
        </p>
        <Button icon={Plus} onClick={() => setSinks([...sinks, newSink(sinks)])}>
          Add
        </Button>
        <Button look="solid" disabled={busy || !changed || !right} onClick={() => void save()}>
          Apply
        </Button>
      </div>
      {sinks.length === 0 && (
        <Empty icon={Bell} title="Nobody is told yet">
          Add the desktop, the log of the node, or a webhook of a chat or pager.
        </Empty>
      )}
      {sinks.map((sink, index) => (
        <Sink
          // biome-ignore lint/suspicious/noArrayIndexKey: its name is being typed
          key={index}
          sink={sink}
          problems={problemsOf(checks[index])}
          standing={view.outbox.find((one) => one.sink === sink['id'])}
          saved={view.sinks.some(({ id }) => id === sink['id'])}
          onPut={(next) => put(index, next)}
          onRemove={() => setSinks(sinks.toSpliced(index, 1))}
        />
      ))}
    </div>
  );
}

interface SinkProps {
  sink: JsonObject;
  problems: { path: string; message: string }[];
  standing: NotificationsView['outbox'][number] | undefined;
  /** The node knows it, so it can be tried. */
  saved: boolean;
  onPut: (sink: JsonObject) => void;
  onRemove: () => void;
}

function Sink({ sink, problems, standing, saved, onPut, onRemove }: SinkProps) {
  const client = useClient();
  const name = String(sink['id'] ?? '');
  const test = () =>
    void act(() => client.testNotification({ sink: name }), { done: `“${name}” was told something made up.` });
  const change = (path: readonly (string | number)[], value: Json | undefined) => {
    const next = changedAt(sink, path, value);
    onPut(next['type'] === 'webhook' ? next : without(next, ['url', 'secret']));
  };
  return (
    <Panel
      title={name || 'unnamed'}
      icon={Bell}
      aside={
        <>
          <Button icon={Send} look="ghost" disabled={!saved} onClick={test}>
            Try
          </Button>
          <IconButton icon={Trash2} danger label={`Remove ${name}`} onClick={onRemove} />
        </>
      }
    >
      {standing?.lastError && (
        <Warning className="mb-3">
          It was not reached: {standing.lastError} {plural(standing.waiting, 'piece', 'pieces')} of news wait
          {standing.oldestAt !== null && (
            <>
              , the oldest since <Ago at={standing.oldestAt} />
            </>
          )}
          .
        </Warning>
      )}
      <SchemaForm
        fields={sink['type'] === 'webhook' ? fields : withoutAddress}
        value={sink}
        at=""
        problems={problems}
        onChange={change}
      />
    </Panel>
  );
}

function newSink(sinks: readonly JsonObject[]): JsonObject {
  const taken = new Set(sinks.map(({ id }) => id));
  let id = 'desktop';
  for (let number = 2; taken.has(id); number++) id = `sink${number}`;
  return { id, type: 'desktop' };
}

function problemsOf(check: ReturnType<typeof NotificationSink.safeParse> | undefined) {
  if (!check || check.success) return [];
  return check.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

function changedAt(value: JsonObject, path: readonly (string | number)[], to: Json | undefined): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const copy: JsonObject = { ...value };
  if (rest.length > 0) copy[first] = nested(copy[first], rest, to);
  else if (to === undefined) delete copy[first];
  else copy[first] = to;
  return copy;
}

function nested(value: Json | undefined, path: readonly (string | number)[], to: Json | undefined): Json {
  if (!Array.isArray(value)) return changedAt(isJsonObject(value) ? value : {}, path, to);
  const [index] = path;
  const list = [...value];
  if (to === undefined) list.splice(Number(index), 1);
  else list[Number(index)] = to;
  return list;
}

function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
