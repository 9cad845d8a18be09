import { expect, test } from 'vitest';
import { Attention } from '../../../src/main/desktop/attention.ts';

test('the desktop shows what a person wants to be told of, but not twice what waits for them or has failed', () => {
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
  const attention = new Attention({ Notification } as never, {} as never, window);
  const told = { kind: 'notification', process: 'p' };
  attention.hear({ ...told, state: 'budget.warning', text: 'p: budget\nFour fifths are used.' });
  attention.hear({ ...told, state: 'inbox.opened', text: 'p asks\nShall I?', item: 'itm_1' });
  attention.hear({ ...told, state: 'process.failed', text: 'p is failed\nit broke' });
  attention.hear({ kind: 'run.changed', process: 'p' });
  expect(shown).toEqual([{ title: 'p: budget', body: 'Four fifths are used.' }]);
  expect(routes).toEqual(['/agents/p']);
});
