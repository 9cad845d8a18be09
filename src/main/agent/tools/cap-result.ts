import type { Json } from '../../../shared/json.ts';
import type { ToolResult } from '../tool.ts';
import { isDeeper } from './web/response-body.ts';

/** As much as is kept of a result, in characters of JSON. */
export const maxResultChars = 1024 * 1024;
const maxDepth = 100;

/** What was too long is cut and says so; nothing that a call has brought about is turned into an error. */
export function capResult(result: ToolResult): ToolResult {
  const content = isDeeper(result.content, maxDepth) ? '[nested too deep to be kept]' : capped(result.content);
  return content === result.content ? result : { ...result, content };
}

function capped(content: Json): Json {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  if (text.length <= maxResultChars) return content;
  return `${text.slice(0, maxResultChars)}… [cut: ${maxResultChars} of ${text.length} characters]`;
}
