import { Bookmark, X } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useProcesses } from '../stores/use-runtime.ts';
import { type AgentsFilter, type SavedFilter, useWorkspace } from '../stores/workspace-store.ts';
import { IconButton } from '../ui/button.tsx';
import { Choice } from '../ui/fields.tsx';
import { FilterChips } from '../ui/filter-chips.tsx';
import { SearchField } from '../ui/search-field.tsx';
import type { AgentsGroup } from './agent-groups.ts';
import { type AgentsSort, filtered, noFilter, stateFilters } from './agents-filter.ts';

interface FilterBarProps {
  filter: AgentsFilter;
  onFilter: (filter: AgentsFilter) => void;
  sort: AgentsSort;
  onSort: (sort: AgentsSort) => void;
}

export function AgentsFilterBar({ filter, onFilter, sort, onSort }: FilterBarProps) {
  const group = useWorkspace((state) => state.agentsGroup);
  const view = useWorkspace((state) => state.agentsView);
  const processes = useProcesses();
  const saved = useWorkspace((state) => state.savedFilters);
  const arrange = useWorkspace((state) => state.arrange);
  const field = useRef<HTMLInputElement>(null);
  const tags = [...new Set(processes.flatMap((view) => view.tags))].sort();
  const isFiltered = filter.text !== '' || filter.state !== '' || filter.tag !== '';
  const isArranged = isFiltered || group !== 'none' || sort !== 'name';
  const arranged = [group === 'none' ? '' : `by ${group}`, sort === 'name' ? '' : `${sort} first`];
  const name = [filter.text, filter.state, filter.tag, ...arranged].filter(Boolean).join(' · ');
  const isSaved = saved.some((entry) => entry.name === name);
  useShortcuts({ search: () => field.current?.focus() });

  const leave = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Escape') return;
    onFilter({ ...filter, text: '' });
    event.currentTarget.blur();
  };

  return (
    <div className="flex flex-wrap items-center gap-2 pb-2">
      <SearchField
        ref={field}
        label="Search agents"
        placeholder="Search  /"
        value={filter.text}
        onText={(text) => onFilter({ ...filter, text })}
        onKeyDown={leave}
        className="w-48 narrow:w-full"
      />
      <FilterChips
        label="State"
        value={filter.state}
        options={stateFilters.map(({ id, text, lets }) => ({
          id,
          text,
          count: id === '' ? undefined : processes.filter(lets).length,
        }))}
        onChange={(state) => onFilter({ ...filter, state })}
      />
      {tags.length > 0 && (
        <Choice
          aria-label="Tag"
          value={filter.tag}
          onChange={(event) => onFilter({ ...filter, tag: event.target.value })}
          className="h-8 w-auto max-w-40"
        >
          <option value="">Any tag</option>
          {tags.map((tag) => (
            <option key={tag}>{tag}</option>
          ))}
        </Choice>
      )}
      <Choice
        aria-label="Order"
        value={sort}
        onChange={(event) => onSort(event.target.value as AgentsSort)}
        className="h-8 w-36 narrow:w-28"
      >
        <option value="name">By name</option>
        <option value="state">Trouble first</option>
        <option value="last">Last run first</option>
        <option value="next">Next firing first</option>
        <option value="waiting">Longest queue first</option>
      </Choice>
      {view === 'table' && (
        <Choice
          aria-label="Group"
          value={group}
          onChange={(event) => arrange({ agentsGroup: event.target.value as AgentsGroup })}
          className="h-8 w-auto"
        >
          <option value="none">No groups</option>
          <option value="tag">By tag</option>
          <option value="state">By state</option>
          <option value="node">By node</option>
        </Choice>
      )}
      {isFiltered && <IconButton icon={X} label="Clear all filters" onClick={() => onFilter(noFilter)} />}
      {isArranged && !isSaved && (
        <IconButton
          icon={Bookmark}
          label="Keep this view"
          onClick={() => arrange({ savedFilters: [...saved, { name, filter, sort, group }] })}
        />
      )}
      <SavedFilters
        current={name}
        onPick={(kept) => {
          onFilter(kept.filter);
          onSort((kept.sort ?? 'name') as AgentsSort);
          arrange({ agentsGroup: (kept.group ?? 'none') as AgentsGroup });
        }}
      />
      {isFiltered && <span className="text-dim text-xs">{filtered(processes, filter).length} match</span>}
    </div>
  );
}

function SavedFilters({ current, onPick }: { current: string; onPick: (kept: SavedFilter) => void }) {
  const saved = useWorkspace((state) => state.savedFilters);
  const arrange = useWorkspace((state) => state.arrange);
  return saved.map((kept) => {
    const { name } = kept;
    return (
      <span key={name} className="inline-flex h-7 items-center rounded-full border pl-2.5 text-xs">
        <button
          type="button"
          aria-pressed={name === current}
          onClick={() => onPick(kept)}
          className="font-medium hover:text-accent-text"
        >
          {name}
        </button>
        <IconButton
          icon={X}
          label={`Forget filter ${name}`}
          className="size-6"
          onClick={() => arrange({ savedFilters: saved.filter((entry) => entry.name !== name) })}
        />
      </span>
    );
  });
}
