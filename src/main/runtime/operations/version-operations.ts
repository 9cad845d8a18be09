import type { RuntimeApi } from '../../../shared/api.ts';
import { authorOf, changesBetween } from '../../../shared/definition-changes.ts';
import type { Definition } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { VersionChange, VersionDetail, VersionView } from '../../../shared/views/version-views.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import type { VersionRecord } from '../../journal/fold/version-record.ts';
import { definitionAt, writtenVersion } from '../../journal/fold/versions.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { manifestText } from '../manifests/manifest.ts';
import { processDetail } from '../process-view.ts';

type Names = 'listVersions' | 'getVersion' | 'compareVersions' | 'restoreVersion';

/** Operations on the versions of a definition. */
export function versionOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const found = (name: string, id: string) => {
    const { snapshot } = runtime.get(name);
    const record = recordOf(snapshot, id);
    const definition = record && definitionAt(snapshot, record.version);
    if (record && definition) return { snapshot, record, definition };
    throw new RuntimeError('VERSION_NOT_FOUND', `"${name}" has no version ${id} that is kept.`, { name, id });
  };
  const detailed = (name: string, id: string): Omit<VersionDetail, 'changes'> => {
    const { snapshot, record, definition } = found(name, id);
    return { ...facts(snapshot, record), manifest: manifestText(definition) };
  };
  return {
    async listVersions({ name, cursor, limit }) {
      const { snapshot } = runtime.get(name);
      const older = snapshot.versions.filter(({ version }) => cursor === undefined || version < Number(cursor));
      const items = older
        .slice(-limit)
        .reverse()
        .map((record) => shown(snapshot, record));
      return { items, next: older.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    async getVersion({ name, id }) {
      const { snapshot, record } = found(name, id);
      return { ...detailed(name, id), changes: changesOf(snapshot, record) };
    },
    async compareVersions({ name, id, other }) {
      const [left, right] = [found(name, id), found(name, other)];
      return {
        left: detailed(name, id),
        right: detailed(name, other),
        changes: changesBetween(left.definition.manifest, right.definition.manifest),
      };
    },
    async restoreVersion({ name, id, reason }, by) {
      const { record, definition } = found(name, id);
      const process = runtime.get(name);
      await process.update(definition, by, `version ${record.version} was restored${reason ? `: ${reason}` : ''}`);
      const { counts } = process.snapshot;
      return processDetail(process, counts.runs === 0 ? null : await runtime.queries.lastRunOf(name));
    },
  };
}

function recordOf(snapshot: Readonly<Snapshot>, id: string): VersionRecord | undefined {
  if (id === 'present') return snapshot.versions.at(-1);
  if (id === 'written') return writtenVersion(snapshot);
  return snapshot.versions.find(({ version }) => version === Number(id));
}

function facts(snapshot: Readonly<Snapshot>, record: VersionRecord): Omit<VersionView, 'changes'> {
  const { version, at, by, reason, hash } = record;
  const { kind, run } = authorOf(by);
  return {
    id: String(version),
    version,
    at,
    by,
    author: kind,
    run,
    reason,
    hash,
    present: version === snapshot.version,
    written: record === writtenVersion(snapshot),
  };
}

function shown(snapshot: Readonly<Snapshot>, record: VersionRecord): VersionView {
  const changes = changesOf(snapshot, record);
  return { ...facts(snapshot, record), changes: changes?.map(({ path, kind }) => ({ path, kind })) ?? null };
}

/** Against the version before it. */
function changesOf(snapshot: Readonly<Snapshot>, { version }: VersionRecord): VersionChange[] | null {
  const before = definitionAt(snapshot, version - 1);
  const after = definitionAt(snapshot, version) as Definition;
  return before ? changesBetween(before.manifest, after.manifest) : null;
}
