import { useRef } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import { readText } from '../design/manifest-text.ts';
import type { Read } from '../stores/reads.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import type { AgentSettings } from './known-tools.ts';

const kept = new WeakMap<RuntimeClient, Map<string, AgentSettings>>();

/** The manifests of all agents as they are now, in order; each is read once for each of its versions. */
export function useManifests(): Read<readonly AgentSettings[]> & { reload: () => void } {
  const wanted = useProcesses().map(({ name, version }) => ({ name, version }));
  const key = wanted.map(({ name, version }) => `${name}@${version}`).join(' ');
  const read = useRead(`manifests:${key}`, [], (client) => settingsOf(client, wanted));
  // While those of a new version are read, the earlier ones stand.
  const last = useRef<readonly AgentSettings[] | undefined>(undefined);
  last.current = read.value ?? last.current;
  return { ...read, value: last.current };
}

async function settingsOf(client: RuntimeClient, wanted: readonly { name: string; version: number }[]) {
  const known = kept.get(client) ?? new Map<string, AgentSettings>();
  kept.set(client, known);
  const read = await Promise.allSettled(
    wanted.map(async ({ name, version }) => {
      const present = known.get(name);
      if (present?.version === version) return present;
      const { manifest: text, version: isNow } = await client.getProcess({ name });
      const parsed = readText(text);
      const settings = { name, version: isNow, text, manifest: parsed.ok ? parsed.value : {} };
      known.set(name, settings);
      return settings;
    }),
  );
  const failed = read.find((one) => one.status === 'rejected');
  const settings = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (failed && settings.length === 0) throw failed.reason;
  return settings;
}
