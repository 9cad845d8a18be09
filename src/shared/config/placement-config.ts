import { z } from 'zod';

/** Where a process may live in a cluster, and what happens when its node is not heard of. */
export const PlacementConfig = z.strictObject({
  failover: z.enum(['manual', 'auto', 'eager']).default('manual').meta({
    title: 'When its node is not heard of',
    description:
      'manual: it goes on there, and only you give it to another node. auto: it pauses there and goes on elsewhere within 20 seconds. eager: it goes on there and elsewhere, for agents whose every call may be made twice.',
  }),
  shipping: z.enum(['async', 'sync', 'off']).default('async').meta({
    title: 'Copy of its journal on another node',
    description: 'async: a moment behind. sync: nothing counts as done before the copy has it. off: none.',
  }),
  node: z.string().max(100).optional().meta({ title: 'Only on this node', description: 'Its id or its name.' }),
  os: z
    .array(z.enum(['linux', 'darwin', 'win32']))
    .default([])
    .meta({ title: 'Only on these systems' }),
  labels: z
    .array(z.string().min(1).max(60))
    .default([])
    .meta({ title: 'Labels a node must have', examples: [['gpu', 'home']] }),
  paths: z.array(z.string().min(1).max(4_096)).default([]).meta({ title: 'Files or folders a node must have' }),
  secrets: z.array(z.string().min(1).max(100)).default([]).meta({ title: 'Secrets a node must have for it' }),
  servers: z
    .array(z.string().min(1).max(200))
    .default([])
    .meta({ title: 'Programs a node must have', description: 'Such as the commands of MCP servers.' }),
});
export type PlacementConfig = z.infer<typeof PlacementConfig>;

export const anywhere: PlacementConfig = PlacementConfig.parse({});
