import { z } from 'zod';
import { VersionComparison, VersionDetail, VersionView } from '../views/version-views.ts';
import { Page, ProcessDetail } from '../views/views.ts';
import { byName, type Operation, operation, paging } from './operation.ts';

const id = z
  .string()
  .regex(/^([0-9]{1,9}|present|written)$/, 'use the number of a version, "present" or "written"')
  .meta({
    description: 'The number of a version; "present": the one in force; "written": what the user wrote last.',
  });

/** Operations on what a process was before it became what it is. */
export const versionOperations = {
  listVersions: operation(
    'GET /processes/:name/versions',
    'read',
    'Every version of a process that is kept, newest first: who changed what, and why.',
    byName.extend(paging),
    Page(VersionView),
  ),
  getVersion: operation(
    'GET /processes/:name/versions/:id',
    'read',
    'One version of a process, with its manifest and what it changed.',
    byName.extend({ id }),
    VersionDetail,
  ),
  compareVersions: operation(
    'GET /processes/:name/versions/:id/compare',
    'read',
    'Where two versions of a process differ.',
    byName.extend({
      id,
      other: id.default('present').meta({ description: 'What it is compared with; left out: the one in force.' }),
    }),
    VersionComparison,
  ),
  restoreVersion: operation(
    'POST /processes/:name/versions/:id/restore',
    'admin',
    'Puts a version in force again, as a new version. Runs that have begun end with theirs.',
    byName.extend({ id, reason: z.string().max(500).default('') }),
    ProcessDetail,
  ),
} satisfies Record<string, Operation>;
