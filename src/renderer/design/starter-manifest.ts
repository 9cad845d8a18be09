/** A manifest to begin with, which is right as it stands. */
export function starterManifest(name: string, how: 'script' | 'model'): string {
  return how === 'script' ? scriptStarter(name) : modelStarter(name);
}

const scriptStarter = (name: string) => `version: "1.0"
name: ${name}
description: Says what woke it.
model: script
script: |
  // Runs each time the agent wakes. What it returns is the outcome of the run.
  export default async function run(event, agent) {
    const count = (agent.context.get('count') ?? 0) + 1;
    await agent.context.set('count', count);
    return 'Woken by ' + event.trigger + ', for the ' + count + '. time';
  }
`;

const modelStarter = (name: string) => `version: "1.0"
name: ${name}
description: ""
model: openai:gpt-5-mini
instructions: |
  Say in a sentence what woke you, and what you would do about it.
`;

/** The manifest under another name, and else as it was written. */
export function renamed(manifest: string, name: string): string {
  return manifest.replace(/^name:.*$/m, `name: ${name}`);
}

/** `new-agent`, or with the first free number behind it. */
export function freeName(taken: readonly string[], stem = 'new-agent'): string {
  let name = stem;
  for (let n = 2; taken.includes(name); n++) name = `${stem}-${n}`;
  return name;
}
