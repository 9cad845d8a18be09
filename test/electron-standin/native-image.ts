import { existsSync, readFileSync } from 'node:fs';

/** Electron's NativeImage over the bytes of a PNG. */
export interface Image {
  toPNG(): Buffer;
  toDataURL(): string;
  isEmpty(): boolean;
  getSize(): { width: number; height: number };
  resize(size: object): Image;
  addRepresentation(representation: object): void;
  setTemplateImage(isTemplate: boolean): void;
  isTemplateImage(): boolean;
}

export function imageOf(png: Buffer): Image {
  let template = false;
  const image: Image = {
    toPNG: () => png,
    toDataURL: () => `data:image/png;base64,${png.toString('base64')}`,
    isEmpty: () => png.length === 0,
    // Width and height stand at fixed places in a PNG's first chunk.
    getSize: () =>
      png.length < 24 ? { width: 0, height: 0 } : { width: png.readUInt32BE(16), height: png.readUInt32BE(20) },
    resize: () => image,
    addRepresentation: () => {},
    setTemplateImage: (isTemplate) => {
      template = isTemplate;
    },
    isTemplateImage: () => template,
  };
  return image;
}

/** As in Electron, an image that cannot be read is empty, not an error. */
export const nativeImage = {
  createEmpty: () => imageOf(Buffer.alloc(0)),
  createFromBuffer: (png: Buffer) => imageOf(png),
  createFromPath: (path: string) => imageOf(existsSync(path) ? readFileSync(path) : Buffer.alloc(0)),
  createFromDataURL: (url: string) => imageOf(Buffer.from(url.split(',')[1] ?? '', 'base64')),
};
