import type { JsonObject } from '../../shared/json.ts';
import { cronFromSentence } from '../forms/cron-sentence.ts';
import { newTrigger } from './new-trigger.ts';

/** What wakes an agent, in words → a trigger as a manifest writes it, or what could not be understood. */
export type TriggerSentence = { ok: true; trigger: JsonObject } | { ok: false; message: string };

const kindsOfFiles: Record<string, readonly string[]> = {
  image: ['*.png', '*.jpg', '*.jpeg', '*.webp'],
  picture: ['*.png', '*.jpg', '*.jpeg', '*.webp'],
  photo: ['*.jpg', '*.jpeg', '*.heic'],
  spreadsheet: ['*.csv', '*.xlsx', '*.ods'],
  text: ['*.txt', '*.md'],
};
const endings = 'csv|tsv|json|xml|pdf|txt|md|log|html|xlsx|docx|zip|eml|yaml|png|jpg';
/** A name in the way of events and topics: words between dots, the last ones perhaps wildcards. */
const dotted = /(?<![\w/.~-])([a-z][\w-]*(?:\.(?:[\w-]+|\*|>))+)(?![\w/])/i;

/**
 * Reads sentences such as "when a CSV lands in ./inbox", "on POST /orders", "when pipeline.alert comes from watcher",
 * "messages on support.tier1" and every schedule that `cronFromSentence` knows. Deterministic.
 */
export function triggerFromSentence(sentence: string): TriggerSentence {
  const text = sentence.trim().replace(/[.!]+$/, '');
  if (text === '') return { ok: false, message: 'Say what wakes it, such as “when a CSV lands in ./inbox”.' };
  const trigger = messageIn(text) ?? requestIn(text) ?? fileIn(text) ?? eventIn(text);
  if (trigger) return { ok: true, trigger };
  const cron = cronFromSentence(text);
  if (cron.ok) return { ok: true, trigger: { ...newTrigger('cron'), cron_expression: cron.cron } };
  const isTime = /\b(?:every|each|daily|weekly|at \d|hour|minute|day)/i.test(text);
  return isTime
    ? cron
    : {
        ok: false,
        message: `“${text}” is not understood. Try “weekdays at 9”, “when a CSV lands in ./inbox”, “on POST /orders”, “when orders.created happens” or “messages on support.tier1”.`,
      };
}

function messageIn(text: string): JsonObject | null {
  if (!/\b(?:messages?|topic)\b/i.test(text)) return null;
  const topic = dotted.exec(text)?.[1] ?? /\b(?:on|to|at|topic|called) ["“']?([\w-]+)["”']?$/i.exec(text)?.[1];
  return topic ? { type: 'message', topic } : null;
}

function requestIn(text: string): JsonObject | null {
  if (!/\b(?:webhook|request|post(?:s|ed)?|calls?|called)\b/i.test(text)) return null;
  const path = /(?:^|\s)(\/[\w/-]*)/.exec(text)?.[1];
  if (!path && !/\bwebhook\b/i.test(text)) return null;
  return { ...newTrigger('webhook'), ...(path ? { webhook_path: path } : {}) };
}

const pathIn =
  /\b(?:in|into|to|inside|under|from) (?:the folder |folder )?["“']?((?:~|\.{1,2}|[A-Za-z]:)?[/\\][^"”']*|[\w.-]+\/[^"”']*)/i;

function fileIn(text: string): JsonObject | null {
  const path = pathIn.exec(text)?.[1]?.trim();
  const patterns = patternsIn(path === undefined ? text : text.replace(path, ''));
  const isAboutFiles = patterns !== null || /\b(?:files?|folder|director(?:y|ies))\b/i.test(text);
  const place = path ?? (/\bdownloads\b/i.test(text) ? '~/Downloads' : undefined);
  if (!isAboutFiles || place === undefined) return null;
  return { type: 'file_watch', watch_path: place, ...(patterns ? { watch_patterns: [...patterns] } : {}) };
}

function patternsIn(text: string): readonly string[] | null {
  const written = text.match(/\*\.\w+/g);
  if (written) return written;
  const kind = Object.keys(kindsOfFiles).find((name) => new RegExp(`\\b${name}s?\\b`, 'i').test(text));
  if (kind) return kindsOfFiles[kind] ?? null;
  const found = [...text.matchAll(new RegExp(`\\b(${endings})s?\\b(?: files?)?`, 'gi'))].map(
    ([, ending = '']) => ending,
  );
  return found.length > 0 ? [...new Set(found.map((ending) => `*.${ending.toLowerCase()}`))] : null;
}

function eventIn(text: string): JsonObject | null {
  const name = dotted.exec(text)?.[1] ?? /\bevent ["“']?([\w-]+)["”']?/i.exec(text)?.[1];
  if (!name || !/\b(?:when|on|if|event|after|each|every)\b/i.test(text)) return null;
  const source = /\b(?:from|by|of) (?:the agent |agent )?["“']?([\w-]+)["”']?$/i.exec(text)?.[1];
  return { type: 'event', event_type: name, ...(source ? { event_source: source } : {}) };
}
