import { type ShortcutId, shortcuts } from '../../shared/shortcuts.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Dialog } from '../ui/dialog.tsx';
import { OwnKeys } from '../ui/keys.tsx';
import { navigate } from './route.ts';

/** All keys, by where they work. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const changed = useWorkspace((state) => state.keys);
  const ids = Object.keys(shortcuts) as ShortcutId[];
  const groups = Map.groupBy(ids, (id) => shortcuts[id].where);
  return (
    <Dialog
      title="Keyboard"
      description={
        <>
          Keys can be changed in the{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              onClose();
              navigate('#/settings/keys');
            }}
          >
            settings
          </button>
          .
        </>
      }
      onClose={onClose}
      wide
    >
      <div className="columns-1 gap-8 sm:columns-2 lg:columns-3">
        {[...groups].map(([where, members]) => (
          <section key={where} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 font-semibold text-[0.8125rem]">{where}</h3>
            <ul>
              {members.map((id) => (
                <li key={id} className="flex min-h-7 items-center justify-between gap-3 text-[0.8125rem]">
                  <span className="text-dim">{shortcuts[id].text}</span>
                  <OwnKeys id={id} changed={changed} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
