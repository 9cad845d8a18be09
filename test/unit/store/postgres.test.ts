import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Postgres } from '../../../src/main/store/postgres.ts';
import { caughtLater } from '../../world/caught.ts';

/** A message of the server: a letter, its length, and what it says. */
function message(letter: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(letter), length, body]);
}

const letIn = message('R', Buffer.alloc(4));
const ready = message('Z', Buffer.from('I'));
const told = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'));

test('a connection that is told to end in the moment it opens ends no program, and counts as unreachable', async () => {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([letIn, ready, told])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  expect(await caughtLater(Postgres.open(`postgres://agent@127.0.0.1:${port}/any`))).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  });
});
