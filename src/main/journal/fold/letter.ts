/**
 * Something a person wrote to a process. A question wakes it, and what that run returns is the answer; the others are
 * shown to the next run, once, or to every run where they are sticky.
 */
export interface Letter {
  id: string;
  type: 'directive' | 'context' | 'question' | 'correction';
  priority: LetterPriority;
  content: string;
  sticky: boolean;
  sender: string;
  at: number;
  expiresAt: number;
}

export type LetterPriority = 'critical' | 'high' | 'normal' | 'low';

/** Highest first. */
export const letterPriorities: readonly LetterPriority[] = ['critical', 'high', 'normal', 'low'];
