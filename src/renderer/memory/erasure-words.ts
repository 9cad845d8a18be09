import type { ErasureCheck, ErasureFinding, ErasurePlace } from '../../shared/erasure-receipt.ts';
import { plural } from '../ui/format.ts';

const places: Record<ErasurePlace, string> = {
  memory: 'Memory',
  state: 'Context and conversation',
  journal: 'Journal',
  lists: 'Lists of the window',
  files: 'Data folder',
  backups: 'Backup',
  copies: 'Another node',
};

export const placeText = ({ place }: Pick<ErasureFinding, 'place'>): string => places[place];

export const findingTexts: Record<ErasureFinding['state'], string> = {
  clean: 'Nothing found',
  found: 'Found',
  unknown: 'Not looked through',
  pending: 'Not reached yet',
};

/** In a few words, what came of looking for it. */
export function checkText({ clean, findings }: ErasureCheck): string {
  if (clean) return 'Found nowhere';
  const of = (state: ErasureFinding['state'], which: (place: ErasurePlace) => boolean) =>
    findings.filter((finding) => finding.state === state && which(finding.place)).length;
  const backups = of('found', (place) => place === 'backups');
  const elsewhere = of('found', (place) => place !== 'backups');
  const unknown = of('unknown', () => true);
  const pending = of('pending', () => true);
  return [
    elsewhere > 0 && `Found in ${plural(elsewhere, 'place')}`,
    backups > 0 && `Still in ${plural(backups, 'backup')}`,
    unknown > 0 && `${plural(unknown, 'place')} not looked through`,
    pending > 0 && `${plural(pending, 'node')} not reached yet`,
  ]
    .filter(Boolean)
    .join(', ');
}
