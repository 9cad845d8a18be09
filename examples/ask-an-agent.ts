// Layer 1 alone: a stateless agent. With a model it answers questions, with tools of MCP servers if you name some:
//   buildAgent({ model: 'openai:gpt-5-mini', instructions: '…', servers: { files: { command: 'npx', args: ['-y', '…@1.2.3'] } } })
// A script works the same way, and needs no key.
import { buildAgent } from 'agent-runtime';

const agent = await buildAgent({
  model: process.env['MODEL'] || 'script',
  instructions: 'You count the words of what you are given, and answer with the number alone.',
  script: `export default async function run(event) {
    return event.payload.trim().split(/\\s+/).length;
  }`,
});
console.log('words:', await agent.invoke('Agents that wake up on their own'));
await agent.close();
