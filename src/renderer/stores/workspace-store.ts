import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createJSONStorage, persist, type StateStorage } from 'zustand/middleware';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { RuntimeError } from '../../shared/errors.ts';
import type { Region } from '../ui/region.ts';

export interface Appearance {
  theme: 'system' | 'light' | 'dark';
  density: 'comfortable' | 'compact';
  motion: 'system' | 'reduce' | 'full';
  textSize: 'small' | 'medium' | 'large';
  contrast: 'normal' | 'more';
}

export interface AgentsFilter {
  text: string;
  state: string;
  tag: string;
}

/** A view of the list of agents that was kept. */
export interface SavedFilter {
  name: string;
  filter: AgentsFilter;
  /** Left out by windows that kept only the filter. */
  sort?: string;
  group?: string;
}

/** What the person arranged in this window; nothing of it is known to the runtime. */
export interface Workspace {
  appearance: Appearance;
  region: Region;
  railCollapsed: boolean;
  agentsView: 'table' | 'cards';
  agentsGroup: 'none' | 'tag' | 'node' | 'state';
  designView: 'canvas' | 'list';
  scheduleView: 'calendar' | 'lanes';
  /** What lists of runs say about each. */
  runColumns: string[];
  savedFilters: SavedFilter[];
  /** Where agents were put on the map. */
  mapPositions: Record<string, { x: number; y: number }>;
  /** Keys that were changed, by shortcut. */
  keys: Record<string, string>;
  dismissed: string[];
  /** When the window was last looked at, epoch ms; 0: never. */
  seenAt: number;
  /** Since when nobody had looked, when somebody came back; 0 once that was read. */
  awaySince: number;
}

export interface WorkspaceState extends Workspace {
  arrange(changes: Partial<Workspace>): void;
  appear(changes: Partial<Appearance>): void;
  reset(): void;
}

export const workspaceDefaults: Workspace = {
  appearance: { theme: 'system', density: 'comfortable', motion: 'system', textSize: 'medium', contrast: 'normal' },
  region: { clock: 'system', dates: 'system', weekStart: 'system', numbers: 'system', zone: 'system' },
  railCollapsed: false,
  agentsView: 'table',
  agentsGroup: 'none',
  designView: 'canvas',
  scheduleView: 'calendar',
  runColumns: ['agent', 'trigger', 'steps', 'cost', 'took', 'began'],
  savedFilters: [],
  mapPositions: {},
  keys: {},
  dismissed: [],
  seenAt: 0,
  awaySince: 0,
};

export const workspaceVersion = 1;

/** Brings what an older window kept into today's shape; whatever has another shape is left out, never guessed. */
export function migrateWorkspace(kept: unknown, _version: number): Workspace {
  if (typeof kept !== 'object' || kept === null) return workspaceDefaults;
  const known = Object.entries(workspaceDefaults).map(([key, byDefault]) => {
    const value = (kept as Record<string, unknown>)[key];
    const fits =
      typeof value === typeof byDefault && value !== null && Array.isArray(value) === Array.isArray(byDefault);
    return [key, fits ? value : byDefault];
  });
  const workspace = Object.fromEntries(known) as Workspace;
  return {
    ...workspace,
    appearance: { ...workspaceDefaults.appearance, ...workspace.appearance },
    region: { ...workspaceDefaults.region, ...workspace.region },
  };
}

export type WorkspaceStore = StoreApi<WorkspaceState>;

export function createWorkspaceStore(storage: () => StateStorage): WorkspaceStore {
  return createStore<WorkspaceState>()(
    persist(
      (set) => ({
        ...workspaceDefaults,
        arrange: (changes) => set(changes),
        appear: (changes) => set((state) => ({ appearance: { ...state.appearance, ...changes } })),
        reset: () => set(workspaceDefaults),
      }),
      {
        name: 'agent-runtime.workspace',
        version: workspaceVersion,
        storage: createJSONStorage(storage),
        migrate: migrateWorkspace,
        merge: (kept, current) => ({ ...current, ...migrateWorkspace(kept, workspaceVersion) }),
        partialize: ({ arrange: _a, appear: _b, reset: _c, ...workspace }) => workspace,
      },
    ),
  );
}

export const WorkspaceContext = createContext<WorkspaceStore | null>(null);

export function useWorkspace<T>(selector: (state: WorkspaceState) => T): T {
  const store = useContext(WorkspaceContext);
  if (!store) throw new RuntimeError('INTERNAL', 'A screen was drawn outside of the window.');
  return useStore(store, selector);
}
