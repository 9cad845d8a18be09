import { AlarmClock, Check, CircleStop, FolderSearch, type LucideIcon, Mail, Radio } from 'lucide-react';
import { expect, test } from 'vitest';
import { triggerIcon, triggerNames } from '../../src/renderer/agents/trigger-icon.tsx';
import { lineOf } from '../../src/renderer/ui/icon-line.ts';
import { eventLooks, processLook, runLooks, stepLooks } from '../../src/renderer/ui/state-chip.tsx';
import { ProcessState } from '../../src/shared/lifecycle.ts';

test('each icon that rows of lists show is one line', () => {
  const icons = [
    ...ProcessState.options.map((state) => processLook({ state, halted: null }).icon),
    ...[eventLooks, runLooks, stepLooks].flatMap((looks) => Object.values(looks).map(({ icon }) => icon)),
    ...Object.keys(triggerNames).map(triggerIcon),
  ];
  for (const icon of icons) expect(lineOf(icon)).toMatch(/^M[\d.]/);
});

test('paths, circles and rectangles stand in it where the icon has them', () => {
  expect(lineOf(Check)).toBe('M0 0M20 6 9 17l-5-5');
  expect(lineOf(CircleStop)).toContain('M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0z');
  expect(lineOf(Mail)).toContain('M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1 -2 2h-16a2 2 0 0 1 -2 -2v-12a2 2 0 0 1 2 -2z');
  // Each part begins where it says, also after another that ended elsewhere.
  for (const icon of [AlarmClock, FolderSearch, Radio]) expect(lineOf(icon)).not.toMatch(/[^0\s]m/);
});

test('an icon that is more than strokes is not made one', () => {
  const filled = { render: () => ({ props: { icon: { node: [['path', { d: 'M1 1h2', fill: 'red' }]] } } }) };
  const unknown = { render: () => ({ props: { icon: { node: [['ellipse', { cx: '1' }]] } } }) };
  const other = { render: () => ({ props: {} }) };
  for (const icon of [filled, unknown, other]) expect(lineOf(icon as unknown as LucideIcon)).toBeNull();
});
