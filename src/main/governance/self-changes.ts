import { isJsonObject, type Json } from '../../shared/json.ts';
import { type OpenModeConfig, selfChangingTools } from '../../shared/open-mode.ts';
import type { GuardedStep } from './guard.ts';
import { untrustedLabels } from './taint.ts';

/**
 * Why a person has to allow a change that an agent makes of itself; null where nobody has to. What others wrote may be
 * behind it, it would reach further, or it lets code of strangers in.
 */
export function selfChangeQuestion(
  { kind, name, args, taint }: Pick<GuardedStep, 'kind' | 'name' | 'args' | 'taint'>,
  openMode: Pick<OpenModeConfig, 'allowedMcpUrls'>,
): string | null {
  if (kind !== 'tool' || !selfChangingTools.has(name)) return null;
  const reasons = [
    capabilityReason(name, args),
    serverReason(name, args, openMode.allowedMcpUrls),
    topicReason(name, args),
    taintReason(taint),
  ].filter((reason) => reason !== null);
  return reasons.length > 0 ? reasons.join(' ') : null;
}

function capabilityReason(name: string, args: Json): string | null {
  if (name !== 'create_tool' || !isJsonObject(args) || !isJsonObject(args['capabilities'])) return null;
  const { http, context } = args['capabilities'];
  const parts = [
    ...(listed(http).length > 0 ? [`call ${listed(http).join(', ')}`] : []),
    ...(listed(context).length > 0 ? [`read and write the context keys ${listed(context).join(', ')}`] : []),
  ];
  return parts.length > 0 ? `The tool would be able to ${parts.join(' and to ')}.` : null;
}

function serverReason(name: string, args: Json, allowed: readonly string[]): string | null {
  if (name !== 'connect_mcp_server' || !isJsonObject(args)) return null;
  const { url, command } = args;
  if (typeof url === 'string') {
    const isListed = allowed.some((one) => normal(one) === normal(url));
    return isListed ? null : `It would use the tools of ${url}, which is not on its list of servers.`;
  }
  // Word by word, each as JSON: nothing in it can pass for something else.
  const words = [command ?? '', ...listed(args['args'])].map((word) => JSON.stringify(word));
  return `It would start this program on your computer: ${words.join(' ')}`;
}

/** Each message goes to one taker, so whoever takes from a topic takes from others. */
function topicReason(name: string, args: Json): string | null {
  if (!isJsonObject(args)) return null;
  const triggers = name === 'add_trigger' ? [args] : name === 'spawn_process' ? args['triggers'] : [];
  const topics = (Array.isArray(triggers) ? triggers : [])
    .filter(isJsonObject)
    .flatMap(({ trigger_type: type, topic }) => (type === 'message' ? [String(topic)] : []));
  return topics.length > 0 ? `It would take messages from ${topics.join(', ')}, which others may wait for.` : null;
}

function taintReason(taint: Iterable<string>): string | null {
  const labels = untrustedLabels(taint);
  if (labels.length === 0) return null;
  return `It has read what others wrote (${labels.slice(0, 5).join(', ')}) and wants to change itself.`;
}

/** An address as it is compared: letters of the host small, no usual port, no fragment, no slash at the end. */
function normal(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return url;
  parsed.hash = '';
  return parsed.href.replace(/\/+$/, '');
}

function listed(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
