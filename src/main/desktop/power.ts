import type { PowerMonitor } from 'electron';

/** The scheduler stands still while the machine sleeps, and afterwards asks at once what became due; so do other timers. */
export function followPower(
  powerMonitor: PowerMonitor,
  node: { suspendClock(): void; resumeClock(): void },
  { awake, quit }: { awake: () => void; quit: () => void },
): void {
  powerMonitor.on('suspend', () => node.suspendClock());
  powerMonitor.on('resume', () => {
    node.resumeClock();
    awake();
  });
  powerMonitor.on('shutdown', quit);
}
