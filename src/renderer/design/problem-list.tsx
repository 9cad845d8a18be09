import { CircleAlert, TriangleAlert } from 'lucide-react';
import type { ManifestCheck } from '../../shared/views/views.ts';

/** What is wrong with a manifest, each at its line, and what is worth a thought. */
export function ProblemList({ problems, warnings }: Pick<ManifestCheck, 'problems' | 'warnings'>) {
  if (problems.length === 0 && warnings.length === 0) return null;
  return (
    <ul
      aria-label="Problems"
      className="max-h-40 shrink-0 overflow-y-auto border-t bg-surface px-6 py-2 text-[0.8125rem] narrow:px-4"
    >
      {problems.map(({ path, line, message }) => (
        <li key={`${path}${message}`} className="flex items-start gap-2 py-1">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          <span className="min-w-0 break-words">
            {line !== null && <span className="font-medium">Line {line}: </span>}
            {path && <code className="text-dim text-xs">{path} </code>}
            {message}
          </span>
        </li>
      ))}
      {warnings.map((warning) => (
        <li key={warning} className="flex items-start gap-2 py-1 text-dim">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
          {warning}
        </li>
      ))}
    </ul>
  );
}
