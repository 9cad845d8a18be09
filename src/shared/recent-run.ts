import type { z } from 'zod';
import { RunBrief } from './views/views.ts';

/** As much of a run as a list of agents shows of each. */
export const RecentRun = RunBrief.pick({ id: true, state: true, idle: true, startedAt: true, endedAt: true });
export type RecentRun = z.infer<typeof RecentRun>;
