import { constants } from 'node:crypto';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Identity } from '../identity/identity.ts';
import { nodeIdOf } from '../identity/node-id.ts';

/** What a connection is for, agreed on in the handshake (ALPN). */
export const peerProtocol = 'agent-runtime-peer/1';
export const pairingProtocol = 'agent-runtime-pairing/1';
export type LinkProtocol = typeof peerProtocol | typeof pairingProtocol;

export interface HostPort {
  host: string;
  port: number;
}

/**
 * TLS 1.3 with a key of our own on both sides. Names and authorities mean nothing here, so Node's own check of them is
 * off; in its place the key is read from the certificate, and nobody reads or writes a byte before it was looked at.
 * This is the one file where that is done.
 */
function terms(identity: Identity, protocols: readonly LinkProtocol[]) {
  return {
    ...identity.credentials(),
    minVersion: 'TLSv1.3' as const,
    rejectUnauthorized: false,
    ALPNProtocols: [...protocols],
    // A resumed session would not show the certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** @param onLink gets those that proved a key; whether that key is welcome is its to decide, before it reads. */
export function serveLinks(
  identity: Identity,
  onLink: (socket: TLSSocket, node: string, protocol: LinkProtocol) => void,
): Server {
  const server = createServer({
    ...terms(identity, [peerProtocol, pairingProtocol]),
    requestCert: true,
    handshakeTimeout: 5_000,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    const node = keyOf(socket);
    const protocol = socket.alpnProtocol;
    if (!node || (protocol !== peerProtocol && protocol !== pairingProtocol)) socket.destroy();
    else onLink(socket, node, protocol);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/**
 * Dials an address and resolves when whoever answers has proven its key.
 * @param expected the node that must be there; null: whoever it is.
 * @throws RuntimeError `PEER_UNREACHABLE`
 */
export async function dial(
  identity: Identity,
  { host, port }: HostPort,
  protocol: LinkProtocol,
  expected: string | null,
  signal: AbortSignal,
): Promise<{ socket: TLSSocket; node: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, ...terms(identity, [protocol]), servername: '' });
  const abort = () => socket.destroy(unreachable(host, port, 'it took too long'));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('error', reject);
  socket.once('close', () => reject(unreachable(host, port, 'it hung up')));
  socket.once('secureConnect', resolve);
  if (signal.aborted) abort();
  try {
    await promise;
    const node = keyOf(socket);
    if (!node || socket.alpnProtocol !== protocol) throw unreachable(host, port, 'what answers there is no node');
    if (expected !== null && node !== expected) throw unreachable(host, port, 'another node answers there');
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    return { socket, node };
  } catch (thrown) {
    socket.destroy();
    if (thrown instanceof RuntimeError) throw thrown;
    throw unreachable(host, port, (thrown as NodeJS.ErrnoException).code ?? String(thrown));
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function keyOf(socket: TLSSocket): string | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey;
  return key ? nodeIdOf(key) : undefined;
}

function unreachable(host: string, port: number, why: string): RuntimeError {
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new RuntimeError('PEER_UNREACHABLE', `No peer at ${at}: ${why}.`, { address: at });
}
