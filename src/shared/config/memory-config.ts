import { z } from 'zod';
import { Duration } from '../duration.ts';

export const EmbedderConfig = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .max(200)
      .meta({ title: 'Model', examples: ['openai:text-embedding-3-small', 'ollama:nomic-embed-text'] }),
    baseUrl: z.url().optional().meta({ title: 'Base URL', description: 'Of any OpenAI-compatible server.' }),
    apiKey: z
      .string()
      .optional()
      .meta({ title: 'API key', description: 'Best as ${VAR} or secret://name.', widget: 'secret' }),
  })
  .meta({ title: 'Embedder', description: 'Finds memories by meaning, not only by words.' });
export type EmbedderConfig = z.infer<typeof EmbedderConfig>;

export const MemoryConfig = z
  .strictObject({
    provider: z
      .enum(['local', 'in_memory', 'chroma', 'mem0'])
      .default('local')
      .meta({ title: 'Kept in', description: 'local: on this node. in_memory: forgotten when the node ends.' }),
    url: z.url().optional().meta({ title: 'Address', description: 'Of the Chroma or mem0 server.' }),
    apiKey: z
      .string()
      .optional()
      .meta({ title: 'API key', description: 'Of that server. Best as ${VAR} or secret://name.', widget: 'secret' }),
    scope: z.enum(['process', 'shared']).default('process').meta({
      title: 'Belongs to',
      description: 'process: this agent alone. shared: all agents with the same user_id.',
    }),
    userId: z.string().min(1).max(200).default('default').meta({ title: 'Shared as' }),
    collection: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{1,61}[A-Za-z0-9]$/)
      .default('agent_memory')
      .meta({ title: 'Collection' }),
    max: z.int().min(0).max(50).default(5).meta({
      title: 'Recalled per run',
      description: 'How many memories a model is shown when it is woken. 0: none.',
    }),
    minScore: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .meta({ title: 'Least likeness', description: 'Memories less like the event are not shown.' }),
    timeout: Duration.default(5).meta({ title: 'Answer within' }),
    autoStore: z.boolean().default(false).meta({
      title: 'Remember every run',
      description: 'Stores the event and the answer of each run that ends well.',
    }),
    persistDirectory: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Folder', description: 'For local: keeps memory in a file there instead.', widget: 'folder' }),
    embedder: EmbedderConfig.optional(),
  })
  .refine(({ provider, url }) => (provider !== 'chroma' && provider !== 'mem0') || url !== undefined, {
    error: 'give the url of the server',
    path: ['url'],
  })
  .meta({ title: 'Memory' });
export type MemoryConfig = z.infer<typeof MemoryConfig>;
