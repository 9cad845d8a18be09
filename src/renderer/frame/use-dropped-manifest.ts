import { useEffect } from 'react';
import { newAgentKey, useDrafts } from '../design/draft-store.ts';
import { navigate } from './route.ts';

/** Far above any manifest. */
const maxBytes = 2_000_000;

/** A `.agent` file that is dropped anywhere on the window becomes the draft of a new agent: nothing is created by that. */
export function useDroppedManifest(): void {
  const open = useDrafts((state) => state.open);
  const write = useDrafts((state) => state.write);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      const file = [...(event.dataTransfer?.files ?? [])].find(({ name }) => name.endsWith('.agent'));
      if (event.defaultPrevented || !file || file.size > maxBytes) return;
      event.preventDefault();
      void file.text().then((text) => {
        open(newAgentKey, text, 1);
        // A draft that was begun is one undo away.
        write(newAgentKey, text, 'drop');
        navigate('#/new');
      });
    };
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  }, [open, write]);
}
