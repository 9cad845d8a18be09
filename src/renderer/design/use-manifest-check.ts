import { useEffect, useState } from 'react';
import type { ManifestCheck } from '../../shared/views/views.ts';
import { useClient } from '../stores/use-runtime.ts';

const pauseMs = 250;
const unchecked: ManifestCheck = { valid: true, name: null, problems: [], warnings: [] };

export interface CheckedText {
  check: ManifestCheck;
  /** The text has changed since. */
  pending: boolean;
}

/** What the node says about a manifest, a moment after the last change of it. */
export function useManifestCheck(text: string): CheckedText {
  const client = useClient();
  const [checked, setChecked] = useState<{ text: string; check: ManifestCheck }>({ text: '', check: unchecked });
  useEffect(() => {
    let left = false;
    const timer = setTimeout(() => {
      client
        .validateManifest({ manifest: text })
        .then((check) => left || setChecked({ text, check }))
        .catch(() => {});
    }, pauseMs);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [client, text]);
  return { check: checked.check, pending: checked.text !== text };
}
