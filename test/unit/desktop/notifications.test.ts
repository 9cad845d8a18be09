import { expect, test } from 'vitest';
import { Attention } from '../../../src/main/desktop/attention.ts';

function desktop() {
  const shown: { title: string; body: string }[] = [];
  const routes: string[] = [];
  class Notification {
    readonly #clicks: (() => void)[] = [];
    readonly options: { title: string; body: string };
    static isSupported = () => true;
    constructor(options: { title: string; body: string }) {
      this.options = options;
    }
    on(event: string, listener: () => void) {
      if (event === 'click') this.#clicks.push(listener);
      return this;
    }
    show() {
      shown.push(this.options);
      for (const click of this.#clicks) click();
    }
  }
  const window = { isInFront: () => false, show: (route: string) => void routes.push(route) };
  return { shown, routes, Notification, window };
}

test('the desktop shows what a person wants to be told of, but not twice what waits for them or has failed', () => {
  const { shown, routes, Notification, window } = desktop();
  const attention = new Attention({ Notification } as never, {} as never, window);
  const told = { kind: 'notification', process: 'p' };
  attention.hear({ ...told, state: 'budget.warning', text: 'p: budget\nFour fifths are used.' });
  attention.hear({ ...told, state: 'inbox.opened', text: 'p asks\nShall I?', item: 'itm_1' });
  attention.hear({ ...told, state: 'process.failed', text: 'p is failed\nit broke' });
  attention.hear({ kind: 'run.changed', process: 'p' });
  expect(shown).toEqual([{ title: 'p: budget', body: 'Four fifths are used.' }]);
  expect(routes).toEqual(['/agents/p']);
});

test('the desktop tells of each failure and missed time once, and of no result', async () => {
  const { shown, routes, Notification, window } = desktop();
  const asked: unknown[] = [];
  let items: unknown[] = [];
  const listInbox = async (input: unknown) => {
    asked.push(input);
    return { items, next: null };
  };
  const attention = new Attention({ Notification } as never, { listInbox } as never, window);
  await attention.look();
  const item = { process: 'p', question: 'No answer.', snoozedUntil: null };
  items = [
    { ...item, id: 'itm_1', kind: 'failure', title: 'p has failed' },
    { ...item, id: 'itm_2', kind: 'question', title: 'asks' },
  ];
  await attention.look();
  await attention.look();
  for (const state of ['run.failed', 'event.dead', 'schedule.missed', 'node.clock'])
    attention.hear({ kind: 'notification', process: 'p', state, text: 'told already' });
  expect(shown.map(({ title }) => title)).toEqual(['p has failed', 'p: asks']);
  expect(routes).toEqual(['/inbox/itm_1', '/inbox/itm_2']);
  expect(String((asked[0] as { kind: string }).kind).split(',')).not.toContain('finished');
});
