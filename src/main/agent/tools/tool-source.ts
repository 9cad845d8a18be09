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
  /**
   * A secret has a new value: whoever holds the old one is replaced, and calls under way end where they began.
   * `unused`: nobody held it.
   */
  renew?(secret: string, signal: AbortSignal): Promise<RuntimeError | 'renewed' | 'unused'>;
  /** Whether it is in use here. */
  readonly isJoined?: boolean;
  /** Uses it from now on, without asking it for anything. */
  join?(): Promise<void>;
  /** No longer needed here. */
  close(): void;
}
