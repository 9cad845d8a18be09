import { z } from 'zod';
import { ProcessName } from '../manifest.ts';

/** What a token must carry: `read` looks, `operate` runs and steers, `admin` changes what agents are and the node itself. */
export type Scope = 'read' | 'operate' | 'admin';

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** Below /api/v1; `:name` parts come from the input. */
  readonly route: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
  readonly scope: Scope;
  readonly summary: string;
  /** Of a successful answer. */
  readonly status: number;
  readonly input: I;
  readonly output: O;
}

export function operation<I extends z.ZodType, O extends z.ZodType>(
  route: Operation['route'],
  scope: Scope,
  summary: string,
  input: I,
  output: O,
  status = 200,
): Operation<I, O> {
  return { route, scope, summary, status, input, output };
}

export const none = z.strictObject({});
export const byName = z.strictObject({ name: ProcessName });
export const byId = z.strictObject({ id: z.string().min(1).max(100) });
export const done = z.object({ ok: z.literal(true) });
export const atEntry = z.coerce
  .number()
  .int()
  .min(1)
  .optional()
  .meta({ description: 'Number of a journal entry; left out: now.' });
/** GET inputs arrive as text. */
export const number = z.coerce.number();
/** Whether something is so. In an address it arrives as text. */
export const yesNo = z.union([z.boolean(), z.stringbool()]);
export const paging = {
  cursor: z.string().max(200).optional().meta({ description: '`next` of the page before.' }),
  limit: number.int().min(1).max(500).default(50).meta({ description: 'How many at most.' }),
};
/** Of lists that can span the cluster. */
export const spanning = {
  nodes: z
    .enum(['this', 'all'])
    .optional()
    .meta({ description: '`all`: of every node of the cluster that answers, in one page, each with its `node`.' }),
};
export const manifest = z.union([z.string().max(2_000_000), z.record(z.string(), z.json())]).meta({
  description: 'YAML text, or the same as an object.',
});
export const payload = z.json().default({}).meta({ description: 'What the agent is woken with.' });
export const counted = z.object({
  processes: z.array(z.string()),
  failed: z.array(z.object({ name: z.string(), message: z.string() })),
});
