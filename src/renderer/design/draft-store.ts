import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { RuntimeError } from '../../shared/errors.ts';

/** A manifest that is being changed: what it was made from, what it is now, and the way back and forth. */
export interface Draft {
  /** As the node has it; empty for an agent that is not there yet. */
  base: string;
  version: number;
  text: string;
  past: readonly string[];
  future: readonly string[];
  /** What wrote last and when: writing on in the same place is one step of undo. */
  by: string;
  at: number;
}

interface DraftsState {
  drafts: Readonly<Record<string, Draft>>;
  /** Takes over what the node has, unless there are changes that would be lost. */
  open(name: string, base: string, version: number): void;
  write(name: string, text: string, by: string): void;
  undo(name: string): void;
  redo(name: string): void;
  /** Makes the draft stand on a newer version and keeps its text. */
  rebase(name: string, base: string, version: number): void;
  drop(name: string): void;
}

/** Where the draft of an agent that is not there yet is kept; no agent can have this name. */
export const newAgentKey = '@new';

export type DraftStore = StoreApi<DraftsState>;

const sameStepMs = 1_200;
const longestPast = 200;

/** Drafts live as long as the window: going to another screen loses nothing. */
export function createDraftStore(clock: () => number = Date.now): DraftStore {
  return createStore<DraftsState>((set) => {
    const change = (name: string, how: (draft: Draft) => Draft) =>
      set(({ drafts }) => {
        const draft = drafts[name];
        return draft ? { drafts: { ...drafts, [name]: how(draft) } } : {};
      });
    return {
      drafts: {},
      open: (name, base, version) =>
        set(({ drafts }) => {
          const draft = drafts[name];
          if (draft && (isChanged(draft) || draft.version >= version)) return {};
          return { drafts: { ...drafts, [name]: { base, version, text: base, past: [], future: [], by: '', at: 0 } } };
        }),
      write: (name, text, by) => change(name, (draft) => written(draft, text, by, clock())),
      undo: (name) =>
        change(name, (draft) => {
          const text = draft.past.at(-1);
          return text === undefined
            ? draft
            : { ...draft, text, past: draft.past.slice(0, -1), future: [draft.text, ...draft.future], by: '' };
        }),
      redo: (name) =>
        change(name, (draft) => {
          const [text, ...future] = draft.future;
          return text === undefined ? draft : { ...draft, text, past: [...draft.past, draft.text], future, by: '' };
        }),
      rebase: (name, base, version) => change(name, (draft) => ({ ...draft, base, version })),
      drop: (name) =>
        set(({ drafts }) => {
          const { [name]: _gone, ...others } = drafts;
          return { drafts: others };
        }),
    };
  });
}

function written(draft: Draft, text: string, by: string, at: number): Draft {
  if (text === draft.text) return draft;
  const goesOn = by !== '' && by === draft.by && at - draft.at < sameStepMs;
  const past = goesOn ? draft.past : [...draft.past, draft.text].slice(-longestPast);
  return { ...draft, text, past, future: [], by, at };
}

export function isChanged(draft: Draft): boolean {
  return draft.text !== draft.base;
}

export const DraftContext = createContext<DraftStore | null>(null);

export function useDrafts<T>(selector: (state: DraftsState) => T): T {
  const store = useContext(DraftContext);
  if (!store) throw new RuntimeError('INTERNAL', 'A screen was drawn outside of the window.');
  return useStore(store, selector);
}
