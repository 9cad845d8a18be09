/** The words of each command in texts as a shell would take them: without comments, one entry for each command. */
export function shellLines(texts: readonly string[]): string[][] {
  return texts
    .flatMap((text) => text.replaceAll('\\\n', ' ').split(/\n|&&|;|\|/))
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean)
    .map((line) => line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []);
}
