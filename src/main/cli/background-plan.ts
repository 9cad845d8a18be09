import { join } from 'node:path';
import { RuntimeError } from '../../shared/errors.ts';

/** The node as it is to run by itself, from login on. */
export interface BackgroundNode {
  /** The Node binary. */
  node: string;
  /** The program that is a node without a window. */
  program: string;
  dataDir: string;
  port: number | undefined;
  home: string;
  /** The number of the person's account, where there is one. */
  uid: number | undefined;
}

/** What the system has to be told, and by which of its own means. Nothing here does anything. */
export interface BackgroundPlan {
  mechanism: 'systemd user unit' | 'launchd agent' | 'scheduled task';
  path: string;
  text: string;
  encoding: 'utf8' | 'utf16le';
  /** Commands in their order, once the file is there. */
  install: readonly (readonly string[])[];
  /** Before the file is removed. */
  uninstall: readonly (readonly string[])[];
  /** Ends with 0 where it is known to the system. */
  status: readonly string[];
  hint: string;
}

const unit = 'agent-runtime.service';
const label = 'dev.agentruntime.node';
const task = 'Agent Runtime';

/** @throws RuntimeError `NOT_SUPPORTED` on a system with none of the three. */
export function backgroundPlan(platform: NodeJS.Platform, node: BackgroundNode): BackgroundPlan {
  if (platform === 'linux') return systemd(node);
  if (platform === 'darwin') return launchd(node);
  if (platform === 'win32') return scheduledTask(node);
  throw new RuntimeError(
    'NOT_SUPPORTED',
    `There is no background service for ${platform}: run npm run headless there.`,
  );
}

/** Keys of models and the like are read from `environment` in the data folder, which is for its owner alone. */
function argumentsOf({ program, dataDir, port }: BackgroundNode): string[] {
  const listen = port === undefined ? [] : ['--port', String(port)];
  return [`--env-file-if-exists=${join(dataDir, 'environment')}`, program, '--data-dir', dataDir, ...listen];
}

/** systemd.service(5); a word is quoted as "Command lines" there has it. */
function systemd(node: BackgroundNode): BackgroundPlan {
  const words = [node.node, ...argumentsOf(node)].map(
    (word) => `"${word.replace(/[\\"]/g, '\\$&').replaceAll('$', '$$$$').replaceAll('%', '%%')}"`,
  );
  const lines = [
    '[Unit]',
    'Description=Agent Runtime',
    'StartLimitIntervalSec=600',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${words.join(' ')}`,
    'Restart=on-failure',
    'RestartSec=5',
    // A node finishes or checkpoints the step it is in, which it has 20 s for.
    'TimeoutStopSec=30',
    'KillMode=mixed',
    'UMask=0077',
    'NoNewPrivileges=yes',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ];
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args];
  return {
    mechanism: 'systemd user unit',
    path: join(node.home, '.config', 'systemd', 'user', unit),
    text: lines.join('\n'),
    encoding: 'utf8',
    install: [systemctl('daemon-reload'), systemctl('enable', '--now', unit)],
    uninstall: [systemctl('disable', '--now', unit)],
    status: systemctl('is-active', unit),
    hint: 'It runs while you are logged in; to have it run from boot on: loginctl enable-linger',
  };
}

/** launchd.plist(5) */
function launchd(node: BackgroundNode): BackgroundPlan {
  const path = join(node.home, 'Library', 'LaunchAgents', `${label}.plist`);
  const domain = `gui/${node.uid ?? 501}`;
  const words = [node.node, ...argumentsOf(node)].map((word) => `    <string>${xml(word)}</string>`);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key><string>${label}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...words,
    '  </array>',
    '  <key>RunAtLoad</key><true/>',
    '  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>',
    '  <key>ThrottleInterval</key><integer>10</integer>',
    '  <key>ExitTimeOut</key><integer>30</integer>',
    '  <key>Umask</key><integer>63</integer>',
    '  <key>ProcessType</key><string>Background</string>',
    `  <key>StandardErrorPath</key><string>${xml(join(node.dataDir, 'logs', 'launchd.log'))}</string>`,
    '</dict>',
    '</plist>',
    '',
  ];
  return {
    mechanism: 'launchd agent',
    path,
    text: lines.join('\n'),
    encoding: 'utf8',
    install: [['launchctl', 'bootstrap', domain, path]],
    uninstall: [['launchctl', 'bootout', `${domain}/${label}`]],
    status: ['launchctl', 'print', `${domain}/${label}`],
    hint: 'It runs while you are logged in.',
  };
}

/** Task Scheduler schema 1.2. `conhost --headless` keeps a console program from opening a window. */
function scheduledTask(node: BackgroundNode): BackgroundPlan {
  const path = join(node.dataDir, 'agent-runtime-task.xml');
  const words = ['--headless', node.node, ...argumentsOf(node)].map(windowsWord).join(' ');
  const lines = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo><Description>Agent Runtime</Description></RegistrationInfo>',
    '  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>',
    '  <Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <RestartOnFailure><Interval>PT1M</Interval><Count>5</Count></RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="Author">',
    `    <Exec><Command>conhost.exe</Command><Arguments>${xml(words)}</Arguments></Exec>`,
    '  </Actions>',
    '</Task>',
    '',
  ];
  const schtasks = (...args: string[]) => ['schtasks.exe', ...args, '/TN', task];
  return {
    mechanism: 'scheduled task',
    path,
    text: `\ufeff${lines.join('\r\n')}`,
    encoding: 'utf16le',
    install: [[...schtasks('/Create', '/F'), '/XML', path], schtasks('/Run')],
    uninstall: [schtasks('/End'), [...schtasks('/Delete'), '/F']],
    status: schtasks('/Query'),
    hint: 'It runs while you are logged in.',
  };
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** As CommandLineToArgvW reads it: backslashes count only before a quote. */
function windowsWord(word: string): string {
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
