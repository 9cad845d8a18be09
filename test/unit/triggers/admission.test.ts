import { describe, expect, it } from 'vitest';
import {
  type AdmissionRules,
  admissionRules,
  admit,
  type EarlierEvents,
} from '../../../src/main/triggers/admission.ts';
import type { Wake } from '../../../src/main/triggers/trigger.ts';
import { CronTrigger } from '../../../src/shared/config/trigger-config.ts';
import { caught } from '../../world/caught.ts';
import { draws } from '../../world/draws.ts';

const now = Date.parse('2026-01-05T00:00:00Z');
const wake: Wake = { trigger: 't', kind: 'webhook', dedupeKey: 'k', payload: { size: 5 }, metadata: {}, taint: [] };
const nothing: EarlierEvents = { waiting: [], begun: [] };
const rules = (settings: object): AdmissionRules =>
  admissionRules(CronTrigger.parse({ type: 'cron', cronExpression: '* * * * *', ...settings }));
const plain = { admit: true, priority: 5, notBefore: null, expiresAt: null, supersedes: [] };

describe('an arriving event', () => {
  it('goes ahead when its trigger asks for nothing', () => {
    expect(admit(rules({}), wake, now, nothing)).toEqual(plain);
  });

  it('passes by when the filter does not match, and when it cannot be evaluated', () => {
    expect(admit(rules({ filterExpression: 'size > 3' }), wake, now, nothing).admit).toBe(true);
    expect(admit(rules({ filterExpression: 'size > 5' }), wake, now, nothing).admit).toBe(false);
    expect(admit(rules({ filterExpression: 'size > "x"' }), wake, now, nothing).admit).toBe(false);
    expect(
      admit(rules({ filterExpression: "trigger_id == 't' and trigger_type == 'webhook'" }), wake, now, nothing).admit,
    ).toBe(true);
  });

  it('has the priority of its trigger, and expires when its time is over', () => {
    expect(admit(rules({ priority: 0, expiresAfter: '5m' }), wake, now, nothing)).toEqual({
      ...plain,
      priority: 0,
      expiresAt: now + 300_000,
    });
  });

  it('expires no later than it says itself', () => {
    const expiring = { ...wake, expiresAt: now + 60_000 };
    expect(admit(rules({}), expiring, now, nothing).expiresAt).toBe(now + 60_000);
    expect(admit(rules({ expiresAfter: '5m' }), expiring, now, nothing).expiresAt).toBe(now + 60_000);
    expect(admit(rules({ expiresAfter: '5s' }), expiring, now, nothing).expiresAt).toBe(now + 5_000);
  });

  it('waits out the debounce time and stands for what was waiting', () => {
    const earlier = { waiting: [{ id: 'a', startsAt: now + 5_000 }], begun: [now - 1_000] };
    expect(admit(rules({ debounce: 10 }), wake, now, earlier)).toEqual({
      ...plain,
      notBefore: now + 10_000,
      supersedes: ['a'],
    });
  });

  it('waits its turn when the rate is used up', () => {
    const limit = rules({ rateLimit: { events: 2, per: '1m' } });
    expect(admit(limit, wake, now, { waiting: [], begun: [now - 10_000] }).notBefore).toBeNull();
    expect(admit(limit, wake, now, { waiting: [], begun: [now - 10_000, now - 50_000] }).notBefore).toBe(now + 10_000);
    expect(admit(limit, wake, now, { waiting: [], begun: [now - 70_000, now - 60_000] }).notBefore).toBeNull();
    const waiting = [
      { id: 'a', startsAt: now + 10_000 },
      { id: 'b', startsAt: now + 50_000 },
    ];
    expect(admit(limit, wake, now, { waiting, begun: [now - 10_000, now - 50_000] }).notBefore).toBe(now + 70_000);
  });

  it('does not wait for the turn of what it supersedes', () => {
    const both = rules({ debounce: 1, rateLimit: { events: 1, per: '1h' } });
    expect(admit(both, wake, now, { waiting: [{ id: 'a', startsAt: now + 500 }], begun: [] }).notBefore).toBe(
      now + 1_000,
    );
    expect(admit(both, wake, now, { waiting: [], begun: [now] }).notBefore).toBe(now + 3_600_000);
  });

  it('is refused with its trigger when the filter cannot be read', () => {
    expect(caught(() => rules({ filterExpression: 'a &&' })).code).toBe('FILTER_INVALID');
  });

  it('never begins with more than the limit in any stretch of time, and none is dropped', () => {
    const draw = draws();
    for (let round = 0; round < 50; round++) {
      const events = draw.int(1, 5);
      const perMs = draw.int(1, 20) * 1_000;
      const limit = rules({ rateLimit: { events, per: perMs / 1_000 } });
      const starts: number[] = [];
      let at = now;
      for (let n = 0; n < 100; n++) {
        at += draw.chance(0.7) ? draw.int(0, 500) : draw.int(0, 30_000);
        const waiting = starts.flatMap((startsAt, index) => (startsAt > at ? [{ id: String(index), startsAt }] : []));
        const begun = starts.filter((startsAt) => startsAt <= at).slice(-events);
        starts.push(admit(limit, wake, at, { waiting, begun }).notBefore ?? at);
      }
      expect(starts, draw.label).toEqual([...starts].sort((a, b) => a - b));
      for (const [index, start] of starts.entries()) {
        expect(start - (starts[index - events] ?? Number.NEGATIVE_INFINITY), draw.label).toBeGreaterThanOrEqual(perMs);
      }
    }
  });
});
