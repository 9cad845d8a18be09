import { lazy, Suspense } from 'react';
import type { CodeEditorProps } from './code-editor.tsx';
import { cx } from './cx.ts';

const CodeEditor = lazy(() => import('./code-editor.tsx').then(({ CodeEditor }) => ({ default: CodeEditor })));

/** The code editor, loaded when it is first needed. */
export function LazyCode(props: CodeEditorProps) {
  return (
    <Suspense fallback={<div className={cx('breathing rounded-lg border bg-sunken', props.className)} />}>
      <CodeEditor {...props} />
    </Suspense>
  );
}
