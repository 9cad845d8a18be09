import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import { markdown } from '@codemirror/lang-markdown';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { cx } from './cx.ts';

export interface CodeProblem {
  /** From 1; null: it is about the whole. */
  line: number | null;
  message: string;
}

export interface CodeEditorProps {
  language: 'yaml' | 'json' | 'javascript' | 'markdown';
  label: string;
  value: string;
  /** Left out: it can be read only. */
  onChange?: (text: string) => void;
  problems?: readonly CodeProblem[];
  className?: string;
}

const languages = { yaml, json, javascript, markdown };

/** A small code editor. Tab leaves it, as everywhere; text that comes from outside is taken over where it differs. */
export function CodeEditor({ language, label, value, onChange, problems, className }: CodeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const readOnly = onChange === undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is taken over by the effect below
  useEffect(() => {
    if (!place.current) return;
    const state = EditorState.create({
      doc: value,
      extensions: extensionsOf(language, label, readOnly, (text) => changed.current?.(text)),
    });
    // In a shadow root its styles are adopted sheets; elsewhere they would be style elements, which the policy of the page refuses.
    const root = place.current.shadowRoot ?? place.current.attachShadow({ mode: 'open', delegatesFocus: true });
    const editor = new EditorView({ state, parent: root, root });
    view.current = editor;
    return () => editor.destroy();
  }, [language, label, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new text has to be marked again
  useEffect(() => {
    const editor = view.current;
    if (editor && problems)
      editor.dispatch(
        setDiagnostics(
          editor.state,
          problems.map((problem) => markOf(editor, problem)),
        ),
      );
  }, [problems, value]);

  return (
    <div
      ref={place}
      className={cx(
        'min-h-0 overflow-hidden rounded-lg border border-edge/70 bg-surface focus-within:border-accent',
        className,
      )}
    />
  );
}

function markOf(editor: EditorView, { line, message }: CodeProblem): Diagnostic {
  const { doc } = editor.state;
  const at = doc.line(Math.min(doc.lines, Math.max(1, line ?? 1)));
  return { from: at.from, to: at.to, severity: 'error', message };
}

function extensionsOf(
  language: CodeEditorProps['language'],
  label: string,
  readOnly: boolean,
  onText: (text: string) => void,
): Extension[] {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightSelectionMatches(),
    ...(readOnly ? [EditorState.readOnly.of(true)] : [highlightActiveLine(), lintGutter()]),
    keymap.of([...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'), ...historyKeymap, ...searchKeymap]),
    languages[language](),
    syntaxHighlighting(colours),
    look,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      'aria-label': label,
      tabindex: '0',
      ...(readOnly ? { 'aria-readonly': 'true' } : {}),
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onText(update.state.doc.toString());
    }),
  ];
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent-text)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--busy)' },
  { tag: [tags.keyword, tags.operatorKeyword, tags.moduleKeyword], color: 'var(--bad)' },
  { tag: [tags.comment, tags.meta], color: 'var(--faint)', fontStyle: 'italic' },
  { tag: [tags.heading, tags.strong], fontWeight: '600' },
  { tag: tags.function(tags.variableName), color: 'var(--warn)' },
  { tag: tags.link, color: 'var(--accent-text)', textDecoration: 'underline' },
]);

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '0.8125rem', color: 'var(--ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-code)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--faint)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--accent-soft) 45%, transparent)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--accent) 26%, transparent) !important',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    color: 'var(--ink)',
  },
  '.cm-diagnostic': { padding: '4px 8px', fontFamily: 'var(--font-ui)', whiteSpace: 'normal', maxWidth: '26rem' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--ink)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)' },
});
