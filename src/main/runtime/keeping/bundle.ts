import { homedir } from 'node:os';
import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Json } from '../../../shared/json.ts';
import type { BundledRun, RunBundle } from '../../../shared/run-bundle.ts';
import type { JournalEntryView, RunView } from '../../../shared/views/views.ts';
import { definitionAt } from '../../journal/fold/versions.ts';
import { Redactor } from '../../lib/redaction.ts';
import { secretsIn, valueWithoutTelling } from '../../lib/telling-forms.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { manifestText } from '../manifests/manifest.ts';

const pageSize = 1_000;

/** A run as one file, without secrets. @throws RuntimeError `RUN_NOT_FOUND`. */
export async function runBundle(runtime: AgentRuntime, id: string): Promise<RunBundle> {
  const { queries, parts } = runtime;
  const run = await queries.run(id);
  const event = await queries.triggerEvent(run.eventId).catch(() => null);
  const bundled: BundledRun = {
    app: { version: runtime.version, node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    exportedAt: parts.clock.now(),
    manifest: manifestOf(runtime, run),
    run,
    event,
    entries: await entriesOf(runtime, run),
  };
  return { kind: 'agent-runtime.run-bundle', format: 1, runs: [cleaned(runtime, bundled)] };
}

function manifestOf(runtime: AgentRuntime, { process, definition: hash, version }: RunView): BundledRun['manifest'] {
  const snapshot = runtime.find(process)?.snapshot;
  if (!snapshot) return null;
  const pinned = snapshot.definition?.hash === hash ? snapshot.definition : snapshot.pinned.get(hash);
  const definition = pinned ?? (version === null ? undefined : definitionAt(snapshot, version));
  return definition ? { version, text: manifestText(definition) } : null;
}

/** What the journal holds of the run and of its event, from when that was accepted. */
async function entriesOf(
  { journal, queries }: AgentRuntime,
  { id, process, eventId }: RunView,
): Promise<JournalEntryView[]> {
  const { from, to } = queries.reachOf(id);
  const found: JournalEntry[] = [];
  for (let after = from - 1; ; ) {
    const page = await journal.read(process, { after, limit: pageSize });
    found.push(...page.filter((entry) => entry.seq <= to && isAbout(entry, id, eventId)));
    after = page.at(-1)?.seq ?? to;
    if (page.length < pageSize || after >= to) return found as unknown as JournalEntryView[];
  }
}

function isAbout({ kind, body }: JournalEntry, run: string, event: string): boolean {
  const { id, run: of, event: for_ } = body as { id?: unknown; run?: unknown; event?: unknown };
  if (of !== undefined) return of === run;
  return kind.startsWith('run.') ? id === run : kind.startsWith('event.') && (id === event || for_ === event);
}

/** Takes out the secrets of all agents and of the program, then what looks like one, then who the person is here. */
function cleaned<T>({ parts }: AgentRuntime, value: T): T {
  const known = new Redactor(secretsIn(parts.env)).value(parts.governance.redact(value));
  const home = homedir();
  const text = JSON.stringify(valueWithoutTelling(known as Json));
  return JSON.parse(home.length > 1 ? text.replaceAll(JSON.stringify(home).slice(1, -1), '~') : text) as T;
}
