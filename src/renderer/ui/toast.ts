export interface ToastNews {
  tone: 'good' | 'bad';
  text: string;
  description?: string | undefined;
  action?: { label: string; run: () => void } | undefined;
  /** How long it stays unless it is pointed at. */
  durationMs: number;
}

/** The event that carries news to the `Toaster`, wherever in the window they come from. */
export const toastEvent = 'agent-runtime:toast';

type Extras = Pick<Partial<ToastNews>, 'description' | 'action'>;

function tell(tone: ToastNews['tone'], text: string, extras: Extras): void {
  const durationMs = extras.action ? 15_000 : tone === 'bad' ? 8_000 : 4_000;
  window.dispatchEvent(new CustomEvent<ToastNews>(toastEvent, { detail: { tone, text, durationMs, ...extras } }));
}

export const toast = {
  success: (text: string, extras: Extras = {}) => tell('good', text, extras),
  error: (text: string, extras: Extras = {}) => tell('bad', text, extras),
};
