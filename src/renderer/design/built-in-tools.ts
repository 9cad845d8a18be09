import {
  Braces,
  Brain,
  FileText,
  Globe,
  type LucideIcon,
  Mail,
  MessageCircleQuestion,
  MonitorSmartphone,
  Newspaper,
  Radio,
} from 'lucide-react';

export interface BuiltInTool {
  name: string;
  text: string;
  icon: LucideIcon;
  /** Whether an agent has it when its manifest says nothing. */
  byDefault: 'on' | 'off' | 'with a mount';
  /** Whether what a call did can be taken back by a person; `reads`: it does nothing. */
  takenBack: 'reads' | 'yes' | 'no';
}

const reading = ['get_context', 'search_memory', 'list_files', 'read_file', 'search_files', 'ask_person'];
const undoable = ['set_context', 'delete_context', 'store_memory', 'report_result'];

const tool = (name: string, icon: LucideIcon, byDefault: BuiltInTool['byDefault'], text: string): BuiltInTool => ({
  name,
  icon,
  byDefault,
  text,
  takenBack: reading.includes(name) ? 'reads' : undoable.includes(name) ? 'yes' : 'no',
});

/** The tools every runtime brings, by their fixed names. */
export const builtInTools: readonly BuiltInTool[] = [
  tool('get_context', Braces, 'on', 'Read what it keeps'),
  tool('set_context', Braces, 'on', 'Keep a value'),
  tool('delete_context', Braces, 'on', 'Let a value go'),
  tool('emit_event', Radio, 'on', 'Publish an event to everyone who listens'),
  tool('send_message', Mail, 'on', 'Send a message to a topic'),
  tool('store_memory', Brain, 'on', 'Remember something for good'),
  tool('search_memory', Brain, 'on', 'Search what it remembers'),
  tool('forget_memory', Brain, 'on', 'Forget a memory'),
  tool('list_files', FileText, 'with a mount', 'List files of its folders'),
  tool('read_file', FileText, 'with a mount', 'Read a file of its folders'),
  tool('search_files', FileText, 'with a mount', 'Search in its folders'),
  tool('write_file', FileText, 'with a mount', 'Write into folders it may write'),
  tool('http_fetch', Globe, 'off', 'Call hosts that are listed'),
  tool('browser', MonitorSmartphone, 'off', 'Use a web browser'),
  tool('ask_person', MessageCircleQuestion, 'on', 'Ask you, and wait for the answer'),
  tool('report_result', Newspaper, 'on', 'Put a result into your inbox'),
];
