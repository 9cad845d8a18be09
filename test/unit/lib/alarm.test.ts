import { describe, expect, it } from 'vitest';
import { Alarm } from '../../../src/main/lib/alarm.ts';
import { HandClock } from '../../world/hand-clock.ts';

function alarmAt(start = '2026-01-05T00:00:00Z') {
  const clock = new HandClock(start);
  return { clock, alarm: new Alarm(clock), start: clock.now() };
}

describe('an alarm', () => {
  it('calls in the order of time, whatever the order of asking', async () => {
    const { clock, alarm, start } = alarmAt();
    const called: number[] = [];
    for (const ms of [5_000, 1_000, 4_000, 2_000, 3_000]) alarm.at(start + ms, () => called.push(ms));
    await clock.advance(10_000);
    expect(called).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  it('reaches times far beyond what one timer can wait', async () => {
    const { clock, alarm, start } = alarmAt();
    const days = 40;
    let calledAt = 0;
    alarm.at(start + days * 86_400_000, () => {
      calledAt = clock.now();
    });
    await clock.advance((days - 1) * 86_400_000);
    expect(calledAt).toBe(0);
    await clock.advance(2 * 86_400_000);
    expect(calledAt).toBe(start + days * 86_400_000);
  });

  it('notices within its longest sleep that the clock was set forward', async () => {
    const { clock, alarm, start } = alarmAt();
    let called = false;
    alarm.at(start + 3_600_000, () => {
      called = true;
    });
    clock.jump(2 * 3_600_000);
    await clock.advance(30_000);
    expect(called).toBe(true);
  });

  it('tells watchers of every jump, either way, before the calls that are due', async () => {
    const { clock, alarm, start } = alarmAt();
    const told: string[] = [];
    alarm.onJump((ms) => told.push(`jump ${ms}`));
    alarm.at(start + 3_600_000, () => told.push('due'));
    clock.jump(3_600_000);
    await clock.advance(30_000);
    clock.jump(-7_200_000);
    await clock.advance(30_000);
    expect(told).toEqual(['jump 3600000', 'due', 'jump -7200000']);
  });

  it('does not take a slow event loop for a jump', async () => {
    const { clock, alarm } = alarmAt();
    const told: number[] = [];
    alarm.onJump((ms) => told.push(ms));
    await clock.advance(600_000);
    expect(told).toEqual([]);
  });

  it('goes on with the others when one call throws', () => {
    const { clock, alarm, start } = alarmAt();
    const called: string[] = [];
    alarm.at(start + 1, () => {
      throw new RangeError('a bug');
    });
    alarm.at(start + 2, () => called.push('the other'));
    clock.jump(10);
    expect(() => alarm.check()).toThrow('a bug');
    alarm.check();
    expect(called).toEqual(['the other']);
  });

  it('does not call what was taken back, not even by an earlier call of the same moment', async () => {
    const { clock, alarm, start } = alarmAt();
    const called: string[] = [];
    const undo = alarm.at(start + 10, () => called.push('second'));
    alarm.at(start + 5, () => undo());
    clock.jump(20);
    await clock.advance(30_000);
    expect(called).toEqual([]);
  });

  it('lets a call ask for a time that has passed without going round for ever', async () => {
    const { clock, alarm, start } = alarmAt();
    let calls = 0;
    const again = () => {
      calls++;
      if (calls < 3) alarm.at(start, again);
    };
    alarm.at(start, again);
    alarm.check();
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(calls).toBe(3);
  });

  it('does not keep thousands of calls that were taken back', async () => {
    const { clock, alarm, start } = alarmAt();
    const called: number[] = [];
    for (let n = 0; n < 5_000; n++) {
      const undo = alarm.at(start + 1_000 + n, () => called.push(n));
      if (n % 10 !== 0) undo();
    }
    await clock.advance(10_000);
    expect(called).toHaveLength(500);
    expect(called).toEqual([...called].sort((a, b) => a - b));
  });

  it('calls nothing after it was closed', async () => {
    const { clock, alarm, start } = alarmAt();
    let called = false;
    const call = () => {
      called = true;
    };
    alarm.at(start + 1, call);
    alarm.onJump(call);
    alarm.close();
    alarm.at(start + 1, call);
    clock.jump(60_000);
    await clock.advance(60_000);
    alarm.check();
    expect(called).toBe(false);
  });
});
