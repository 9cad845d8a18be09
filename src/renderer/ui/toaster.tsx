import { CircleAlert, CircleCheckBig, X } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { type ToastNews, toastEvent } from './toast.ts';

interface Shown extends ToastNews {
  id: number;
}

/** More than this at once are not read by anybody: the oldest goes. */
const mostShown = 3;

/** Where short news appear; never something a person must answer. Pointing at one keeps it. */
export function Toaster() {
  const [shown, setShown] = useState<Shown[]>([]);
  useEffect(() => {
    let count = 0;
    const hear = (event: Event) => {
      const news = (event as CustomEvent<ToastNews>).detail;
      setShown((before) => [...before.slice(1 - mostShown), { ...news, id: ++count }]);
    };
    window.addEventListener(toastEvent, hear);
    return () => window.removeEventListener(toastEvent, hear);
  }, []);
  const close = useCallback((id: number) => setShown((before) => before.filter((news) => news.id !== id)), []);
  return (
    <section
      aria-label="News"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-10 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 narrow:bottom-18"
    >
      {shown.map((news) => (
        <Toast key={news.id} news={news} onClose={close} />
      ))}
    </section>
  );
}

function Toast({ news, onClose }: { news: Shown; onClose: (id: number) => void }) {
  const { id, tone, text, description, action, durationMs } = news;
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onClose(id), durationMs);
    return () => clearTimeout(timer);
  }, [held, id, durationMs, onClose]);
  const Icon = tone === 'good' ? CircleCheckBig : CircleAlert;
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      className="rising pointer-events-auto flex items-start gap-2.5 rounded-lg border bg-raised p-3 shadow-float"
    >
      <Icon aria-hidden className={cx('mt-0.5 size-4.5 shrink-0', tone === 'good' ? 'text-ok' : 'text-bad')} />
      <div className="min-w-0 flex-1 break-words text-[0.8125rem]">
        <p className="font-medium">{text}</p>
        {description && <p className="mt-0.5 text-dim">{description}</p>}
      </div>
      {action && (
        <Button
          look="soft"
          onClick={() => {
            onClose(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon={X} label="Close" className="-mt-1 -mr-1" onClick={() => onClose(id)} />
    </div>
  );
}
