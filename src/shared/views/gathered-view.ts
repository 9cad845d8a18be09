import { z } from 'zod';

/** A node of the cluster that did not answer: nothing of it is in what was gathered, not even what it said before. */
export const SilentNode = z.object({ node: z.string(), name: z.string(), reason: z.string() });
export type SilentNode = z.infer<typeof SilentNode>;

/** Of what was gathered over all nodes. */
export const silentNodes = z
  .array(SilentNode)
  .optional()
  .meta({ description: 'With `nodes=all`: nodes that did not answer, of which nothing is in it.' });
/** Of a line that was gathered over all nodes. */
export const nodeOfLine = z.string().optional().meta({ description: 'With `nodes=all`: the node it is of.' });
/** What people call each node that answered, by its id. */
export const nodeNames = z
  .record(z.string(), z.string())
  .optional()
  .meta({ description: 'With `nodes=all`: what each node that answered is called.' });
