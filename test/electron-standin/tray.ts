import { EventEmitter } from 'node:events';
import type { Menu } from './menu.ts';
import type { Image } from './native-image.ts';

/** Electron's Tray; keeps what it was told, for tests to look at. */
export class Tray extends EventEmitter {
  image: Image | string;
  toolTip = '';
  title = '';
  menu: Menu | null = null;
  #isGone = false;

  constructor(image: Image | string) {
    super();
    this.image = image;
  }

  setImage(image: Image | string): void {
    this.image = image;
  }

  setToolTip(toolTip: string): void {
    this.toolTip = toolTip;
  }

  setTitle(title: string): void {
    this.title = title;
  }

  setContextMenu(menu: Menu | null): void {
    this.menu = menu;
  }

  popUpContextMenu(): void {}

  isDestroyed(): boolean {
    return this.#isGone;
  }

  destroy(): void {
    this.#isGone = true;
  }
}
