import type { Menu, MessageBoxOptions, Notification } from 'electron';

/** What `recorder.cjs` keeps in the app's main process. */
export interface Recorded {
  trayMenu: Menu | null;
  trayToolTip: string;
  notifications: Notification[];
  dialogs: Pick<MessageBoxOptions, 'type' | 'message' | 'detail'>[];
  opened: string[];
  /** The button that message boxes are answered with. */
  answer: number;
  /** The files that open dialogs are answered with. */
  files: string[];
}
