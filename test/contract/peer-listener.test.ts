import { randomBytes } from 'node:crypto';
import { connect as plainConnect, type Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ClusterBook } from '../../src/main/cluster/cluster-book.ts';
import { type Identity, openIdentity } from '../../src/main/cluster/identity/identity.ts';
import { frameKinds, frameOf, maxFrameBytes } from '../../src/main/cluster/link/frames.ts';
import { pairingProtocol, peerProtocol } from '../../src/main/cluster/link/tls.ts';
import { caughtLater } from '../world/caught.ts';
import { type LinkedNode, linkedNode, pairOf } from '../world/linked-node.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { TcpProxy } from '../world/tcp-proxy.ts';
import { until } from '../world/until.ts';

let node: LinkedNode;
let port: number;
const opened: LinkedNode[] = [];

beforeEach(async () => {
  stranger = openIdentity(scratchFolder());
  node = linkedNode('node');
  await node.peers.listen(0, '127.0.0.1');
  port = node.peers.port as number;
  opened.push(node);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.peers.close();
});

/** Another node, paired both ways with the one under test; it dials. */
function paired(name: string, options: Parameters<typeof linkedNode>[1] = {}): LinkedNode {
  const other = linkedNode(name, options);
  opened.push(other);
  other.book.put(pairOf(node.peers.self, 'node', 'member', [`127.0.0.1:${port}`]));
  if (!node.book.pair(other.peers.self)) node.book.put(pairOf(other.peers.self, name));
  return other;
}

/** All that the listener says to whoever connects like this, until it hangs up. */
async function answerTo(socket: Socket | TLSSocket, bytes?: Buffer | string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  if (bytes) socket.write(bytes);
  await until(() => socket.destroyed || socket.readableEnded);
  return Buffer.concat(chunks);
}

let stranger: Identity;
const tls = (options: ConnectionOptions): TLSSocket =>
  connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [peerProtocol], ...options });
const hello = frameOf({ kind: frameKinds.hello, id: 0, content: Buffer.from('{}') }, 0).frame;

describe('who is not paired gets not a byte', () => {
  test('plain HTTP', async () => {
    const said = await answerTo(plainConnect(port, '127.0.0.1'), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    // TLS itself may say, in an alert of 7 bytes, that this is none.
    expect(said.length).toBeLessThanOrEqual(7);
    expect(said.toString()).not.toContain('HTTP');
  });

  test('TLS without a certificate', async () => {
    expect(await answerTo(tls({}), hello)).toHaveLength(0);
  });

  test('TLS 1.2', async () => {
    const socket = tls({ ...stranger.credentials(), maxVersion: 'TLSv1.2' });
    let connected = false;
    socket.once('secureConnect', () => (connected = true));
    expect(await answerTo(socket)).toHaveLength(0);
    expect(connected).toBe(false);
  });

  test('TLS with a key that is not known, whatever it asks for', async () => {
    const question = frameOf(
      { kind: frameKinds.question, id: 1, content: Buffer.from('{"question":"alive","body":null,"timeoutMs":1000}') },
      0,
    ).frame;
    expect(await answerTo(tls(stranger.credentials()), Buffer.concat([hello, question]))).toHaveLength(0);
    expect(node.log).toEqual([expect.objectContaining({ code: 'PEER_UNKNOWN' })]);
  });

  test('a known key for another protocol, or none', async () => {
    const other = paired('other');
    for (const protocols of [['http/1.1'], []]) {
      const socket = tls({ ...other.identity.credentials(), ALPNProtocols: protocols });
      expect(await answerTo(socket, hello)).toHaveLength(0);
    }
  });

  test('who wants to be paired while no code is shown', async () => {
    const socket = tls({ ...stranger.credentials(), ALPNProtocols: [pairingProtocol] });
    expect(await answerTo(socket, '{"protocol":1,"name":"x","commitment":"y"}\n')).toHaveLength(0);
  });
});

test('a node that answers with another key than the one that is meant hears nothing', async () => {
  const heard: Buffer[] = [];
  const impostor = createServer(
    { ...stranger.credentials(), ALPNProtocols: [peerProtocol], requestCert: true, rejectUnauthorized: false },
    (socket) => {
      socket.on('data', (chunk) => heard.push(chunk));
      socket.on('error', () => {});
    },
  );
  await new Promise<void>((listening) => impostor.listen(0, '127.0.0.1', listening));
  const { port: wrong } = impostor.address() as { port: number };
  const other = paired('other');
  other.book.put(pairOf(node.peers.self, 'node', 'member', [`127.0.0.1:${wrong}`]));
  const error = await caughtLater(other.peers.ask(node.peers.self, 'alive', null));
  expect(error).toMatchObject({ code: 'PEER_UNREACHABLE', message: expect.stringContaining('another node') });
  expect(heard).toEqual([]);
  impostor.close();
});

test('of several addresses the one where the node is wins, and it is remembered', async () => {
  const other = paired('other');
  const good = `127.0.0.1:${port}`;
  other.book.put(pairOf(node.peers.self, 'node', 'member', ['127.0.0.1:9', '127.0.0.1:10']));
  other.peers.hint(node.peers.self, good);
  expect(await other.peers.ask(node.peers.self, 'alive', null)).toBe(true);
  expect(other.book.pair(node.peers.self)?.addresses[0]).toBe(good);
});

test('an address that a person gave leads to the paired node that is there, and to nobody else', async () => {
  const other = paired('other');
  const address = `127.0.0.1:${port}`;
  other.book.put(pairOf(node.peers.self, 'node'));
  expect((await caughtLater(other.peers.ask(node.peers.self, 'alive', null))).message).toContain('Nobody knows where');
  expect(await other.peers.visit(address)).toBe(node.peers.self);
  await until(() => other.peers.isLinked(node.peers.self) && node.peers.isLinked(other.peers.self));
  expect(await node.peers.ask(other.peers.self, 'alive', null)).toBe(true);
  const lost = linkedNode('lost');
  opened.push(lost);
  expect(await lost.peers.visit(address)).toBeNull();
  expect((await caughtLater(lost.peers.visit('127.0.0.1:9'))).code).toBe('PEER_UNREACHABLE');
});

test('a revoked node is cut off within two seconds, also from a question that is being answered', async () => {
  const other = paired('other');
  node.peers.answer('think', 'observe', () => new Promise(() => {}));
  const asked = caughtLater(other.peers.ask(node.peers.self, 'think', null));
  await until(() => node.peers.isLinked(other.peers.self));
  const begun = performance.now();
  node.book.remove(other.peers.self);
  expect((await asked).code).toBe('PEER_REFUSED');
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect((await caughtLater(other.peers.ask(node.peers.self, 'alive', null))).code).toBe('PEER_REFUSED');
});

describe('a paired node that has gone mad', () => {
  const raw = (other: LinkedNode) => tls(other.identity.credentials());

  test.each([
    ['noise', randomBytes(4_096)],
    ['no hello', frameOf({ kind: frameKinds.question, id: 1, content: Buffer.from('{}') }, 0).frame],
    ['no JSON', frameOf({ kind: frameKinds.hello, id: 0, content: Buffer.from('{{{') }, 0).frame],
    ['a frame that is too long', Buffer.from([0, 1, 0, 1, 1, 0, 0, 0, 0])],
    ['a message that is too long', Buffer.concat(Array(300).fill(longFrame()))],
  ])('is hung up on when it sends %s, and the node goes on', async (_, bytes) => {
    const other = paired('other');
    await answerTo(raw(other), bytes);
    expect(await other.peers.ask(node.peers.self, 'alive', null)).toBe(true);
  });

  test('is answered no faster than is good for the node', async () => {
    const other = paired('other');
    node.peers.answer('work', 'observe', async () => true);
    const asked = Array.from({ length: 1_500 }, () =>
      other.peers.ask(node.peers.self, 'work', null).then(
        () => 'ok',
        (error) => error.code,
      ),
    );
    const answers = await Promise.all(asked);
    expect(new Set(answers)).toEqual(new Set(['ok', 'RATE_LIMITED']));
    expect(answers.filter((answer) => answer === 'ok').length).toBeGreaterThanOrEqual(256);
    await until(() => other.peers.ask(node.peers.self, 'work', null).catch(() => false));
  });
});

test('who connects again and again is hung up on before the handshake; a peer from elsewhere is not', async () => {
  const flood = Array.from({ length: 200 }, () => plainConnect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' }));
  for (const socket of flood) socket.on('error', () => {});
  await until(() => flood.filter((socket) => socket.destroyed || socket.readableEnded).length >= 100);
  const other = paired('other');
  expect(await other.peers.ask(node.peers.self, 'alive', null)).toBe(true);
  for (const socket of flood) socket.destroy();
});

test('a node that ends waits for nobody who never finishes a handshake', async () => {
  const idle = plainConnect(port, '127.0.0.1');
  idle.on('error', () => {});
  await until(() => !idle.connecting);
  const begun = performance.now();
  await node.peers.close();
  expect(performance.now() - begun).toBeLessThan(3_000);
  idle.destroy();
});

describe('a line that dies under a question, while the node is to be met elsewhere', () => {
  async function onDyingLine() {
    const line = await TcpProxy.to(port);
    onTestFinished(() => line.close());
    const other = linkedNode('other');
    opened.push(other);
    other.book.put(pairOf(node.peers.self, 'node', 'member', [`127.0.0.1:${line.port}`]));
    node.book.put(pairOf(other.peers.self, 'other'));
    let asked = 0;
    node.peers.answer('read', 'observe', async () => ++asked);
    expect(await other.peers.ask(node.peers.self, 'read', null)).toBe(1);
    line.cut();
    other.peers.hint(node.peers.self, `127.0.0.1:${port}`);
    // Finds out that nothing is to be heard on the line any more, as the coordinator does.
    const find = () => until(() => other.peers.ask(node.peers.self, 'alive', null, { timeoutMs: 300 }));
    return { ask: other.peers.ask.bind(other.peers, node.peers.self, 'read', null), find };
  }

  test('one that may be repeated is asked on a new line', async () => {
    const { ask, find } = await onDyingLine();
    const answer = ask({ isRepeatable: true });
    await find();
    expect(await answer).toBe(2);
  });

  test('any other may have been answered, so who asked is told', async () => {
    const { ask, find } = await onDyingLine();
    const refused = caughtLater(ask({}));
    await find();
    expect((await refused).code).toBe('PEER_UNREACHABLE');
    expect(await ask({})).toBe(2);
  });
});

describe('a copied disk', () => {
  /** Two starts from the same data folder, as two computers with the same disk make them. */
  const copies = () => {
    const identity = openIdentity(scratchFolder());
    const starts = [new ClusterBook(null), new ClusterBook(null)];
    for (const book of starts) book.change({ generation: 5 });
    return starts.map((book) => paired('copy', { identity, book })) as [LinkedNode, LinkedNode];
  };

  test('shuts both out, and says so', async () => {
    const [first, second] = copies();
    expect(await first.peers.ask(node.peers.self, 'alive', null)).toBe(true);
    expect((await caughtLater(second.peers.ask(node.peers.self, 'alive', null))).code).toBe('NODE_ID_DUPLICATE');
    await until(() => !node.peers.isLinked(first.peers.self));
    expect((await caughtLater(first.peers.ask(node.peers.self, 'alive', null))).code).toBe('NODE_ID_DUPLICATE');
    expect(node.book.pair(first.peers.self)?.duplicate).toBe(true);
    expect(node.log).toContainEqual(expect.objectContaining({ code: 'NODE_ID_DUPLICATE' }));
  });

  test('is also seen when the copy has counted on, as long as the other lives', async () => {
    const [first, second] = copies();
    second.book.change({ generation: 9 });
    expect(await first.peers.ask(node.peers.self, 'alive', null)).toBe(true);
    expect((await caughtLater(second.peers.ask(node.peers.self, 'alive', null))).code).toBe('NODE_ID_DUPLICATE');
  });

  test('a start after a start is no copy', async () => {
    const [first, second] = copies();
    expect(await first.peers.ask(node.peers.self, 'alive', null)).toBe(true);
    await first.peers.close();
    second.book.change({ generation: 6 });
    expect(await second.peers.ask(node.peers.self, 'alive', null)).toBe(true);
  });

  test('is let in again once a person has decided', async () => {
    const [first, second] = copies();
    await first.peers.ask(node.peers.self, 'alive', null);
    await caughtLater(second.peers.ask(node.peers.self, 'alive', null));
    await first.peers.close();
    const pair = node.book.pair(second.peers.self);
    if (pair) node.book.put({ ...pair, duplicate: false, boot: '' });
    expect(await second.peers.ask(node.peers.self, 'alive', null)).toBe(true);
  });
});

function longFrame(): Buffer {
  const content = Buffer.alloc(maxFrameBytes + 1);
  return frameOf({ kind: frameKinds.hello, id: 0, content }, 0).frame;
}
