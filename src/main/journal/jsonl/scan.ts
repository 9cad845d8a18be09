import { RuntimeError } from '../../../shared/errors.ts';
import { isSound, type JournalLine, parseHead, space } from './line.ts';
import type { FoundLine, Segment } from './segment.ts';

/** What a program that ended without warning left half written: nobody had been told that it was kept. */
export interface TornTail {
  segment: string;
  /** Where it began, and how many bytes were cut off. */
  byte: number;
  bytes: number;
}

interface Bad {
  line: number;
  byte: number;
  problem: string;
}

/**
 * Tells of each sound line of a segment and sets its `length` to where they end.
 *
 * At the end of the last segment (`mayBeTorn`) bad lines are what a crash left, and are cut off, as long as all that
 * follows belongs to the same sync: of those lines none was acknowledged, and a file system may have kept a later part
 * of them without an earlier one. A bad line before a later sync is damage.
 *
 * @throws RuntimeError `JOURNAL_CORRUPT` for damage, naming segment, line and byte.
 */
export function scanSegment(
  segment: Segment,
  mayBeTorn: boolean,
  onLine: (line: JournalLine | 'blank', found: FoundLine) => void,
): TornTail | undefined {
  let bad: Bad | undefined;
  let end = 0;
  for (const found of segment.lines()) {
    const line = isBlank(found) ? 'blank' : readLine(found);
    if ((typeof line === 'object' || line === 'blank') && found.gap === 0 && !bad) {
      onLine(line, found);
      end = found.offset + found.end - found.start + 1;
      segment.length = end;
      continue;
    }
    bad ??= badLine(found, line);
    if (!mayBeTorn || (typeof line === 'object' && syncStart(line, found) > bad.byte)) throw damaged(segment, bad);
    end = found.offset + found.end - found.start + (found.ended ? 1 : 0);
  }
  if (!bad) return undefined;
  return { segment: segment.name, byte: segment.length, bytes: end - segment.length };
}

/** Whether the line was overwritten, at least at its start. */
export function isBlank({ bytes, start, ended }: FoundLine): boolean {
  return ended && bytes[start] === space;
}

export function readLine({ bytes, start, end, ended }: FoundLine): JournalLine | string {
  if (!ended) return 'it is incomplete';
  if (!isSound(bytes, start, end)) return 'its checksum does not fit';
  try {
    return parseHead(bytes, start, end);
  } catch {
    return 'it is not JSON';
  }
}

function badLine({ number, offset, gap }: FoundLine, line: JournalLine | string): Bad {
  if (gap > 0) return { line: number, byte: offset - gap, problem: 'something is missing before it' };
  return { line: number, byte: offset, problem: typeof line === 'string' ? line : 'it follows a damaged one' };
}

/** Where the sync began that made the line durable. Notes have one of their own. */
function syncStart(line: JournalLine, { offset }: FoundLine): number {
  return 'group' in line ? line.group : offset;
}

export function damaged(segment: Segment, { line, byte, problem }: Bad): RuntimeError {
  const details = { segment: segment.name, line, byte, path: segment.path };
  return new RuntimeError(
    'JOURNAL_CORRUPT',
    `${segment.name} is damaged at line ${line} (byte ${byte}): ${problem}.`,
    details,
  );
}

/** Reads a segment again and says which of its lines are damaged. */
export function* damagedLines(segment: Segment): Generator<string | undefined> {
  for (const found of segment.lines()) {
    if (found.offset >= segment.length) return;
    const line = isBlank(found) ? 'blank' : readLine(found);
    const isBad = (typeof line === 'string' && line !== 'blank') || found.gap > 0;
    yield isBad ? damaged(segment, badLine(found, line)).message : undefined;
  }
}
