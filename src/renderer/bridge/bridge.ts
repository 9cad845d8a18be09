import type { OperationName } from '../../shared/api.ts';
import type { RuntimeNotice } from '../../shared/notices.ts';

/** The newest notice seen, so that watching can go on after it. */
export interface NoticeCursor {
  boot: string;
  seq: number;
}

export interface NoticeListener {
  /** The stream stands; what changed since `after` follows. */
  opened(): void;
  notice(notice: RuntimeNotice): void;
  /** The stream broke; the bridge tries again by itself. */
  lost(): void;
  /** The session is over: only a person can open it again. */
  denied(): void;
}

/** How this window reaches its runtime. Everything above it is the same in Electron and in a browser. */
export interface Bridge {
  readonly kind: 'desktop' | 'browser';
  /** @throws RuntimeError what the runtime refused, or `NODE_UNREACHABLE`. */
  call(name: OperationName, input: unknown): Promise<unknown>;
  watch(after: () => NoticeCursor | null, listener: NoticeListener): () => void;
}
