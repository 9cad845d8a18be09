import {
  Bot,
  Braces,
  Brain,
  CircleHelp,
  Hourglass,
  type LucideIcon,
  Mail,
  MessageCircleQuestion,
  Radio,
  ScrollText,
  Wrench,
} from 'lucide-react';

const icons: Record<string, LucideIcon> = {
  model: Bot,
  tool: Wrench,
  context: Braces,
  memory: Brain,
  emit: Radio,
  send: Mail,
  ask: MessageCircleQuestion,
  wait: Hourglass,
  log: ScrollText,
};
export const stepKindNames: Record<string, string> = {
  model: 'Model call',
  tool: 'Tool call',
  context: 'Context write',
  memory: 'Memory',
  emit: 'Event published',
  send: 'Message sent',
  ask: 'Question to you',
  wait: 'Wait',
  log: 'Log',
};

export const stepIcon = (kind: string): LucideIcon => icons[kind] ?? CircleHelp;
