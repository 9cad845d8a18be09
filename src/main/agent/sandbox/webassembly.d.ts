/** The part of WebAssembly's interface that is used here; Node's types do not have it and the browser's do not fit. */
declare namespace WebAssembly {
  class Module {
    private readonly brand: 'module';
  }
  class Instance {
    private readonly brand: 'instance';
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global {
    value: number;
  }
  class Table {
    private readonly brand: 'table';
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
