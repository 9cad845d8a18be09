import { cx } from './cx.ts';
import { hunks, lineDiff } from './line-diff.ts';

const signs = { same: ' ', added: '+', removed: '−' };

/** What a change of text adds and takes away. */
export function DiffView({ before, after }: { before: string; after: string }) {
  const lines = hunks(lineDiff(before, after));
  return (
    <section
      aria-label="Changes"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys
      tabIndex={0}
      className="max-h-[50vh] overflow-auto rounded-lg border bg-sunken py-1.5 font-mono text-xs leading-5"
    >
      {lines.map((line, index) =>
        line === null ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one diff never move
          <div key={index} className="px-3 text-faint">
            ⋯
          </div>
        ) : (
          <div
            key={`${line.kind}${line.line}`}
            className={cx(
              'flex gap-3 whitespace-pre-wrap break-words px-3',
              line.kind === 'added' && 'bg-ok-soft',
              line.kind === 'removed' && 'bg-bad-soft',
            )}
          >
            <span className="w-8 shrink-0 select-none text-right text-faint">{line.line}</span>
            <span
              className={cx(
                'w-3 shrink-0 select-none',
                line.kind === 'added' && 'text-ok',
                line.kind === 'removed' && 'text-bad',
              )}
            >
              {signs[line.kind]}
              {line.kind !== 'same' && <span className="sr-only">{line.kind}: </span>}
            </span>
            <span className="min-w-0">{line.text}</span>
          </div>
        ),
      )}
    </section>
  );
}
