import { ListFilter } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import { hrefOf, navigate, parseRoute } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useProcess, useProcessNames, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/fields.tsx';
import { FilterChips } from '../ui/filter-chips.tsx';
import { plural } from '../ui/format.ts';
import { SearchField } from '../ui/search-field.tsx';
import type { RunColumnId } from './runs-columns.ts';
import { RunsColumnsMenu } from './runs-columns-menu.tsx';
import { runFilters } from './runs-filter.ts';
import { moreSet, type RunsWanted } from './runs-wanted.ts';

interface FilterBarProps {
  wanted: RunsWanted;
  fixedProcess: boolean;
  /** Columns for which there is no room; null: there are none in this width. */
  leftOut: readonly RunColumnId[] | null;
  waiting: number;
  onShowWaiting: () => void;
}

type Change = (changes: Partial<RunsWanted>) => void;

const change: Change = (changes) => {
  const { parts, query } = parseRoute(window.location.hash);
  navigate(hrefOf(parts, { ...query, ...changes }), 'replace');
};

/** The list below it is drawn anew far more often than what is chosen here. */
export const RunsFilterBar = memo(function RunsFilterBar(props: FilterBarProps) {
  const { wanted, fixedProcess, leftOut, waiting, onShowWaiting } = props;
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(wanted.text);
  const set = moreSet(wanted);
  const [more, setMore] = useState(set > 0);
  useShortcuts({ search: () => field.current?.focus() });
  useEffect(() => setText(wanted.text), [wanted.text]);
  useEffect(() => {
    if (text === wanted.text) return;
    const timer = setTimeout(() => change({ text }), 250);
    return () => clearTimeout(timer);
  });
  return (
    <div className="flex flex-wrap items-center gap-2 px-6 py-2 narrow:px-4">
      <SearchField
        ref={field}
        label="Search runs"
        placeholder="Search  /"
        title="Looks in agents, triggers, outcomes, errors and notes"
        value={text}
        onText={setText}
        className="w-56 narrow:w-full"
      />
      <FilterChips label="State" value={wanted.state} options={runFilters} onChange={(state) => change({ state })} />
      {!fixedProcess && <AgentChoice chosen={wanted.process} />}
      <TriggerFilter wanted={wanted} />
      <Button icon={ListFilter} aria-expanded={more} onClick={() => setMore(!more)}>
        {set > 0 ? `Filters (${set})` : 'Filters'}
      </Button>
      {waiting > 0 && (
        <Button look="soft" onClick={onShowWaiting}>
          {plural(waiting, 'new run')}
        </Button>
      )}
      {leftOut && <RunsColumnsMenu named={!fixedProcess} leftOut={leftOut} />}
      {more && <MoreFilters wanted={wanted} />}
    </div>
  );
});

const AgentChoice = memo(function AgentChoice({ chosen }: { chosen: string }) {
  const names = useProcessNames();
  if (names.length === 0) return null;
  return (
    <Choice
      aria-label="Agent"
      value={chosen}
      onChange={(event) => change({ process: event.target.value, version: '', trigger: '' })}
      className="h-8 w-auto max-w-48"
    >
      <option value="">Any agent</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </Choice>
  );
});

/** What woke the runs; offered once one agent is meant. */
function TriggerFilter({ wanted }: Pick<FilterBarProps, 'wanted'>) {
  const triggers = useProcess(wanted.process)?.triggers ?? [];
  if (triggers.length === 0 && wanted.trigger === '') return null;
  const ids = [...new Set([...triggers.map(({ id }) => id), 'manual', 'chat', wanted.trigger])].filter(Boolean);
  return (
    <Choice
      aria-label="Woken by"
      value={wanted.trigger}
      onChange={(event) => change({ trigger: event.target.value })}
      className="h-8 w-auto max-w-48"
    >
      <option value="">Woken by anything</option>
      {ids.map((id) => (
        <option key={id}>{id}</option>
      ))}
    </Choice>
  );
}

const choices: readonly { key: keyof RunsWanted; label: string; options: readonly [value: string, text: string][] }[] =
  [
    {
      key: 'since',
      label: 'Began',
      options: [
        ['', 'Began at any time'],
        ['hour', 'In the last hour'],
        ['day', 'In the last day'],
        ['week', 'In the last week'],
        ['month', 'In the last 30 days'],
      ],
    },
    {
      key: 'took',
      label: 'Took',
      options: [
        ['', 'Took any time'],
        ['1000', 'Took over 1 s'],
        ['10000', 'Took over 10 s'],
        ['60000', 'Took over 1 min'],
        ['600000', 'Took over 10 min'],
        ['3600000', 'Took over 1 h'],
      ],
    },
    {
      key: 'cost',
      label: 'Cost',
      options: [
        ['', 'Cost anything'],
        ['0.000001', 'Cost something'],
        ['0.01', 'Cost over $0.01'],
        ['0.1', 'Cost over $0.10'],
        ['1', 'Cost over $1'],
        ['10', 'Cost over $10'],
      ],
    },
    {
      key: 'noted',
      label: 'Note',
      options: [
        ['', 'With and without a note'],
        ['true', 'With a note'],
        ['false', 'Without a note'],
      ],
    },
    {
      key: 'nodes',
      label: 'Node',
      options: [
        ['', 'On this node'],
        ['all', 'On every node'],
      ],
    },
  ];

function MoreFilters({ wanted }: { wanted: RunsWanted }) {
  return (
    <fieldset aria-label="More filters" className="flex w-full flex-wrap items-center gap-2">
      {choices.map(({ key, label, options }) => (
        <Choice
          key={key}
          aria-label={label}
          value={wanted[key]}
          onChange={(event) => change({ [key]: event.target.value })}
          className="h-8 w-auto"
        >
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </Choice>
      ))}
      {wanted.process && <VersionFilter wanted={wanted} />}
      {moreSet(wanted) > 0 && (
        <Button onClick={() => change({ took: '', cost: '', version: '', noted: '', since: '', nodes: '' })}>
          Clear these
        </Button>
      )}
    </fieldset>
  );
}

function VersionFilter({ wanted }: { wanted: RunsWanted }) {
  const name = wanted.process;
  const versions = useRead(`version-choices:${name}`, [`process:${name}`], (client) => client.listVersions({ name }));
  return (
    <Choice
      aria-label="Version"
      value={wanted.version}
      onChange={(event) => change({ version: event.target.value })}
      className="h-8 w-auto"
    >
      <option value="">Any version</option>
      {versions.value?.items.map(({ version }) => (
        <option key={version} value={String(version)}>
          Version {version}
        </option>
      ))}
    </Choice>
  );
}
