// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { Lock } from 'lucide-react';
import { memo, useRef } from 'react';
import { hrefs } from '../frame/route.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { bytes, plural, roundly } from '../ui/format.ts';
import { useRowHeight } from '../ui/row-height.ts';
import { Ago } from '../ui/time.tsx';
import { useCursor } from '../ui/use-cursor.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';

const columns =
  'grid grid-cols-[minmax(9rem,1.2fr)_minmax(10rem,2fr)_7rem_7rem_minmax(9rem,1fr)] items-center gap-4 px-6 narrow:grid-cols-[minmax(0,1fr)_6rem] narrow:px-4';

/** Every agent with what it keeps, how large that is, who wrote last, and how full the window of its model is. */
export function KeepersTable() {
  const processes = useProcesses();
  const wide = useMedia('(width >= 52rem)');
  const rowHeight = useRowHeight();
  const list = useRef<VirtualRowsRef>(null);
  const names = processes.map(({ name }) => name);
  const { current, setCurrent } = useCursor(names, list);
  return (
    <VirtualRows
      ref={list}
      label="What agents keep"
      count={names.length}
      rowHeight={rowHeight}
      keyOf={(index) => names[index] ?? String(index)}
      className="border-t bg-surface"
      header={wide && <HeaderRow />}
    >
      {(index) => {
        const name = names[index];
        return name && <KeeperRow name={name} wide={wide} lit={current === name} onFocus={setCurrent} />;
      }}
    </VirtualRows>
  );
}

function HeaderRow() {
  return (
    <div role="row" className={`${columns} h-9 border-b font-medium text-dim text-xs`}>
      {['Agent', 'Keeps', 'Size', 'Last written', 'What the model sees'].map((text) => (
        <span key={text} role="columnheader">
          {text}
        </span>
      ))}
    </div>
  );
}

interface KeeperRowProps {
  name: string;
  wide: boolean;
  lit: boolean;
  onFocus: (name: string) => void;
}

const KeeperRow = memo(function KeeperRow({ name, wide, lit, onFocus }: KeeperRowProps) {
  const context = useRead(`context:${name}`, [`context:${name}`], (client) => client.getContext({ name }));
  const seen = useRead(`window:${name}`, [`conversation:${name}`, `context:${name}`, `process:${name}`], (client) =>
    client.contextWindow({ name }),
  );
  const values = context.value?.items ?? [];
  const locks = context.value?.locks ?? [];
  const size = values.reduce((sum, { key, value }) => sum + key.length + JSON.stringify(value).length, 0);
  const newest = Math.max(0, ...values.map(({ updatedAt }) => updatedAt));
  const tokens = seen.value?.tokens ?? 0;
  return (
    <div
      role="row"
      tabIndex={-1}
      onFocus={() => onFocus(name)}
      className={`${columns} h-full border-line/60 border-b text-[0.8125rem] hover:bg-hover/60 ${lit ? 'bg-accent-soft/50' : ''}`}
    >
      <span role="cell" className="min-w-0 truncate">
        <a className="hover:link font-medium" href={hrefs.agent(name, 'context')}>
          {name}
        </a>
      </span>
      {wide && (
        <span role="cell" className="min-w-0 truncate text-dim">
          {values.length === 0 ? 'nothing' : values.map(({ key }) => key).join(', ')}
          {locks.length > 0 && (
            <span className="ml-2 whitespace-nowrap text-warn" title={locks.map(({ key }) => key).join(', ')}>
              <Lock aria-hidden className="mr-0.5 inline size-3" />
              {locks.length} locked
            </span>
          )}
        </span>
      )}
      <span role="cell" className="text-dim tabular-nums narrow:text-right narrow:text-xs">
        {values.length === 0 ? '–' : `${plural(values.length, 'key')}${wide ? `, ${bytes(size)}` : ''}`}
      </span>
      {wide && (
        <span role="cell" className="text-dim">
          {newest > 0 ? <Ago at={newest} /> : '–'}
        </span>
      )}
      {wide && (
        <span role="cell" className="text-dim">
          {tokens > 0 ? (
            <a className="hover:link" href={hrefs.agent(name, 'conversation')}>
              about {roundly(tokens)} tokens
            </a>
          ) : (
            'no model'
          )}
        </span>
      )}
    </div>
  );
});
