import { describe, expect, test } from 'vitest';
import { codeIn } from '../../src/renderer/bridge/session.ts';
import { type ServerSentEvent, sseParser } from '../../src/renderer/bridge/sse-parser.ts';

describe('an event stream', () => {
  const eventsOf = (pieces: string[]) => {
    const events: ServerSentEvent[] = [];
    const feed = sseParser((event) => events.push(event));
    for (const piece of pieces) feed(piece);
    return events;
  };
  const stream =
    'retry: 1000\n\n: alive\n\nid: b:1\ndata: {"seq":1}\n\nid: b:2\nevent: closed\ndata: one\ndata: two\n\n';
  const events = [
    { id: 'b:1', event: 'message', data: '{"seq":1}' },
    { id: 'b:2', event: 'closed', data: 'one\ntwo' },
  ];

  test('is split into its events', () => expect(eventsOf([stream])).toEqual(events));

  test('is the same however it was cut', () => {
    for (let size = 1; size < 12; size++) {
      const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
        stream.slice(index * size, (index + 1) * size),
      );
      expect(eventsOf(pieces)).toEqual(events);
    }
  });

  test('may end its lines with CR LF, also when a piece ends between the two', () => {
    expect(eventsOf(['data: a\r', '\n\r\n', 'data: b\r\n\r\n'])).toEqual([
      { id: '', event: 'message', data: 'a' },
      { id: '', event: 'message', data: 'b' },
    ]);
  });

  test('an event without its empty line is not told', () => expect(eventsOf(['data: a\n'])).toEqual([]));
});

describe('the code in the address', () => {
  test.each([
    ['#code=abc', { code: 'abc', pair: null, to: '' }],
    ['#code=abc&to=%2Fagents', { code: 'abc', pair: null, to: '/agents' }],
    ['#pair=12345678', { code: null, pair: '12345678', to: '' }],
    ['#/agents/x', { code: null, pair: null, to: '' }],
    ['', { code: null, pair: null, to: '' }],
  ])('%s', (hash, found) => expect(codeIn(hash)).toEqual(found));
});
