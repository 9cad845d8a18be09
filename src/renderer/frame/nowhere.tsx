import { MapPinOff } from 'lucide-react';
import { LinkButton } from '../ui/button.tsx';
import { Empty } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';

export function Nowhere() {
  return (
    <Screen title="Not found">
      <Empty icon={MapPinOff} title="There is no such place in this window.">
        <LinkButton href="#/now">Go to Now</LinkButton>
      </Empty>
    </Screen>
  );
}
