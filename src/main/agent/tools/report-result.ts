import { mostResultChars } from '../../journal/tables/reports.ts';
import type { Tool } from '../tool.ts';
import { objectOf } from './parameters.ts';

/** `report_result`: what the run came to is put into the inbox for a person to read. Nobody is asked, nothing waits. */
export function reportResult(): Tool {
  return {
    name: 'report_result',
    description:
      'Puts a result into the inbox of the person who runs this agent, for them to read when this run ends well. Use it only when there is something worth their time; the last one counts.',
    parameters: objectOf({ text: { type: 'string', minLength: 1, maxLength: mostResultChars } }, ['text']),
    reach: 'local',
    async execute({ text }) {
      return { content: { reported: 'when this run ends' }, effects: [{ type: 'result', text: String(text) }] };
    },
  };
}
