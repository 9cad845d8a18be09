import { describe, expect, test } from 'vitest';
import {
  partSections,
  triggerSchemas,
  triggerSections,
  triggerTypes,
} from '../../src/renderer/design/part-form-fields.ts';
import { durationParts } from '../../src/renderer/forms/compound-fields.tsx';
import { type FormField, fieldsOf } from '../../src/renderer/forms/form-field.ts';
import { snake } from '../../src/shared/casing.ts';
import { ProcessConfig, processShape } from '../../src/shared/config/process-config.ts';

const field = (fields: readonly FormField[], key: string) =>
  fields.find((candidate) => candidate.key === key) as FormField;
/** What a trigger form leaves out: its kind, and settings that older files may have but that have no effect. */
const leftOut = ['type', 'webhook_port', 'webhook_host'];

describe('a form made from a schema', () => {
  const all = fieldsOf(ProcessConfig);

  test('has every setting of a process, with its title and default', () => {
    expect(all.map(({ key }) => key)).toEqual(Object.keys(processShape).map(snake));
    expect(field(all, 'concurrency')).toMatchObject({
      title: 'Runs at the same time',
      byDefault: 1,
      kind: { type: 'number', whole: true, least: 1, most: 100 },
    });
  });

  test.each([
    ['description', 'text'],
    ['tags', 'texts'],
    ['model', 'text-or-group'],
    ['models', 'list'],
    ['autostart', 'switch'],
    ['restart_policy', 'choice'],
    ['max_invocation_time', 'duration'],
    ['journal', 'group'],
    ['max_turns', 'number'],
  ])('%s is a %s', (key, type) => expect(field(all, key).kind.type).toBe(type));

  test('knows what is inside of groups', () => {
    const context = field(all, 'context').kind;
    const inside = context.type === 'group' ? context.fields : [];
    expect(field(inside, 'file_mounts').kind).toMatchObject({ type: 'map', of: { kind: { type: 'text-or-group' } } });
    expect(field(inside, 'writable_keys').kind.type).toBe('texts');
    expect(field(inside, 'initial_state').kind).toMatchObject({ type: 'map', of: { kind: { type: 'json' } } });
  });

  test.each(triggerTypes)('the form of a %s trigger offers each of its settings once', (type) => {
    const offered = triggerSections(type).flatMap(({ fields }) => fields.map(({ key }) => key));
    const declared = Object.keys(triggerSchemas[type].shape).map(snake);
    expect(offered.toSorted()).toEqual(declared.filter((key) => !leftOut.includes(key)).toSorted());
  });

  test('together the parts of the drawing offer each setting of a process once', () => {
    for (const model of ['script', 'openai:gpt-5-mini']) {
      const offered = ['queue', 'agent', 'state', 'tools']
        .flatMap((part) => partSections(part, { model }))
        .flatMap(({ fields }) => fields.map(({ key }) => key.split('.')[0] ?? ''));
      const elsewhere = ['triggers', 'tools'];
      expect([...new Set([...offered, ...elsewhere])].toSorted(), model).toEqual(
        Object.keys(processShape).map(snake).toSorted(),
      );
    }
  });
});

describe('a length of time', () => {
  test.each([
    ['5m', { amount: '5', unit: 'm' }],
    ['500ms', { amount: '500', unit: 'ms' }],
    [30, { amount: '30', unit: 's' }],
    [undefined, { amount: '', unit: '' }],
    ['soon', { amount: '', unit: '' }],
  ])('%j', (value, parts) => expect(durationParts(value)).toEqual(parts));
});
