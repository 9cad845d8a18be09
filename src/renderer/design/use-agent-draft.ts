import { useEffect, useMemo } from 'react';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { type Draft, isChanged, useDrafts } from './draft-store.ts';
import { type Edit, editText, type ReadText, readText } from './manifest-text.ts';
import { type CheckedText, useManifestCheck } from './use-manifest-check.ts';

export interface AgentDraft {
  name: string;
  draft: Draft;
  read: ReadText;
  checked: CheckedText;
  changed: boolean;
  /** The node has a newer version than the draft was made from. */
  outdated: { text: string; version: number } | null;
  edit(edits: readonly Edit[], by?: string): void;
  write(text: string, by?: string): void;
  undo(): void;
  redo(): void;
}

/** The draft of an agent that is there: begun from what the node has, kept until it is applied or discarded. */
export function useAgentDraft(name: string): AgentDraft | null {
  const version = useProcess(name)?.version ?? 0;
  const detail = useRead(`manifest:${name}`, [`process:${name}`], (client) => client.getProcess({ name })).value;
  const open = useDrafts((state) => state.open);
  useEffect(() => {
    if (detail) open(name, detail.manifest, detail.version);
  }, [open, name, detail]);
  const draft = useDraft(name);
  const newer = draft && detail && detail.version > draft.draft.version && version >= detail.version;
  return draft && { ...draft, outdated: newer ? { text: detail.manifest, version: detail.version } : null };
}

/** A draft by its key, with what the node says about it. */
export function useDraft(key: string): AgentDraft | null {
  const draft = useDrafts((state) => state.drafts[key]);
  const write = useDrafts((state) => state.write);
  const undo = useDrafts((state) => state.undo);
  const redo = useDrafts((state) => state.redo);
  const text = draft?.text ?? '';
  const read = useMemo(() => readText(text), [text]);
  const checked = useManifestCheck(text);
  if (!draft) return null;
  return {
    name: key,
    draft,
    read,
    checked,
    changed: isChanged(draft),
    outdated: null,
    edit: (edits, by = '') => write(key, editText(text, edits), by),
    write: (next, by = '') => write(key, next, by),
    undo: () => undo(key),
    redo: () => redo(key),
  };
}
