import { z } from 'zod';
import { Duration } from '../duration.ts';

/** Moments in the life of a process that a hook may hear of; names as in the `.agent` file. */
export const HookEvent = z.enum([
  'session_start',
  'session_end',
  'user_prompt_submit',
  'permission_request',
  'permission_denied',
  'subagent_start',
  'subagent_stop',
  'pre_compact',
  'post_compact',
  'file_changed',
  'config_change',
  'task_created',
  'task_completed',
]);
export type HookEvent = z.infer<typeof HookEvent>;

/** Moments that a hook can keep from happening; of the others it only hears. */
export const blockable: ReadonlySet<HookEvent> = new Set<HookEvent>([
  'session_start',
  'user_prompt_submit',
  'permission_request',
  'subagent_start',
  'pre_compact',
  'config_change',
]);

export const HookConfig = z
  .strictObject({
    name: z.string().min(1).max(100).optional().meta({ title: 'Name' }),
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    events: z
      .array(HookEvent)
      .min(1)
      .meta({
        title: 'Called at',
        description:
          'session_start, user_prompt_submit, permission_request, subagent_start, pre_compact and config_change can be blocked.',
        examples: [['permission_request']],
      }),
    match: z
      .string()
      .min(1)
      .max(200)
      .default('*')
      .meta({
        title: 'Only for tools',
        description: 'A name, with * for any text. Counts where the moment is about a tool.',
        examples: ['github.*'],
      }),
    script: z.string().min(1).max(100_000).optional().meta({
      title: 'Script',
      description:
        'export default async function run(event) { … } that returns { block: true, reason: "…" }, or nothing. It reaches nothing outside.',
      widget: 'javascript',
    }),
    command: z
      .array(z.string().max(10_000))
      .min(1)
      .max(100)
      .optional()
      .meta({
        title: 'Command',
        description:
          'A program and its arguments, started without a shell. Gets the moment as JSON on its input and may write { "block": true, "reason": "…" }.',
        examples: [['node', 'check-call.js']],
      }),
    cwd: z.string().min(1).optional().meta({ title: 'Working folder of the command', widget: 'folder' }),
    timeout: Duration.default(5).meta({ title: 'Answer within' }),
    onError: z.enum(['block', 'allow']).default('block').meta({
      title: 'When it does not answer',
      description:
        'block: what it could have blocked does not happen. allow: it happens. A change of settings is never blocked so.',
    }),
    priority: z.int().min(-1_000).max(1_000).default(0).meta({ title: 'Priority', description: 'Higher ones first.' }),
  })
  .refine(({ script, command }) => (script === undefined) !== (command === undefined), {
    error: 'give either script or command',
  })
  .meta({ title: 'Hook' });
export type HookConfig = z.infer<typeof HookConfig>;

export const HooksConfig = z.array(HookConfig).max(50).default([]).meta({
  title: 'Hooks',
  description: 'Scripts or commands that are told of moments in the life of the agent, and may block some of them.',
});
