import { describe, expect, test } from 'vitest';
import { agentPicture } from '../../src/renderer/design/agent-picture.ts';
import { createDraftStore, isChanged } from '../../src/renderer/design/draft-store.ts';
import { emittedBy, hears, listenersOf, matchesPattern } from '../../src/renderer/design/emitted.ts';
import { editText, placeOf, readText, valueAt } from '../../src/renderer/design/manifest-text.ts';
import { newTrigger } from '../../src/renderer/design/new-trigger.ts';
import { triggerTypes } from '../../src/renderer/design/part-form-fields.ts';
import { freeName, starterManifest } from '../../src/renderer/design/starter-manifest.ts';
import { triggerWords } from '../../src/renderer/design/trigger-words.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { readManifest } from '../../src/shared/manifest.ts';

const text = `# What this is for.
version: "1.0"
name: watcher # its name
model: script

triggers:
  # every five minutes
  - type: cron
    cron_expression: "*/5 * * * *"
script: |
  export default async function run() {}
config:
  max_restarts: 3
`;
const objectOf = (source: string): JsonObject => {
  const read = readText(source);
  return read.ok ? read.value : {};
};

describe('a manifest changed in the window', () => {
  test('keeps its comments, its order and everything that was not changed', () => {
    const changed = editText(text, [{ path: ['triggers', 0, 'cron_timezone'], value: 'Europe/Berlin' }]);
    expect(changed).toBe(text.replace('"*/5 * * * *"\n', '"*/5 * * * *"\n    cron_timezone: Europe/Berlin\n'));
  });

  test('keeps the comment behind a value that was changed', () => {
    const changed = editText(text, [{ path: ['name'], value: 'other' }]);
    expect(changed).toBe(text.replace('name: watcher', 'name: other'));
  });

  test('that is changed back is what it was', () => {
    const path = ['triggers', 0, 'enabled'];
    expect(editText(editText(text, [{ path, value: false }]), [{ path, value: undefined }])).toBe(text);
  });

  test.each(['triggers:\n  - type: cron\n', 'triggers: []\n', ''])(
    'takes a first or further trigger after %j',
    (before) => {
      const changed = objectOf(
        editText(`name: a\n${before}`, [
          { path: ['triggers', before.includes('cron') ? 1 : 0], value: { type: 'webhook' } },
        ]),
      );
      expect(Array.isArray(changed['triggers']) && changed['triggers'].at(-1)).toEqual({ type: 'webhook' });
    },
  );

  test('loses a section with its last setting', () => {
    const nested = editText(text, [{ path: ['context', 'file_mounts', 'inbox'], value: '/tmp' }]);
    expect(editText(nested, [{ path: ['context', 'file_mounts', 'inbox'], value: undefined }])).toBe(text);
  });

  test('long lines are not folded', () => {
    const words = 'word '.repeat(60).trim();
    expect(editText(text, [{ path: ['description'], value: words }])).toContain(`description: ${words}\n`);
  });

  test('text that cannot be read is left as it is, and the line is told', () => {
    const broken = 'name: a\ntriggers: [\n';
    expect(editText(broken, [{ path: ['name'], value: 'b' }])).toBe(broken);
    expect(readText(broken)).toMatchObject({ ok: false, line: 3 });
    expect(readText('- a list')).toMatchObject({ ok: false });
  });

  test('settings of older files are changed where they stand', () => {
    expect(placeOf(objectOf(text), 'max_restarts')).toEqual(['config', 'max_restarts']);
    expect(placeOf(objectOf(text), 'max_turns')).toEqual(['max_turns']);
    expect(valueAt(objectOf(text), ['triggers', 0, 'type'])).toBe('cron');
  });
});

describe('what an agent begins with', () => {
  test.each(['script', 'model'] as const)('the starter with a %s is right as it stands', (how) => {
    expect(readManifest(objectOf(starterManifest('new-agent', how)))).toMatchObject({ ok: true, name: 'new-agent' });
  });

  test.each(triggerTypes)('a new %s trigger is right as it stands and can be said in words', (type) => {
    const trigger = newTrigger(type);
    expect(readManifest({ name: 'a', model: 'script', script: 'x', triggers: [trigger] })).toMatchObject({ ok: true });
    expect(triggerWords(trigger)).not.toMatch(/yet|undefined/);
  });

  test('its name is free', () => expect(freeName(['new-agent', 'new-agent-2'])).toBe('new-agent-3'));
});

describe('a draft', () => {
  const opened = () => {
    let now = 0;
    const store = createDraftStore(() => (now += 5_000));
    store.getState().open('a', 'base', 1);
    return { store, draft: () => store.getState().drafts['a'], fast: () => (now -= 5_000) };
  };

  test('is undone and redone step by step', () => {
    const { store, draft } = opened();
    for (const next of ['one', 'two']) store.getState().write('a', next, '');
    store.getState().undo('a');
    expect(draft()?.text).toBe('one');
    store.getState().undo('a');
    store.getState().undo('a');
    expect(draft()).toMatchObject({ text: 'base', past: [] });
    store.getState().redo('a');
    store.getState().redo('a');
    expect(draft()).toMatchObject({ text: 'two', future: [] });
  });

  test('writing on in the same field is one step', () => {
    const { store, draft, fast } = opened();
    for (const next of ['w', 'wo', 'wor']) {
      store.getState().write('a', next, 'name');
      fast();
    }
    store.getState().undo('a');
    expect(draft()?.text).toBe('base');
  });

  test('a newer version is taken over only when nothing would be lost', () => {
    const { store, draft } = opened();
    store.getState().open('a', 'newer', 2);
    expect(draft()).toMatchObject({ text: 'newer', version: 2 });
    store.getState().write('a', 'mine', '');
    store.getState().open('a', 'newest', 3);
    expect(draft()).toMatchObject({ text: 'mine', base: 'newer', version: 2 });
    store.getState().rebase('a', 'newest', 3);
    expect(draft()).toMatchObject({ text: 'mine', base: 'newest', version: 3 });
    expect(isChanged(draft() as NonNullable<ReturnType<typeof draft>>)).toBe(true);
  });
});

describe('who hears what', () => {
  test.each([
    ['orders.new', 'orders.new', true],
    ['orders.*', 'orders.new', true],
    ['orders.*', 'orders.new.eu', false],
    ['orders.*', 'orders', false],
    ['orders.>', 'orders.new.eu', true],
    ['orders.>', 'orders', false],
    ['>', 'anything.at.all', true],
    ['*.new', 'orders.new', true],
    ['orders', 'orders.new', false],
  ])('%s takes %s: %s', (pattern, name, taken) => expect(matchesPattern(pattern, name)).toBe(taken));

  test('a trigger that is off, or wants another source, does not hear', () => {
    const [listener] = listenersOf('analyst', [{ type: 'event', event_type: 'a.b', event_source: 'monitor' }]);
    const event = { kind: 'event' as const, name: 'a.b' };
    expect(listener && hears(listener, event, 'monitor')).toBe(true);
    expect(listener && hears(listener, event, 'other')).toBe(false);
    expect(listener && hears({ ...listener, enabled: false }, event, 'monitor')).toBe(false);
  });

  test('what is emitted is found in the script and in the instructions', () => {
    const manifest = {
      script:
        "await agent.emit('pipeline.degraded', {}); await agent.send(\"support.tier1\", 1); agent.emit('pipeline.degraded')",
      instructions: "Fire a 'pipeline.alert' event.",
    };
    expect(emittedBy(manifest)).toEqual([
      { kind: 'event', name: 'pipeline.degraded', known: 'script' },
      { kind: 'message', name: 'support.tier1', known: 'script' },
      { kind: 'event', name: 'pipeline.alert', known: 'told' },
    ]);
  });
});

describe('the drawing of an agent', () => {
  const manifest = { name: 'a', triggers: [{ type: 'cron' }, { type: 'event', enabled: false }] };
  const picture = agentPicture(
    manifest,
    [{ kind: 'event', name: 'x.y', known: 'seen' }],
    listenersOf('b', [{ type: 'event', event_type: 'x.*' }]),
  );

  test('has every trigger, what it emits, and who hears it', () => {
    expect(picture.parts.map(({ kind }) => kind).sort()).toEqual([
      'agent',
      'emitted',
      'listener',
      'queue',
      'state',
      'tools',
      'trigger',
      'trigger',
    ]);
    expect(picture.links.find(({ from }) => from === 'trigger:1')?.dashed).toBe(true);
  });

  test('reads from left to right and nothing covers anything', () => {
    const x = (kind: string) => picture.parts.find((part) => part.kind === kind)?.x ?? 0;
    expect([x('trigger'), x('queue'), x('agent'), x('emitted'), x('listener')]).toEqual(
      [x('trigger'), x('queue'), x('agent'), x('emitted'), x('listener')].toSorted((a, b) => a - b),
    );
    for (const a of picture.parts) {
      for (const b of picture.parts) {
        const apart =
          a === b || a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart, `${a.id} and ${b.id}`).toBe(true);
      }
    }
  });

  test('of an agent without triggers says so', () => {
    expect(agentPicture({ name: 'a' }, [], []).parts.some(({ kind }) => kind === 'no-trigger')).toBe(true);
  });

  test('settings of older files are drawn too', () => {
    const old = agentPicture({ name: 'a', config: { concurrency: 4 } }, [], []);
    expect(old.parts.find(({ kind }) => kind === 'queue')?.content['concurrency']).toBe(4);
  });
});
