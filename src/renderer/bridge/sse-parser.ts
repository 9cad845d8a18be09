export interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

/**
 * Splits a `text/event-stream` into its events, fed in pieces of any size (WHATWG HTML, section 9.2.6). Comments and
 * unknown fields are passed over; an event that was not finished by an empty line is kept for the next piece.
 */
export function sseParser(onEvent: (event: ServerSentEvent) => void): (piece: string) => void {
  let buffer = '';
  let lastId = '';
  let name = '';
  let lines: string[] = [];

  function take(line: string): void {
    if (line === '') {
      if (lines.length > 0) onEvent({ id: lastId, event: name || 'message', data: lines.join('\n') });
      name = '';
      lines = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') lines.push(value);
    else if (field === 'event') name = value;
    else if (field === 'id' && !value.includes('\0')) lastId = value;
  }

  return (piece) => {
    buffer += piece;
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(buffer);
      if (!end) return;
      const line = buffer.slice(0, end.index);
      buffer = buffer.slice(end.index + end[0].length);
      take(line);
    }
  };
}
