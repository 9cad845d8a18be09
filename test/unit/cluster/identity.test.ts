import { X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgetIdentity, openIdentity } from '../../../src/main/cluster/identity/identity.ts';
import { isNodeId, nodeIdOf, nodeWords } from '../../../src/main/cluster/identity/node-id.ts';
import { wordsOf } from '../../../src/main/lib/word-list.ts';
import { caught } from '../../world/caught.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const file = (folder: string) => join(folder, 'node-key.json');

test('a data folder keeps its identity, in a file that only its owner can read', () => {
  const folder = scratchFolder();
  const first = openIdentity(folder);
  const again = openIdentity(folder);
  expect(again.node).toBe(first.node);
  expect(again.credentials().key).toBe(first.credentials().key);
  expect(statSync(file(folder)).mode & 0o777).toBe(0o600);
  expect(openIdentity(scratchFolder()).node).not.toBe(first.node);
});

test('a key file that others may read is refused with the command that mends it', () => {
  const folder = scratchFolder();
  openIdentity(folder);
  chmodSync(file(folder), 0o644);
  expect(caught(() => openIdentity(folder))).toMatchObject({ code: 'DATA_DIR_UNSAFE' });
});

test('a key is kept sealed where there is a seal, and opened by no other', () => {
  const folder = scratchFolder();
  const seal = Buffer.alloc(32, 1);
  const { node, credentials } = openIdentity(folder, seal);
  expect(readFileSync(file(folder), 'utf8')).not.toContain('PRIVATE KEY');
  expect(openIdentity(folder, seal).credentials().key).toBe(credentials().key);
  for (const other of [undefined, Buffer.alloc(32, 2)]) {
    const opened = openIdentity(folder, other);
    expect(opened.node).toBe(node);
    expect(caught(() => opened.credentials())).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
  }
});

test('a forgotten identity is followed by another', () => {
  const folder = scratchFolder();
  const { node } = openIdentity(folder);
  forgetIdentity(folder);
  expect(openIdentity(folder).node).not.toBe(node);
});

test('the certificate is one that others can read, carries the key and has signed itself', () => {
  const identity = openIdentity(scratchFolder());
  const certificate = new X509Certificate(identity.credentials().cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(nodeIdOf(certificate.publicKey)).toBe(identity.node);
  expect(certificate.subject).toBe('CN=agent-runtime');
  expect(new Date(certificate.validTo).getUTCFullYear()).toBe(9999);
});

test('an id catches every single slip and nearly every swap', () => {
  const { node } = openIdentity(scratchFolder());
  expect(node).toMatch(/^[0-9a-z]{56}$/);
  expect(isNodeId(node)).toBe(true);
  for (let at = 0; at < node.length; at++) {
    const wrong = node[at] === 'q' ? 'r' : 'q';
    expect(isNodeId(node.slice(0, at) + wrong + node.slice(at + 1))).toBe(false);
  }
  expect(isNodeId(node.toUpperCase())).toBe(false);
  expect(isNodeId(node.slice(1))).toBe(false);
});

test('words are the same for the same id, and there is one for each byte', () => {
  const { node } = openIdentity(scratchFolder());
  expect(nodeWords(node)).toBe(nodeWords(node));
  expect(nodeWords(node)).toMatch(/^[a-z]+ [a-z]+ [a-z]+ [a-z]+$/);
  const all = wordsOf(
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
    256,
  );
  expect(new Set(all).size).toBe(256);
});
