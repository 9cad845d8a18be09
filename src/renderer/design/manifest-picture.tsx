import { useMemo } from 'react';
import { ErrorNote } from '../ui/notes.tsx';
import { AgentCanvas } from './agent-canvas.tsx';
import { agentPicture } from './agent-picture.ts';
import { emittedBy, listenersOf } from './emitted.ts';
import { readText } from './manifest-text.ts';

/** A manifest as a drawing to look at; `others` are the manifests that come with it, for who listens to it. */
export function ManifestPicture({ manifest, others }: { manifest: string; others: readonly string[] }) {
  const read = useMemo(() => readText(manifest), [manifest]);
  const picture = useMemo(() => {
    if (!read.ok) return null;
    const listeners = others.flatMap((text) => {
      const other = readText(text);
      if (!other.ok || !Array.isArray(other.value['triggers'])) return [];
      return listenersOf(String(other.value['name']), other.value['triggers']);
    });
    return agentPicture(read.value, emittedBy(read.value), listeners);
  }, [read, others]);
  if (!read.ok)
    return <ErrorNote error={{ code: 'MANIFEST_INVALID', message: `Line ${read.line}: ${read.message}` }} />;
  return (
    <div className="h-full min-h-72 overflow-hidden rounded-xl border bg-sunken/60">
      {picture && <AgentCanvas picture={picture} process={null} />}
    </div>
  );
}
