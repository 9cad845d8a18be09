import { toast } from './toast.ts';

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.success(`Copied ${what}.`);
  } catch {
    toast.error(`The browser did not let the window copy ${what}.`);
  }
}
