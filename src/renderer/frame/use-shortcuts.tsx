import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react';
import { askedBy, type KeyMap, matching, type ShortcutId, shortcuts, strokeOf } from '../../shared/shortcuts.ts';
import { useWhyNot } from '../stores/access.tsx';
import { useWorkspace } from '../stores/workspace-store.ts';
import { toast } from '../ui/toast.ts';

/** False: not now, let others or the browser have the key. */
// biome-ignore lint/suspicious/noConfusingVoidType: most answers are plain doings
type Answer = (event: KeyboardEvent) => false | void;
export type Answers = Partial<Record<ShortcutId, Answer>>;

type Layers = { current: Answers }[];
const LayersContext = createContext<Layers>([]);

/** How long a sequence such as `g a` may take between its strokes. */
export const sequenceMs = 1_200;

/** Listens to the keyboard once; the screen that was drawn last answers first. */
export function ShortcutProvider({ children }: { children: ReactNode }) {
  const changed = useWorkspace((state) => state.keys);
  const layers = useRef<Layers>([]).current;
  const whyNot = useWhyNot();
  const refusal = useRef(whyNot);
  refusal.current = whyNot;
  useEffect(() => listen(layers, changed, (id) => refusal.current(askedBy(id))), [layers, changed]);
  return <LayersContext value={layers}>{children}</LayersContext>;
}

/** Answers keys for as long as the component is drawn. */
export function useShortcuts(answers: Answers): void {
  const layers = useContext(LayersContext);
  const layer = useRef(answers);
  layer.current = answers;
  useEffect(() => {
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, [layers]);
}

/** What has an answer at this place right now, the newest place first; and a way to give it without its key. */
export function useAnswers(): { ids(): ShortcutId[]; give(id: ShortcutId): boolean } {
  const layers = useContext(LayersContext);
  const whyNot = useWhyNot();
  const may = (id: ShortcutId) => whyNot(askedBy(id)) === null;
  const answers = () => layers.toReversed().flatMap(({ current }) => Object.keys(current).filter(isShortcut));
  return {
    ids: () => [...new Set(answers())].filter(may),
    give: (id) => answered(layers, [id], new KeyboardEvent('keydown'), (asked) => whyNot(askedBy(asked))),
  };
}

function isShortcut(id: string): id is ShortcutId {
  return id in shortcuts;
}

/** Why this device may not do what a key is for; null: it may. */
type Refusal = (id: ShortcutId) => string | null;

function listen(layers: Layers, changed: KeyMap, refusal: Refusal): () => void {
  let before = '';
  let timer: ReturnType<typeof setTimeout> | undefined;

  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
    if (isTakenByFocus(event)) return;
    const stroke = strokeOf(event);
    const strokes = before ? `${before} ${stroke}` : stroke;
    clearTimeout(timer);
    const { ids, longer } = matching(strokes, changed);
    before = longer ? strokes : '';
    if (longer) timer = setTimeout(() => (before = ''), sequenceMs);
    if (answered(layers, ids, event, refusal)) event.preventDefault();
  }

  window.addEventListener('keydown', onKeyDown);
  return () => {
    clearTimeout(timer);
    window.removeEventListener('keydown', onKeyDown);
  };
}

function answered(layers: Layers, wanted: readonly ShortcutId[], event: KeyboardEvent, refusal: Refusal): boolean {
  for (const layer of layers.toReversed()) {
    for (const id of wanted) {
      const answer = layer.current[id];
      if (!answer) continue;
      const why = refusal(id);
      if (why !== null) toast.error(why);
      if (why !== null || answer(event) !== false) return true;
    }
  }
  return false;
}

/** Keys that belong to what has the focus: text being typed, a button about to be pressed, an open dialog or menu. */
function isTakenByFocus(event: KeyboardEvent): boolean {
  // The first of the path lies inside of a shadow root, as the code editor does.
  const [first] = event.composedPath();
  const target = first instanceof Element ? first : null;
  const command = event.ctrlKey || event.metaKey;
  if (target?.closest('input, textarea, select, [contenteditable="true"]')) {
    const undoing = command && event.key.toLowerCase() === 'z';
    return undoing || !(command || event.altKey || event.key === 'Escape');
  }
  if ((event.key === ' ' || event.key === 'Enter') && !command) {
    const pressable = target?.closest('button, summary, [role="button"], [role="menuitem"], [role="option"]');
    if (pressable || (event.key === 'Enter' && target?.closest('a'))) return true;
  }
  const modal = document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]');
  return modal !== null && !(command && (event.key === 'Enter' || event.key === 'k'));
}
