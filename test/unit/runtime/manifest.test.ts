import { describe, expect, test } from 'vitest';
import {
  checkManifest,
  editManifest,
  manifestText,
  parseManifest,
} from '../../../src/main/runtime/manifests/manifest.ts';
import { readManifest } from '../../../src/shared/manifest.ts';
import { caught } from '../../world/caught.ts';

const head = 'version: "1.0"\nname: watcher\n';

/** What is wrong, as `path:line message`. */
const wrong = (text: string): string[] =>
  checkManifest(text, {}).problems.map(({ path, line, message }) => `${path}:${line} ${message}`);

describe('a manifest that is not right', () => {
  test.each<[string, string, string]>([
    ['nothing', '', ':null A manifest is a mapping with at least a name.'],
    ['a list', '- name: a\n', ':1 A manifest is a mapping'],
    ['text', '"watcher"', ':1 A manifest is a mapping'],
    ['no name', 'version: "1.0"\nmodel: script\n', 'name:1 name is missing; it is a string.'],
    ['a name with a blank', 'name: my agent\n', 'name:1 use a letter, then letters, digits'],
    [
      'a version of the future',
      'name: a\nversion: "2.0"\n',
      'version:2 this version of the format is not known; write "1.0"',
    ],
    ['a misspelt setting', `${head}modle: x\n`, 'modle:3 There is no setting called modle here. Did you mean model?'],
    [
      'camelCase',
      `${head}maxTurns: 3\n`,
      'maxTurns:3 There is no setting called maxTurns here. Did you mean max_turns?',
    ],
    ['a setting from nowhere', `${head}qqqqqqqqqq: 3\n`, 'qqqqqqqqqq:3 There is no setting called qqqqqqqqqq here.'],
    [
      'a misspelt setting in a block',
      `${head}config:\n  journal_levl: full\n`,
      'config.journal_levl:4 There is no setting called journal_levl here. Did you mean journal_level?',
    ],
    [
      'a misspelt setting of a trigger',
      `${head}triggers:\n  - type: cron\n    cron_expression: "* * * * *"\n    timezone: UTC\n`,
      'triggers[0].timezone:6 There is no setting called timezone here.',
    ],
    [
      'a trigger that lacks what it needs',
      `${head}triggers:\n  - type: event\n`,
      'triggers[0].event_type:4 event_type is missing; it is a string.',
    ],
    [
      'a trigger of no kind there is',
      `${head}triggers:\n  - type: corn\n`,
      'triggers[0].type:4 Use one of cron, webhook',
    ],
    ['a number that is text', `${head}max_turns: lots\n`, 'max_turns:3 This must be a number, not a text.'],
    ['a number that is too small', `${head}concurrency: 0\n`, 'concurrency:3 Too small: expected number to be >=1'],
    ['a duration in no unit', `${head}tool_timeout: 5x\n`, 'tool_timeout:3 use seconds, or text such as "500ms"'],
    ['a script agent without a script', `${head}model: script\n`, 'script:1 model: script needs a script'],
    [
      'two triggers with one id',
      `${head}triggers:\n  - { type: event, event_type: x, id: one }\n  - { type: event, event_type: y, id: one }\n`,
      'triggers:3 Two triggers have the id "one"',
    ],
    [
      'a cron expression that never fires',
      `${head}triggers:\n  - type: cron\n    cron_expression: "61 * * * *"\n`,
      'triggers[0].cron_expression:5 The schedule "61 * * * *" cannot be used: minute 61 is above 59.',
    ],
    [
      'a zone that is nowhere',
      `${head}triggers:\n  - type: cron\n    cron_expression: "1 * * * *"\n    cron_timezone: Mars/Phobos\n`,
      'triggers[0].cron_timezone:6 ',
    ],
    [
      'a filter that cannot be read',
      `${head}triggers:\n  - type: event\n    event_type: x\n    filter_expression: "a =="\n`,
      'triggers[0].filter_expression:6 ',
    ],
    [
      'a variable that is not set',
      `${head}instructions: use \${NOWHERE}\n`,
      'instructions:3 The variable NOWHERE is not set; set it, or write ${NOWHERE:-default}.',
    ],
    ['YAML that is broken', `${head}triggers: [\n`, ':'],
    ['a key twice', `${head}name: other\n`, ':3 Map keys must be unique'],
    ['two documents', `${head}---\nname: b\n`, ':3 '],
    [
      'a few lines that stand for gigabytes',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd', 'e'].map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcd'[at]}`).join(',')}]`).join('\n')}\n`,
      ':null ',
    ],
    ['a key that is none', `${head}__proto__: { x: 1 }\n`, '__proto__:3 There is no setting called __proto__ here.'],
  ])('for %s says so, with the place', (_what, text, expected) => {
    const check = checkManifest(text, {});
    expect(check.valid).toBe(false);
    expect(
      wrong(text).some((problem) => problem.startsWith(expected)),
      wrong(text).join('\n'),
    ).toBe(true);
  });

  test('lists every problem, not only the first, and refuses with the first in its message', () => {
    const text = `${head}modle: x\nconcurrency: 0\ntriggers:\n  - type: cron\n`;
    expect(checkManifest(text, {}).problems.map(({ path }) => path)).toEqual([
      'modle',
      'triggers[0].cron_expression',
      'concurrency',
    ]);
    const refusal = caught(() => parseManifest(text, {}));
    expect(refusal).toMatchObject({ code: 'MANIFEST_INVALID', details: { problems: { length: 3 } } });
    expect(refusal.message).toBe(
      'The manifest is not right: line 3: There is no setting called modle here. Did you mean model?',
    );
  });

  test.each([
    ['cron_expression: "61 * * * *"', 'CRON_INVALID'],
    ['cron_expression: "* * * *"', 'CRON_INVALID'],
    ['cron_expression: "@every 1s"', 'CRON_INVALID'],
    ['cron_expression: "0 0 31 2 *"', 'CRON_INVALID'],
    ['cron_expression: "1 * * * *"\n    cron_timezone: Mars/Phobos', 'TZ_UNKNOWN'],
    ['cron_expression: "1 * * * *"\n    filter_expression: "a =="', 'FILTER_INVALID'],
    ['cron_expression: "1 * * * *"\n    timezone: UTC', 'UNKNOWN_FIELD'],
    ['cron_expression: "61 * * * *"\n    cron_timezone: 7', 'MANIFEST_INVALID'],
  ])('for one reason, %s, is refused with the code of that reason', (written, code) => {
    const refusal = caught(() => parseManifest(`${head}triggers:\n  - type: cron\n    ${written}\n`, {}));
    expect(refusal).toMatchObject({ code, details: { problems: [{ line: expect.any(Number) }] } });
    expect(refusal.message).toMatch(/line [56]/);
  });

  test('as an object is told by path, since it has no lines', () => {
    const refusal = caught(() => parseManifest({ name: 'a', triggers: [{ type: 'cron' }] }, {}));
    expect(refusal.message).toContain('triggers[0].cron_expression: cron_expression is missing');
  });

  test('longer than any that a person writes is not even read', () => {
    expect(wrong(`name: a\ninstructions: ${'x'.repeat(2_000_000)}`)).toEqual([
      ':null A manifest has at most 2000000 characters.',
    ]);
  });
});

describe('a manifest that is right', () => {
  test('may say older things in older words, and newer ones win', () => {
    const read = (text: string) => {
      const reading = readManifest(parseManifest(text, {}).definition.manifest);
      return reading.ok ? reading.config : undefined;
    };
    expect(
      read(`${head}config: { journal_level: checkpoint, restart_on_failure: true, max_restarts: 7 }\n`),
    ).toMatchObject({
      journal: { level: 'checkpoint' },
      restartPolicy: 'on_failure',
      maxRestarts: 7,
    });
    expect(
      read(`${head}max_restarts: 1\nconfig: { restart_on_failure: false, max_restarts: 7, heartbeat_interval: 10 }\n`),
    ).toMatchObject({
      restartPolicy: 'never',
      maxRestarts: 1,
    });
    expect(read(`${head}world: { a: 1, b: 1 }\ncontext: { initial_state: { b: 2 } }\n`)?.context.initialState).toEqual({
      a: 1,
      b: 2,
    });
  });

  test('is warned of what it will not do', () => {
    expect(checkManifest(`${head}model: openai:gpt-5-mini\n`, {}).warnings.join()).toMatch(
      /No instructions.*No triggers/,
    );
    const hook = `${head}instructions: x\ntriggers:\n  - type: webhook\n    webhook_path: /in\n    webhook_port: 9090\n`;
    expect(checkManifest(hook, {}).warnings.join()).toMatch(/webhook_port.*no effect.*no signature/);
  });

  test('keeps variables and the text as they were written; what they stand for is put in when it is used', () => {
    const text = `${head}# my agent\ninstructions: \${WHAT:-watch} it\nscript: "return \`\${x}\`"\n`;
    const { definition } = parseManifest(text, { WHAT: 'guard' });
    expect(definition.text).toBe(text);
    expect(JSON.stringify(definition.manifest)).toContain('${WHAT:-watch} it');
    expect(JSON.stringify(definition.manifest)).not.toContain('guard');
  });

  test('keeps its comments and order when one thing in it is changed', () => {
    const text = `${head}# why\nmax_turns: 3 # not more\ntags: [a]\n`;
    const { definition } = parseManifest(text, {});
    const edited = editManifest(definition, (document) => document.set('max_turns', 4));
    expect(edited).toBe(text.replace('max_turns: 3', 'max_turns: 4').replace('[a]', '[ a ]'));
    const { definition: made } = parseManifest({ name: 'a', max_turns: 3 }, {});
    expect(manifestText(made)).toBe('name: a\nmax_turns: 3\n');
  });
});
