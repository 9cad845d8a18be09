import type { Menu, MessageBoxOptions, Notification } from 'electron';

/** What `recorder.cjs` keeps in the app's main process. */
export interface Recorded {
  trayMenu: Menu | null;
  trayToolTip: string;
  /** How often the tray got an image. */
  trayImages: number;
  notifications: Notification[];
  dialogs: Pick<MessageBoxOptions, 'type' | 'message' | 'detail'>[];
  opened: string[];
  /** Files shown in their folder. */
  shown: string[];
  /** The button that message boxes are answered with. */
  answer: number;
  /** The files that dialogs which ask for one are answered with. */
  files: string[];
}
