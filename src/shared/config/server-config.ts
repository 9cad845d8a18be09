import { z } from 'zod';
import { Duration } from '../duration.ts';

export const serverNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const OAuthConfig = z
  .strictObject({
    clientId: z.string().min(1).max(500).optional().meta({
      title: 'Client id',
      description: 'Where the server knows this program already; left out: it registers itself.',
    }),
    clientSecret: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .meta({ title: 'Client secret', description: 'Best as ${VAR} or secret://name.', widget: 'secret' }),
    scope: z
      .string()
      .max(1_000)
      .optional()
      .meta({ title: 'Scope', description: 'Left out: what the server asks for.', examples: ['read write'] }),
  })
  .meta({
    title: 'Sign in with OAuth',
    description: 'For an address: a person signs in once in the browser; the tokens are kept as secrets and renewed.',
  });

/**
 * One MCP server that gives tools: a program that is started here, or an address. One object for both, so that keys can
 * be renamed and forms drawn by it.
 */
export const ServerConfig = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .meta({
        title: 'Program',
        description: 'Started without a shell. npx and uvx need an exact version of the package.',
        examples: ['npx', 'node'],
      }),
    args: z
      .array(z.string().max(10_000))
      .max(200)
      .default([])
      .meta({ title: 'Arguments', examples: [['-y', '@modelcontextprotocol/server-memory@2026.8.31']] }),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
      .default({})
      .meta({
        title: 'Environment',
        description: 'Given to the program besides PATH, HOME and LANG; best as ${VAR} or secret://name.',
        widget: 'secrets',
      }),
    cwd: z.string().min(1).optional().meta({ title: 'Working folder', widget: 'folder' }),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ title: 'Address', description: 'Of a server that speaks Streamable HTTP.' }),
    headers: z.record(z.string(), z.string()).default({}).meta({
      title: 'Headers',
      description: 'Such as Authorization; best as ${VAR} or secret://name.',
      widget: 'secrets',
    }),
    oauth: OAuthConfig.optional(),
    transport: z
      .enum(['stdio', 'http', 'streamable_http', 'streamable-http'])
      .optional()
      .meta({ title: 'Transport', description: 'Accepted for older files: a program speaks stdio, an address HTTP.' }),
    trust: z.boolean().default(false).meta({
      title: 'Trust what it says of its tools',
      description:
        'On: calls that it marks as read-only or repeatable are made again after a crash. Off: a person is asked.',
    }),
    toolHashes: z.record(z.string(), z.string()).optional().meta({
      title: 'Approved tools',
      description:
        'Only these, and only as they were when they had this hash. Without it, tools are held to their first appearance.',
    }),
    timeout: Duration.default(60).meta({ title: 'Longest call' }),
    startTimeout: Duration.default(10).meta({ title: 'Ready within' }),
    idleAfter: Duration.default(300).meta({
      title: 'Stop when unused for',
      description: 'It is started again when needed.',
    }),
  })
  .refine((server) => (server.command === undefined) !== (server.url === undefined), {
    error: 'give either command (a program to start) or url (an address)',
  })
  .refine(({ oauth, url }) => oauth === undefined || url !== undefined, {
    error: 'signs in to a server with a url only',
    path: ['oauth'],
  })
  .meta({ title: 'Server' });
export type ServerConfig = z.infer<typeof ServerConfig>;

export const ServersConfig = z.record(z.string().regex(serverNamePattern), ServerConfig).default({}).meta({
  title: 'Servers',
  description: 'MCP servers whose tools the agent may use, as name.tool.',
});
