/** Run states as filters on keys 1 to 7. */
export const runFilters = [
  { id: '', text: 'All' },
  { id: 'running', text: 'Running' },
  { id: 'parked', text: 'Waiting' },
  { id: 'retrying', text: 'Retrying' },
  { id: 'failed', text: 'Failed' },
  { id: 'done', text: 'Done' },
  { id: 'cancelled', text: 'Cancelled' },
];
