import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import type { PeerAnswer, PeerRequest, PeerRole } from './peers.ts';

const ranks: Record<PeerRole, number> = { observe: 0, operate: 1, member: 2, hub: 3 };

/** Whether somebody with `role` may do what needs at least `least`. */
export function roleAllows(role: PeerRole, least: PeerRole): boolean {
  return ranks[role] >= ranks[least];
}

/** What a node answers to its peers, by question. The role is checked before anything of a question is looked at. */
export class Answers {
  readonly #byQuestion = new Map<string, { least: PeerRole; answer: PeerAnswer }>();

  /** Answers `question` from now on, in the place of what answered it before. Returns what undoes it. */
  add(question: string, least: PeerRole, answer: PeerAnswer): () => void {
    const entry = { least, answer };
    this.#byQuestion.set(question, entry);
    return () => {
      if (this.#byQuestion.get(question) === entry) this.#byQuestion.delete(question);
    };
  }

  /** @throws RuntimeError `NOT_SUPPORTED`, `ROLE_REQUIRED`, and whatever the answer throws. */
  async give(question: string, request: PeerRequest): Promise<Json> {
    const entry = this.#byQuestion.get(question);
    if (!entry) throw new RuntimeError('NOT_SUPPORTED', `This node has no answer to "${question}".`, { question });
    if (!roleAllows(request.role, entry.least)) {
      throw new RuntimeError(
        'ROLE_REQUIRED',
        `"${question}" needs the role ${entry.least} here; this peer has ${request.role}.`,
        { question, needed: entry.least, role: request.role },
      );
    }
    return entry.answer(request);
  }

  /** What the node `self` asks itself: copied as on any way between nodes, so that nobody holds what another changes. */
  async giveSelf(self: string, question: string, body: Json, given?: AbortSignal): Promise<Json> {
    const signal = given ?? new AbortController().signal;
    return copied(await this.give(question, { from: self, role: 'hub', body: copied(body), signal }));
  }
}

function copied(value: Json): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json;
}
