import { Ellipsis } from 'lucide-react';
import { useActionableCount } from '../stores/actionable.ts';
import { cx } from '../ui/cx.ts';
import { Menu } from '../ui/menu.tsx';
import { hrefOf, navigate, useRoute } from './route.ts';
import { screens } from './screens.ts';

/** The rail of a narrow window. */
export function BottomBar() {
  const current = useRoute().parts[0];
  const waiting = useActionableCount();
  const look =
    'relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-[0.6875rem] text-dim';
  return (
    <nav
      aria-label="Screens"
      className="hidden shrink-0 border-t bg-surface pb-[env(safe-area-inset-bottom)] narrow:flex"
    >
      {screens
        .filter(({ narrow }) => narrow)
        .map(({ id, text, icon: Icon }) => (
          <a
            key={id}
            href={hrefOf([id])}
            aria-current={id === current ? 'page' : undefined}
            className={cx(look, id === current && 'text-accent-text')}
          >
            <Icon aria-hidden className="size-5" />
            {text}
            {id === 'inbox' && waiting > 0 && (
              <span className="absolute top-1.5 left-[calc(50%+0.4rem)] min-w-4 rounded-full bg-warn-soft px-1 text-center text-[0.625rem] text-warn leading-4">
                {waiting}
              </span>
            )}
          </a>
        ))}
      <Menu
        trigger={
          <button type="button" className={look}>
            <Ellipsis aria-hidden className="size-5" />
            More
          </button>
        }
        entries={screens
          .filter(({ narrow }) => !narrow)
          .map(({ id, text, icon }) => ({ label: text, icon, run: () => navigate(hrefOf([id])) }))}
      />
    </nav>
  );
}
