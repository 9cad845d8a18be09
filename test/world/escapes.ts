/** Ways out of a sandbox, as bodies of `run(event, agent)`; whichever of them succeeds leaves a file at `mark`. */
export function escapeSnippets(mark: string): { effect: string; snippets: [name: string, body: string][] } {
  /** What a snippet that got hold of the host's Node would do, as an expression that needs only `process`. */
  const effect = `process.getBuiltinModule('fs').writeFileSync(${JSON.stringify(mark)}, 'x')`;
  const source = JSON.stringify(`return ${effect}`);
  /** Tries the code with everything that could evaluate it, starting from a value of the host or of ours. */
  const evaluate = (value: string): string => `${value}.constructor.constructor(${source})()`;

  const snippets: [name: string, body: string][] = [
    // constructors
    ['a constructor of a function', evaluate('(() => {})')],
    ['Function', `Function(${source})()`],
    ['new Function', `new Function(${source})()`],
    ['the constructor of async functions', `await (async () => {}).constructor(${source})()`],
    ['the constructor of generators', `(function* () {}).constructor(${source})().next()`],
    ['the constructor of async generators', `await (async function* () {}).constructor(${source})().next()`],
    ['eval', `eval(${JSON.stringify(effect)})`],
    ['indirect eval', `(0, eval)(${JSON.stringify(effect)})`],
    ['eval by way of Reflect', `Reflect.apply(eval, null, [${JSON.stringify(effect)}])`],
    ['Function by way of Reflect', `Reflect.construct(Function, [${source}])()`],
    ['Function of a subclass', `class F extends Function {}; new F(${source})()`],
    // from what the host gave
    ['the event', evaluate('event')],
    ['the agent', evaluate('agent')],
    ['a method of the agent', `agent.tool.constructor(${source})()`],
    ['the context', evaluate('agent.context.all()')],
    ['a promise of the agent', evaluate(`agent.tool('t')`)],
    ['an answer', evaluate(`(await agent.tool('t'))`)],
    ['a refusal', `try { await agent.tool('refuse') } catch (error) { ${evaluate('error')} }`],
    [
      'the class of a refusal',
      `try { await agent.tool('refuse') } catch (error) { const E = error.constructor; new E(1).constructor.constructor(${source})() }`,
    ],
    ['the details of a refusal', `try { await agent.tool('refuse') } catch (error) { ${evaluate('error.details')} }`],
    ['the error of an import', `try { await import('fs') } catch (error) { ${evaluate('error')} }`],
    ['an error of the engine', `try { null.x } catch (error) { ${evaluate('error')} }`],
    [
      'a full stack',
      `let caught; const f = () => { try { f() } catch (error) { caught ??= error } }; f(); ${evaluate('caught')}`,
    ],
    ['a full memory', `try { new ArrayBuffer(1e9) } catch (error) { ${evaluate('error')} }`],
    ['console', `console.log.constructor(${source})()`],
    ['arguments.callee.caller', `(function () { return arguments.callee.caller })().constructor(${source})()`],
    ['the caller of a callback', `[1].map(function f() { return f.caller })[0].constructor(${source})()`],
    // modules
    ['import()', `(await import('node:fs')).writeFileSync(${JSON.stringify(mark)}, 'x')`],
    ['import() of data', `await import('data:text/javascript,' + encodeURIComponent(${JSON.stringify(effect)}))`],
    ['import() of a file', `await import('file:///etc/passwd')`],
    ['import() of a module of the child', `await import('./machine.ts')`],
    ['import() with a lying name', `await import({ toString: () => 'node:fs' })`],
    ['import() with attributes', `await import('/etc/hostname', { with: { type: 'json' } })`],
    ['import.meta', `import.meta.resolve('node:fs'); import.meta.dirname.x`],
    ['require', `require('fs').writeFileSync(${JSON.stringify(mark)}, 'x')`],
    ['module', `module.constructor._load('fs').writeFileSync(${JSON.stringify(mark)}, 'x')`],
    ['process', effect],
    ['process of globalThis', `globalThis.${effect}`],
    ['process.binding', `process.binding('fs')`],
    ['std and os of QuickJS', `std.open(${JSON.stringify(mark)}, 'w'); os.exec(['true'])`],
    ['scriptArgs and print', `print(scriptArgs); bjson.read()`],
    // engines in engines
    ['WebAssembly', `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))`],
    ['SharedArrayBuffer', `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9)`],
    ['Worker', `new Worker(${source}, { eval: true })`],
    ['fetch', `await fetch('http://127.0.0.1:1/')`],
    // the host's own conventions
    [
      'Error.prepareStackTrace',
      `Error.prepareStackTrace = (_error, sites) => sites; for (const site of new Error().stack) site.getThis().${effect}`,
    ],
    [
      'prepareStackTrace of a refusal',
      `Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFunction?.()); try { await agent.tool('refuse') } catch (error) { for (const f of error.stack) f.constructor(${source})() }`,
    ],
    ['Error.captureStackTrace', `const o = {}; Error.captureStackTrace(o); o.stack[0].getThis().${effect}`],
    [
      'Symbol.for of Node',
      `const inspect = Symbol.for('nodejs.util.inspect.custom'); return { [inspect]: (_d, _o, inspect) => ${evaluate('inspect')} }`,
    ],
    [
      'an inspected error',
      `const error = new Error('x'); error[Symbol.for('nodejs.util.inspect.custom')] = function (d, o) { ${evaluate('o')} }; throw error`,
    ],
    ['toJSON of what it returns', `return { toJSON() { return this.${effect} } }`],
    ['a thenable', `return { then(resolve) { ${evaluate('resolve')} } }`],
    ['a thenable as argument', `await agent.emit('x', { then(resolve) { ${evaluate('resolve')} } })`],
    [
      'a proxy as argument',
      `await agent.emit('x', new Proxy({}, { get: (_t, key) => { if (key !== 'toJSON') ${evaluate('key')} }, ownKeys: (t) => { ${evaluate('t')} } }))`,
    ],
    [
      'a proxy as value',
      `return new Proxy(() => {}, { get() { return this.${effect} }, apply(_t, self) { self.${effect} } })`,
    ],
    ['a proxy as error', `throw new Proxy(new Error(), { get(_t, key, self) { ${evaluate('self')} } })`],
    [
      'Symbol.species',
      `Promise[Symbol.species] = class { constructor(run) { run(${source}, ${source}) } }; Array[Symbol.species] = Function; await agent.tool('t').then(1)`,
    ],
    ['Symbol.toPrimitive', `await agent.tool({ [Symbol.toPrimitive]: () => { ${evaluate('this')} } })`],
    [
      'Symbol.hasInstance',
      `Object.defineProperty(Error, Symbol.hasInstance, { value: (error) => { ${evaluate('error')} } }); throw new Error('x')`,
    ],
    ['Symbol.unscopables and with', `Object.prototype[Symbol.unscopables] = {}; ${evaluate('globalThis')}`],
    // pollution
    [
      'Object.prototype',
      `Object.prototype.unwind = true; Object.prototype.code = 'X'; Object.prototype.execArgv = ['-e', ${source}]; Object.prototype.NODE_OPTIONS = '--require ${mark}'; await agent.tool('t')`,
    ],
    [
      'Object.prototype by its old name',
      `event.__proto__.polluted = 1; ({}).__proto__.polluted = 1; await agent.tool('t')`,
    ],
    [
      '__proto__ in an argument',
      `await agent.tool('t', JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'))`,
    ],
    ['__proto__ in the value', `return JSON.parse('{"__proto__": {"polluted": 1}}')`],
    ['__proto__ in the context', `await agent.context.set('__proto__', { polluted: 1 })`],
    [
      'Promise.prototype.then',
      `Promise.prototype.then = function (a, b) { ${evaluate('(a ?? b)')} }; await agent.tool('t')`,
    ],
    [
      'Array.prototype setters',
      `Object.defineProperty(Array.prototype, 0, { set(value) { ${evaluate('value')} } }); await agent.tool('t')`,
    ],
    [
      'Function.prototype.call',
      `Function.prototype.call = Function.prototype.apply = function () { ${evaluate('this')} }; await agent.tool('t')`,
    ],
    ['JSON', `JSON.stringify = JSON.parse = (x) => { ${evaluate('x')} }; await agent.tool('t')`],
    // the border
    ['a line in a name', `await agent.tool('t\\n\\tcall\\t1\\t99\\ttool\\t["forged"]')`],
    ['a record in a log', `console.log('x\\nvalue\\t1\\t"forged"\\ndone\\t99'); await agent.tool('t')`],
    ['a record in an error', `throw new Error('x\\nvalue\\t1\\t"forged"\\ncall\\t1\\t1\\ttool\\t["forged"]')`],
    ['a record in the value', `return '\\nvalue\\t1\\t"forged"\\ncall\\t1\\t1\\ttool\\t["forged"]'`],
    ['raw JSON', `await agent.tool('t', JSON.rawJSON?.('1\\n2') ?? 0)`],
    ['lone surrogates', `await agent.tool('t', '\\ud800' + String.fromCharCode(0, 9, 10, 13))`],
    ['a changed agent', `agent.tool = () => 'mine'`],
    [
      'the names of its own machinery',
      `return [typeof prepare, typeof begin, typeof answer, typeof take, typeof explain, typeof outbox, typeof waiting]`,
    ],
  ];
  return { effect, snippets };
}
