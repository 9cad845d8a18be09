/** Whether the host of a URL, as `URL.hostname` gives it, is this computer whatever names are resolved to. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
