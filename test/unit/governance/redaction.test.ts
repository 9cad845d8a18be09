import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RedactedStream, Redactor } from '../../../src/main/lib/redaction.ts';
import { encoded, forms } from '../../world/encodings.ts';

const values = [
  's3cr3t-value',
  'pä"ss\\wörd\n<&>',
  'sk-proj-AbC_123/xyz+=',
  randomBytes(24).toString('base64'),
  'spaces and\ttabs',
];

describe.each(values)('the secret %j', (value) => {
  const redactor = new Redactor([{ name: 'key', value }]);

  test.each(forms)('is taken out as %s, alone and in the middle of a text', (form) => {
    const text = encoded(value, form);
    expect(redactor.text(text)).toContain('[secret:key]');
    const around = redactor.text(`before ${text} after`);
    expect(around).not.toContain(text);
    expect(around).toMatch(/^before .*after$/s);
  });

  test('is taken out of a longer text that was encoded as a whole', () => {
    for (const before of ['', 'u', 'us', 'user:']) {
      const basic = Buffer.from(`${before}${value}@host`).toString('base64');
      expect(redactor.text(basic)).toContain('[secret:key]');
    }
  });
});

test('keys and values of any depth are cleaned, and what holds no secret is given back as it is', () => {
  const redactor = new Redactor([{ name: 'key', value: 'hunter2-hunter2' }]);
  const clean = { a: ['x', { b: 1 }], c: null };
  expect(redactor.value(clean)).toBe(clean);
  expect(redactor.value({ 'is hunter2-hunter2': [{ x: 'hunter2-hunter2!' }] })).toEqual({
    'is [secret:key]': [{ x: '[secret:key]!' }],
  });
});

test('values that are found everywhere are left alone', () => {
  expect(new Redactor([{ name: 'pin', value: '12345' }]).isEmpty).toBe(true);
});

describe('a text that comes in pieces', () => {
  const redactor = new Redactor(values.map((value, n) => ({ name: `key_${n}`, value })));
  const streamed = (pieces: readonly string[]): string => {
    let given = '';
    const stream = new RedactedStream(redactor, (text) => {
      given += text;
    });
    for (const piece of pieces) stream.push(piece);
    stream.end();
    return given;
  };

  test('gives away no secret, wherever it is cut', () => {
    for (const value of values)
      for (const form of forms) {
        const text = `so ${encoded(value, form)} it is`;
        for (let cut = 1; cut < text.length; cut++) {
          const given = streamed([text.slice(0, cut), text.slice(cut)]);
          expect(given).not.toContain(encoded(value, form));
          expect(given).toBe(redactor.text(text));
        }
        expect(streamed([...text])).not.toContain(encoded(value, form));
      }
  });

  test('holds nothing back for long: what cannot be the beginning of a secret goes on at once', () => {
    const given: string[] = [];
    const stream = new RedactedStream(redactor, (text) => given.push(text));
    for (const piece of ['Hello, ', 'world. s3c', 'ond thoughts, s3cr3t-va']) stream.push(piece);
    expect(given.join('')).toBe('Hello, world. s3cond thoughts, ');
    stream.end();
    expect(given.join('')).toBe('Hello, world. s3cond thoughts, s3cr3t-va');
  });
});
