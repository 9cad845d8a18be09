/** An event whose default a listener may prevent, as Electron hands to listeners. */
export interface PreventableEvent {
  readonly defaultPrevented: boolean;
  preventDefault(): void;
}

export function preventable<T extends object>(fields: T = {} as T): T & PreventableEvent {
  let prevented = false;
  return Object.defineProperties({ ...fields } as T & PreventableEvent, {
    defaultPrevented: { get: () => prevented },
    preventDefault: {
      value: () => {
        prevented = true;
      },
    },
  });
}
