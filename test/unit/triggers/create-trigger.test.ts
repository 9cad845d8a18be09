import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../../src/main/messaging/event-bus.ts';
import type { MessageBroker } from '../../../src/main/messaging/message-broker.ts';
import { checkTrigger, createTrigger } from '../../../src/main/triggers/create-trigger.ts';
import { TriggerConfig } from '../../../src/shared/config/trigger-config.ts';
import { caught } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';

const secret = 'a-secret-of-thirty-two-characters';
const good: [object, string][] = [
  [{ type: 'cron', cronExpression: '0 9 * * MON' }, 'At 09:00, only on Monday'],
  [{ type: 'webhook', hmacSecret: secret }, 'POST /hooks/p/webhook, signed'],
  [{ type: 'webhook', hmacSecret: secret, signatureScheme: 'bearer' }, 'POST /hooks/p/webhook, with a bearer token'],
  [{ type: 'file_watch', watchPath: '/srv/in' }, 'created, modified: * in /srv/in'],
  [{ type: 'event', eventType: 'orders.>', eventSource: 'shop' }, 'on event orders.> from shop'],
  [{ type: 'message', topic: 'support.tier1' }, 'on messages to support.tier1'],
];

describe('settings that are right', () => {
  it.each(good)('%j pass the check and become a trigger: %s', (settings, summary) => {
    const config = { ...TriggerConfig.parse(settings), id: 'one' };
    checkTrigger(config);
    const host = new TriggerWorld(new HandClock()).session();
    // Only listeners that start talk to it.
    const broker = {} as MessageBroker;
    const trigger = createTrigger(config, host, { bus: new EventBus(), broker });
    expect(trigger.id).toBe('one');
    expect(trigger.type).toBe(config.type);
    expect(trigger.summary()).toBe(summary);
  });
});

describe('settings that are wrong are refused when they are saved', () => {
  it.each([
    [{ type: 'cron', cronExpression: '61 * * * *' }, 'CRON_INVALID'],
    [{ type: 'cron', cronExpression: '* * * * *', cronTimezone: 'Mars/Phobos' }, 'TZ_UNKNOWN'],
    [{ type: 'cron', cronExpression: '* * * * *', filterExpression: 'a &&' }, 'FILTER_INVALID'],
    [{ type: 'webhook', hmacSecret: 'changeme' }, 'SECRET_TOO_WEAK'],
    [{ type: 'webhook', hmacSecret: secret, allowedSources: ['x'] }, 'REQUEST_INVALID'],
    [{ type: 'file_watch', watchPath: homedir() }, 'WATCH_TOO_BROAD'],
    [{ type: 'file_watch', watchPath: '/srv/data/in' }, 'WATCH_TOO_BROAD'],
    [{ type: 'file_watch', watchPath: '/srv/in', watchPatterns: ['{a'] }, 'PATTERN_UNSAFE'],
    [{ type: 'event', eventType: 'orders.>.paid' }, 'REQUEST_INVALID'],
    [{ type: 'event', eventType: 'orders..paid' }, 'REQUEST_INVALID'],
    [{ type: 'message', topic: 'a b' }, 'REQUEST_INVALID'],
    [{ type: 'message', topic: 'a', filterExpression: '(' }, 'FILTER_INVALID'],
  ])('%j as %s', (settings, code) => {
    expect(caught(() => checkTrigger(TriggerConfig.parse(settings), { dataDir: '/srv/data' })).code).toBe(code);
  });
});
