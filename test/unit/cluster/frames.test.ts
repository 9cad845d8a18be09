import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/main/cluster/link/addresses.ts';
import { FrameReader, frameKinds, frameOf, type Message } from '../../../src/main/cluster/link/frames.ts';
import { caught } from '../../world/caught.ts';
import { draws } from '../../world/draws.ts';

test('messages come whole, in whatever pieces and turns their frames arrive', () => {
  const random = draws();
  for (let round = 0; round < 50; round++) {
    const messages: Message[] = Array.from({ length: random.int(1, 6) }, (_, index) => ({
      kind: random.one([frameKinds.question, frameKinds.answer]),
      id: index + 1,
      content: Buffer.alloc(random.one([0, 1, 100, 65_536, 65_537, 300_000]), index + 1),
    }));
    const turns = messages.map((message) => ({ message, from: 0 as number | null }));
    const frames: Buffer[] = [];
    while (turns.some(({ from }) => from !== null)) {
      const turn = random.one(turns.filter(({ from }) => from !== null));
      const { frame, next } = frameOf(turn.message, turn.from ?? 0);
      frames.push(frame);
      turn.from = next;
    }
    const bytes = Buffer.concat(frames);
    const reader = new FrameReader();
    const got: Message[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + random.int(1, 100_000));
      got.push(...reader.take(bytes.subarray(at, end)));
      at = end;
    }
    const key = ({ kind, id }: Message) => `${kind}:${id}`;
    const sorted = (list: Message[]) => list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    expect(sorted(got), random.label).toEqual(sorted(messages));
  }
});

test('messages that never end, many at a time, are not kept for ever', () => {
  const reader = new FrameReader();
  const flood = () => {
    for (let id = 1; id < 2_000; id++) {
      const { frame } = frameOf({ kind: frameKinds.question, id, content: Buffer.alloc(70_000) }, 0);
      reader.take(frame);
    }
  };
  expect(caught(flood).code).toBe('PEER_UNREACHABLE');
});

test.each([
  ['nas', { host: 'nas', port: 7421 }],
  ['nas.local:80', { host: 'nas.local', port: 80 }],
  ['10.0.0.1:7421', { host: '10.0.0.1', port: 7421 }],
  ['[fd00::2]:99', { host: 'fd00::2', port: 99 }],
  ['fd00::2', { host: 'fd00::2', port: 7421 }],
  ['fe80::1%eth0', { host: 'fe80::1%eth0', port: 7421 }],
])('%s is an address', (text, address) => expect(parseAddress(text)).toEqual(address));

test.each(['', 'http://nas', 'nas:0', 'nas:70000', 'a b', 'nas/x', '@nas', 'nas:port'])('"%s" is no address', (text) =>
  expect(caught(() => parseAddress(text)).code).toBe('REQUEST_INVALID'),
);
