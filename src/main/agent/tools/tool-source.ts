import type { RuntimeError } from '../../../shared/errors.ts';
import type { Tool } from '../tool.ts';

/** Tools that are known only once somebody else has been asked, such as those of a server. Their names are `name.tool`. */
export interface ToolSource {
  readonly name: string;
  /** As it was last told; undefined until it has been asked. */
  readonly tools: readonly Tool[] | undefined;
  /** Why a tool that the source has may not be used. */
  refusal(name: string): RuntimeError | undefined;
  /** Asks, and starts what has to be started for that. @throws RuntimeError when there is no answer. */
  refresh(signal: AbortSignal): Promise<void>;
  /** No longer needed here. */
  close(): void;
}
