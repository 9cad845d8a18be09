import { describe, expect, test } from 'vitest';
import { triggerFromSentence } from '../../src/renderer/design/trigger-sentence.ts';

describe('what wakes an agent, said in words', () => {
  test.each([
    ['when a CSV lands in ./inbox', { type: 'file_watch', watch_path: './inbox', watch_patterns: ['*.csv'] }],
    [
      'new PDFs and CSVs in ~/Downloads',
      { type: 'file_watch', watch_path: '~/Downloads', watch_patterns: ['*.pdf', '*.csv'] },
    ],
    ['when *.log files come into /var/log', { type: 'file_watch', watch_path: '/var/log', watch_patterns: ['*.log'] }],
    ['when a file is saved in my downloads', { type: 'file_watch', watch_path: '~/Downloads' }],
    [
      'photos in the folder C:\\Pictures',
      { type: 'file_watch', watch_path: 'C:\\Pictures', watch_patterns: ['*.jpg', '*.jpeg', '*.heic'] },
    ],
    ['on POST /orders', { type: 'webhook', webhook_path: '/orders' }],
    ['when a webhook comes', { type: 'webhook', webhook_path: '/webhook' }],
    ['when orders.created happens', { type: 'event', event_type: 'orders.created' }],
    ['on pipeline.* from data-watcher', { type: 'event', event_type: 'pipeline.*', event_source: 'data-watcher' }],
    ['on the event “ready” by builder', { type: 'event', event_type: 'ready', event_source: 'builder' }],
    ['messages on support.tier1', { type: 'message', topic: 'support.tier1' }],
    ['each message to support', { type: 'message', topic: 'support' }],
  ])('%s', (sentence, trigger) => expect(triggerFromSentence(sentence)).toEqual({ ok: true, trigger }));

  test.each([
    ['weekdays at 9', '0 9 * * 1-5'],
    ['Every 10 minutes.', '*/10 * * * *'],
  ])('%s is a schedule', (sentence, cron_expression) => {
    expect(triggerFromSentence(sentence)).toMatchObject({ ok: true, trigger: { type: 'cron', cron_expression } });
  });

  test.each(['', 'sometimes', 'when I feel like it', 'every 7 minutes', 'messages'])(
    '“%s” is not guessed at',
    (sentence) => {
      const read = triggerFromSentence(sentence);
      expect(read.ok).toBe(false);
      expect(read.ok ? '' : read.message).not.toBe('');
    },
  );
});
