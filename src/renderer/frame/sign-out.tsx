import { useAccess } from '../stores/access.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { act } from '../ui/use-action.ts';

/** Asks before a device signs itself out, since only the computer lets it in again. */
export function SignOut({ onClose }: { onClose: () => void }) {
  const { device, signOut } = useAccess();
  return (
    <Confirm
      title="Sign this device out?"
      asks={null}
      confirm="Sign out"
      onClose={onClose}
      onConfirm={() => void act(signOut)}
    >
      <p>
        The computer lets “{device}” in no longer, and what this page keeps here is forgotten. To come back, it is let
        in at the computer again, with a new code.
      </p>
    </Confirm>
  );
}
